//! A watcher that takes next to nothing: it reads of each message only what is measured.

use super::sidecar::Sidecar;
use lanner::serve::proto::{Filter, Start, WatchAnalysesRequest};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tonic::Status;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic_prost::ProstCodec;

/// `lanner.v1.WatchAnalysesResponse`, without what is not looked at.
#[derive(Clone, PartialEq, prost::Message)]
struct Message {
    #[prost(message, optional, tag = "2")]
    analysis: Option<Analysis>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Analysis {
    #[prost(uint32, tag = "3")]
    revision: u32,
    #[prost(message, optional, tag = "14")]
    opening_alert: Option<Alert>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Alert {
    #[prost(message, optional, tag = "2")]
    time: Option<prost_types::Timestamp>,
}

/// An alert that opened a group, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// When the stand-in queued it.
    pub queued: SystemTime,
    /// When its analysis was here.
    pub received: SystemTime,
}

/// What a watcher is to do.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Keep what was seen.
    pub keep: bool,
    /// Wait this long after each message.
    pub pause: Duration,
}

/// A stream of analyses that is read in the background.
#[derive(Debug)]
pub struct Watcher {
    counts: Arc<Counts>,
    task: tokio::task::JoinHandle<Result<Vec<Seen>, Status>>,
}

#[derive(Debug, Default)]
struct Counts {
    analyses: AtomicU64,
    opened: AtomicU64,
    ending: AtomicBool,
}

impl Watcher {
    /// Begins to watch over a connection of its own. Back once the stream is accepted.
    pub async fn start(sidecar: &Sidecar, start: Start, manner: Manner) -> anyhow::Result<Self> {
        let request = WatchAnalysesRequest { start: start.into(), heartbeat_seconds: 1, ..Default::default() };
        Self::with(sidecar.connect().await?, request, manner).await
    }

    /// Begins to watch what matches, from the oldest on.
    pub async fn filtered(channel: Channel, filter: Filter) -> anyhow::Result<Self> {
        Self::with(channel, WatchAnalysesRequest { filter: Some(filter), ..Default::default() }, Manner::default())
            .await
    }

    async fn with(channel: Channel, request: WatchAnalysesRequest, manner: Manner) -> anyhow::Result<Self> {
        let mut grpc = tonic::client::Grpc::new(channel).max_decoding_message_size(64 << 20);
        grpc.ready().await?;
        let path = PathAndQuery::from_static("/lanner.v1.AnalysisService/WatchAnalyses");
        let codec = ProstCodec::<WatchAnalysesRequest, Message>::default();
        let mut stream = grpc.server_streaming(tonic::Request::new(request), path, codec).await?.into_inner();
        let counts = Arc::<Counts>::default();
        let counted = Arc::clone(&counts);
        let task = tokio::spawn(async move {
            let mut seen = Vec::new();
            // A heartbeat a second: the end is noticed.
            while !counted.ending.load(Ordering::Relaxed) {
                let Some(message) = stream.message().await? else { break };
                let Some(analysis) = message.analysis else { continue };
                counted.analyses.fetch_add(1, Ordering::Relaxed);
                if analysis.revision == 1 {
                    counted.opened.fetch_add(1, Ordering::Relaxed);
                }
                let time = analysis.opening_alert.and_then(|alert| alert.time);
                if let Some(time) = time.filter(|_| manner.keep && analysis.revision == 1) {
                    let queued = Duration::new(time.seconds.unsigned_abs(), time.nanos.unsigned_abs());
                    seen.push(Seen { queued: UNIX_EPOCH + queued, received: SystemTime::now() });
                }
                if !manner.pause.is_zero() {
                    tokio::time::sleep(manner.pause).await;
                }
            }
            Ok(seen)
        });
        Ok(Self { counts, task })
    }

    /// Analyses so far, all revisions.
    pub fn analyses(&self) -> u64 {
        self.counts.analyses.load(Ordering::Relaxed)
    }

    /// First revisions so far.
    pub fn opened(&self) -> u64 {
        self.counts.opened.load(Ordering::Relaxed)
    }

    /// Waits until it has received this many analyses.
    pub async fn received(&self, analyses: u64) -> anyhow::Result<()> {
        while self.analyses() < analyses {
            anyhow::ensure!(!self.task.is_finished(), "a watcher's stream has ended early");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Ends, and gives what was kept.
    pub async fn end(self) -> anyhow::Result<Vec<Seen>> {
        self.counts.ending.store(true, Ordering::Relaxed);
        Ok(self.task.await??)
    }

    /// Leaves at once.
    pub fn leave(self) {
        self.task.abort();
    }
}
