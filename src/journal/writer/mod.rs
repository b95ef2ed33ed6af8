//! The thread that writes.
//!
//! One turn: take what is queued (bounded), make a plan of it (pure), write the plan in one transaction, answer. Between
//! turns, in small steps, what nobody waits for: retention, merging of small chunks, giving space back. A transaction
//! that finds no room is tried again with the same plan until there is room; commands wait meanwhile.

mod apply;
mod merge;
mod plan;
mod retention;
mod revise;

use super::clock::Clock;
use super::error::is_full;
use super::members::Members;
use super::open::{Ends, Opened};
use super::seen::Seen;
use super::write_back::WriteBack;
use super::{
    AppendError, Appended, CommitError, Committed, Health, Outcome, Received, Recent, Seq, Settings, Status, Tail, body,
};
pub(super) use apply::level_number;
use plan::Plan;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};

/// What the handle asks for.
#[derive(Debug)]
pub(super) enum Command {
    Append {
        alerts: Vec<Received>,
        /// Room in the buffer, given back when the command is done with.
        permit: OwnedSemaphorePermit,
        reply: oneshot::Sender<Result<Appended, AppendError>>,
    },
    Commit {
        outcome: Box<Outcome>,
        reply: oneshot::Sender<Result<Committed, CommitError>>,
    },
    Stop,
}

impl Command {
    /// How many alerts it asks to append.
    fn alerts(&self) -> usize {
        if let Self::Append { alerts, .. } = self { alerts.len() } else { 0 }
    }
}

/// The receiving ends of what the writer publishes.
#[derive(Debug)]
pub(super) struct Watches {
    pub newest_alert: watch::Receiver<Seq>,
    pub newest_analysis: watch::Receiver<Seq>,
    pub tail: watch::Receiver<Tail>,
    pub health: watch::Receiver<Health>,
    pub status: watch::Receiver<Status>,
}

/// Owns the connection for writing and everything that only writing needs.
pub(super) struct Writer {
    settings: Settings,
    clock: Clock,
    sql: Connection,
    _lock: File,
    commands: Receiver<Command>,
    queue: VecDeque<Command>,
    stopping: bool,
    ends: Ends,
    seen: Seen,
    members: Members,
    compressor: zstd::bulk::Compressor<'static>,
    packer: body::Packer,
    unpacker: body::Unpacker,
    /// Openings kept for history, in rows: first number and count.
    openings: VecDeque<(Seq, u64)>,
    openings_kept: u64,
    status: Status,
    /// At the bound, and nothing may go before the pipeline reads on: appends wait.
    blocked: bool,
    /// An outcome was refused: so is every later one.
    refused: bool,
    upkeep: Upkeep,
    newest_alert: watch::Sender<Seq>,
    newest_analysis: watch::Sender<Seq>,
    tail: watch::Sender<Tail>,
    health: watch::Sender<Health>,
    published: watch::Sender<Status>,
}

/// What is left to do between turns.
#[derive(Debug, Default)]
struct Upkeep {
    /// There may be small chunks to merge.
    merge: bool,
    /// There is something to remove.
    retain: bool,
    /// There is space to give back.
    give_back: bool,
    /// When sizes and ages were last looked at, and how much has been written since.
    looked: Option<Instant>,
    written: u64,
    max_pages: u32,
}

/// How long the writer sleeps when there is nothing to do; then it looks at ages.
const TICK: Duration = Duration::from_secs(30);
const FIRST_RETRY: Duration = Duration::from_millis(20);
const LAST_RETRY: Duration = Duration::from_secs(1);

