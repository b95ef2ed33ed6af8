//! Alertmanager, fed over its API.

use super::super::process::Process;
use super::super::{Bench, procfs};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What it took.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// Alerts a second.
    pub rate: f64,
    /// Microseconds of its CPU for an alert.
    pub cost: f64,
    /// MiB.
    pub peak: f64,
}

/// Without a receiver that does anything, and without a cluster.
const CONFIG: &str = "route: {receiver: none, group_by: [rule, container]}\nreceivers: [{name: none}]\n";

/// Posts the alerts, `batch` a request, one request after the other.
pub async fn feed(bench: &Bench, program: &Path, alerts: &[Value], batch: usize) -> anyhow::Result<Taken> {
    let folder = bench.folder.path().join("alertmanager");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let config = folder.join("alertmanager.yml");
    std::fs::write(&config, CONFIG)?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(program);
    command.arg(format!("--config.file={}", config.display())).arg(format!("--storage.path={}", folder.display()));
    command.arg(format!("--web.listen-address={address}")).arg("--cluster.listen-address=");
    let process = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let deadline = Instant::now() + Duration::from_secs(20);
    while client.get(format!("http://{address}/-/ready")).send().await.is_err() {
        ensure!(Instant::now() < deadline, "Alertmanager does not come up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let body = |alerts: &[Value]| alerts.iter().map(as_alertmanagers).collect::<Value>().to_string();
    let requests: Vec<String> = alerts.chunks(batch).map(body).collect();
    let before = procfs::cpu(process.id())?;
    let start = Instant::now();
    for body in requests {
        let request = client.post(format!("http://{address}/api/v2/alerts"));
        let response = request.header("content-type", "application/json").body(body).send().await?;
        let status = response.status();
        let text = response.text().await.context("Alertmanager's answer")?;
        ensure!(status.is_success(), "Alertmanager answers {status}: {text}");
    }
    let seconds = start.elapsed().as_secs_f64();
    let cpu = procfs::cpu(process.id())?.saturating_sub(before).as_micros() as f64;
    let count = alerts.len() as f64;
    Ok(Taken { rate: count / seconds, cost: cpu / count, peak: procfs::memory(process.id())?.peak as f64 / 1024.0 })
}

/// An alert as falcosidekick would send it: what tells groups apart as labels, the text as an annotation.
fn as_alertmanagers(alert: &Value) -> Value {
    let fields = &alert["output_fields"];
    json!({
        "labels": {
            "alertname": alert["rule"], "rule": alert["rule"], "priority": alert["priority"], "source": "falco",
            "hostname": alert["hostname"], "container": fields["container.id"], "command": fields["proc.cmdline"],
            "process": fields["proc.name"], "user": fields["user.name"], "namespace": fields["k8s.ns.name"],
            "pod": fields["k8s.pod.name"], "image": fields["container.image.repository"],
        },
        "annotations": { "output": alert["output"] },
    })
}
