//! `lanner dedup`: a filter that passes on only the alerts that open a group.

use super::lines::{Line, Lines};
use crate::alert::{Context, decode_json};
use crate::config::Config;
use crate::dedup::{Decision, Dedup, GroupId};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `lanner dedup`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Alerts as Falco's JSON, one a line; `-` for standard input.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Pass every line on, with `"lanner":{"group":"...","decision":"opened|repeat"}` added.
    #[arg(long)]
    annotate: bool,
    /// Take the `dedup` section of this configuration.
    #[arg(long)]
    config: Option<PathBuf>,
}

/// Runs the filter. Each line is out before the next is read.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = Config::load_parts(args.config.as_deref(), &["dedup"])?;
    let mut dedup = Dedup::new(config.dedup);
    let mut lines = Lines::open(&args.file)?;
    let mut out = std::io::stdout().lock();
    let mut code = ExitCode::SUCCESS;
    let context = Context::default();
    let mut seq = 0;
    while let Some(line) = lines.next()? {
        if line.is_blank() {
            pass(&mut out, &line.bytes)?;
            continue;
        }
        match decode_json(&line.text()) {
            Ok(alert) => {
                seq += 1;
                let seen = dedup.observe(&alert, &context, seq, alert.time());
                // Nothing is kept: the filter's state is its process.
                dedup.take_changes();
                if args.annotate {
                    pass(&mut out, &annotated(&line, seen.group, seen.decision))?;
                } else if seen.decision == Decision::Opened {
                    pass(&mut out, &line.bytes)?;
                }
            }
            Err(error) => {
                eprintln!("lanner: {}: {error}", line.place);
                code = ExitCode::FAILURE;
                pass(&mut out, &line.bytes)?;
            }
        }
    }
    Ok(code)
}

fn pass(out: &mut impl std::io::Write, line: &[u8]) -> std::io::Result<()> {
    out.write_all(line)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// The line with lanner's member put in before the closing brace; every other byte stays as it is.
fn annotated(line: &Line, group: GroupId, decision: Decision) -> Vec<u8> {
    let decision = match decision {
        Decision::Opened => "opened",
        Decision::Repeat => "repeat",
    };
    let end = line.bytes.iter().rposition(|byte| *byte == b'}').unwrap_or(line.bytes.len());
    let mut out = Vec::with_capacity(line.bytes.len() + 96);
    out.extend_from_slice(&line.bytes[..end]);
    // Writing to a vector cannot fail.
    let _ = write!(out, r#","lanner":{{"group":"{group}","decision":"{decision}"}}"#);
    out.extend_from_slice(&line.bytes[end..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotated_line_is_the_line_and_one_member_more() {
        let line = Line { bytes: br#"{"rule":"R","unknown":{"a":1e400}} "#.to_vec(), place: String::new() };
        let out = annotated(&line, GroupId::from_bytes([0; 16]), Decision::Repeat);
        let group = "0".repeat(32);
        let expected =
            format!(r#"{{"rule":"R","unknown":{{"a":1e400}},"lanner":{{"group":"{group}","decision":"repeat"}}}} "#);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
