//! A running Falco source, and the ends of it that lanner holds.
#![allow(dead_code)] // each test uses a part

use crate::stand_in::soon;
use lanner::alert::Alert;
use lanner::source::falco::{self, Address, Settings};
use lanner::source::{Batch, Intake, SourceState, Status, StatusReader};
use std::path::{Path, PathBuf};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running source, and the ends that lanner holds.
pub struct Source {
    pub batches: mpsc::Receiver<Batch>,
    pub intake: watch::Sender<Intake>,
    pub status: StatusReader,
    pub shutdown: CancellationToken,
    pub task: JoinHandle<()>,
}

impl Source {
    pub fn start(settings: Settings) -> Self {
        let (sink, batches) = mpsc::channel(2);
        let (intake, open) = watch::channel(Intake::Open);
        let (status, reader) = Status::new();
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(falco::run(settings, sink, open, status, shutdown.clone()));
        Self { batches, intake, status: reader, shutdown, task }
    }

    pub fn on(socket: &Path) -> Self {
        Self::start(on(socket))
    }

    pub async fn batch(&mut self) -> Vec<Alert> {
        soon("a batch", self.batches.recv()).await.expect("the source runs").alerts
    }

    /// The next `count` alerts, and no more.
    pub async fn alerts(&mut self, count: usize) -> Vec<Alert> {
        let mut alerts = Vec::new();
        while alerts.len() < count {
            alerts.extend(self.batch().await);
        }
        assert_eq!(alerts.len(), count);
        alerts
    }

    pub async fn numbers(&mut self, count: usize) -> Vec<i64> {
        self.alerts(count).await.iter().map(number).collect()
    }

    pub async fn state(&mut self, what: &str, wanted: impl FnMut(&SourceState) -> bool) -> SourceState {
        soon(what, self.status.state.wait_for(wanted)).await.expect("the source runs").clone()
    }

    pub async fn connected(&mut self) {
        self.state("it is connected", |state| matches!(state, SourceState::Connected { .. })).await;
    }

    pub async fn unreachable(&mut self) -> String {
        match self.state("it is unreachable", |state| matches!(state, SourceState::Unreachable { .. })).await {
            SourceState::Unreachable { why, .. } => why,
            other => panic!("{other:?}"),
        }
    }

    /// Stops the source and gives what it still hands over.
    pub async fn stop(mut self) -> Vec<Alert> {
        self.shutdown.cancel();
        let mut rest = Vec::new();
        while let Some(batch) = soon("the end", self.batches.recv()).await {
            rest.extend(batch.alerts);
        }
        soon("the source's end", self.task).await.expect("it does not panic");
        rest
    }
}

pub fn on(socket: &Path) -> Settings {
    Settings { address: Address::Unix(socket.to_owned()), ..Settings::default() }
}

pub fn number(alert: &Alert) -> i64 {
    alert.field("number").expect("it has a number").parse().expect("a number")
}

pub fn scene() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("falco.sock");
    (folder, socket)
}
