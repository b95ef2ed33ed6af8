//! The gRPC server: our service, health and reflection on each listener, and a shutdown that ends.

use super::auth::{AuthError, AuthLayer, AuthSettings, Authority};
use super::proto;
use super::readers::Readers;
use super::service::{Routed, Service, StatusSource};
use super::watch::{Audience, Watches};
use crate::journal::Journal;
use crate::listen::tls::Protocol;
use crate::listen::{Address, Bound, ListenError, ListenSettings, Protection};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::server::NamedService as _;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic_health::server::HealthReporter;

/// How lanner serves gRPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrpcSettings {
    /// Where.
    pub listen: Vec<ListenSettings>,
    /// For whom.
    pub auth: AuthSettings,
    /// How long calls may take to end once lanner shuts down; then their connections break.
    pub shutdown_grace: Duration,
}

/// What the service needs of the rest of the program.
#[derive(Clone)]
pub struct Parts {
    /// What is served.
    pub journal: Journal,
    /// How alerts are grouped: what an explanation rests on.
    pub dedup: crate::dedup::Settings,
    /// The places for watchers, all listeners together.
    pub audience: Audience,
    /// How lanner is.
    pub status: StatusSource,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum GrpcError {
    /// A listener.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The tokens.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// Threads that read the journal.
    #[error("cannot start the journal's readers: {0}")]
    Threads(#[source] std::io::Error),
    /// The descriptors of reflection: a defect of the build.
    #[error("cannot serve reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// The server, bound to its addresses.
#[derive(Debug)]
pub struct GrpcServer {
    bound: Vec<Bound>,
    authority: Authority,
    settings: GrpcSettings,
}

/// Finds half-open connections: who does not answer a ping is gone.
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_ANSWER: Duration = Duration::from_secs(10);
/// Calls at a time on one connection.
const MAX_STREAMS: u32 = 128;
/// A call that is no stream: reading its request and answering it.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
const MAX_HEADERS: u32 = 16 * 1024;

impl GrpcServer {
    /// Takes all addresses, or none.
    ///
    /// # Errors
    /// [`GrpcError`] for an address, certificate or token that cannot be used.
    pub async fn bind(settings: GrpcSettings) -> Result<Self, GrpcError> {
        let authority = Authority::new(&settings.auth)?;
        let mut bound = Vec::with_capacity(settings.listen.len());
        for listen in &settings.listen {
            bound.push(Bound::bind(listen.clone(), Protocol::Http2).await?);
        }
        Ok(Self { bound, authority, settings })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Vec<Address> {
        self.bound.iter().map(Bound::address).collect()
    }

    /// What each listener turned away, by its address.
    pub fn protections(&self) -> Vec<(Address, Protection)> {
        self.bound.iter().map(|bound| (bound.address(), bound.protection())).collect()
    }

    /// Makes the service for this server's settings; its watches end with `shutdown`.
    ///
    /// # Errors
    /// [`GrpcError::Threads`] where the system gives no threads.
    pub fn service(&self, parts: Parts, shutdown: &CancellationToken) -> Result<Service, GrpcError> {
        let Parts { journal, dedup, audience, status } = parts;
        let readers = Readers::start(&journal).map_err(GrpcError::Threads)?;
        let watches = Watches::new(journal.clone(), readers.clone(), audience, shutdown.clone());
        Ok(Service::new(journal, readers, watches, dedup, status))
    }

    /// Serves until `shutdown`: health says NOT_SERVING, watchers get `UNAVAILABLE` with their cursor, calls in hand
    /// are answered; what has not ended within the grace is broken off.
    ///
    /// # Errors
    /// [`GrpcError::Reflection`], before anything is served.
    pub async fn run(self, service: Service, shutdown: CancellationToken) -> Result<(), GrpcError> {
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_service_status("", tonic_health::ServingStatus::Serving).await;
        health.set_service_status(Routed::NAME, tonic_health::ServingStatus::Serving).await;
        let mut routes = Routes::builder();
        routes
            .add_service(Routed::new(service))
            .add_service(health_service)
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?);
        let services = routes.routes();

        // Ends after `shutdown`, so that health has time to say so to who asks.
        let (closing, cut) = (CancellationToken::new(), CancellationToken::new());
        let mut servers = JoinSet::new();
        for bound in self.bound {
            let address = bound.address();
            let incoming = bound.serve(shutdown.clone(), cut.clone());
            let mut builder = Server::builder()
                .http2_keepalive_interval(Some(KEEPALIVE))
                .http2_keepalive_timeout(Some(KEEPALIVE_ANSWER))
                .max_concurrent_streams(MAX_STREAMS)
                .initial_stream_window_size(STREAM_WINDOW)
                .initial_connection_window_size(CONNECTION_WINDOW)
                .http2_max_header_list_size(MAX_HEADERS)
                .timeout(CALL_TIMEOUT)
                .layer(AuthLayer::new(self.authority.clone()));
            let served = builder.add_routes(services.clone());
            let closing = closing.clone();
            servers.spawn(async move {
                tracing::info!(%address, "serving gRPC");
                let ended = served.serve_with_incoming_shutdown(incoming, closing.cancelled_owned()).await;
                if let Err(error) = ended {
                    tracing::error!(%address, %error, "gRPC server ended");
                }
            });
        }
        shutdown.cancelled().await;
        not_serving(&health).await;
        closing.cancel();
        let all = async { while servers.join_next().await.is_some() {} };
        if tokio::time::timeout(self.settings.shutdown_grace, all).await.is_err() {
            tracing::warn!("breaking off connections that did not end");
            cut.cancel();
        }
        Ok(())
    }
}

/// Says so to who watches health, then lets go of them: their streams would never end.
async fn not_serving(health: &HealthReporter) {
    let mut health = health.clone();
    for service in ["", Routed::NAME] {
        health.set_service_status(service, tonic_health::ServingStatus::NotServing).await;
    }
    tokio::task::yield_now().await;
    for service in ["", Routed::NAME] {
        health.clear_service_status(service).await;
    }
}

/// Each reflection service lists what it is told and nothing else, so each is told everything.
fn reflection<'a>() -> tonic_reflection::server::Builder<'a> {
    tonic_reflection::server::Builder::configure()
        .include_reflection_service(false)
        .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
}
