//! A stand-in for Falco's gRPC outputs API, with Falco's own semantics: for the demo, tests and benchmarks.
//!
//! What is like Falco 0.43.1, as measured on one: one unbounded queue for all clients; `sub` answers each request with
//! what is queued, and its headers come with the first alert; `get` ends when the queue is empty; a stop or a reload
//! waits for every `sub` client to ask once more (or to leave), drops one alert and ends the stream with OK; the socket
//! is gone meanwhile; the queue survives a reload; `threadiness` x 10 streams are served and the next one hangs; TCP
//! demands a client certificate; there is no reflection and no health service.
//!
//! What is not: Falco answers frequent HTTP/2 keepalive pings with `too_many_pings`, and sometimes aborts while it
//! shuts down; the stand-in does neither.

mod alerts;
mod feed;
mod listen;
mod queue;
mod service;

pub use alerts::{Form, Queued, Template};
pub use feed::{Feed, FeedError, built_in, feed, read_alerts};
pub use listen::{Listen, Listener, Tls, UnixSocket};
pub use queue::Queue;

use crate::source::falco::proto::version;
use service::{Outputs, Version};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

/// What kind of Falco to be.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The version that it says it is.
    pub version: String,
    /// How many `sub` streams are served: `threadiness` x 10, where `threadiness` is the number of cores.
    pub streams: usize,
    /// The files of mutual TLS; needed for TCP.
    pub tls: Option<Tls>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { version: "0.43.1".to_owned(), streams: 20, tls: None }
    }
}

/// A Falco without an engine: a queue, and the gRPC services in front of it.
#[derive(Debug)]
pub struct Simulator {
    settings: Settings,
    queue: Queue,
    requests: Arc<AtomicU64>,
    streams: Arc<Semaphore>,
}

impl Simulator {
    /// With an empty queue, and not serving yet.
    pub fn new(settings: Settings) -> Self {
        let streams = Arc::new(Semaphore::new(settings.streams.min(Semaphore::MAX_PERMITS)));
        Self { settings, queue: Queue::default(), requests: Arc::default(), streams }
    }

    /// The queue that clients are served from.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// How many requests have been read on `sub` streams.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How many `sub` streams are served now.
    pub fn streams(&self) -> usize {
        self.settings.streams.saturating_sub(self.streams.available_permits())
    }

    /// Serves until `stopping`, and then as long as clients stay: as in Falco, a `sub` client that neither asks nor
    /// leaves is waited for without end.
    ///
    /// # Errors
    /// Where TCP has no certificates, or they cannot be used.
    pub async fn serve(&self, listener: Listener, stopping: CancellationToken) -> io::Result<()> {
        let outputs = Outputs {
            queue: self.queue.clone(),
            requests: Arc::clone(&self.requests),
            streams: Arc::clone(&self.streams),
            stopping: stopping.clone(),
        };
        let version = version::service_server::ServiceServer::new(Version(answer(&self.settings.version)));
        let mut server = Server::builder();
        if matches!(listener, Listener::Tcp(_)) {
            let tls = self.settings.tls.as_ref().ok_or_else(|| {
                let text = "over TCP, Falco demands mutual TLS: a certificate, a key and a CA are needed";
                io::Error::new(io::ErrorKind::InvalidInput, text)
            })?;
            server = server.tls_config(tls.load()?).map_err(io::Error::other)?;
        }
        let router = server.add_service(outputs).add_service(version);
        let stopped = stopping.cancelled_owned();
        let ended = match listener {
            Listener::Unix(socket) => router.serve_with_incoming_shutdown(socket, stopped).await,
            Listener::Tcp(listener) => {
                let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
                router.serve_with_incoming_shutdown(incoming, stopped).await
            }
        };
        ended.map_err(io::Error::other)
    }

    /// Binds and serves until `shutdown`; `reload` does what SIGHUP does to Falco: the server stops as at a shutdown,
    /// the socket goes, and both come back with the same queue.
    ///
    /// # Errors
    /// As [`Listener::bind`] and [`serve`](Self::serve).
    pub async fn run(&self, listen: &Listen, reload: &Notify, shutdown: CancellationToken) -> io::Result<()> {
        while !shutdown.is_cancelled() {
            let listener = Listener::bind(listen).await?;
            let stopping = shutdown.child_token();
            let serving = self.serve(listener, stopping.clone());
            tokio::pin!(serving);
            tokio::select! {
                ended = &mut serving => ended?,
                () = reload.notified() => {
                    stopping.cancel();
                    serving.await?;
                }
            }
        }
        Ok(())
    }
}

/// What Falco answers. Its numbers follow from its version; the engine's are those of 0.43.
fn answer(version: &str) -> version::Response {
    let mut numbers = version.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
    let mut number = || numbers.next().unwrap_or(0);
    let after = |mark| version.split_once(mark).map_or("", |(_, rest)| rest);
    version::Response {
        version: version.to_owned(),
        major: number(),
        minor: number(),
        patch: number(),
        prerelease: after('-').split('+').next().unwrap_or_default().to_owned(),
        build: after('+').to_owned(),
        engine_major: 0,
        engine_minor: 58,
        engine_patch: 0,
        engine_version: "0.58.0".to_owned(),
        engine_fields_checksum: String::new(),
    }
}
