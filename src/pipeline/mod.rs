//! The one task between the two halves of the journal: reads alerts behind its cursor, writes analyses.
//!
//! Constraints:
//! - The cursor, the analyses, the memberships and what changed of dedup's state are one transaction: after a crash the
//!   pipeline goes on where it stopped and announces nothing twice.
//! - Given the same alerts it writes the same analyses; only *closings* need a clock.
//! - A thread of its own: reading, dedup and analysis are all blocking work. While transactions are written the next
//!   one's analyses are made, and while these are made the next alerts are made ready; few are on their way at once.

mod ahead;
mod engine;
mod revisions;
mod state;

pub use engine::{Engine, Newest, Taken};

use crate::analysis::Analysis;
use crate::analysis::rules::files::RuleBook;
use crate::dedup::{Reduced, Stats};
use crate::journal::{
    CommitError, Committed, EncodeError, Journal, NewRevision, Outcome, ReadError, Reader, Received, Seq, StoredAlert,
};
use crate::narrator::Narrated;
use ahead::Ahead;
use bytes::Bytes;
use revisions::{Revisions, Said};
use std::collections::VecDeque;
use std::iter::Peekable;
use std::pin::Pin;
use std::slice::Iter;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// How many analyses are committed together. What is committed is what watchers see next: they follow from memory as
/// long as a commit fits into it, and all analyses of a commit are in memory at once.
const TOGETHER: usize = 128;
/// How many transactions are on their way at most, so that the journal has the next one when it is done with one.
const ON_THEIR_WAY: usize = 3;
/// Room for what history keeps of an opening.
const OPENING_BYTES: usize = 384;
/// How often idle groups are looked for.
const TICK: Duration = Duration::from_secs(1);
/// How many idle groups are closed in one transaction.
const CLOSINGS: usize = 1000;

/// Why the pipeline has stopped before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The journal cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The journal cannot be written.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// What it keeps, or has just made, cannot be written or read.
    #[error("the pipeline's state is lost: {0}")]
    State(String),
    /// What was found cannot be kept.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The thread cannot be started.
    #[error("cannot start the pipeline's thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// What the pipeline says of itself.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// The last alert that is dealt with.
    pub cursor: Seq,
    /// Live groups, evictions and the like.
    pub groups: Stats,
}

/// Makes of an analysis what its watchers are sent, where somebody watches, with room to make it in.
pub type MakeMessage = Box<dyn Fn(Analysis, &mut Vec<u8>) -> Option<Bytes> + Send>;

/// The pipeline on its thread.
pub struct PipelineThread {
    /// How far it is; changes after every commit.
    pub progress: watch::Receiver<Progress>,
    /// Cancelled once it has stopped.
    pub stopped: CancellationToken,
    thread: std::thread::JoinHandle<Result<(), PipelineError>>,
}

impl PipelineThread {
    /// Waits until it has stopped. Blocks.
    pub fn join(self) -> Result<(), PipelineError> {
        self.thread.join().unwrap_or_else(|_| Err(PipelineError::State("the pipeline's thread panicked".to_owned())))
    }
}

/// Starts the pipeline where the journal says that it stopped. It ends when `stop` is cancelled and everything that is
/// in the journal then is analysed.
pub fn start(
    journal: Journal,
    settings: crate::dedup::Settings,
    book: RuleBook,
    message: MakeMessage,
    narratives: mpsc::Receiver<Narrated>,
    runtime: tokio::runtime::Handle,
    stop: CancellationToken,
) -> Result<PipelineThread, PipelineError> {
    let reader = journal.reader()?;
    let cursor = reader.pipeline_cursor()?;
    let ahead = Ahead::new(settings.clone());
    let dedup = state::dedup(&reader, settings)?;
    let past = state::past(&reader)?;
    let (sender, progress) = watch::channel(Progress { cursor, groups: dedup.stats() });
    let engine = Engine::new(dedup, past, book);
    let mut pipeline = Pipeline {
        journal,
        reader,
        ahead,
        engine,
        cursor,
        pending: VecDeque::new(),
        message,
        room: Vec::new(),
        narratives,
        progress: sender,
    };
    let stopped = CancellationToken::new();
    let ended = stopped.clone().drop_guard();
    let thread = std::thread::Builder::new().name("pipeline".to_owned()).spawn(move || {
        let _ended = ended;
        let done = pipeline.run(&runtime, &stop);
        if let Err(error) = &done {
            tracing::error!(%error, "the pipeline has stopped");
        }
        done
    })?;
    Ok(PipelineThread { progress, stopped, thread })
}

