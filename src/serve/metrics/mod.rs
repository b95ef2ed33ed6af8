//! Metrics: `GET /metrics` in OpenMetrics text, and `GET /healthz`, on a listener of their own (default
//! 127.0.0.1:9469).
//!
//! Nothing is counted twice: what the journal, the listeners and the sources count already is read when somebody asks.
//! Other rooms add what they count with [`Metrics::register`] or a collector of their own.

mod collect;

pub use collect::{HttpSourceMetrics, JournalMetrics, ListenerMetrics, Sheet, WatcherMetrics};

use crate::listen::http1;
use crate::listen::tls::Protocol;
use crate::listen::{Address, Bound, ListenError, ListenSettings, Protection};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::{Metric, Registry};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Where metrics are served unless told otherwise.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:9469";

/// Says whether lanner is well, or why it is not. Must not block.
pub type Wellness = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// What is counted. All names begin with `lanner_`.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Nothing yet but `lanner_build_info`.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("lanner");
        let version = vec![("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
        let build = prometheus_client::metrics::info::Info::new(version);
        registry.register("build", "Which lanner this is", build);
        Self { registry }
    }

    /// Adds a metric: `name` without `lanner_`; a counter's also without `_total`.
    pub fn register(&mut self, name: &str, help: &str, metric: impl Metric) {
        self.registry.register(name, help, metric);
    }

    /// Adds metrics that are read when somebody asks.
    pub fn collect(&mut self, collector: impl Collector) {
        self.registry.register_collector(Box::new(collector));
    }

    /// All metrics as OpenMetrics text.
    ///
    /// # Errors
    /// Where a collector fails.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// The listener that metrics are asked at.
#[derive(Debug)]
pub struct MetricsServer {
    bound: Bound,
}

impl MetricsServer {
    /// Takes the address.
    ///
    /// # Errors
    /// [`ListenError`]
    pub async fn bind(settings: ListenSettings) -> Result<Self, ListenError> {
        Ok(Self { bound: Bound::bind(settings, Protocol::Http1).await? })
    }

    /// Where it listens.
    pub fn address(&self) -> Address {
        self.bound.address()
    }

    /// What the listener turned away.
    pub fn protection(&self) -> Protection {
        self.bound.protection()
    }

    /// Answers until `shutdown`.
    pub async fn run(self, metrics: Metrics, wellness: Wellness, shutdown: CancellationToken) {
        let metrics = Arc::new(metrics);
        let router = Router::new()
            .route("/metrics", get(move || std::future::ready(page(&metrics))))
            .route("/healthz", get(move || std::future::ready(health(&wellness))));
        http1::serve(self.bound, router, shutdown, Duration::from_secs(1)).await;
    }
}

fn page(metrics: &Metrics) -> Response {
    const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn health(wellness: &Wellness) -> Response {
    let (status, body) = match wellness() {
        Ok(()) => (StatusCode::OK, serde_json::json!({ "status": "ok" })),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, serde_json::json!({ "status": "failing", "reason": reason })),
    };
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
