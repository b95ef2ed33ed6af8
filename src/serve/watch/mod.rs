//! Following analyses: history from the journal, then live, for as long as the watcher likes.
//!
//! Constraints and invariants:
//! - A watcher is a place in the journal and a filter. It never holds anything up: whoever reads slowly reads the
//!   journal later, and what retention removes meanwhile is announced by a `Gap`.
//! - Memory of a watcher is bounded by bytes: nothing while idle, at most a batch of 20 KiB (or one message) while its
//!   client is slow, and as much again on its way out where the client does not even take bytes. Watchers that keep up
//!   share the encoded messages.
//! - Every message carries the cursor behind it; a stream that the server ends carries it once more in the trailer
//!   `lanner-cursor`, as of the last message handed to the connection.
//! - The number of watchers is bounded, and the slot is held by the stream: tonic's concurrency limits end with the
//!   response's headers.

mod audience;
mod follow;
mod frame;
mod ring;

pub use audience::Audience;
pub use frame::{Event, Frame, FrameCodec, FrameEncoder};

use super::cursor::read_watch_cursor;
use super::filter::Filter;
use super::proto;
use super::readers::Readers;
use crate::journal::{Journal, Seq};
use follow::{Follower, Next};
use ring::Ring;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_stream::Stream as _;
use tokio_stream::wrappers::WatchStream as Changes;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::Status;
use tonic::metadata::{MetadataMap, MetadataValue};

/// The trailer that holds the cursor to continue with.
pub const CURSOR_TRAILER: &str = "lanner-cursor";
/// Seconds without a message after which a heartbeat is sent, where the request does not say.
pub const DEFAULT_HEARTBEAT: u32 = 30;
/// The longest that a request may ask for.
pub const MAX_HEARTBEAT: u32 = 3600;

/// Everything that watchers share.
#[derive(Debug, Clone)]
pub struct Watches {
    journal: Journal,
    readers: Readers,
    ring: watch::Receiver<Ring>,
    audience: Audience,
    shutdown: CancellationToken,
}

impl Watches {
    /// Follows the journal until `shutdown`. Needs a tokio runtime.
    pub fn new(journal: Journal, readers: Readers, audience: Audience, shutdown: CancellationToken) -> Self {
        let ring = ring::follow(&journal, shutdown.clone());
        Self { journal, readers, ring, audience, shutdown }
    }

    /// How many watch now.
    pub fn count(&self) -> usize {
        self.audience.count()
    }

    /// Begins a watch, on a connection that says through `blocked` when its other end takes no more.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a request that makes no sense, `FAILED_PRECONDITION` for a cursor of another journal,
    /// `RESOURCE_EXHAUSTED` where the limit of watchers is reached, `UNAVAILABLE` while shutting down.
    pub fn start(
        &self,
        request: &proto::WatchAnalysesRequest,
        blocked: Option<watch::Receiver<bool>>,
    ) -> Result<WatchStream, Status> {
        if self.shutdown.is_cancelled() {
            return Err(Status::unavailable("lanner is shutting down"));
        }
        let newest = *self.journal.newest_analysis().borrow();
        let filter = Filter::new(request.filter.as_ref())?;
        let heartbeat = heartbeat(request.heartbeat_seconds)?;
        let start = proto::Start::try_from(request.start)
            .map_err(|_| Status::invalid_argument(format!("`start`: {} is no Start", request.start)))?;
        let from_now = request.cursor.is_empty() && start == proto::Start::Now;
        let place = match request.cursor.as_str() {
            "" if from_now => newest,
            "" => Seq::START,
            cursor => read_watch_cursor(cursor, self.journal.id(), newest)?,
        };
        let slot = self.audience.take().ok_or_else(|| {
            let most = self.audience.most();
            Status::resource_exhausted(format!("{most} watchers are served already, and no more are allowed"))
        })?;
        let follower = Follower {
            journal: self.journal.id(),
            readers: self.readers.clone(),
            ring: self.ring.clone(),
            place,
            filter,
            latest_until: if request.latest_only { newest } else { Seq::START },
            heartbeat,
            greet: from_now,
        };
        Ok(WatchStream {
            next: Box::pin(follower.next()),
            ready: VecDeque::new(),
            blocked: blocked.map(Changes::new),
            is_blocked: false,
            cursor: super::cursor::watch_cursor(self.journal.id(), place),
            shutdown: Box::pin(self.shutdown.clone().cancelled_owned()),
            ended: false,
            _slot: slot,
        })
    }
}

fn heartbeat(seconds: u32) -> Result<Duration, Status> {
    match seconds {
        0 => Ok(Duration::from_secs(DEFAULT_HEARTBEAT.into())),
        1..=MAX_HEARTBEAT => Ok(Duration::from_secs(seconds.into())),
        _ => Err(Status::invalid_argument(format!("`heartbeat_seconds`: {seconds} is more than {MAX_HEARTBEAT}"))),
    }
}

/// The messages of one watch. Ends with `UNAVAILABLE` and the trailer when lanner shuts down.
pub struct WatchStream {
    /// What comes behind the messages that are ready.
    next: Pin<Box<dyn Future<Output = (Follower, Next)> + Send>>,
    ready: VecDeque<Frame>,
    /// Whether the connection takes no more; gone with the connection.
    blocked: Option<Changes<bool>>,
    is_blocked: bool,
    /// Behind the last message that was given.
    cursor: String,
    shutdown: Pin<Box<WaitForCancellationFutureOwned>>,
    ended: bool,
    _slot: OwnedSemaphorePermit,
}

impl std::fmt::Debug for WatchStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WatchStream").field("cursor", &self.cursor).finish_non_exhaustive()
    }
}

impl WatchStream {
    /// Waits while the connection takes no more.
    fn poll_unblocked(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(blocked) = &mut self.blocked else { return Poll::Ready(()) };
        while let Poll::Ready(change) = Pin::new(&mut *blocked).poll_next(context) {
            let Some(now) = change else {
                self.blocked = None;
                return Poll::Ready(());
            };
            self.is_blocked = now;
        }
        if self.is_blocked { Poll::Pending } else { Poll::Ready(()) }
    }

    /// The end that the server makes: with the trailer.
    fn end(&mut self, status: &Status) -> Status {
        self.ended = true;
        let mut trailers = MetadataMap::new();
        // A cursor is hexadecimal digits, which every header may hold.
        if let Ok(value) = MetadataValue::try_from(self.cursor.as_str()) {
            trailers.insert(CURSOR_TRAILER, value);
        }
        Status::with_metadata(status.code(), status.message(), trailers)
    }
}

impl tokio_stream::Stream for WatchStream {
    type Item = Result<Frame, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            if self.shutdown.as_mut().poll(context).is_ready() {
                let status = self.end(&Status::unavailable("lanner is shutting down: continue with the cursor"));
                return Poll::Ready(Some(Err(status)));
            }
            std::task::ready!(self.poll_unblocked(context));
            if let Some(frame) = self.ready.pop_front() {
                self.cursor.clone_from(&frame.cursor);
                return Poll::Ready(Some(Ok(frame)));
            }
            let (follower, next) = std::task::ready!(self.next.as_mut().poll(context));
            match next {
                Some(Ok(frames)) => {
                    self.ready.extend(frames);
                    self.next = Box::pin(follower.next());
                }
                Some(Err(error)) => {
                    let status = self.end(&Status::from(error));
                    return Poll::Ready(Some(Err(status)));
                }
                None => {
                    let status = self.end(&Status::unavailable("the journal has ended: continue with the cursor"));
                    return Poll::Ready(Some(Err(status)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
