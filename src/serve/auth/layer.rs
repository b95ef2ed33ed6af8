//! Asks the [`Authority`] before a call reaches its service.

use super::Authority;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::metadata::MetadataMap;

/// Puts an [`Authorized`] around a service.
#[derive(Debug, Clone)]
pub struct AuthLayer(Authority);

impl AuthLayer {
    /// Asks this authority.
    pub fn new(authority: Authority) -> Self {
        Self(authority)
    }
}

impl<S> tower::Layer<S> for AuthLayer {
    type Service = Authorized<S>;

    fn layer(&self, inner: S) -> Authorized<S> {
        Authorized { inner, authority: self.0.clone() }
    }
}

/// A service that is only reached by calls that may. The caller's [`Identity`](super::Identity) is in the request's
/// extensions.
#[derive(Debug, Clone)]
pub struct Authorized<S> {
    inner: S,
    authority: Authority,
}

impl<S> Service<http::Request<Body>> for Authorized<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let metadata = MetadataMap::from_headers(std::mem::take(&mut parts.headers));
        let decision = self.authority.authorize(parts.uri.path(), &metadata);
        parts.headers = metadata.into_headers();
        match decision {
            Ok(identity) => {
                if Authority::is_administrative(parts.uri.path()) {
                    let method = shown(parts.uri.path());
                    tracing::info!(who = %identity.name, method, "administrative call");
                }
                parts.extensions.insert(identity);
                Box::pin(self.inner.call(http::Request::from_parts(parts, body)))
            }
            Err(status) => {
                tracing::info!(method = shown(parts.uri.path()), reason = status.message(), "call refused");
                let response = status.into_http();
                Box::pin(std::future::ready(Ok(response)))
            }
        }
    }
}

/// A path is the caller's text: only the beginning goes to the log.
fn shown(path: &str) -> &str {
    &path[..path.floor_char_boundary(100)]
}
