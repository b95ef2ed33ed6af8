//! Puts the shared, encoded form of `WatchAnalyses` in front of the generated server, which answers the rest.

use super::Service;
use crate::listen::Client;
use crate::serve::proto;
use crate::serve::proto::analysis_service_server::AnalysisServiceServer;
use crate::serve::watch::{Frame, FrameCodec, WatchStream, Watches};
use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::codegen::{Service as TowerService, http};
use tonic::server::{Grpc, NamedService, ServerStreamingService};
use tonic::{Request, Response, Status};

/// The service as it is served over the network.
#[derive(Debug, Clone)]
pub struct Routed {
    watches: Watches,
    generated: AnalysisServiceServer<Service>,
}

/// The most bytes of a request: a filter at its bounds fits.
const MAX_REQUEST: usize = 1024 * 1024;
const WATCH: &str = "/lanner.v1.AnalysisService/WatchAnalyses";

impl Routed {
    /// Serves this service.
    pub fn new(service: Service) -> Self {
        let watches = service.watches.clone();
        Self { watches, generated: AnalysisServiceServer::new(service).max_decoding_message_size(MAX_REQUEST) }
    }
}

impl NamedService for Routed {
    const NAME: &'static str = <AnalysisServiceServer<Service> as NamedService>::NAME;
}

impl TowerService<http::Request<Body>> for Routed {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        if request.uri().path() != WATCH {
            return self.generated.call(request);
        }
        let watch = Watch(self.watches.clone());
        Box::pin(async move {
            let mut grpc = Grpc::new(FrameCodec).max_decoding_message_size(MAX_REQUEST);
            Ok(grpc.server_streaming(watch, request).await)
        })
    }
}

struct Watch(Watches);

impl ServerStreamingService<proto::WatchAnalysesRequest> for Watch {
    type Response = Frame;
    type ResponseStream = WatchStream;
    type Future = Ready<Result<Response<WatchStream>, Status>>;

    fn call(&mut self, request: Request<proto::WatchAnalysesRequest>) -> Self::Future {
        let blocked = request.extensions().get::<Client>().map(|client| client.blocked.clone());
        ready(self.0.start(request.get_ref(), blocked).map(Response::new))
    }
}