impl Writer {
    pub(super) fn new(settings: Settings, opened: Opened, commands: Receiver<Command>) -> (Self, Watches) {
        let ends = opened.ends;
        let (newest_alert, newest_alert_watch) = watch::channel(ends.newest_alert);
        let (newest_analysis, newest_analysis_watch) = watch::channel(ends.newest_analysis);
        let (tail, tail_watch) = watch::channel(Tail::default());
        let (health, health_watch) = watch::channel(Health::Ok);
        let (published, status_watch) = watch::channel(Status::default());
        let mut writer = Self {
            settings,
            clock: opened.clock,
            sql: opened.sql,
            _lock: opened.lock,
            commands,
            queue: VecDeque::new(),
            stopping: false,
            ends,
            seen: opened.seen,
            members: Members::default(),
            compressor: body::compressor(),
            packer: body::Packer::new(opened.dictionary.as_ref()),
            unpacker: body::Unpacker::default(),
            openings: VecDeque::new(),
            openings_kept: 0,
            status: Status::default(),
            blocked: false,
            refused: false,
            upkeep: Upkeep { merge: true, ..Upkeep::default() },
            newest_alert,
            newest_analysis,
            tail,
            health,
            published,
        };
        writer.publish_status();
        let watches = Watches {
            newest_alert: newest_alert_watch,
            newest_analysis: newest_analysis_watch,
            tail: tail_watch,
            health: health_watch,
            status: status_watch,
        };
        (writer, watches)
    }

    /// Works until told to stop, or until every handle is gone, or until storage fails for good.
    pub(super) fn run(mut self, write_back: WriteBack) {
        let ended = self.load_openings().and_then(|()| self.work());
        let failed = ended.err().map(|error| error.to_string());
        if let Some(reason) = &failed {
            tracing::error!(reason, "the journal has failed");
            self.health.send_replace(Health::Failed(reason.clone()));
        }
        // Nothing is committed from here on.
        write_back.end(&mut self.sql);
        if let Some(reason) = failed {
            self.refuse(&reason);
        } else {
            // The file is complete without this; it only leaves no log behind.
            let _ = self.checkpoint();
        }
    }

    fn work(&mut self) -> rusqlite::Result<()> {
        while self.receive() {
            if let Some(plan) = self.plan()? {
                self.carry_out(plan)?;
            }
            // After every turn one small step, so that under load space is freed as fast as it is used.
            self.step()?;
            self.publish_status();
        }
        Ok(())
    }

    /// Waits for something to do; false when it is time to end.
    fn receive(&mut self) -> bool {
        self.drain();
        if self.has_work() {
            return true;
        }
        if self.stopping {
            return false;
        }
        let wait = if self.upkeep_due() {
            return true;
        } else if self.blocked {
            LAST_RETRY
        } else {
            TICK
        };
        match self.commands.recv_timeout(wait) {
            Ok(command) => {
                self.take(command);
                self.drain();
                true
            }
            Err(RecvTimeoutError::Timeout) => {
                self.upkeep.looked = None;
                true
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.stopping = true;
                self.has_work()
            }
        }
    }

