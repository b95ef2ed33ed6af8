//! Falco's `http_output`: the way into lanner for Falco 0.44 and newer, which has no gRPC output.
//!
//! Constraints, from how Falco behaves (it posts one alert after the other over one connection, waits for each answer,
//! never looks at the status and never retries):
//! - 200 means durable, and comes as soon as the journal has committed: no timer is waited for.
//! - Nothing is shed by status. 503 is answered only while the journal cannot be written at all.
//! - 400 says why something is no alert, for whoever tries it by hand; Falco does not read it, so it is counted and the
//!   1st, 10th, 100th ... is logged. The same of bodies that are too large or too slow.
//! - Memory is bounded: connections by the listener, a body by `max_body_bytes`, large bodies together by a budget.

use super::is_logged;
use crate::alert::{self, Context, Time};
use crate::journal::{AppendError, Journal, Received};
use crate::listen::http1;
use crate::listen::tls::Protocol;
use crate::listen::{Address, Bound, ListenError, ListenSettings, Protection};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

/// How alerts are taken over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Where Falco posts to.
    pub listen: ListenSettings,
    /// The largest body that is read. Falco's own alerts stay far below a megabyte.
    pub max_body_bytes: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
}

impl HttpSettings {
    /// This listener with the defaults: bodies of 16 MiB, within 30 seconds.
    pub fn new(listen: ListenSettings) -> Self {
        Self { listen, max_body_bytes: 16 * 1024 * 1024, body_timeout: Duration::from_secs(30) }
    }
}

/// What came, and what became of it. Counts from the start of the process.
#[derive(Debug, Default)]
pub struct Counters {
    received: AtomicU64,
    duplicates: AtomicU64,
    malformed: AtomicU64,
    oversized: AtomicU64,
    slow: AtomicU64,
    refused: AtomicU64,
    last: AtomicI64,
}

impl Counters {
    /// Alerts that are in the journal now, duplicates included.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Alerts that the journal had already.
    pub fn duplicates(&self) -> u64 {
        self.duplicates.load(Ordering::Relaxed)
    }

    /// Bodies that are no alert.
    pub fn malformed(&self) -> u64 {
        self.malformed.load(Ordering::Relaxed)
    }

    /// Bodies larger than is read.
    pub fn oversized(&self) -> u64 {
        self.oversized.load(Ordering::Relaxed)
    }

    /// Bodies that did not arrive in time or broke off.
    pub fn slow(&self) -> u64 {
        self.slow.load(Ordering::Relaxed)
    }

    /// Alerts answered 503: lost, since Falco does not send them again.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// When the last alert came.
    pub fn last(&self) -> Option<Time> {
        match self.last.load(Ordering::Relaxed) {
            0 => None,
            nanos => Some(Time::from_nanos(nanos)),
        }
    }
}

/// The HTTP source, bound to its address.
#[derive(Debug)]
pub struct HttpSource {
    bound: Bound,
    settings: HttpSettings,
    counters: Arc<Counters>,
}

impl HttpSource {
    /// Takes the address.
    ///
    /// # Errors
    /// [`ListenError`]: a port that is taken (by falcosidekick, say) need not stop the other sources.
    pub async fn bind(settings: HttpSettings) -> Result<Self, ListenError> {
        let bound = Bound::bind(settings.listen.clone(), Protocol::Http1).await?;
        Ok(Self { bound, settings, counters: Arc::default() })
    }

    /// Where it listens.
    pub fn address(&self) -> Address {
        self.bound.address()
    }

    /// What came so far.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// What the listener turned away.
    pub fn protection(&self) -> Protection {
        self.bound.protection()
    }

    /// Takes alerts until `shutdown`, then finishes what is in hand within `grace`.
    pub async fn run(self, journal: Journal, context: Arc<Context>, shutdown: CancellationToken, grace: Duration) {
        let Self { bound, settings, counters } = self;
        let budget =
            Semaphore::new((LARGE_BODIES * settings.max_body_bytes.max(SMALL_BODY)).min(Semaphore::MAX_PERMITS));
        let ingest = Ingest { journal, context, counters, settings, budget };
        let router = Router::new()
            .route("/healthz", get(healthz).fallback(post))
            .route("/ping", get(async || "pong").fallback(post))
            .fallback(post)
            .with_state(Arc::new(ingest));
        http1::serve(bound, router, shutdown, grace).await;
    }
}

struct Ingest {
    journal: Journal,
    context: Arc<Context>,
    counters: Arc<Counters>,
    settings: HttpSettings,
    /// Bytes that large bodies may take together.
    budget: Semaphore,
}

