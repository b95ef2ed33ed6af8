//! `lanner tune`: a Falco exception for one group, and what it would have hidden.

use super::client::{Connection, refused};
use crate::serve::proto::GetTuningRequest;
use std::io::Write as _;
use std::process::ExitCode;

/// Options of `lanner tune`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The group's id, as `lanner watch` prints it.
    group: String,
    #[command(flatten)]
    connection: Connection,
}

/// Prints the YAML on standard output, and what to know about it as comments in front.
pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut client = args.connection.connect().await?;
    let request = GetTuningRequest { group_id: args.group.clone() };
    let tuning = client.get_tuning(request).await.map_err(|status| refused(&status))?.into_inner();
    let mut out = std::io::stdout().lock();
    let (hidden, groups, seen) = (tuning.hidden_alerts, tuning.hidden_groups.len(), tuning.alerts_examined);
    // No more are named.
    let most = if groups < 100 { "" } else { " or more" };
    writeln!(out, "# Would have hidden {hidden} alerts in {groups}{most} groups, of {seen} alerts kept.")?;
    if tuning.incomplete {
        writeln!(
            out,
            "# It may hide groups of other kinds that are not named here: not everything could be looked at."
        )?;
    }
    for group in &tuning.other_groups {
        writeln!(out, "# Would also hide group {group}, which is of another kind: look at it first.")?;
    }
    writeln!(out, "# {}", crate::report::visible(&tuning.note))?;
    writeln!(out, "{}", tuning.yaml.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
