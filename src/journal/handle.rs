//! The journal's handle: validates, reserves room and hands over to the writer's thread.

use super::clock::Clock;
use super::write_back::WriteBack;
use super::writer::{Command, Writer};
use super::{
    AppendError, Appended, CommitError, Committed, Health, JournalId, OpenError, Outcome, ReadError, Reader, Received,
    Seq, Status, Tail, open,
};
use crate::alert::Time;
use crate::analysis::redact::redact_alert;
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

/// How safe a commit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sync {
    /// Survives `kill -9`; a power cut may take the last moments.
    #[default]
    Normal,
    /// Survives a power cut.
    Full,
}

/// Where the journal is and how much it keeps.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file. Beside it lie `-wal`, `-shm` and `.lock`.
    pub path: PathBuf,
    /// How safe a commit is.
    pub sync: Sync,
    /// How long alerts and analyses are kept, from the alerts' receipt.
    pub max_age: Duration,
    /// Bytes of the file and its write-ahead log together; at least a few MiB make sense.
    pub max_bytes: u64,
    /// Among how many of the newest alerts duplicates are recognised.
    pub duplicate_window: usize,
    /// Bytes of alerts that may wait in memory to be committed.
    pub max_buffer: usize,
    /// Take secrets out of alerts before they are kept. The alert's id is then that of what is kept.
    pub redact: bool,
    /// For tests: what the wall clock says when the journal is opened.
    pub wall: Option<Time>,
    /// For tests: the most pages that the file may have, so that a full disk can be had anywhere. Read before every
    /// transaction.
    pub max_pages: Option<Arc<AtomicU32>>,
}

impl Settings {
    /// A journal at this path: 7 days, 1 GiB, duplicates among a million, [`Sync::Normal`].
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            sync: Sync::Normal,
            max_age: Duration::from_hours(7 * 24),
            max_bytes: 1 << 30,
            duplicate_window: 1_000_000,
            max_buffer: 16 << 20,
            redact: false,
            wall: None,
            max_pages: None,
        }
    }
}

/// The handle: cheap to clone, usable from any task.
#[derive(Debug, Clone)]
pub struct Journal {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    id: JournalId,
    clock: Clock,
    commands: mpsc::Sender<Command>,
    room: Arc<Semaphore>,
    max_buffer: usize,
    redact: bool,
    newest_alert: watch::Receiver<Seq>,
    newest_analysis: watch::Receiver<Seq>,
    tail: watch::Receiver<Tail>,
    health: watch::Receiver<Health>,
    status: watch::Receiver<Status>,
}

/// The thread that writes. [`stop`](Self::stop) it at the end; dropping it lets it finish by itself.
#[derive(Debug)]
pub struct JournalThread {
    commands: mpsc::Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

/// What an alert weighs in the buffer beside its text.
const ALERT_OVERHEAD: usize = 256;

impl Journal {
    /// Opens the journal, making it where there is none, and starts its writer. Blocks while it checks the file and
    /// reads the ids of the newest alerts.
    ///
    /// # Errors
    /// See [`OpenError`]; an existing file is never overwritten.
    pub fn open(settings: Settings) -> Result<(Self, JournalThread), OpenError> {
        let mut opened = open::open(&settings)?;
        let write_back = WriteBack::start(&mut opened.sql, &settings.path, open::log_pages(&settings))?;
        let (path, id, max_buffer, redact) = (settings.path.clone(), opened.id, settings.max_buffer, settings.redact);
        let clock = opened.clock;
        let (commands, receiver) = mpsc::channel();
        let (writer, watches) = Writer::new(settings, opened, receiver);
        let spawned = std::thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run(write_back));
        let thread = JournalThread { commands: commands.clone(), thread: Some(spawned.map_err(OpenError::Thread)?) };
        let room = Arc::new(Semaphore::new(max_buffer.min(Semaphore::MAX_PERMITS)));
        let shared = Shared {
            path,
            id,
            clock,
            commands,
            room,
            max_buffer,
            redact,
            newest_alert: watches.newest_alert,
            newest_analysis: watches.newest_analysis,
            tail: watches.tail,
            health: watches.health,
            status: watches.status,
        };
        Ok((Self { shared: Arc::new(shared) }, thread))
    }

    /// Appends alerts in order and answers once they are durable. Waits while the queue is full; while storage is full
    /// the alerts wait in a bounded buffer.
    ///
    /// # Errors
    /// [`AppendError::Full`] where the buffer is full too. A caller that stops waiting may still have its alerts
    /// appended.
    pub async fn append(&self, mut alerts: Vec<Received>) -> Result<Appended, AppendError> {
        self.offer(&mut alerts).await
    }

