//! The whole program: rooms are opened in the order in which data flows through them, and closed in the same order.
//!
//! Start: journal, pipeline, servers, sources last, so that nothing is received before it can be kept.
//! Stop: sources first (Falco is left politely), then what is in hand is committed and analysed, then watchers are told
//! with their cursor, then the journal is closed. All within one deadline.

mod intake;
mod status;
mod thread;
mod watchdog;

use crate::config::Config;
use crate::journal::{Journal, JournalThread, OpenError};
use crate::listen::Address;
use crate::narrator;
use crate::pipeline::{self, PipelineThread};
use crate::serve::grpc::{GrpcServer, GrpcSettings, Parts};
use crate::serve::metrics::{ListenerMetrics, MetricsServer, WatcherMetrics};
use crate::serve::watch::Audience;
use crate::source::http::{HttpSettings, HttpSource};
use crate::source::{self, Intake, falco};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use thread::SourceThread;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Batches between a source and the journal.
const BATCHES: usize = 16;
/// Narratives between the model and the pipeline.
const NARRATIVES: usize = 16;

/// Within how much of the shutdown's deadline, in percent, Falco is left; a sixth as long again is for what was read.
const FALCO_IS_LEFT_WITHIN: u32 = 42;
/// By when, in percent of the shutdown's deadline, the sources have stopped.
const SOURCES_STOP_BY: u32 = 50;
/// By when the pipeline has; the servers have what is left.
const PIPELINE_STOPS_BY: u32 = 75;

/// A running sidecar.
pub struct Sidecar {
    deadline: Duration,
    journal: Journal,
    thread: JournalThread,
    pipeline: PipelineThread,
    addresses: Vec<Address>,
    http_address: Option<Address>,
    metrics_address: Option<Address>,
    /// Stops the sources.
    receiving: CancellationToken,
    /// Stops the pipeline once the sources are done.
    analysing: CancellationToken,
    /// Stops what is served.
    serving: CancellationToken,
    source_thread: SourceThread,
    sources: Vec<JoinHandle<()>>,
    servers: Vec<JoinHandle<()>>,
}

impl Sidecar {
    /// Starts everything that the configuration asks for. A source that cannot start (a port that is taken) is warned
    /// about and left out; anything else that cannot start is an error, and nothing keeps running.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        let book = config.rule_book()?;
        let settings = config.journal.clone();
        let opened = tokio::task::spawn_blocking(move || Journal::open(settings)).await?;
        let (journal, thread) = opened.map_err(|error| match error {
            OpenError::Io { .. } => anyhow::Error::from(error)
                .context("the journal's file and folder must be lanner's: configure `journal.path`, or pass --journal"),
            _ => error.into(),
        })?;
        let stops = (CancellationToken::new(), CancellationToken::new(), CancellationToken::new());
        let (receiving, analysing, serving) = stops;

        let (narrated, narratives) = mpsc::channel(NARRATIVES);
        let runtime = Handle::current();
        let (handle, stop) = (journal.clone(), analysing.clone());
        let dedup = config.dedup.clone();
        let audience = Audience::new(config.serve.max_watchers);
        let watching = audience.clone();
        let message: pipeline::MakeMessage = Box::new(move |analysis, room| watching.message(analysis, room));
        let start = move || pipeline::start(handle, dedup, book, message, narratives, runtime, stop);
        let pipeline = tokio::task::spawn_blocking(start).await??;

        let context = Arc::new(config.context.clone());
        let mut reports = status::Reports::new(&config, journal.clone(), pipeline.progress.clone());
        let mut servers = Vec::new();
        let source_thread = SourceThread::start()?;
        let taking = source_thread.handle.clone();
        let mut sources = Vec::new();

        let grpc = GrpcServer::bind(GrpcSettings {
            listen: config.serve.grpc.clone(),
            auth: config.serve.auth.clone(),
            shutdown_grace: config.shutdown_deadline / 4,
        })
        .await?;
        let addresses = grpc.addresses();

        let http = match &config.http {
            Some(http) => taking.spawn(bind_http(http.listen.clone())).await?,
            None => None,
        };
        let http_address = http.as_ref().map(HttpSource::address);
        if let Some(http) = &http {
            reports.http(http.address(), http.counters());
        }
        let falco = config.falco.clone().map(|mut falco| {
            falco.settings.leave_within = config.shutdown_deadline * FALCO_IS_LEFT_WITHIN / 100;
            let (status, reader) = source::Status::new();
            reports.falco(falco.settings.address.to_string(), reader.clone());
            (falco, status, reader)
        });

