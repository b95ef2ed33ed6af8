//! `lanner analyze`: alerts in, analyses out, without a sidecar.

use super::lines::{Line, Lines};
use crate::alert::{Alert, decode_json};
use crate::analysis::past::Past;
use crate::analysis::rules::files::RuleBook;
use crate::analysis::{Analysis, Revision};
use crate::config::Config;
use crate::dedup::Dedup;
use crate::pipeline::Engine;
use crate::report::{self, Format};
use crate::serve::convert;
use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `lanner analyze`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Alerts as Falco's JSON, one a line; `-` for standard input.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// How the analyses are written.
    #[arg(long, value_enum, default_value_t = Output::Json)]
    format: Output,
    /// Take every line by itself: no groups, no history, one analysis a line in input order.
    #[arg(long)]
    per_alert: bool,
    /// Take the `dedup` and `analysis` sections of this configuration.
    #[arg(long)]
    config: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Output {
    Json,
    Markdown,
    Text,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = Config::load_parts(args.config.as_deref(), &["node", "labels", "dedup", "analysis.rules_files"])?;
    let book = config.rule_book()?;
    let mut lines = Lines::open(&args.file)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut work = Offline::new(config, book);
    let mut code = ExitCode::SUCCESS;
    let progress = std::io::stderr().is_terminal() && !std::io::stdout().is_terminal();
    while let Some(line) = lines.next()? {
        if line.is_blank() {
            continue;
        }
        match alert_of(&line) {
            Ok(alert) if args.per_alert => {
                if let Some(analysis) = work.alone(&alert) {
                    write(&mut out, args.format, analysis)?;
                }
                out.flush()?;
            }
            Ok(alert) => {
                work.take(&alert);
                if progress && work.seq.is_multiple_of(10_000) {
                    eprint!("\r{} alerts, {} groups", work.seq, work.newest.len());
                }
            }
            Err(error) => {
                eprintln!("lanner: {error}");
                code = ExitCode::FAILURE;
            }
        }
    }
    if progress && work.seq >= 10_000 {
        eprintln!("\r{} alerts, {} groups", work.seq, work.newest.len());
    }
    for analysis in work.finish() {
        write(&mut out, args.format, analysis)?;
    }
    out.flush()?;
    Ok(code)
}

fn alert_of(line: &Line) -> anyhow::Result<Alert> {
    decode_json(&line.text()).map_err(|error| anyhow::anyhow!("{}: {error}", line.place))
}

fn write(out: &mut impl std::io::Write, format: Output, analysis: Analysis) -> std::io::Result<()> {
    match format {
        Output::Json => writeln!(out, "{}", convert::to_json(&convert::analysis(analysis))),
        Output::Markdown => writeln!(out, "{}", report::render(&analysis, Format::Markdown)),
        Output::Text => writeln!(out, "{}", report::render(&analysis, Format::Text)),
    }
}

/// The pipeline without a journal: the newest revision of each group is kept in memory, and out at the end.
struct Offline {
    engine: Engine,
    config: Config,
    newest: BTreeMap<u64, Analysis>,
    seq: u64,
}

impl Offline {
    fn new(config: Config, book: RuleBook) -> Self {
        let engine = Engine::new(Dedup::new(config.dedup.clone()), Past::default(), book);
        Self { engine, config, newest: BTreeMap::new(), seq: 0 }
    }

    fn take(&mut self, alert: &Alert) {
        self.seq += 1;
        let newest = &mut self.newest;
        let taken =
            self.engine.take(alert, &self.config.context, self.seq, alert.time(), &mut |n| newest.get(&n).cloned());
        self.keep(taken.revisions);
        self.engine.take_changes();
    }

    /// The analysis of one alert that knows of no other.
    fn alone(&self, alert: &Alert) -> Option<Analysis> {
        self.engine.alone(alert, &self.config.context, Dedup::new(self.config.dedup.clone()))
    }

    fn finish(mut self) -> impl Iterator<Item = Analysis> {
        let closed = self.engine.close_all();
        self.keep(closed);
        self.newest.into_values()
    }

    fn keep(&mut self, revisions: Vec<(u64, Revision)>) {
        for (number, revision) in revisions {
            let analysis = revision.upon(|| self.newest.remove(&number));
            self.newest.extend(analysis.map(|analysis| (number, analysis)));
        }
    }
}
