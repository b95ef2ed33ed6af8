//! The journal as a whole, against its promises. Each test has a directory of its own.

mod faults;
mod life;
mod model;
mod recounts;

use super::{Journal, JournalThread, Limits, NewRevision, Outcome, Received, Seq, Settings, StoredAlert};
use crate::alert::{AlertBuilder, Context, Priority, Time};
use crate::analysis::{Analysis, History, Level, Tuning, Verdict};
use crate::dedup::{Fingerprint, GroupId, GroupView, Reason, State};
use std::sync::Arc;
use std::time::SystemTime;

/// The alert number `n`, received now at this node.
pub(super) fn received(n: u64, node: &str) -> Received {
    let builder = AlertBuilder::new().rule("Read sensitive file").time(Time::from_nanos(n as i64));
    let builder = builder.priority(Priority::Warning).field("proc.name", format!("process-{n}"));
    let alert = builder.output("Sensitive file opened for reading by an untrusted program").build().unwrap();
    let context = Arc::new(Context { node: node.to_owned(), labels: vec![("cluster".into(), "c".into())] });
    Received { alert, context, received: Time::from_nanos(n as i64 * 10) }
}

/// As [`received`], at this moment.
pub(super) fn fresh(n: u64) -> Received {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Received { received: Time::from_nanos(since.as_nanos() as i64), ..received(n, "node") }
}

/// Alerts that cannot be compressed, of about this many bytes each.
pub(super) fn noise(n: u64, bytes: usize) -> Received {
    let mut random = fastrand::Rng::with_seed(n);
    let text: String = std::iter::repeat_with(|| random.alphanumeric()).take(bytes).collect();
    let builder = AlertBuilder::new().rule("Noise").time(Time::from_nanos(n as i64)).priority(Priority::Notice);
    Received { alert: builder.field("proc.cmdline", text).build().unwrap(), ..fresh(n) }
}

/// The group that alert `number` opens.
pub(super) fn group_id(number: u64) -> GroupId {
    GroupId::new(Fingerprint::from_bytes([7; 16]), received(number, "").alert.id())
}

/// Revision `revision` of the group that alert `number` opened.
pub(super) fn analysis(title: &str, number: u64, revision: u32) -> Analysis {
    let one = received(number, "node");
    let group = GroupView {
        id: group_id(number),
        fingerprint: Fingerprint::from_bytes([7; 16]),
        revision,
        state: if revision == 1 { State::Opened } else { State::Updated },
        reason: Reason::First,
        count: u64::from(revision),
        first: one.alert.time(),
        last: one.alert.time(),
        gap: None,
        distinct: Vec::new(),
    };
    Analysis {
        group,
        opening: one.alert,
        context: one.context.as_ref().clone(),
        verdict: Verdict { level: Level::Review, score: 50, evidence: Vec::new() },
        title: title.to_owned(),
        summary: "A program read a file that holds secrets. ".repeat(10),
        explanations: Vec::new(),
        implications: vec!["Credentials may be known to others.".into()],
        steps: Vec::new(),
        tuning: Tuning::Refused("nothing tells it apart".into()),
        techniques: Vec::new(),
        history: History::default(),
        narrative: None,
    }
}

/// A revision that says all of this.
pub(super) fn whole(analysis: &Analysis) -> NewRevision {
    NewRevision::whole(analysis).unwrap()
}

/// A directory and a journal in it that does not age.
pub(super) fn settings() -> (tempfile::TempDir, Settings) {
    let directory = tempfile::tempdir().unwrap();
    let mut settings = Settings::new(directory.path().join("journal.db"));
    settings.max_age = std::time::Duration::from_hours(100 * 365 * 24);
    (directory, settings)
}

pub(super) fn open(settings: &Settings) -> (Journal, JournalThread) {
    Journal::open(settings.clone()).unwrap()
}

pub(super) fn all_alerts(journal: &Journal) -> Vec<StoredAlert> {
    let mut reader = journal.reader().unwrap();
    let (mut found, mut after) = (Vec::new(), Seq::START);
    loop {
        let batch = reader.alerts_after(after, Limits { count: 7, bytes: usize::MAX }).unwrap();
        assert_eq!(batch.damaged, 0);
        found.extend(batch.items);
        after = batch.next;
        if !batch.more {
            return found;
        }
    }
}

/// An outcome in which each alert of the range opens a group of its own.
pub(super) fn all_different(from: u64, to: u64) -> Outcome {
    let numbers = from..=to;
    Outcome {
        cursor: Seq::new(to),
        revisions: numbers.clone().map(|n| (Seq::new(n), whole(&analysis("a title", n, 1)))).collect(),
        memberships: numbers.clone().map(|n| (Seq::new(n), Seq::new(n))).collect(),
        live: numbers.clone().map(|n| (Seq::new(n), Some(n.to_le_bytes().to_vec()))).collect(),
        openings: numbers.map(|n| (Seq::new(n), n.to_be_bytes().to_vec())).collect(),
        ..Outcome::default()
    }
}
