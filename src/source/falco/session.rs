//! One connection to Falco, from `version` to the polite leave.
//!
//! Constraints, all measured on a real Falco:
//! - A `sub` stream is polled as long as it is open: an idle client hangs Falco's shutdown and reload. Where we cannot
//!   read, we leave.
//! - We leave by ceasing to ask, reading until it is quiet, and only then cancelling: a cancel loses what is in flight.
//!   Quiet is a Falco that answers and gives nothing more: one that is held up (frozen, throttled) is silent too.
//! - No HTTP/2 keepalive (Falco answers it with `too_many_pings`): `version` is the sign of life.

use super::codec::MAX_MESSAGE_BYTES;
use super::outbox::{Closed, Outbox};
use super::polling::Polling;
use super::proto::version;
use super::sub::{Read, Sub};
use super::{Settings, decode};
use crate::source::{Intake, Status, is_logged};
use bytes::Bytes;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::transport::Channel;

/// How long `version` may take.
const VERSION_TIMEOUT: Duration = Duration::from_secs(5);
/// How long we may hold up a reload of Falco: without reading before we leave, and waiting for a sign of life while we do.
const HOLD_UP: Duration = Duration::from_secs(2);
/// Without a message for this long after the last request, and with a sign of life in the middle of it, nothing more is
/// coming.
const QUIET: Duration = Duration::from_millis(200);

/// What is done with what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Decoded and handed over.
    Deliver,
    /// Counted and dropped, to spare Falco's memory.
    Discard,
}

/// Why a session is over.
#[derive(Debug)]
pub(super) enum End {
    /// We were asked to stop.
    Shutdown,
    /// Nobody takes alerts any more.
    Closed,
    /// Alerts cannot be taken in, or can be again: we have left, and what to do next is to be thought over.
    Paused,
    /// Falco ended the stream in order (it stops or reloads).
    Ended,
    /// The connection is gone, or Falco does not answer.
    Lost(String),
}

/// Asks Falco for its version, which is how to find out whether it is there.
///
/// Gives `None` where Falco answers and does not say a version.
///
/// # Errors
/// Why Falco is not there.
pub(super) async fn version(channel: &Channel) -> Result<Option<String>, String> {
    let mut client = version::service_client::ServiceClient::new(channel.clone()).max_decoding_message_size(64 * 1024);
    let answer = timeout(VERSION_TIMEOUT, client.version(version::Request {})).await;
    match answer {
        Ok(Ok(response)) => {
            let version = response.into_inner().version;
            Ok((!version.is_empty()).then(|| version.chars().filter(|c| !c.is_control()).take(64).collect()))
        }
        Ok(Err(status)) if answered(status.code()) => Ok(None),
        Ok(Err(status)) => Err(causes(&status)),
        Err(_) => Err(format!("no answer to `version` within {} s", VERSION_TIMEOUT.as_secs())),
    }
}

/// True where a server has answered, with something else than a version.
fn answered(code: Code) -> bool {
    matches!(code, Code::Unimplemented | Code::Internal | Code::OutOfRange)
}

/// Receives alerts until the session ends. Everything read is in the outbox then.
pub(super) async fn run(
    channel: Channel,
    settings: &Settings,
    mode: Mode,
    outbox: &mut Outbox,
    intake: &mut watch::Receiver<Intake>,
    status: &Status,
    shutdown: &CancellationToken,
) -> End {
    let mut session = Session {
        sub: Sub::open(channel.clone()),
        channel: channel.clone(),
        polling: Polling::new(settings.idle_interval, Instant::now()),
        messages: Vec::new(),
        mode,
        leave_within: settings.leave_within,
        status,
    };
    let mut readable_since = Instant::now();
    let mut life = Life::new(channel, settings.probe_interval);
    loop {
        if session.mode == Mode::Discard && *intake.borrow() == Intake::Open && !outbox.waits() {
            session.mode = Mode::Deliver;
            return session.leave(outbox, End::Paused).await;
        }
        let has_room = session.mode == Mode::Discard || outbox.has_room();
        if has_room {
            readable_since = Instant::now();
        }
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return session.leave(outbox, End::Shutdown).await,
            state = changed(intake) => {
                if state == Intake::Paused && session.mode == Mode::Deliver {
                    return session.leave(outbox, End::Paused).await;
                }
            }
            read = session.sub.read(&mut session.messages), if has_room => {
                life.seen();
                match session.take(read, outbox) {
                    None => if outbox.flush() == Err(Closed) { return session.leave(outbox, End::Closed).await },
                    Some(end) => return end,
                }
            }
            sent = outbox.send_next(), if outbox.waits() => {
                if sent == Err(Closed) { return session.leave(outbox, End::Closed).await }
            }
            () = tokio::time::sleep_until(session.polling.due()), if has_room => {
                if session.polling.tick(Instant::now()) { session.sub.ask() }
            }
            () = tokio::time::sleep_until(readable_since + HOLD_UP), if !has_room => {
                return session.leave(outbox, End::Paused).await;
            }
            alive = life.probe() => if let Err(why) = alive { return End::Lost(why) },
        }
    }
}

