//! `lanner watch`: follows a running sidecar, across its restarts.

use super::client::{Client, Connection, refused};
use crate::report::visible;
use crate::serve::convert;
use crate::serve::proto::{
    Analysis, Filter, Level, Match, Priority, Start, WatchAnalysesRequest, WatchAnalysesResponse,
    watch_analyses_response::Event,
};
use anyhow::Context as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Options of `lanner watch`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    connection: Connection,
    /// How each analysis is written.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    format: Output,
    /// Continue behind this cursor.
    #[arg(long, conflicts_with = "cursor_file")]
    cursor: Option<String>,
    /// Keep the cursor in this file, and continue behind it.
    #[arg(long)]
    cursor_file: Option<PathBuf>,
    /// Without a cursor, begin at the end instead of the oldest kept.
    #[arg(long)]
    now: bool,
    /// Of history, only the newest revision of each group.
    #[arg(long)]
    latest_only: bool,
    /// Only this bad or worse: expected, review, malicious.
    #[arg(long)]
    min_level: Option<String>,
    /// Only this urgent or more, by Falco's names.
    #[arg(long)]
    min_priority: Option<String>,
    /// Only this rule; may be given several times.
    #[arg(long = "rule")]
    rules: Vec<String>,
    /// End after this many analyses.
    #[arg(long)]
    count: Option<u64>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Output {
    /// One line of text each.
    Text,
    /// One line of JSON each.
    Json,
}

/// Where the watch stands.
struct Progress {
    cursor: String,
    seen: u64,
}

/// Runs the command: until `--count` is reached, or for ever.
pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let filter = filter(&args)?;
    let mut progress = Progress { cursor: first_cursor(&args)?, seen: 0 };
    let mut client = args.connection.connect().await?;
    loop {
        let Some(status) = follow(&args, &filter, &mut client, &mut progress).await? else {
            return Ok(ExitCode::SUCCESS);
        };
        if !matches!(status.code(), tonic::Code::Unavailable | tonic::Code::Unknown | tonic::Code::Cancelled) {
            return Err(refused(&status));
        }
        eprintln!("lanner: the sidecar went away ({}); waiting for it", status.message());
        client = loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if let Ok(client) = args.connection.connect().await {
                break client;
            }
        };
    }
}

/// One stream. Gives the status that it ended with, or `None` once enough has been seen.
async fn follow(
    args: &Args,
    filter: &Filter,
    client: &mut Client,
    progress: &mut Progress,
) -> anyhow::Result<Option<tonic::Status>> {
    let request = WatchAnalysesRequest {
        cursor: progress.cursor.clone(),
        start: if args.now { Start::Now } else { Start::Oldest }.into(),
        filter: Some(filter.clone()),
        latest_only: args.latest_only,
        heartbeat_seconds: 0,
    };
    let mut stream = match client.watch_analyses(request).await {
        Ok(response) => response.into_inner(),
        Err(status) => return Ok(Some(status)),
    };
    loop {
        let WatchAnalysesResponse { cursor, event } = match stream.message().await {
            Ok(Some(message)) => message,
            Ok(None) => return Ok(Some(tonic::Status::unavailable("the stream ended"))),
            Err(status) => return Ok(Some(status)),
        };
        match event {
            Some(Event::Analysis(analysis)) => {
                print(args.format, &analysis)?;
                progress.seen += 1;
            }
            Some(Event::Gap(gap)) => {
                eprintln!("lanner: {} revisions were removed before they could be read", gap.missed);
            }
            Some(Event::Heartbeat(_)) | None => {}
        }
        // Kept after it is out: after a crash an analysis may come again, and none is missed.
        progress.cursor = cursor;
        if let Some(path) = &args.cursor_file {
            std::fs::write(path, &progress.cursor).with_context(|| format!("cannot write {}", path.display()))?;
        }
        if args.count.is_some_and(|count| progress.seen >= count) {
            return Ok(None);
        }
    }
}

fn first_cursor(args: &Args) -> anyhow::Result<String> {
    if let Some(cursor) = &args.cursor {
        return Ok(cursor.clone());
    }
    let Some(path) = &args.cursor_file else { return Ok(String::new()) };
    match std::fs::read_to_string(path) {
        Ok(cursor) => Ok(cursor.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn filter(args: &Args) -> anyhow::Result<Filter> {
    let mut wanted = Match { rules: args.rules.clone(), ..Match::default() };
    if let Some(level) = &args.min_level {
        let name = format!("LEVEL_{}", level.to_uppercase());
        let level =
            Level::from_str_name(&name).with_context(|| format!("{level:?} is none of expected, review, malicious"));
        wanted.min_level = level?.into();
    }
    if let Some(priority) = &args.min_priority {
        let known = crate::alert::Priority::from_name(priority);
        let known = known.with_context(|| format!("{priority:?} is none of Falco's priorities"))?;
        wanted.min_priority = Priority::try_from(i32::from(known.number()) + 1).unwrap_or_default().into();
    }
    let allow = if wanted == Match::default() { Vec::new() } else { vec![wanted] };
    Ok(Filter { allow, deny: Vec::new() })
}

fn print(format: Output, analysis: &Analysis) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match format {
        Output::Json => writeln!(out, "{}", convert::to_json(analysis))?,
        Output::Text => writeln!(out, "{}", line(analysis))?,
    }
    out.flush()
}

/// An analysis on one line.
pub(super) fn line(analysis: &Analysis) -> String {
    let verdict = analysis.verdict.clone().unwrap_or_default();
    let level = verdict.level().as_str_name().trim_start_matches("LEVEL_").to_lowercase();
    let state = analysis.state().as_str_name().trim_start_matches("STATE_").to_lowercase();
    let time = analysis.last_time.map(|time| convert::time_text(&time)).unwrap_or_default();
    let count = if analysis.count > 1 { format!(" ×{}", analysis.count) } else { String::new() };
    let title = visible(&analysis.title);
    format!("{time} {level:9} {:3} {state:7} {}{count}  {title}", verdict.score, analysis.group_id)
}
