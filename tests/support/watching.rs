//! Watchers of a running sidecar that check what they see.
#![allow(dead_code, reason = "each test binary uses its part of it")]

use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use lanner::serve::proto::{Start, WatchAnalysesRequest, WatchAnalysesResponse, watch_analyses_response::Event};
use std::collections::HashMap;
use tonic::Streaming;
use tonic::transport::{Channel, Endpoint};

/// A client that may come to nothing: the sidecar is killed at any time.
pub async fn connect(socket: &str) -> Option<AnalysisServiceClient<Channel>> {
    let channel = Endpoint::from_shared(socket.to_owned()).expect("an address").connect().await.ok()?;
    Some(AnalysisServiceClient::new(channel).max_decoding_message_size(64 << 20))
}

/// Watches from behind a cursor, or from the oldest on.
pub async fn open_watch(socket: &str, cursor: &str) -> Option<Streaming<WatchAnalysesResponse>> {
    open_watch_from(socket, cursor, Start::Oldest).await
}

/// As [`open_watch`]; where there is no cursor, from this start on.
pub async fn open_watch_from(socket: &str, cursor: &str, start: Start) -> Option<Streaming<WatchAnalysesResponse>> {
    let request = WatchAnalysesRequest { cursor: cursor.to_owned(), start: start.into(), ..Default::default() };
    Some(connect(socket).await?.watch_analyses(request).await.ok()?.into_inner())
}

/// What a watcher has seen: group and revision, in order.
#[derive(Default)]
pub struct Watched {
    pub seen: Vec<(String, u32)>,
    pub newest: HashMap<String, u32>,
    pub cursor: String,
    pub reconnects: u64,
}

impl Watched {
    /// As [`take`](Self::take), where the watch began in the middle: a group is heard of from any revision on.
    pub fn take_live(&mut self, message: WatchAnalysesResponse) {
        if let Some(Event::Analysis(analysis)) = &message.event {
            self.newest.entry(analysis.group_id.clone()).or_insert(analysis.revision - 1);
        }
        self.take(message);
    }

    /// Takes a message; panics where a revision is missing or comes twice.
    pub fn take(&mut self, message: WatchAnalysesResponse) {
        match message.event {
            Some(Event::Analysis(analysis)) => {
                let newest = self.newest.entry(analysis.group_id.clone()).or_default();
                assert_eq!(analysis.revision, *newest + 1, "group {} after revision {newest}", analysis.group_id);
                *newest = analysis.revision;
                self.seen.push((analysis.group_id, analysis.revision));
            }
            Some(Event::Gap(gap)) => panic!("a gap of {} and nothing was removed", gap.missed),
            Some(Event::Heartbeat(_)) | None => {}
        }
        self.cursor = message.cursor;
    }
}
