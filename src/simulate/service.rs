//! Falco's two services, with Falco's own semantics.

use super::alerts::Queued;
use super::queue::Queue;
use crate::source::falco::proto::version;
use bytes::Buf as _;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::{Body, BoxFuture, Service, StdError, http};
use tonic::server::{Grpc, NamedService, ServerStreamingService, StreamingService};
use tonic::{Request, Response, Status, Streaming};

/// `falco.outputs.service`, from one start of the server to its end (a reload starts another).
#[derive(Debug, Clone)]
pub(super) struct Outputs {
    pub(super) queue: Queue,
    /// Requests read on `sub` streams.
    pub(super) requests: Arc<AtomicU64>,
    /// One permit for each `sub` stream that is served.
    pub(super) streams: Arc<Semaphore>,
    /// Falco is to stop or to reload.
    pub(super) stopping: CancellationToken,
}

/// What a `sub` or a `get` is answered with.
///
/// It is polled for its first alert before the headers are sent, since that is when Falco sends them.
pub(super) struct Answers {
    service: Outputs,
    first: Option<Queued>,
    /// A request has been read, and the queue has not been found empty since.
    asked: bool,
    asking: Asking,
    _stream: Option<OwnedSemaphorePermit>,
}

enum Asking {
    /// `get`: one request, and the end when the queue is empty.
    Once,
    /// `sub`: as often as the client asks.
    By(Box<Streaming<()>>),
    /// `sub` whose client has ended its side: the call never ends.
    HalfClosed,
    /// The status has been sent.
    Ended,
}

impl Stream for Answers {
    type Item = Result<Queued, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        loop {
            if self.asked {
                let alert = self.service.queue.pop();
                if self.service.stopping.is_cancelled() {
                    // As Falco does: what was popped is dropped, and the stream ends in order.
                    self.asking = Asking::Ended;
                    self.asked = false;
                    return Poll::Ready(None);
                }
                if let Some(alert) = alert {
                    return Poll::Ready(Some(Ok(alert)));
                }
                self.asked = false;
            }
            match &mut self.asking {
                Asking::By(requests) => {
                    if matches!(ready!(Pin::new(requests).poll_next(cx)), Some(Ok(()))) {
                        self.service.requests.fetch_add(1, Ordering::Relaxed);
                        self.asked = true;
                    } else {
                        self.asking = Asking::HalfClosed;
                    }
                }
                Asking::HalfClosed => return Poll::Pending,
                Asking::Once | Asking::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl Answers {
    /// Waits for the first alert, and is then the answer.
    async fn opened(mut self) -> Result<Response<Self>, Status> {
        self.first = std::future::poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await.transpose()?;
        Ok(Response::new(self))
    }
}

struct Sub(Outputs);

impl StreamingService<()> for Sub {
    type Response = Queued;
    type ResponseStream = Answers;
    type Future = BoxFuture<Response<Answers>, Status>;

    fn call(&mut self, request: Request<Streaming<()>>) -> Self::Future {
        let service = self.0.clone();
        Box::pin(async move {
            // Falco accepts `threadiness` x 10 calls of `sub`; the next one hangs without an error.
            let stream = tokio::select! {
                stream = Arc::clone(&service.streams).acquire_owned() => stream.ok(),
                () = service.stopping.cancelled() => return Err(Status::cancelled("the server is shutting down")),
            };
            let asking = Asking::By(Box::new(request.into_inner()));
            Answers { service, first: None, asked: false, asking, _stream: stream }.opened().await
        })
    }
}

struct Get(Outputs);

impl ServerStreamingService<()> for Get {
    type Response = Queued;
    type ResponseStream = Answers;
    type Future = BoxFuture<Response<Answers>, Status>;

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let answers =
            Answers { service: self.0.clone(), first: None, asked: true, asking: Asking::Once, _stream: None };
        Box::pin(answers.opened())
    }
}

impl NamedService for Outputs {
    const NAME: &'static str = "falco.outputs.service";
}

impl<B> Service<http::Request<B>> for Outputs
where
    B: Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(AlertCodec);
            Ok(match request.uri().path() {
                "/falco.outputs.service/sub" => grpc.streaming(Sub(service), request).await,
                "/falco.outputs.service/get" => grpc.server_streaming(Get(service), request).await,
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

/// Writes each alert straight into the frame; a request has nothing in it.
#[derive(Debug, Clone, Copy)]
struct AlertCodec;

impl Codec for AlertCodec {
    type Encode = Queued;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for AlertCodec {
    type Item = Queued;
    type Error = Status;

    fn encode(&mut self, alert: Queued, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        alert.write(buffer);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(32 * 1024, 32 * 1024)
    }
}

impl Decoder for AlertCodec {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, request: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        request.advance(request.remaining());
        Ok(Some(()))
    }
}

/// `falco.version.service`
#[derive(Debug, Clone)]
pub(super) struct Version(pub(super) version::Response);

#[tonic::async_trait]
impl version::service_server::Service for Version {
    async fn version(&self, _: Request<version::Request>) -> Result<Response<version::Response>, Status> {
        Ok(Response::new(self.0.clone()))
    }
}
