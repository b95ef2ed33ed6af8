//! `lanner report`: the report of one group.

use super::client::{Connection, refused};
use crate::serve::proto::{GetReportRequest, ReportFormat};
use std::io::Write as _;
use std::process::ExitCode;

/// Options of `lanner report`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The group's id, as `lanner watch` prints it.
    group: String,
    /// A certain revision instead of the newest.
    #[arg(long, default_value_t = 0)]
    revision: u32,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Output::Markdown)]
    format: Output,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Output {
    Markdown,
    Html,
    Text,
}

/// Runs the command.
pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let format = match args.format {
        Output::Markdown => ReportFormat::Markdown,
        Output::Html => ReportFormat::Html,
        Output::Text => ReportFormat::Text,
    };
    let request = GetReportRequest { group_id: args.group, revision: args.revision, format: format.into() };
    let mut client = args.connection.connect().await?;
    let response = client.get_report(request).await.map_err(|status| refused(&status))?;
    writeln!(std::io::stdout(), "{}", response.into_inner().report.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
