//! What a journal holds in the end.
#![allow(dead_code, reason = "each test binary uses its part of it")]

use lanner::journal::{Floor, Journal, Limits, Revisions, Seq, Settings};
use std::collections::HashSet;
use std::path::Path;

pub struct Kept {
    pub alerts: usize,
    pub distinct: usize,
    /// Rule and `proc.pid` of each alert, in the journal's order.
    pub numbers: Vec<(String, u64)>,
    /// Group and revision of every analysis, in the journal's order.
    pub analyses: Vec<(String, u32)>,
}

impl Kept {
    /// The numbers of alerts whose rule begins so.
    pub fn of(&self, rule: &str) -> Vec<u64> {
        self.numbers.iter().filter(|(its, _)| its.starts_with(rule)).map(|(_, number)| *number).collect()
    }
}

/// Reads all of it; panics where something is damaged, or an alert belongs to no group.
pub fn read_back(path: &Path) -> Kept {
    let (journal, thread) = Journal::open(Settings::new(path)).expect("the journal is whole");
    let mut reader = journal.reader().expect("a reader");
    let (mut ids, mut kept) =
        (HashSet::new(), Kept { alerts: 0, distinct: 0, numbers: Vec::new(), analyses: Vec::new() });
    let mut next = Seq::START;
    loop {
        let batch = reader.alerts_after(next, Limits::default()).expect("alerts can be read");
        assert_eq!(batch.damaged, 0);
        for stored in &batch.items {
            kept.alerts += 1;
            ids.insert(stored.alert.id());
            let group = reader.group_of(stored.seq).expect("memberships can be read");
            assert!(group.is_some(), "{} has no group", stored.seq);
            let number = stored.alert.field("proc.pid").and_then(|pid| pid.parse().ok());
            kept.numbers.extend(number.map(|number| (stored.alert.rule().to_owned(), number)));
        }
        if batch.next == next {
            break;
        }
        next = batch.next;
    }
    kept.distinct = ids.len();
    next = Seq::START;
    loop {
        let batch = reader
            .analyses_after(next, Limits::default(), Revisions::default(), Floor::default())
            .expect("analyses can be read");
        assert_eq!(batch.damaged, 0);
        let of = |analysis: &lanner::analysis::Analysis| (analysis.group.id.to_string(), analysis.group.revision);
        kept.analyses.extend(batch.items.iter().map(|stored| of(&stored.analysis)));
        if batch.next == next {
            break;
        }
        next = batch.next;
    }
    drop(reader);
    thread.stop();
    kept
}
