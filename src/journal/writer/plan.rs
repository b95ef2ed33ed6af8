//! What one transaction will write: made of queued commands without touching storage, so it can be tried again.

use super::revise::Made;
use super::{Command, Writer};
use crate::dedup::{Fingerprint, SharedState};
use crate::journal::chunk::{Builder, Chunk};
use crate::journal::dictionary::Dictionary;
use crate::journal::open::{Ends, PAGE_BYTES};
use crate::journal::{AppendError, Appended, CommitError, Committed, Encoded, Outcome, Received, Seq};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Bytes of alerts in one transaction, about; fewer where the journal itself is small.
const MAX_ALERT_BYTES: u64 = 8 << 20;
/// Analyses in one transaction, after which no further outcome is taken into it. They reach watchers together: few enough
/// are in memory until they are read. How many outcomes without any may come together is the pipeline's to bound, which has
/// few on their way.
const MAX_ANALYSES: usize = 128;

#[derive(Default)]
pub(super) struct Plan {
    pub chunks: Vec<Chunk>,
    pub analyses: Vec<NewAnalysis>,
    pub memberships: Vec<(Seq, Seq)>,
    pub live: Vec<(Seq, Option<Vec<u8>>)>,
    pub shared: Vec<SharedState>,
    pub openings: Vec<(Seq, Vec<u8>)>,
    pub narratives: Vec<(Fingerprint, Vec<u8>)>,
    /// New dictionaries, each with the first analysis that may need it.
    pub dictionaries: Vec<(Seq, Dictionary)>,
    /// Dictionaries of bodies that were taken over, each with the last analysis that did so.
    pub used: BTreeMap<u32, Seq>,
    pub newest_alert: Seq,
    pub newest_analysis: Seq,
    pub cursor: Seq,
    pub has_outcome: bool,
    pub appended: Appended,
    replies: Vec<Reply>,
}

pub(super) struct NewAnalysis {
    pub seq: Seq,
    pub group: Seq,
    /// The pipeline's cursor.
    pub at: Seq,
    pub encoded: Arc<Encoded>,
    pub body: Vec<u8>,
}

enum Reply {
    Append(Appended, OwnedSemaphorePermit, oneshot::Sender<Result<Appended, AppendError>>),
    Commit(Committed, oneshot::Sender<Result<Committed, CommitError>>),
}

impl Writer {
    /// Takes from the queue what goes into the next transaction.
    ///
    /// An error is the storage's, and ends the writer.
    pub(super) fn plan(&mut self) -> rusqlite::Result<Option<Plan>> {
        let Ends { newest_alert, newest_analysis, cursor, .. } = self.ends;
        let mut plan = Plan { newest_alert, newest_analysis, cursor, ..Plan::default() };
        let mut builder = Builder::new(newest_alert.next());
        let mut bytes = 0;
        let mut waiting = std::mem::take(&mut self.queue);
        let most = MAX_ALERT_BYTES.min(self.settings.max_bytes / 32);
        while bytes < most && plan.analyses.len() < MAX_ANALYSES {
            let Some(command) = waiting.pop_front() else { break };
            match command {
                Command::Append { .. } if self.blocked && !self.stopping => self.queue.push_back(command),
                Command::Append { alerts, permit, reply } => {
                    bytes += alerts.iter().map(|one| one.alert.size() as u64).sum::<u64>();
                    let appended = self.plan_alerts(&mut plan, &mut builder, &alerts);
                    plan.replies.push(Reply::Append(appended, permit, reply));
                }
                Command::Commit { outcome, reply } => {
                    match self.plan_outcome(&mut plan, &mut builder, *outcome) {
                        Ok(Ok(committed)) => plan.replies.push(Reply::Commit(committed, reply)),
                        // Who has stopped waiting needs no answer.
                        Ok(Err(error)) => drop(reply.send(Err(error))),
                        Err(error) => {
                            let reason = error.to_string();
                            let _ = reply.send(Err(CommitError::Failed(reason.clone())));
                            plan.fail(&reason);
                            return Err(error);
                        }
                    }
                }
                Command::Stop => self.stopping = true,
            }
        }
        self.queue.append(&mut waiting);
        self.close_chunk(&mut plan, &mut builder);
        Ok((!plan.replies.is_empty() || !plan.dictionaries.is_empty()).then_some(plan))
    }

    fn plan_alerts(&mut self, plan: &mut Plan, builder: &mut Builder, alerts: &[Received]) -> Appended {
        let mut appended = Appended::default();
        for one in alerts {
            if !self.seen.insert(one.alert.id().short()) {
                appended.duplicates += 1;
                continue;
            }
            builder.push(one);
            appended.accepted += 1;
            plan.newest_alert = plan.newest_alert.next();
            if builder.is_complete() {
                self.close_chunk(plan, builder);
            }
        }
        plan.appended.accepted += appended.accepted;
        plan.appended.duplicates += appended.duplicates;
        appended
    }