    /// As [`append`](Self::append), for a caller that tries again: the alerts are taken out of `alerts` only where there
    /// is room for them, and stay where the answer is [`AppendError::Full`].
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub async fn offer(&self, alerts: &mut Vec<Received>) -> Result<Appended, AppendError> {
        if alerts.is_empty() {
            return Ok(Appended::default());
        }
        if self.shared.redact {
            for one in alerts.iter_mut() {
                one.alert = redact_alert(&one.alert);
            }
        }
        let weight: usize = alerts.iter().map(|one| one.alert.size() + ALERT_OVERHEAD).sum();
        let permit = self.reserve(weight.min(self.shared.max_buffer)).await?;
        let (reply, answer) = oneshot::channel();
        let command = Command::Append { alerts: std::mem::take(alerts), permit, reply };
        self.shared.commands.send(command).map_err(|_| AppendError::Closed)?;
        answer.await.unwrap_or(Err(AppendError::Closed))
    }

    /// Commits what the pipeline made of a stretch of alerts, all or nothing, and answers once it is durable. Begins
    /// with the call, not with the first poll. Meant for one caller: sequences and cursor follow the order of calls, and
    /// the next call need not wait for the answer.
    ///
    /// # Errors
    /// [`CommitError::Invalid`] where the outcome contradicts the journal (a cursor that goes back, a membership of an
    /// alert outside the stretch), and for every outcome after such a one.
    pub fn commit(&self, outcome: Outcome) -> impl Future<Output = Result<Committed, CommitError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Commit { outcome: Box::new(outcome), reply };
        // Where the writer has ended the command is dropped, and `reply` with it: the answer says so.
        let _ = self.shared.commands.send(command);
        async { answer.await.unwrap_or(Err(CommitError::Closed)) }
    }

    /// Follows the newest alert.
    pub fn newest_alert(&self) -> watch::Receiver<Seq> {
        self.shared.newest_alert.clone()
    }

    /// Follows the newest analysis.
    pub fn newest_analysis(&self) -> watch::Receiver<Seq> {
        self.shared.newest_analysis.clone()
    }

    /// The newest analyses in memory: borrow, copy out, let go.
    pub fn tail(&self) -> watch::Receiver<Tail> {
        self.shared.tail.clone()
    }

    /// Follows the health of storage.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.shared.health.clone()
    }

    /// How the journal is doing.
    pub fn status(&self) -> Status {
        let mut status = self.shared.status.borrow().clone();
        status.health = self.shared.health.borrow().clone();
        status.buffered_bytes = (self.shared.max_buffer - self.shared.room.available_permits()) as u64;
        status
    }

    /// Now, as receipts have it ([`Received::received`]): it never goes back and never leaps, wherever the wall clock is
    /// set to meanwhile.
    pub fn now(&self) -> Time {
        self.shared.clock.now()
    }

    /// Tells this journal from others.
    pub fn id(&self) -> JournalId {
        self.shared.id
    }

    /// A read-only connection of its own. Opening and reading block: use it on a thread that may.
    pub fn reader(&self) -> Result<Reader, ReadError> {
        Reader::open(&self.shared.path)
    }

    async fn reserve(&self, weight: usize) -> Result<OwnedSemaphorePermit, AppendError> {
        let permits = u32::try_from(weight).unwrap_or(u32::MAX);
        if let Ok(permit) = Arc::clone(&self.shared.room).try_acquire_many_owned(permits) {
            return Ok(permit);
        }
        let mut health = self.shared.health.clone();
        tokio::select! {
            biased;
            permit = Arc::clone(&self.shared.room).acquire_many_owned(permits) => permit.map_err(|_| AppendError::Closed),
            ill = health.wait_for(|health| *health != Health::Ok) => Err(match ill.as_deref() {
                Ok(Health::Failed(reason)) => AppendError::Failed(reason.clone()),
                Ok(_) => AppendError::Full,
                Err(_) => AppendError::Closed,
            }),
        }
    }
}

impl JournalThread {
    /// Commits what is queued, empties the write-ahead log and closes the file. Blocks until that is done.
    pub fn stop(mut self) {
        self.ask_to_stop();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by the panic hook; there is nothing more to do here.
            let _ = thread.join();
        }
    }

    fn ask_to_stop(&self) {
        // The writer may have ended already; then there is nothing to stop.
        let _ = self.commands.send(Command::Stop);
    }
}

impl Drop for JournalThread {
    fn drop(&mut self) {
        self.ask_to_stop();
    }
}
