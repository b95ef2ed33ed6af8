//! Falco's gRPC outputs API (Falco 0.22 to 0.43).
//!
//! Falco has one unbounded queue in its memory, and an alert popped from it is nowhere else. So: drain fast, whatever
//! happens downstream; never leave a stream rudely; and where alerts cannot be taken in, leave and let Falco queue for
//! a while. Falco's absence and its restarts are normal operation: logged once per change, tried again for ever.

mod backoff;
mod codec;
mod decode;
mod endpoint;
mod outbox;
mod polling;
pub mod proto;
mod session;
mod sub;
mod wire;

pub use decode::decode;
pub use endpoint::{Address, AddressError, DEFAULT_SOCKET, EndpointError, Tls};

use super::{Batch, Intake, SourceState, Status};
use backoff::Backoff;
use outbox::Outbox;
use session::{End, Mode};
use std::time::{Duration, SystemTime};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

/// How to receive from Falco.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where Falco is.
    pub address: Address,
    /// The files of mutual TLS, for TCP.
    pub tls: Tls,
    /// How often a quiet Falco is asked for alerts. An alert after quiet waits this long at the most; so does a
    /// shutdown of Falco.
    pub idle_interval: Duration,
    /// How often a quiet Falco is asked for its version, as a sign of life.
    pub probe_interval: Duration,
    /// How long Falco is left to queue while alerts cannot be taken in, before they are received and dropped.
    pub longest_pause: Duration,
    /// How long leaving may take, and a sixth of it the handing over of what was read. Leaving takes long only where Falco
    /// has a large backlog that it has already been asked for; what is then still in flight is lost.
    pub leave_within: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: Address::Unix(DEFAULT_SOCKET.into()),
            tls: Tls::default(),
            idle_interval: Duration::from_millis(250),
            probe_interval: Duration::from_secs(30),
            longest_pause: Duration::from_mins(5),
            leave_within: Duration::from_secs(5),
        }
    }
}

/// Receives alerts from Falco until `shutdown` or until nobody takes them any more (the `sink`'s receiver is gone).
///
/// Never fails: whatever happens to Falco is told through `status`, and tried again. At shutdown it leaves politely and
/// hands over all that it has read before it returns, within [`Settings::leave_within`]: the caller goes on taking batches
/// until then, or drops the receiver to give up.
pub async fn run(
    settings: Settings,
    sink: mpsc::Sender<Batch>,
    mut intake: watch::Receiver<Intake>,
    status: Status,
    shutdown: CancellationToken,
) {
    let mut backoff = Backoff::default();
    let mut outbox = Outbox::new(sink);
    let mut paused_at = None;
    loop {
        let Some(mode) = hold(&settings, &mut outbox, &mut intake, &mut paused_at, &status, &shutdown).await else {
            break;
        };
        let connected = tokio::select! {
            () = shutdown.cancelled() => break,
            connected = connect(&settings) => connected,
        };
        match connected {
            Ok((channel, version)) => {
                status.counters().count_session();
                connected_state(&settings, &status, mode, version);
                let began = Instant::now();
                let end = session::run(channel, &settings, mode, &mut outbox, &mut intake, &status, &shutdown).await;
                backoff.session_lasted(began.elapsed());
                match end {
                    End::Shutdown | End::Closed => break,
                    End::Paused => continue,
                    End::Ended => {
                        if status.enter(SourceState::Connecting) {
                            tracing::info!(address = %settings.address, "falco ended the stream: connecting again");
                        }
                    }
                    End::Lost(why) => unreachable(&settings, &status, &why),
                }
            }
            Err(why) => unreachable(&settings, &status, &why),
        }
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(backoff.next(fastrand::f64())) => {}
        }
    }
    let handed_over = tokio::time::timeout(settings.leave_within / 6, outbox.send_all()).await;
    if !matches!(handed_over, Ok(Ok(()))) {
        let alerts = outbox.alerts();
        status.counters().count_discarded(alerts, SystemTime::now());
        tracing::error!(address = %settings.address, alerts, "alerts that were read are lost: nobody takes them");
    }
}

/// Connects, and asks for the version.
async fn connect(settings: &Settings) -> Result<(Channel, Option<String>), String> {
    let channel = settings.address.connect(&settings.tls).map_err(|error| error.to_string())?;
    let version = session::version(&channel).await?;
    Ok((channel, version))
}

/// Waits while alerts cannot be taken in, but not longer than Falco may be left to queue. `None` at shutdown.
async fn hold(
    settings: &Settings,
    outbox: &mut Outbox,
    intake: &mut watch::Receiver<Intake>,
    paused_at: &mut Option<(Instant, SystemTime)>,
    status: &Status,
    shutdown: &CancellationToken,
) -> Option<Mode> {
    loop {
        // Having left once, we come back when there is room for long.
        let has_room = if paused_at.is_some() { !outbox.waits() } else { outbox.has_room() };
        if *intake.borrow_and_update() == Intake::Open && has_room {
            *paused_at = None;
            return Some(Mode::Deliver);
        }
        let (began, since) = *paused_at.get_or_insert_with(|| (Instant::now(), SystemTime::now()));
        let until = began + settings.longest_pause;
        if Instant::now() >= until {
            return Some(Mode::Discard);
        }
        if status.enter(SourceState::Paused { since }) {
            tracing::warn!(
                address = %settings.address,
                longest_seconds = settings.longest_pause.as_secs(),
                "alerts cannot be stored: falco queues them in its own memory meanwhile"
            );
        }
        tokio::select! {
            () = shutdown.cancelled() => return None,
            _ = session::changed(intake) => {}
            sent = outbox.send_next(), if outbox.waits() => if sent.is_err() { return None },
            () = tokio::time::sleep_until(until) => {}
        }
    }
}

fn connected_state(settings: &Settings, status: &Status, mode: Mode, version: Option<String>) {
    if mode == Mode::Discard {
        if status.enter(SourceState::Discarding { since: SystemTime::now() }) {
            tracing::error!(
                address = %settings.address,
                "alerts could not be stored for too long: they are received and dropped, to spare falco's memory"
            );
        }
        return;
    }
    let known = version.as_deref().is_some_and(understood);
    let version = version.unwrap_or_else(|| "unknown".to_owned());
    if status.enter(SourceState::Connected { version: version.clone() }) {
        tracing::info!(address = %settings.address, version, "connected to falco");
        if !known {
            tracing::warn!(version, "this version of falco is not known (0.22 to 0.43 are): going on");
        }
    }
}

fn unreachable(settings: &Settings, status: &Status, why: &str) {
    tracing::debug!(address = %settings.address, why, "falco is not reachable");
    let since = SystemTime::now();
    if status.enter(SourceState::Unreachable { why: why.to_owned(), since }) {
        tracing::warn!(address = %settings.address, why, "falco is not reachable: trying again until it is");
    }
}

/// True for a version whose gRPC API we know: 0.22 to 0.43, and whatever is appended.
fn understood(version: &str) -> bool {
    let mut parts = version.split(['.', '-', '+']);
    let mut number = || parts.next().and_then(|part| part.parse::<u32>().ok());
    matches!((number(), number(), number()), (Some(0), Some(22..=43), Some(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_with_the_grpc_api_are_understood() {
        for known in ["0.22.0", "0.43.1", "0.40.0-rc1", "0.35.1+abc"] {
            assert!(understood(known), "{known}");
        }
        for other in ["0.44.0", "1.0.0", "0.21.9", "", "latest", "0.43"] {
            assert!(!understood(other), "{other}");
        }
    }
}