/// Bodies up to here need no budget: the cap of connections bounds them.
const SMALL_BODY: usize = 64 * 1024;
/// So many bodies of the largest size may be in hand at a time; others wait for their turn.
const LARGE_BODIES: usize = 4;

/// Why no alert was taken: the status and its reason.
struct Refusal(StatusCode, String);

impl Refusal {
    fn into_response(self) -> Response {
        let Self(status, reason) = self;
        let body = serde_json::json!({ "error": reason }).to_string();
        (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}

async fn healthz(State(ingest): State<Arc<Ingest>>) -> Response {
    use crate::journal::Health;
    let failure = match &*ingest.journal.health().borrow() {
        Health::Ok => None,
        Health::Full { reason, .. } => Some(format!("storage is full: {reason}")),
        Health::Failed(reason) => Some(format!("storage has failed: {reason}")),
    };
    match failure {
        None => ([(header::CONTENT_TYPE, "application/json")], r#"{"status": "ok"}"#).into_response(),
        Some(reason) => Refusal(StatusCode::SERVICE_UNAVAILABLE, reason).into_response(),
    }
}

async fn post(State(ingest): State<Arc<Ingest>>, request: Request) -> Response {
    match ingest.take(request).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

impl Ingest {
    async fn take(&self, request: Request) -> Result<(), Refusal> {
        if request.method() != Method::POST {
            let reason = "Falco's alerts come here as `POST`, one JSON object each".to_owned();
            return Err(Refusal(StatusCode::METHOD_NOT_ALLOWED, reason));
        }
        let length =
            request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: usize| length > self.settings.max_body_bytes) {
            return Err(self.too_large());
        }
        let _share = self.share(length.unwrap_or(self.settings.max_body_bytes)).await;
        let body = self.body(request.into_body()).await?;
        let alert = alert::decode_json(&String::from_utf8_lossy(&body)).map_err(|error| {
            let is_json = body.trim_ascii_start().starts_with(b"{");
            let hint = if is_json { "" } else { "; falco.yaml needs `json_output: true`" };
            Self::lost(&self.counters.malformed, StatusCode::BAD_REQUEST, format!("{error}{hint}"))
        })?;
        drop(body);
        let received = self.journal.now();
        let context = Arc::clone(&self.context);
        match self.journal.append(vec![Received { alert, context, received }]).await {
            Ok(appended) => {
                self.counters.received.fetch_add(1, Ordering::Relaxed);
                self.counters.duplicates.fetch_add(appended.duplicates, Ordering::Relaxed);
                let now = jiff::Timestamp::now().as_nanosecond();
                self.counters.last.store(i64::try_from(now).unwrap_or_default(), Ordering::Relaxed);
                Ok(())
            }
            Err(error) => {
                if self.counters.refused.fetch_add(1, Ordering::Relaxed) == 0 || error != AppendError::Full {
                    tracing::error!(%error, "cannot keep an alert from HTTP: Falco does not send it again");
                }
                Err(Refusal(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))
            }
        }
    }

    /// The right to read a body of this size: small ones have it, large ones wait.
    async fn share(&self, bytes: usize) -> Option<SemaphorePermit<'_>> {
        if bytes <= SMALL_BODY {
            return None;
        }
        self.budget.acquire_many(u32::try_from(bytes).unwrap_or(u32::MAX)).await.ok()
    }

    async fn body(&self, body: Body) -> Result<Bytes, Refusal> {
        let read = axum::body::to_bytes(body, self.settings.max_body_bytes);
        match tokio::time::timeout(self.settings.body_timeout, read).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(error)) if is_too_large(&error) => Err(self.too_large()),
            Ok(Err(error)) => {
                let reason = format!("the body broke off: {error}");
                Err(Self::lost(&self.counters.slow, StatusCode::BAD_REQUEST, reason))
            }
            Err(_) => {
                let reason = format!("the body did not arrive within {} s", self.settings.body_timeout.as_secs());
                Err(Self::lost(&self.counters.slow, StatusCode::REQUEST_TIMEOUT, reason))
            }
        }
    }

    fn too_large(&self) -> Refusal {
        let reason = format!("larger than {} bytes", self.settings.max_body_bytes);
        Self::lost(&self.counters.oversized, StatusCode::PAYLOAD_TOO_LARGE, reason)
    }

    /// Counts what is not taken, and says so: Falco does not read the answer.
    fn lost(counter: &AtomicU64, status: StatusCode, why: String) -> Refusal {
        let count = counter.fetch_add(1, Ordering::Relaxed) + 1;
        if is_logged(count) {
            tracing::warn!(count, why, "what was posted is not taken, and Falco does not send it again");
        }
        Refusal(status, why)
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    use std::error::Error as _;
    let mut source = error.source();
    while let Some(error) = source {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        source = error.source();
    }
    false
}
