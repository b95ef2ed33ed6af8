//! `lanner run`: the sidecar.

use crate::config::Config;
use crate::sidecar::Sidecar;
use crate::telemetry;
use anyhow::Context as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Options of `lanner run`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The configuration file; without one, Falco at unix:///run/falco/falco.sock and HTTP on 127.0.0.1:2801.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The journal's file, instead of the configured one.
    #[arg(long)]
    journal: Option<PathBuf>,
}

/// Runs until SIGTERM or SIGINT.
pub(super) fn main(args: &Args) -> anyhow::Result<ExitCode> {
    let mut config = Config::load(args.config.as_deref())?;
    config.check_falco()?;
    if let Some(path) = &args.journal {
        config.journal.path.clone_from(path);
    }
    telemetry::start(&config.log);
    // One thread serves, however many cores the node has; sources, journal and pipeline have their own. More of them wake
    // each other for little and hold more memory while many watch.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("serving").enable_all().build()?;
    let done = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
        let sidecar = Sidecar::start(config).await?;
        let (reason, failure) = tokio::select! {
            _ = terminate.recv() => ("SIGTERM".to_owned(), None),
            _ = interrupt.recv() => ("SIGINT".to_owned(), None),
            error = sidecar.failed() => (error.to_string(), Some(error)),
        };
        tracing::info!(reason, "shutting down");
        // A part that failed says more than what the others say about it while they end.
        let stopped = sidecar.stop().await;
        failure.map_or(stopped, Err)
    });
    // Connections that do not end in time are left behind with the process.
    runtime.shutdown_background();
    done.map(|()| ExitCode::SUCCESS)
}
