//! An exception, tried on the alerts that are kept.

use super::{Service, group_id};
use crate::analysis::tuning::{matches, to_yaml};
use crate::analysis::{Exception, Tuning};
use crate::dedup::Fingerprint;
use crate::journal::{Limits, ReadError, Reader, Seq};
use crate::serve::proto;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tonic::Status;

/// Alerts that are looked at, the newest ones.
const MOST: u64 = 2_000_000;
/// How long may be looked; the answer says how many were.
const LONGEST: Duration = Duration::from_secs(20);
const READ: Limits = Limits { count: 4096, bytes: 1024 * 1024 };
/// Groups named in each list.
const GROUPS: usize = 100;
/// Hidden alerts whose group is looked up: each takes a read, and groups repeat.
const LOOKUPS: usize = 50_000;

/// What the exception would have hidden so far.
#[derive(Default)]
struct Trial {
    examined: u64,
    hidden: u64,
    seen: HashSet<Seq>,
    looked_up: usize,
    groups: Vec<String>,
    others: Vec<String>,
}

impl Service {
    pub(super) async fn tuning(&self, request: proto::GetTuningRequest) -> Result<proto::GetTuningResponse, Status> {
        let found = self.find(group_id(&request.group_id)?, 0).await?;
        let exception = match &found.analysis.tuning {
            Tuning::Exception(exception) => Arc::new(exception.clone()),
            Tuning::Refused(reason) => return Err(Status::failed_precondition(format!("no exception: {reason}"))),
        };
        let fingerprint = found.analysis.group.fingerprint;
        let _turn = self.tunings.acquire().await.map_err(|_| Status::unavailable("lanner is shutting down"))?;
        let newest = *self.journal.newest_alert().borrow();
        let mut place = Seq::new(newest.get().saturating_sub(MOST));
        let mut trial = Trial::default();
        let deadline = Instant::now() + LONGEST;
        loop {
            let tried = Arc::clone(&exception);
            let read = move |reader: &mut Reader| step(reader, trial, place, &tried, fingerprint);
            let (next, more);
            (trial, next, more) = self.readers.read(read).await?;
            place = next;
            if !more || place >= newest || Instant::now() >= deadline {
                break;
            }
        }
        Ok(proto::GetTuningResponse {
            yaml: to_yaml(&exception),
            note: exception.note.clone(),
            hidden_alerts: trial.hidden,
            hidden_groups: trial.groups,
            other_groups: trial.others,
            alerts_examined: trial.examined,
        })
    }
}

/// Tries the exception on the next stretch: the trial, where to go on, and whether there is more.
fn step(
    reader: &mut Reader,
    mut trial: Trial,
    place: Seq,
    exception: &Exception,
    fingerprint: Fingerprint,
) -> Result<(Trial, Seq, bool), ReadError> {
    let batch = reader.alerts_after(place, READ)?;
    trial.examined += batch.items.len() as u64;
    for stored in batch.items.iter().filter(|stored| matches(exception, &stored.alert)) {
        trial.hidden += 1;
        if trial.looked_up >= LOOKUPS || trial.groups.len() >= GROUPS {
            continue;
        }
        trial.looked_up += 1;
        let Some(number) = reader.group_of(stored.seq)? else { continue };
        if !trial.seen.insert(number) {
            continue;
        }
        let Some(latest) = reader.latest(number)? else { continue };
        let group = &latest.analysis.group;
        trial.groups.push(group.id.to_string());
        if group.fingerprint != fingerprint {
            trial.others.push(group.id.to_string());
        }
    }
    Ok((trial, batch.next, batch.more))
}
