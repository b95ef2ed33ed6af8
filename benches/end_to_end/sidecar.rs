//! The stand-in and the sidecar, started and watched from outside.

use super::process::{self, Process};
use super::procfs;
use anyhow::{Context as _, bail};
use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use lanner::serve::proto::{GetStatusRequest, GetStatusResponse};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tonic::transport::{Channel, Endpoint};

/// How long a sidecar may take until it serves.
const PATIENCE: Duration = Duration::from_mins(2);

/// A stand-in for Falco with alerts in its queue.
#[derive(Debug)]
pub struct StandIn {
    process: Process,
}

impl StandIn {
    /// Begins to send a file's alerts, each with a fresh time, over again until there were `count`.
    pub async fn start(socket: &Path, file: &Path, count: u64, rate: Option<u64>) -> anyhow::Result<Self> {
        // A stand-in that was killed leaves its socket; there is none other at this path.
        let _ = std::fs::remove_file(socket);
        let mut command = process::lanner();
        command.arg("simulate").arg("--listen").arg(format!("unix://{}", socket.display()));
        command.arg("--alerts").arg(file).arg("--count").arg(count.to_string()).arg("--repeat");
        if let Some(rate) = rate {
            command.arg("--rate").arg(rate.to_string());
        }
        let mut process = Process::start(&mut command)?;
        process::appears(socket, &mut process).await?;
        Ok(Self { process })
    }

    /// Waits until all alerts are in the queue: until it has nothing more to do, while no client is there.
    pub async fn fed(&self) -> anyhow::Result<()> {
        let mut last = procfs::cpu(self.process.id())?;
        loop {
            tokio::time::sleep(Duration::from_millis(150)).await;
            let now = procfs::cpu(self.process.id())?;
            if now == last {
                return Ok(());
            }
            last = now;
        }
    }
}

/// A sidecar with a journal of its own.
#[derive(Debug)]
pub struct Sidecar {
    process: Process,
    /// Where Falco is to be.
    pub falco: PathBuf,
    /// Where the journal is.
    pub journal: PathBuf,
    grpc: PathBuf,
    /// Just before the process was started.
    pub started: Instant,
}

/// How a sidecar's work stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    /// Alerts in the journal.
    pub alerts: u64,
    /// Alerts analysed.
    pub analysed: u64,
    /// Analyses in the journal.
    pub analyses: u64,
    /// Groups that can still grow.
    pub live: u64,
}

impl Sidecar {
    /// Starts one in `folder`, which is emptied, and waits until it serves. Its Falco is yet to come.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let falco = folder.with_extension("falco.sock");
        Self::start_beside(folder, &falco).await
    }

    /// As [`start`](Self::start), with a Falco that may be there already.
    ///
    /// Settings are the defaults, but for the journal's size: nothing is to be removed while it is measured.
    pub async fn start_beside(folder: &Path, falco: &Path) -> anyhow::Result<Self> {
        Self::start_with_room(folder, falco, super::drain::room()).await
    }

    /// As [`start_beside`](Self::start_beside), with room for this many live groups.
    pub async fn start_with_room(folder: &Path, falco: &Path, groups: u64) -> anyhow::Result<Self> {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder)?;
        let (journal, grpc) = (folder.join("journal.db"), folder.join("lanner.sock"));
        // The service wants a TCP address too: one that was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = folder.join("lanner.yaml");
        let text = format!(
            "journal: {{path: {}, max_size: 64GiB}}\nfalco: {{address: \"unix://{}\"}}\nhttp: {{enabled: false}}\n\
             serve: {{grpc: {{address: \"{address}\", unix: {}, max_watchers: 4096}}, metrics: {{enabled: false}}}}\n\
             dedup: {{max_groups: {groups}}}\nlog: {{level: error}}\n",
            journal.display(),
            falco.display(),
            grpc.display()
        );
        std::fs::write(&config, text)?;
        let started = Instant::now();
        let mut process = Process::start(process::lanner().arg("run").arg("--config").arg(&config))?;
        process::appears(&grpc, &mut process).await?;
        let mut sidecar = Self { process, falco: falco.to_owned(), journal, grpc, started };
        // A socket's file is there a moment before anybody listens at it.
        while let Err(error) = sidecar.connect().await {
            sidecar.process.lives()?;
            anyhow::ensure!(started.elapsed() < PATIENCE, "lanner does not answer: {error:#}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(sidecar)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A connection of its own to its service.
    pub async fn connect(&self) -> anyhow::Result<Channel> {
        let endpoint = Endpoint::from_shared(format!("unix://{}", self.grpc.display()))?;
        endpoint.connect().await.context("cannot connect to lanner")
    }

    /// A client of its service.
    pub async fn client(&self) -> anyhow::Result<AnalysisServiceClient<Channel>> {
        Ok(AnalysisServiceClient::new(self.connect().await?).max_decoding_message_size(64 << 20))
    }

    /// Ends it in order.
    pub fn end(self) -> anyhow::Result<()> {
        self.process.end()
    }
}

/// Asks how the work stands.
pub async fn progress(client: &mut AnalysisServiceClient<Channel>) -> anyhow::Result<Progress> {
    let status: GetStatusResponse = client.get_status(GetStatusRequest {}).await?.into_inner();
    let journal = status.journal.unwrap_or_default();
    let pipeline = status.pipeline.unwrap_or_default();
    Ok(Progress {
        alerts: journal.newest_alert,
        analysed: pipeline.cursor,
        analyses: journal.newest_analysis,
        live: pipeline.live_groups,
    })
}

/// Waits until all of `alerts` are analysed, and gives how the work stands then.
pub async fn analysed(client: &mut AnalysisServiceClient<Channel>, alerts: u64) -> anyhow::Result<Progress> {
    let mut last = (Progress::default(), Instant::now());
    loop {
        let now = progress(client).await?;
        if now.analysed >= alerts {
            return Ok(now);
        }
        if now.alerts > last.0.alerts || now.analysed > last.0.analysed {
            last = (now, Instant::now());
        } else if last.1.elapsed() > Duration::from_secs(90) {
            bail!("nothing has come for 90 s: {now:?} of {alerts}");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