    fn close_chunk(&mut self, plan: &mut Plan, builder: &mut Builder) {
        let full = std::mem::replace(builder, Builder::new(plan.newest_alert.next()));
        if !full.is_empty() {
            plan.chunks.push(full.finish(&mut self.compressor));
        }
    }

    fn plan_outcome(
        &mut self,
        plan: &mut Plan,
        builder: &mut Builder,
        outcome: Outcome,
    ) -> rusqlite::Result<Result<Committed, CommitError>> {
        // What follows an outcome that was refused rests on it.
        let checked = if self.refused { Err("an outcome before it was refused") } else { Ok(()) };
        if let Err(why) = checked.and_then(|()| check(&outcome, plan.cursor, plan.newest_alert)) {
            self.refused = true;
            return Ok(Err(CommitError::Invalid(why)));
        }
        if let Some(dictionary) = self.packer.renew() {
            plan.dictionaries.push((plan.newest_analysis.next(), dictionary));
        }
        plan.has_outcome = true;
        let Some(made) = self.make(plan, outcome.revisions)? else {
            self.refused = true;
            return Ok(Err(CommitError::Invalid("counts that have no MessagePack form")));
        };
        plan.cursor = outcome.cursor;
        for Made { group, encoded, body, dictionary } in made {
            plan.newest_analysis = plan.newest_analysis.next();
            let (seq, at) = (plan.newest_analysis, outcome.cursor);
            plan.used.extend(dictionary.map(|dictionary| (dictionary, seq)));
            plan.analyses.push(NewAnalysis { seq, group, at, encoded, body });
        }
        plan.memberships.extend(outcome.memberships);
        plan.live.extend(outcome.live);
        plan.shared.extend(outcome.shared);
        plan.openings.extend(outcome.openings);
        plan.narratives.extend(outcome.narratives);
        let notices = self.plan_alerts(plan, builder, &outcome.notices);
        Ok(Ok(Committed { newest_analysis: plan.newest_analysis, notices }))
    }
}

/// What would make the journal contradict itself.
fn check(outcome: &Outcome, cursor: Seq, newest_alert: Seq) -> Result<(), &'static str> {
    if outcome.cursor < cursor {
        return Err("the cursor goes back");
    }
    if outcome.cursor > newest_alert {
        return Err("the cursor is beyond the newest alert");
    }
    let is_group = |number: Seq| number > Seq::START && number <= outcome.cursor;
    if !outcome
        .memberships
        .iter()
        .all(|&(alert, group)| alert > cursor && alert <= outcome.cursor && group <= alert && is_group(group))
    {
        return Err("a membership outside the stretch of alerts");
    }
    let groups = outcome.revisions.iter().map(|(group, _)| group);
    if !groups.chain(outcome.openings.iter().map(|(group, _)| group)).all(|group| is_group(*group)) {
        return Err("a group that no alert has opened");
    }
    if !outcome.openings.is_sorted_by(|a, b| a.0 < b.0) {
        return Err("openings out of order");
    }
    Ok(())
}

impl Plan {
    /// Bytes that it adds to the file, about.
    pub(super) fn bytes(&self) -> u64 {
        let chunks: usize = self.chunks.iter().map(|chunk| chunk.ids.len() + chunk.data.len()).sum();
        let analyses: usize = self.analyses.iter().map(|one| one.body.len()).sum();
        let live: usize = self.live.iter().filter_map(|(_, body)| body.as_ref()).map(Vec::len).sum();
        let shared: usize = self.shared.iter().map(|shared| shared.records().len()).sum();
        let openings: usize = self.openings.iter().map(|(_, body)| body.len()).sum();
        (chunks + analyses + live + shared + openings) as u64 + PAGE_BYTES
    }

    /// How many alerts were asked to be appended. Notices are not: they come again with their outcome.
    pub(super) fn alerts(&self) -> usize {
        let asked = self.replies.iter().map(|reply| match reply {
            Reply::Append(appended, ..) => appended.accepted,
            Reply::Commit(..) => 0,
        });
        asked.sum::<u64>() as usize
    }

    /// Answers that it is done. Who has stopped waiting needs no answer.
    pub(super) fn answer(self) {
        for reply in self.replies {
            match reply {
                Reply::Append(appended, _permit, reply) => drop(reply.send(Ok(appended))),
                Reply::Commit(committed, reply) => drop(reply.send(Ok(committed))),
            }
        }
    }

    /// Answers that there was no room to the end.
    pub(super) fn refuse(self) {
        for reply in self.replies {
            match reply {
                Reply::Append(_, _permit, reply) => drop(reply.send(Err(AppendError::Full))),
                Reply::Commit(_, reply) => drop(reply.send(Err(CommitError::Full))),
            }
        }
    }

    /// Answers that it will never be done.
    pub(super) fn fail(self, reason: &str) {
        for reply in self.replies {
            match reply {
                Reply::Append(_, _permit, reply) => drop(reply.send(Err(AppendError::Failed(reason.to_owned())))),
                Reply::Commit(_, reply) => drop(reply.send(Err(CommitError::Failed(reason.to_owned())))),
            }
        }
    }
}
