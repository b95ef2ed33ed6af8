//! An exception, tried on the alerts that are kept.

use super::{Service, group_id};
use crate::analysis::tuning::{matches, to_yaml};
use crate::analysis::{Exception, Tuning};
use crate::dedup::Fingerprint;
use crate::journal::{Limits, ReadError, Reader, Seq};
use crate::serve::proto;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;
use tonic::Status;

/// Alerts that are looked at, the newest ones.
const MOST: u64 = 2_000_000;
/// Alerts are looked at in stretches, the newest stretch first: what comes today matters most.
const STRETCH: u64 = 4096;
/// How long may be looked; the answer says how many were.
const LONGEST: Duration = Duration::from_secs(20);
const READ: Limits = Limits { count: 1024, bytes: 1024 * 1024 };
/// Groups named in each list.
const GROUPS: usize = 100;
/// Groups of hidden alerts that are looked up: each takes a read.
const LOOKUPS: usize = 50_000;

/// What the exception would have hidden so far.
struct Trial {
    exception: Exception,
    /// The tuned activity's own.
    fingerprint: Fingerprint,
    examined: u64,
    hidden: u64,
    seen: HashSet<Seq>,
    groups: Vec<String>,
    others: Vec<String>,
    /// Other groups may be hidden that are not named.
    incomplete: bool,
}

impl Service {
    pub(super) async fn tuning(&self, request: proto::GetTuningRequest) -> Result<proto::GetTuningResponse, Status> {
        let found = self.find(group_id(&request.group_id)?, 0).await?;
        let exception = match &found.analysis.tuning {
            Tuning::Exception(exception) => exception.clone(),
            Tuning::Refused(reason) => return Err(Status::failed_precondition(format!("no exception: {reason}"))),
        };
        let fingerprint = found.analysis.group.fingerprint;
        let _turn = self.tunings.acquire().await.map_err(|_| Status::unavailable("lanner is shutting down"))?;
        let status = self.journal.status();
        let kept = status.oldest_alert.get().saturating_sub(1);
        let oldest = kept.max(status.newest_alert.get().saturating_sub(MOST));
        let mut trial = Trial::new(exception, fingerprint);
        trial.incomplete = oldest > kept;
        let deadline = Instant::now() + LONGEST;
        let mut end = status.newest_alert.get();
        while end > oldest {
            let begin = end.saturating_sub(STRETCH).max(oldest);
            let mut place = begin;
            while place < end && Instant::now() < deadline {
                let read = move |reader: &mut Reader| trial.step(reader, place, end);
                (trial, place) = self.readers.read(read).await?;
            }
            if place < end {
                trial.incomplete = true;
                break;
            }
            end = begin;
        }
        Ok(proto::GetTuningResponse {
            yaml: to_yaml(&trial.exception),
            note: trial.exception.note.clone(),
            hidden_alerts: trial.hidden,
            hidden_groups: trial.groups,
            other_groups: trial.others,
            alerts_examined: trial.examined,
            incomplete: trial.incomplete,
        })
    }
}

impl Trial {
    fn new(exception: Exception, fingerprint: Fingerprint) -> Self {
        let (seen, groups, others) = (HashSet::new(), Vec::new(), Vec::new());
        Self { exception, fingerprint, examined: 0, hidden: 0, seen, groups, others, incomplete: false }
    }

    /// Tries the exception on the next alerts behind `place` and up to `end`; answers with where to go on.
    fn step(mut self, reader: &mut Reader, place: u64, end: u64) -> Result<(Self, u64), ReadError> {
        let batch = reader.alerts_after(Seq::new(place), READ)?;
        let mut hidden = Vec::new();
        for stored in batch.items.iter().take_while(|stored| stored.seq.get() <= end) {
            self.examined += 1;
            if matches(&self.exception, &stored.alert) {
                hidden.push(stored.seq);
            }
        }
        self.hidden += hidden.len() as u64;
        let groups = reader.groups_of(&hidden)?;
        // Of an alert without a group, as one that is not analysed yet, it is not known what it is.
        self.incomplete |= batch.damaged > 0 || groups.len() < hidden.len();
        for (_, number) in groups {
            self.add(reader, number)?;
        }
        Ok((self, if batch.more { batch.next.get() } else { end }))
    }

    /// Names the group of a hidden alert.
    fn add(&mut self, reader: &mut Reader, number: Seq) -> Result<(), ReadError> {
        if self.seen.contains(&number) {
            return Ok(());
        }
        let is_room = self.seen.len() < LOOKUPS && self.seen.insert(number);
        let Some(latest) = (if is_room { reader.latest(number)? } else { None }) else {
            self.incomplete = true;
            return Ok(());
        };
        let group = &latest.analysis.group;
        if self.groups.len() < GROUPS {
            self.groups.push(group.id.to_string());
        }
        if group.fingerprint != self.fingerprint {
            if self.others.len() < GROUPS {
                self.others.push(group.id.to_string());
            } else {
                self.incomplete = true;
            }
        }
        Ok(())
    }
}