struct Session<'a> {
    sub: Sub,
    channel: Channel,
    polling: Polling,
    messages: Vec<Bytes>,
    mode: Mode,
    leave_within: Duration,
    status: &'a Status,
}

impl Session<'_> {
    /// Puts what was read into the outbox; gives how the session ends where it does.
    fn take(&mut self, read: Read, outbox: &mut Outbox) -> Option<End> {
        match read {
            Read::Messages => {
                self.polling.received(self.messages.len(), Instant::now());
                self.decode(outbox);
                None
            }
            Read::Ended => Some(End::Ended),
            Read::Failed(status) => {
                if status.code() == Code::OutOfRange {
                    self.malformed(&format!("a message is larger than {MAX_MESSAGE_BYTES} bytes"));
                }
                Some(End::Lost(causes(&status)))
            }
        }
    }

    fn decode(&mut self, outbox: &mut Outbox) {
        let counters = self.status.counters();
        if self.mode == Mode::Discard {
            counters.count_discarded(self.messages.len(), SystemTime::now());
            self.messages.clear();
            return;
        }
        let mut received = 0;
        for message in std::mem::take(&mut self.messages) {
            match decode(&message) {
                Ok(alert) => {
                    received += 1;
                    outbox.push(alert);
                }
                Err(error) => self.malformed(&error.to_string()),
            }
        }
        if received > 0 {
            counters.count_received(received, SystemTime::now());
        }
    }

    /// Counts a message that is no alert; the 1st, 10th, 100th ... is logged.
    fn malformed(&self, why: &str) {
        let count = self.status.counters().count_malformed();
        if is_logged(count) {
            tracing::warn!(count, why, "falco sent something that is no alert: skipped");
        }
    }

    /// Stops asking, reads until it is quiet, and goes.
    async fn leave(mut self, outbox: &mut Outbox, end: End) -> End {
        let deadline = Instant::now() + self.leave_within;
        while outbox.has_room_to_leave() {
            let read = tokio::select! {
                biased;
                read = self.sub.read(&mut self.messages) => read,
                () = quiet(&self.channel) => break,
                () = tokio::time::sleep_until(deadline) => break,
            };
            if self.take(read, outbox).is_some() {
                break;
            }
            if outbox.flush() == Err(Closed) {
                return End::Closed;
            }
        }
        end
    }
}

/// Comes back when it has been quiet, if it is not dropped for a message before.
async fn quiet(channel: &Channel) {
    tokio::time::sleep(QUIET / 2).await;
    // A Falco that is gone gives nothing more either.
    let _ = timeout(HOLD_UP, version(channel)).await;
    tokio::time::sleep(QUIET / 2).await;
}

/// Falco's sign of life: `version`, asked when nothing has come for a while.
struct Life {
    channel: Channel,
    interval: Duration,
    last: Instant,
    asking: Option<Asking>,
}

type Asking = std::pin::Pin<Box<dyn Future<Output = Result<Option<String>, String>> + Send>>;

impl Life {
    fn new(channel: Channel, interval: Duration) -> Self {
        Self { channel, interval, last: Instant::now(), asking: None }
    }

    /// Something has come: Falco lives.
    fn seen(&mut self) {
        self.last = Instant::now();
        self.asking = None;
    }

    /// Comes back when the next answer is there, or has failed to come. Cancel safe.
    async fn probe(&mut self) -> Result<(), String> {
        if self.asking.is_none() {
            tokio::time::sleep_until(self.last + self.interval).await;
            let channel = self.channel.clone();
            self.asking = Some(Box::pin(async move { version(&channel).await }));
        }
        let Some(asking) = &mut self.asking else { return Ok(()) };
        let answer = asking.await.map(|_| ());
        self.seen();
        answer
    }
}

/// The next value of the intake. Where nobody can change it any more, this waits for ever.
pub(super) async fn changed(intake: &mut watch::Receiver<Intake>) -> Intake {
    if intake.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    *intake.borrow_and_update()
}

/// An error with its causes, without repetition: tonic says `transport error` and leaves the reason to the causes.
pub(super) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = match error.downcast_ref::<tonic::Status>() {
        Some(status) if !status.message().is_empty() => status.message().to_owned(),
        _ => error.to_string(),
    };
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}
