//! One `sub` call: requests on the way out, messages on the way in.

use super::codec::{MAX_MESSAGE_BYTES, RawCodec};
use bytes::Bytes;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc;
use tokio_stream::Stream as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codec::Streaming;
use tonic::transport::Channel;
use tonic::{GrpcMethod, Request, Response, Status};

/// How many messages and bytes are read before they are decoded.
const READ_MESSAGES: usize = 512;
const READ_BYTES: usize = 1024 * 1024;

type Opening = Pin<Box<dyn Future<Output = Result<Response<Streaming<Bytes>>, Status>> + Send>>;

/// The call. Dropping it cancels it, which loses what is in flight: leave politely first.
pub(super) struct Sub {
    requests: mpsc::Sender<()>,
    responses: Responses,
}

enum Responses {
    /// The headers come with Falco's first alert: hours later on a quiet node. No deadline may sit on this.
    Opening(Opening),
    Open(Box<Streaming<Bytes>>),
    Ended(Option<Status>),
}

/// What [`Sub::read`] has come to.
#[derive(Debug)]
pub(super) enum Read {
    /// Messages were read.
    Messages,
    /// Falco ended the stream in order: it is about to stop or to reload.
    Ended,
    /// The stream broke.
    Failed(Status),
}

impl Sub {
    /// Opens a call with the first request on its way.
    pub(super) fn open(channel: Channel) -> Self {
        let (requests, outgoing) = mpsc::channel(1);
        let sub = Self { requests, responses: Responses::Opening(Box::pin(call(channel, outgoing))) };
        sub.ask();
        sub
    }

    /// Sends a request, if the one before is on its way already.
    pub(super) fn ask(&self) {
        let _ = self.requests.try_send(());
    }

    /// Waits for messages and reads all that are there, up to a bound. Cancel safe. With [`Read::Messages`] there is
    /// at least one; otherwise there is none.
    pub(super) async fn read(&mut self, into: &mut Vec<Bytes>) -> Read {
        std::future::poll_fn(|cx| self.poll_read(cx, into)).await
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut Vec<Bytes>) -> Poll<Read> {
        let mut bytes = 0;
        loop {
            self.responses = match &mut self.responses {
                Responses::Opening(call) => match ready!(call.as_mut().poll(cx)) {
                    Ok(response) => Responses::Open(Box::new(response.into_inner())),
                    Err(status) => Responses::Ended(Some(status)),
                },
                Responses::Open(_) if into.len() >= READ_MESSAGES || bytes >= READ_BYTES => {
                    return Poll::Ready(Read::Messages);
                }
                Responses::Open(stream) => match Pin::new(stream).poll_next(cx) {
                    Poll::Ready(Some(Ok(message))) => {
                        bytes += message.len();
                        into.push(message);
                        continue;
                    }
                    Poll::Ready(Some(Err(status))) => Responses::Ended(Some(status)),
                    Poll::Ready(None) => Responses::Ended(None),
                    Poll::Pending if into.is_empty() => return Poll::Pending,
                    Poll::Pending => return Poll::Ready(Read::Messages),
                },
                // What came before the end is read first; the next call says that it has ended.
                Responses::Ended(_) if !into.is_empty() => return Poll::Ready(Read::Messages),
                Responses::Ended(status) => {
                    return Poll::Ready(status.take().map_or(Read::Ended, Read::Failed));
                }
            }
        }
    }
}

async fn call(channel: Channel, requests: mpsc::Receiver<()>) -> Result<Response<Streaming<Bytes>>, Status> {
    let mut client = tonic::client::Grpc::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES);
    client.ready().await.map_err(|error| Status::unavailable(super::session::causes(&error)))?;
    let mut request = Request::new(ReceiverStream::new(requests));
    request.extensions_mut().insert(GrpcMethod::new("falco.outputs.service", "sub"));
    let path = tonic::codegen::http::uri::PathAndQuery::from_static("/falco.outputs.service/sub");
    client.streaming(request, path, RawCodec).await
}
