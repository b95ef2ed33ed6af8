//! `lanner explain`: why two alerts are one group, or why they are not.

use super::client::{Connection, refused};
use super::lines::Lines;
use crate::alert::{Alert, AlertId, decode_json};
use crate::config::Config;
use crate::dedup;
use crate::report::visible;
use crate::serve::proto::{ExplainGroupingRequest, GroupingReason};
use anyhow::Context as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `lanner explain`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A file with one alert as Falco's JSON, or the id of an alert that a running sidecar keeps.
    alert_a: String,
    /// The other alert, in the same way.
    alert_b: String,
    /// With files, take the `dedup` section of this configuration.
    #[arg(long)]
    config: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

/// Runs the command. Ends with 0 whether or not the two are one group; the first line says which.
pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let ids = [&args.alert_a, &args.alert_b].iter().all(|text| text.parse::<AlertId>().is_ok());
    if ids {
        let request = ExplainGroupingRequest { alert_id: args.alert_a, other_alert_id: args.alert_b };
        let mut client = args.connection.connect().await?;
        let response = client.explain_grouping(request).await.map_err(|status| refused(&status))?.into_inner();
        print(response.same, &response.reasons)?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::load_parts(args.config.as_deref(), &["dedup"])?;
    let (a, b) = (alert(&args.alert_a)?, alert(&args.alert_b)?);
    let explanation = dedup::explain(&config.dedup, &a, &config.context, &b, &config.context);
    let explained = crate::serve::convert::grouping(&explanation);
    print(explained.same, &explained.reasons)?;
    Ok(ExitCode::SUCCESS)
}

fn alert(file: &str) -> anyhow::Result<Alert> {
    let mut lines = Lines::open(Path::new(file))?;
    let line = lines.next()?.with_context(|| format!("{file} is empty; expected one alert as a line of JSON"))?;
    decode_json(&line.text()).with_context(|| line.place)
}

fn print(same: bool, reasons: &[GroupingReason]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", if same { "one group (if their times allow)" } else { "two groups" })?;
    for reason in reasons {
        let (field, rule) = (visible(&reason.field), visible(&reason.rule));
        let (a, b) = (visible(&reason.value), visible(&reason.other_value));
        if a == b {
            writeln!(out, "  {field}: {rule}: {a:?}")?;
        } else {
            writeln!(out, "  {field}: {rule}: {a:?} and {b:?}")?;
        }
    }
    Ok(())
}
