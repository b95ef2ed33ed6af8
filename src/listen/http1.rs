//! HTTP/1.1 for ingest and metrics: an axum router on a guarded listener.

use super::{Bound, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long a request's head may take, and a kept connection may be quiet. Clients open a new one then: curl, which is
/// what Falco posts with, looks whether its connection is still there before it uses it again.
const HEAD_TIMEOUT: Duration = Duration::from_mins(1);
/// The most bytes of a request's head.
const MAX_HEAD: usize = 32 * 1024;

/// Serves until `shutdown`, then finishes the requests in hand within `grace`.
pub async fn serve(bound: Bound, router: axum::Router, shutdown: CancellationToken, grace: Duration) {
    let cut = CancellationToken::new();
    let mut incoming = bound.serve(shutdown.clone(), cut.clone());
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            connection = incoming.next() => match connection {
                Some(connection) => {
                    connections.spawn(one(builder.clone(), connection, router.clone(), shutdown.clone()));
                }
                None => break,
            },
            // Lets go of what has ended.
            Some(_) = connections.join_next() => {}
        }
    }
    if tokio::time::timeout(grace, async { while connections.join_next().await.is_some() {} }).await.is_err() {
        cut.cancel();
    }
}

async fn one(
    builder: Builder<TokioExecutor>,
    connection: Connection,
    router: axum::Router,
    shutdown: CancellationToken,
) {
    let peer = connection.peer().clone();
    let mut serving =
        std::pin::pin!(builder.serve_connection(TokioIo::new(connection), TowerToHyperService::new(router)));
    let result = tokio::select! {
        result = &mut serving => result,
        () = shutdown.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%peer, error, "connection ended");
    }
}
