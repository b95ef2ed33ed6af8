//! lanner's grouping alone, in a process of its own: what there is to compare with engines that only group.

use super::super::{Bench, procfs};
use anyhow::Context as _;
use lanner::alert::{Alert, Context, decode_json};
use lanner::dedup::{Dedup, Settings};
use serde::{Deserialize, Serialize};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// What grouping took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Grouped {
    /// Microseconds of CPU for an alert.
    pub cost: f64,
    /// Groups that were live at the end.
    pub groups: u64,
}

/// Groups the alerts in a child.
pub async fn run(bench: &Bench, alerts: &[serde_json::Value]) -> anyhow::Result<Grouped> {
    let file = bench.folder.path().join("group.jsonl");
    super::alerts::write(&file, alerts.iter().cloned())?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("group").arg(&file).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    serde_json::from_slice(&output.stdout).context("grouping failed")
}

/// What the child does: `group FILE`.
pub fn child(arguments: &[String]) -> anyhow::Result<bool> {
    let [file] = arguments else { anyhow::bail!("group FILE") };
    let lines = BufReader::new(std::fs::File::open(file)?).lines();
    let alerts: Vec<Alert> = lines.map(|line| anyhow::Ok(decode_json(&line?)?)).collect::<Result<_, _>>()?;
    let context = Context::default();
    let mut dedup = Dedup::new(Settings::default());
    let before = procfs::threads(std::process::id())?;
    for (seq, alert) in (1..).zip(&alerts) {
        dedup.observe(alert, &context, seq, alert.time());
    }
    let cpu = procfs::threads(std::process::id())?.since(&before);
    let groups = dedup.stats().live as u64;
    let grouped = Grouped { cost: cpu.as_nanos() as f64 / 1e3 / alerts.len().max(1) as f64, groups };
    println!("{}", serde_json::to_string(&grouped)?);
    Ok(true)
}
