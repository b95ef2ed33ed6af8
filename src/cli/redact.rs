//! `lanner redact`: what would leave the process.

use super::lines::Lines;
use crate::analysis::redact::redact;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `lanner redact`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Alerts as JSON, or any text, one a line; `-` for standard input.
    #[arg(default_value = "-")]
    file: PathBuf,
}

/// Runs the filter.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut lines = Lines::open(&args.file)?;
    let mut out = std::io::stdout().lock();
    while let Some(line) = lines.next()? {
        let text = line.text();
        // JSON is redacted value by value: a secret ends where its value ends, and the line stays JSON.
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(mut value @ serde_json::Value::Object(_)) => {
                redact_value(&mut value);
                writeln!(out, "{value}")?;
            }
            _ => writeln!(out, "{}", redact(&text))?,
        }
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn redact_value(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => *text = redact(text).into_owned(),
        serde_json::Value::Array(items) => items.iter_mut().for_each(redact_value),
        serde_json::Value::Object(map) => map.values_mut().for_each(redact_value),
        _ => {}
    }
}