struct Pipeline {
    journal: Journal,
    reader: Reader,
    ahead: Ahead,
    engine: Engine,
    /// The last alert that is dealt with, be it committed or on its way.
    cursor: Seq,
    /// Transactions on their way, in order.
    pending: VecDeque<Pending>,
    message: MakeMessage,
    /// Room to encode in.
    room: Vec<u8>,
    narratives: mpsc::Receiver<Narrated>,
    progress: watch::Sender<Progress>,
}

/// A transaction on its way.
struct Pending {
    answer: Pin<Box<dyn Future<Output = Result<Committed, CommitError>> + Send>>,
    said: Said,
    progress: Progress,
}

impl Pipeline {
    fn run(&mut self, runtime: &tokio::runtime::Handle, stop: &CancellationToken) -> Result<(), PipelineError> {
        let mut newest = self.journal.newest_alert();
        loop {
            let stopping = stop.is_cancelled();
            let newest_alert = *newest.borrow_and_update();
            if newest_alert > self.cursor && self.advance(runtime)? {
                continue;
            }
            self.settle(runtime)?;
            if stopping {
                // What came meanwhile, notices of those transactions among it, is dealt with too.
                if newest.has_changed().unwrap_or(false) {
                    continue;
                }
                return Ok(());
            }
            self.close_idle(runtime)?;
            let narratives = &mut self.narratives;
            let narrated = runtime.block_on(async {
                tokio::select! {
                    changed = newest.changed() => {
                        if changed.is_err() {
                            stop.cancel();
                        }
                        None
                    }
                    Some(narrated) = narratives.recv() => Some(narrated),
                    () = tokio::time::sleep(TICK) => None,
                    () = stop.cancelled() => None,
                }
            });
            if let Some(narrated) = narrated {
                self.narrate(runtime, narrated)?;
            }
        }
    }

    /// Deals with the next alerts; false where there are none.
    fn advance(&mut self, runtime: &tokio::runtime::Handle) -> Result<bool, PipelineError> {
        let batch = self.ahead.next(&mut self.reader, self.cursor)?;
        if batch.damaged > 0 {
            tracing::error!(alerts = batch.damaged, "alerts in the journal are damaged and are passed over");
        }
        if batch.next == self.cursor {
            return Ok(false);
        }
        let mut items = batch.items.iter().peekable();
        loop {
            let (outcome, said) = self.analyse(&mut items, batch.next)?;
            self.commit(runtime, outcome, said)?;
            if items.peek().is_none() {
                return Ok(true);
            }
        }
    }