        let reports = Arc::new(reports);
        let report = Arc::clone(&reports);
        let parts = Parts {
            journal: journal.clone(),
            dedup: config.dedup.clone(),
            audience,
            status: Arc::new(move || report.now()),
        };
        let service = grpc.service(parts, &serving)?;
        let (watches, protections) = (service.watches().clone(), grpc.protections());
        let stop = serving.clone();
        servers.push(tokio::spawn(async move {
            if let Err(error) = grpc.run(service, stop).await {
                tracing::error!(%error, "the gRPC service has ended");
            }
        }));
        let mut metrics_address = None;
        if let Some(listen) = &config.serve.metrics {
            match MetricsServer::bind(listen.clone()).await {
                Ok(server) => {
                    metrics_address = Some(server.address());
                    let mut metrics = reports.metrics();
                    metrics.collect(ListenerMetrics(protections));
                    metrics.collect(WatcherMetrics(watches));
                    let wellness = Arc::clone(&reports);
                    let wellness = Arc::new(move || wellness.well());
                    servers.push(tokio::spawn(server.run(metrics, wellness, serving.clone())));
                }
                Err(error) => tracing::warn!(%error, "no metrics are served"),
            }
        }
        if let Some(settings) = config.llm.clone() {
            let (handle, stop, counters) = (journal.clone(), serving.clone(), reports.narrator());
            servers.push(tokio::spawn(async move {
                if let Err(error) = narrator::run(settings, handle, narrated, counters, stop).await {
                    tracing::error!(%error, "no more narratives");
                }
            }));
        }
        let mut in_sight = Vec::new();
        if let Some(http) = http {
            let (address, signs) = (http.address().to_string(), watchdog::Signs::Posts(http.counters()));
            in_sight.push(watchdog::Watched { name: "http", address, signs });
            tracing::info!(address = %http.address(), "taking alerts over HTTP");
            let (handle, context, stop) = (journal.clone(), Arc::clone(&context), receiving.clone());
            sources.push(taking.spawn(http.run(handle, context, stop, config.shutdown_deadline / 4)));
        }
        if let Some((falco, status, reader)) = falco {
            let (gone_after, silent_after) = (falco.gone_after, falco.silent_after);
            let counters = Arc::clone(&reader.counters);
            let signs = watchdog::Signs::Stream { status: reader, gone_after, silent_after };
            let address = falco.settings.address.to_string();
            in_sight.push(watchdog::Watched { name: "falco", address, signs });
            let context = Arc::clone(&context);
            let (journal, stop) = (journal.clone(), receiving.clone());
            let taker = intake::Taker { journal, context, counters, stop };
            sources.extend(receive(&taking, falco.settings, status, taker));
        }
        sources.push(tokio::spawn(watchdog::watch(in_sight, journal.clone(), context, receiving.clone())));
        let deadline = config.shutdown_deadline;
        Ok(Self {
            deadline,
            journal,
            thread,
            pipeline,
            addresses,
            http_address,
            metrics_address,
            receiving,
            analysing,
            serving,
            source_thread,
            sources,
            servers,
        })
    }

    /// The TCP address of the gRPC service; `None` where it is served on a unix socket only.
    pub fn grpc_address(&self) -> Option<SocketAddr> {
        self.addresses.iter().find_map(tcp)
    }

    /// The TCP address at which alerts are taken over HTTP.
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http_address.as_ref().and_then(tcp)
    }

    /// The TCP address of the metrics.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address.as_ref().and_then(tcp)
    }

    /// Waits until a part that everything rests on has failed, and says why; for ever, where all is well.
    pub async fn failed(&self) -> anyhow::Error {
        let mut health = self.journal.health();
        tokio::select! {
            () = self.pipeline.stopped.cancelled() => anyhow::anyhow!("the pipeline has stopped"),
            ill = health.wait_for(|health| matches!(health, crate::journal::Health::Failed(_))) => {
                let reason = ill.map_or_else(|_| "its thread has stopped".to_owned(), |health| format!("{health:?}"));
                anyhow::anyhow!("the journal has failed: {reason}")
            }
        }
    }

    /// Stops everything in the order in which data flows, each part within its share of the deadline, so that a slow
    /// one leaves time for those behind it. What does not end in its share is left behind, and said.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Self { deadline, thread, pipeline, receiving, analysing, serving, .. } = self;
        let begun = tokio::time::Instant::now();
        let share = |percent: u32| begun + deadline * percent / 100;
        receiving.cancel();
        finish(self.sources, share(SOURCES_STOP_BY), "a source").await;
        drop(self.source_thread);
        analysing.cancel();
        let analysed = tokio::task::spawn_blocking(move || pipeline.join());
        let analysed = if let Ok(done) = tokio::time::timeout_at(share(PIPELINE_STOPS_BY), analysed).await {
            done.map_err(anyhow::Error::from).and_then(|done| Ok(done?))
        } else {
            tracing::warn!("alerts in the journal are not analysed yet: the next start goes on with them");
            Ok(())
        };
        serving.cancel();
        let late = share(100);
        finish(self.servers, late, "a server").await;
        let closed = tokio::task::spawn_blocking(move || thread.stop());
        // Committed is committed: an unfinished checkpoint costs the next start a moment.
        if tokio::time::timeout_at(late + deadline, closed).await.is_err() {
            tracing::warn!("the journal was not closed in time");
        }
        analysed
    }
}

fn tcp(address: &Address) -> Option<SocketAddr> {
    match address {
        Address::Tcp(address) => Some(*address),
        Address::Unix(_) => None,
    }
}

async fn bind_http(listen: crate::listen::ListenSettings) -> Option<HttpSource> {
    match HttpSource::bind(HttpSettings::new(listen)).await {
        Ok(http) => Some(http),
        Err(error) => {
            tracing::warn!(
                %error,
                "alerts are not taken over HTTP (falcosidekick, too, listens on port 2801; configure `http.address`); \
                 the other sources go on"
            );
            None
        }
    }
}

/// Falco's gRPC source and what puts its alerts into the journal.
fn receive(
    on: &Handle,
    settings: falco::Settings,
    status: source::Status,
    taker: intake::Taker,
) -> [JoinHandle<()>; 2] {
    let (sink, batches) = mpsc::channel(BATCHES);
    let (intake, open) = watch::channel(Intake::default());
    let source = on.spawn(falco::run(settings, sink, open, status, taker.stop.clone()));
    let taking = on.spawn(async move {
        if let Err(error) = taker.take(batches, intake).await {
            tracing::error!(%error, "alerts in hand could not be kept");
        }
    });
    [source, taking]
}

async fn finish(tasks: Vec<JoinHandle<()>>, late: tokio::time::Instant, what: &'static str) {
    for task in tasks {
        let abort = task.abort_handle();
        if tokio::time::timeout_at(late, task).await.is_err() {
            tracing::warn!("{what} did not end in time and is left behind");
            abort.abort();
        }
    }
}