    fn drain(&mut self) {
        while let Ok(command) = self.commands.try_recv() {
            self.take(command);
        }
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Stop => self.stopping = true,
            command => self.queue.push_back(command),
        }
    }

    /// Something that can be done now.
    fn has_work(&self) -> bool {
        let appends_wait = self.blocked && !self.stopping;
        self.queue.iter().any(|command| !appends_wait || matches!(command, Command::Commit { .. }))
    }

    /// Writes the plan and answers; tries again while there is no room.
    fn carry_out(&mut self, plan: Plan) -> rusqlite::Result<()> {
        let mut wait = FIRST_RETRY;
        loop {
            let Err(error) = self.apply(&plan) else { break };
            self.members.reset();
            if !is_full(&error) {
                plan.fail(&error.to_string());
                return Err(error);
            }
            self.status.retries += 1;
            self.report_full(&error.to_string());
            if self.stopping {
                // What follows an outcome rests on it.
                self.refused |= plan.has_outcome;
                self.drain();
                let alerts = plan.alerts() + self.queue.iter().map(Command::alerts).sum::<usize>();
                if alerts > 0 {
                    tracing::error!(alerts, %error, "alerts that waited for room are dropped: storage is still full");
                }
                plan.refuse();
                self.queue.clear();
                return Ok(());
            }
            self.make_room();
            match self.commands.recv_timeout(wait) {
                Ok(command) => self.take(command),
                Err(RecvTimeoutError::Timeout) => wait = (wait * 2).min(LAST_RETRY),
                Err(RecvTimeoutError::Disconnected) => self.stopping = true,
            }
        }
        if !self.blocked {
            self.recovered();
        }
        self.upkeep.written += plan.bytes();
        self.publish(plan);
        Ok(())
    }

    fn recovered(&mut self) {
        self.health.send_if_modified(|health| {
            let recovered = *health != Health::Ok;
            if recovered {
                tracing::info!("the journal's storage has room again");
            }
            *health = Health::Ok;
            recovered
        });
    }

    fn report_full(&mut self, reason: &str) {
        self.health.send_if_modified(|health| {
            let news = *health == Health::Ok;
            if news {
                tracing::warn!(reason, "the journal's storage is full: trying again until there is room");
                *health = Health::Full { since: Instant::now(), reason: reason.to_owned() };
            }
            news
        });
    }

    /// Tells everybody what the plan has become, then answers.
    fn publish(&mut self, plan: Plan) {
        self.ends.newest_alert = plan.newest_alert;
        self.ends.newest_analysis = plan.newest_analysis;
        self.ends.cursor = plan.cursor;
        self.upkeep.merge |= !plan.chunks.is_empty();
        self.status.transactions += 1;
        self.status.accepted += plan.appended.accepted;
        self.status.duplicates += plan.appended.duplicates;
        self.status.analyses += plan.analyses.len() as u64;
        if !plan.analyses.is_empty() {
            self.tail.send_modify(|tail| {
                for one in &plan.analyses {
                    tail.push(Recent { seq: one.seq, encoded: Arc::clone(&one.encoded) });
                }
            });
        }
        send_newer(&self.newest_alert, self.ends.newest_alert);
        send_newer(&self.newest_analysis, self.ends.newest_analysis);
        self.publish_status();
        plan.answer();
    }

    fn publish_status(&mut self) {
        let ends = self.ends;
        self.status.oldest_alert = ends.alerts_gone.next();
        self.status.newest_alert = ends.newest_alert;
        self.status.oldest_analysis = ends.analyses_gone.next();
        self.status.newest_analysis = ends.newest_analysis;
        self.status.cursor = ends.cursor;
        self.published.send_replace(self.status.clone());
    }

    /// Answers everybody who waits, and who will, that there is no journal any more.
    fn refuse(&mut self, reason: &str) {
        self.drain();
        while !self.stopping || !self.queue.is_empty() {
            for command in self.queue.drain(..) {
                // Who has stopped waiting needs no answer.
                match command {
                    Command::Append { reply, .. } => drop(reply.send(Err(AppendError::Failed(reason.to_owned())))),
                    Command::Commit { reply, .. } => drop(reply.send(Err(CommitError::Failed(reason.to_owned())))),
                    Command::Stop => {}
                }
            }
            match self.commands.recv() {
                Ok(command) => self.take(command),
                Err(_) => self.stopping = true,
            }
        }
    }

    /// Sets the most pages that the file may have, where a test has changed it.
    fn obey_page_limit(&mut self) -> rusqlite::Result<()> {
        if let Some(limit) = &self.settings.max_pages {
            let limit = limit.load(Ordering::Relaxed);
            if limit != self.upkeep.max_pages {
                self.sql.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(()))?;
                self.upkeep.max_pages = limit;
            }
        }
        Ok(())
    }
}

fn send_newer(watch: &watch::Sender<Seq>, newest: Seq) {
    watch.send_if_modified(|known| std::mem::replace(known, newest) != newest);
}
