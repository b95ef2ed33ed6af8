//! What lanner costs, measured from outside: real processes, on loopback and unix sockets only, each figure beside a
//! baseline of the same run. See `benches/README.md`.
//!
//! The stand-in (`lanner simulate`), the sidecar (`lanner run`) and the raw client (this executable, called again) are
//! processes of their own, so that CPU and memory are each one's own. Watchers live in this process, and `parts` measures
//! in it.

mod alerts;
mod drain;
mod fanout;
mod growth;
mod idle;
mod latency;
mod memory;
mod options;
mod parts;
mod peers;
mod process;
mod procfs;
mod raw;
mod sidecar;
mod stages;
mod table;
mod watcher;

use anyhow::Context as _;
use options::{Options, Part};
use std::process::ExitCode;
use table::Table;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        // `cargo test --benches` calls benchmarks without any argument: nothing to test here.
        None => {
            println!("a benchmark: cargo bench --bench end_to_end -- --quick");
            return ExitCode::SUCCESS;
        }
        Some("raw") => raw::child(&arguments[1..]),
        Some("group") => peers::grouping::child(&arguments[1..]),
        _ => measure(&options::parse()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("end_to_end: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Everything that a measurement needs.
struct Bench {
    options: Options,
    sizes: options::Sizes,
    folder: tempfile::TempDir,
}

fn measure(options: &Options) -> anyhow::Result<bool> {
    // reqwest is built without a provider of its own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::Builder::new().prefix("lanner-bench-").tempdir().context("no temporary folder")?;
    let bench = Bench { options: options.clone(), sizes: options.sizes(), folder };
    let mut table = Table::new(options);
    let measured = runtime.block_on(async {
        for part in options.parts() {
            let before = table.len();
            eprintln!("{part} ...");
            let measured = match part {
                Part::Drain => drain::measure(&bench, &mut table).await,
                Part::Latency => latency::measure(&bench, &mut table).await,
                Part::Idle => idle::measure(&bench, &mut table).await,
                Part::FanOut => fanout::measure(&bench, &mut table).await,
                Part::Growth => growth::measure(&bench, &mut table).await,
                Part::Memory => memory::measure(&bench, &mut table).await,
                Part::Parts => parts::measure(&bench, &mut table).await,
                Part::Peers => peers::measure(&bench, &mut table).await,
            };
            table.print_from(before);
            measured.with_context(|| part.to_string())?;
        }
        anyhow::Ok(())
    });
    // What was measured before something failed is worth having.
    table.write(&options.json)?;
    measured?;
    println!("written to {}", options.json.display());
    Ok(table.verdict(options.quick))
}