    /// Deals with alerts until there are enough analyses for a commit, or no more alerts before `end`.
    fn analyse(
        &mut self,
        items: &mut Peekable<Iter<'_, (StoredAlert, Reduced)>>,
        end: Seq,
    ) -> Result<(Outcome, Said), PipelineError> {
        let mut outcome = Outcome { cursor: end, ..Outcome::default() };
        let pending = self.pending.iter().map(|pending| &pending.said).collect();
        let mut revisions = Revisions::new(&mut self.reader, pending, &self.message, &mut self.room);
        while revisions.made.len() < TOGETHER
            && let Some((stored, reduced)) = items.next()
        {
            let (alert, context, seq) = (&stored.alert, &stored.context, stored.seq);
            let newest = &mut |number| revisions.newest(number);
            let taken = self.engine.take_reduced(alert, context, seq.get(), stored.received, reduced, newest);
            outcome.memberships.push((seq, Seq::new(taken.number)));
            revisions.extend(taken.revisions)?;
            if let Some((number, opening)) = taken.opening {
                let mut kept = Vec::with_capacity(OPENING_BYTES);
                rmp_serde::encode::write(&mut kept, &opening)
                    .map_err(|error| PipelineError::State(error.to_string()))?;
                outcome.openings.push((Seq::new(number), kept));
            }
            outcome.notices.extend(taken.notice.map(|alert| Received {
                alert,
                context: Arc::clone(context),
                received: stored.received,
            }));
        }
        let said;
        (outcome.revisions, said) = revisions.finish()?;
        if let Some((next, _)) = items.peek() {
            outcome.cursor = next.seq.previous();
        }
        Ok((outcome, said))
    }

    /// Announces groups that have been idle: the one thing that needs a clock.
    fn close_idle(&mut self, runtime: &tokio::runtime::Handle) -> Result<(), PipelineError> {
        let closed = self.engine.close_idle(self.journal.now(), CLOSINGS);
        if closed.is_empty() {
            return Ok(());
        }
        let new =
            |(number, revision)| Ok((Seq::new(number), NewRevision::new(revision, &self.message, &mut self.room)?));
        let revisions = closed.into_iter().map(new).collect::<Result<_, EncodeError>>()?;
        self.commit(runtime, Outcome { cursor: self.cursor, revisions, ..Outcome::default() }, Said::new())?;
        self.settle(runtime)
    }

    /// Gives a group the words that a model found for it, in a revision of their own, and keeps them for its like.
    fn narrate(&mut self, runtime: &tokio::runtime::Handle, narrated: Narrated) -> Result<(), PipelineError> {
        let Narrated { number, fingerprint, narrative } = narrated;
        let kept = rmp_serde::to_vec_named(&narrative).map_err(|error| PipelineError::State(error.to_string()))?;
        let mut revisions = Revisions::new(&mut self.reader, Vec::new(), &self.message, &mut self.room);
        let revision = self.engine.narrate(number.get(), narrative, &mut |number| revisions.newest(number));
        revisions.extend(revision.into_iter().map(|(number, analysis)| (number, analysis.into())))?;
        let (revisions, said) = revisions.finish()?;
        let narratives = vec![(fingerprint, kept)];
        self.commit(runtime, Outcome { cursor: self.cursor, revisions, narratives, ..Outcome::default() }, said)
    }

    /// Hands a transaction over, once there is room for one on the way.
    fn commit(
        &mut self,
        runtime: &tokio::runtime::Handle,
        mut outcome: Outcome,
        said: Said,
    ) -> Result<(), PipelineError> {
        while self.pending.len() >= ON_THEIR_WAY {
            self.settle_one(runtime)?;
        }
        let changes = self.engine.take_changes();
        outcome.live = changes.groups.into_iter().map(|change| (Seq::new(change.number), change.state)).collect();
        outcome.shared = changes.shared;
        self.cursor = outcome.cursor;
        let progress = Progress { cursor: outcome.cursor, groups: self.engine.stats() };
        self.pending.push_back(Pending { answer: Box::pin(self.journal.commit(outcome)), said, progress });
        Ok(())
    }

    /// Waits until nothing is on its way any more.
    fn settle(&mut self, runtime: &tokio::runtime::Handle) -> Result<(), PipelineError> {
        while !self.pending.is_empty() {
            self.settle_one(runtime)?;
        }
        Ok(())
    }

    /// Waits until the transaction that was handed over first is done.
    fn settle_one(&mut self, runtime: &tokio::runtime::Handle) -> Result<(), PipelineError> {
        if let Some(Pending { answer, progress, .. }) = self.pending.pop_front() {
            runtime.block_on(answer)?;
            self.progress.send_replace(progress);
        }
        Ok(())
    }
}
