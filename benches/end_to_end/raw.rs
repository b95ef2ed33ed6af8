//! The baseline: a tonic client of Falco's API that decodes each alert with the generated types, and drops it.
//!
//! It runs as a process of its own, so that what it takes can be told from what the others take.

use super::process;
use anyhow::Context as _;
use lanner::source::falco::proto::outputs::{self, service_client::ServiceClient};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::time::MissedTickBehavior;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Endpoint;

/// So many alerts between two requests are a backlog.
const BACKLOG: u64 = 64;

/// What the raw client has seen and taken.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Raw {
    /// Alerts.
    pub alerts: u64,
    /// From the first to the last of them, in seconds.
    pub seconds: f64,
    /// User and system, in microseconds, from the start to the last alert.
    pub cpu_micros: f64,
    /// In KiB.
    pub peak: u64,
    /// From the stand-in's queue to here: p50, p99 and the largest, in milliseconds, without the first second.
    pub latency: [f64; 3],
}

impl Raw {
    /// Alerts a second.
    pub fn rate(&self) -> f64 {
        self.alerts as f64 / self.seconds
    }

    /// Microseconds of CPU for an alert.
    pub fn cost(&self) -> f64 {
        self.cpu_micros / self.alerts as f64
    }

    /// The mean of two runs.
    pub fn mean(&self, other: &Self) -> Self {
        Self {
            alerts: self.alerts + other.alerts,
            seconds: self.seconds + other.seconds,
            cpu_micros: self.cpu_micros + other.cpu_micros,
            peak: self.peak.max(other.peak),
            latency: [0, 1, 2].map(|n| f64::midpoint(self.latency[n], other.latency[n])),
        }
    }
}

/// The command that runs the client until it has seen `count` alerts.
pub fn command(socket: &Path, count: u64, interval: Duration) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("raw").arg(socket).arg(count.to_string()).arg(interval.as_millis().to_string());
    Ok(command)
}

/// Runs it to its end.
pub async fn drain(socket: &Path, count: u64) -> anyhow::Result<Raw> {
    let mut command = command(socket, count, Duration::from_millis(1))?;
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    serde_json::from_slice(&output.stdout).context("the raw client failed")
}

/// What the child does: `raw SOCKET COUNT MILLISECONDS`.
pub fn child(arguments: &[String]) -> anyhow::Result<bool> {
    let [socket, count, interval] = arguments else { anyhow::bail!("raw SOCKET COUNT MILLISECONDS") };
    let (count, interval) = (count.parse()?, Duration::from_millis(interval.parse()?));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let raw = runtime.block_on(receive(socket, count, interval))?;
    println!("{}", serde_json::to_string(&raw)?);
    Ok(true)
}

async fn receive(socket: &str, count: u64, interval: Duration) -> anyhow::Result<Raw> {
    let channel = Endpoint::from_shared(format!("unix://{socket}"))?.connect().await?;
    let (ask, requests) = tokio::sync::mpsc::channel(1);
    let seen = Arc::<AtomicU64>::default();
    let counted = Arc::clone(&seen);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut before, mut is_backlog) = (0, false);
        loop {
            ticks.tick().await;
            // While a backlog comes, the answer to an earlier request is still under way: h2 takes requests that nobody
            // reads for an attack and closes the connection. It has come when nothing more comes.
            let now = counted.load(Ordering::Relaxed);
            is_backlog = if is_backlog { now > before } else { now >= before + BACKLOG };
            if !is_backlog && ask.send(outputs::Request {}).await.is_err() {
                return;
            }
            before = now;
        }
    });
    let mut alerts = ServiceClient::new(channel).sub(ReceiverStream::new(requests)).await?.into_inner();
    let mut raw = Raw::default();
    let mut latencies = Vec::new();
    let start = Instant::now();
    while raw.alerts < count {
        let Some(alert) = alerts.message().await? else { break };
        raw.alerts += 1;
        seen.store(raw.alerts, Ordering::Relaxed);
        if start.elapsed() > Duration::from_secs(1)
            && let Some(time) = alert.time
        {
            let queued = Duration::new(time.seconds.unsigned_abs(), time.nanos.unsigned_abs());
            latencies.push(SystemTime::now().duration_since(UNIX_EPOCH + queued).unwrap_or_default());
        }
    }
    raw.seconds = start.elapsed().as_secs_f64();
    raw.cpu_micros = super::procfs::cpu(std::process::id())?.as_micros() as f64;
    raw.peak = super::procfs::memory(std::process::id())?.peak;
    raw.latency = super::latency::percentiles(&mut latencies);
    Ok(raw)
}

/// Starts it without waiting for its end.
pub fn start(socket: &Path, count: u64, interval: Duration) -> anyhow::Result<process::Process> {
    let mut command = command(socket, count, interval)?;
    process::Process::start(command.stdout(Stdio::null()))
}
