//! The commands: one file each. `main` is here so that it can be tested as a library.

mod analyze;
mod check;
mod client;
mod dedup;
mod demo;
mod explain;
mod lines;
mod redact;
mod report;
mod run;
pub mod simulate;
mod tune;
mod watch;

use crate::config;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A sidecar for Falco: makes alerts durable, folds near-identical ones into groups, works out what each group means,
/// and serves the analyses over gRPC.
///
/// Exit codes: 0 fine, 1 failed, 2 wrong usage, 78 bad configuration.
#[derive(Parser)]
#[command(name = "lanner", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the sidecar beside Falco.
    Run(run::Args),
    /// Show everything at once: a Falco stand-in and the sidecar in one process, on a temporary journal.
    Demo(demo::Args),
    /// Serve a Falco stand-in with Falco's own gRPC semantics.
    Simulate(simulate::Args),
    /// Follow the analyses of a running sidecar, one JSON line (or one line of text) each.
    Watch(watch::Args),
    /// Print the report of a group of a running sidecar.
    Report(report::Args),
    /// Print a Falco exception that silences a group of a running sidecar, and what it would have hidden.
    Tune(tune::Args),
    /// Say why two alerts are one group, or why they are not.
    Explain(explain::Args),
    /// Analyse alerts from a file, without a sidecar.
    Analyze(analyze::Args),
    /// Filter alerts: pass on only those that open a group.
    Dedup(dedup::Args),
    /// Show alerts with their secrets redacted, as they would leave the process.
    Redact(redact::Args),
    /// Check a configuration file.
    Check(check::Args),
}

/// Bad configuration: `EX_CONFIG` of sysexits.h.
const EX_CONFIG: u8 = 78;

/// Runs the command that the process's arguments name.
pub fn main() -> ExitCode {
    // One crypto provider for the whole process; a second installation attempt would only say that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Run(args) => run::main(&args),
        Command::Demo(args) => demo::main(&args),
        Command::Simulate(args) => block_on(simulate::run(args)).map(|()| ExitCode::SUCCESS),
        Command::Watch(args) => block_on(watch::run(args)),
        Command::Report(args) => block_on(report::run(args)),
        Command::Tune(args) => block_on(tune::run(args)),
        Command::Explain(args) => block_on(explain::run(args)),
        Command::Analyze(args) => analyze::run(&args),
        Command::Dedup(args) => dedup::run(&args),
        Command::Redact(args) => redact::run(&args),
        Command::Check(args) => check::run(&args),
    };
    done.unwrap_or_else(|error| failed(&error))
}

/// Says what failed, and gives the exit code for it.
fn failed(error: &anyhow::Error) -> ExitCode {
    // A reader that has seen enough (`| head`) is no failure.
    let closed = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(closed) {
        return ExitCode::SUCCESS;
    }
    eprintln!("lanner: {error:#}");
    if error.chain().any(<dyn std::error::Error>::is::<config::Invalid>) {
        ExitCode::from(EX_CONFIG)
    } else {
        ExitCode::FAILURE
    }
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
