//! `lanner check`: is this configuration fine?

use crate::config::Config;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `lanner check`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
}

/// Checks the file, and the files that it names.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = Config::load(Some(&args.config))?;
    config.check_falco()?;
    config.rule_book()?;
    println!("{}: fine", args.config.display());
    Ok(ExitCode::SUCCESS)
}
