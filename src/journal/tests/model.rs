//! Random operations, crashes and restarts against a model.

use super::*;
use crate::analysis::revise;
use crate::journal::{Floor, NewRevision, Revisions};
use proptest::prelude::*;
use std::collections::HashMap;
use std::path::Path;

#[derive(Debug, Clone)]
enum Operation {
    /// Alerts by number; some are repeats.
    Append(Vec<u64>),
    /// The pipeline deals with so many more alerts, each joining one of a few groups.
    Commit(usize),
    /// The process ends in order.
    Restart,
    /// The process is gone, and what is on disk at that moment is all there is.
    Crash,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let one = prop_oneof![
        4 => prop::collection::vec(0u64..400, 1..120).prop_map(Operation::Append),
        3 => (0usize..200).prop_map(Operation::Commit),
        1 => Just(Operation::Restart),
        1 => Just(Operation::Crash),
    ];
    prop::collection::vec(one, 1..25)
}

#[derive(Default)]
struct Model {
    alerts: Vec<u64>,
    cursor: usize,
    /// Number of the group and revision.
    analyses: Vec<(u64, u32)>,
    /// By group key: its number and revision.
    groups: HashMap<u64, (u64, u32)>,
    /// Group number of each alert dealt with.
    joined: Vec<u64>,
}

impl Model {
    /// What a pipeline would make of the next alerts: a group for each last digit, a revision for each member.
    fn commit(&mut self, count: usize) -> Outcome {
        let to = (self.cursor + count).min(self.alerts.len());
        let mut outcome = Outcome { cursor: Seq::new(to as u64), ..Outcome::default() };
        for at in self.cursor..to {
            let seq = at as u64 + 1;
            let (number, revision) = self.groups.entry(self.alerts[at] % 10).or_insert((seq, 0));
            *revision += 1;
            self.joined.push(*number);
            self.analyses.push((*number, *revision));
            let one = analysis("t", *number, *revision);
            let recount = revision.is_multiple_of(2);
            let one = if recount { NewRevision::Recount(one.group) } else { whole(&one) };
            outcome.revisions.push((Seq::new(*number), one));
            outcome.memberships.push((Seq::new(seq), Seq::new(*number)));
            outcome.live.push((Seq::new(*number), (!seq.is_multiple_of(7)).then(|| vec![seq as u8])));
        }
        self.cursor = to;
        outcome
    }

    fn check(&self, journal: &Journal) {
        let alerts = all_alerts(journal);
        assert_eq!(alerts.len(), self.alerts.len());
        for (place, (found, expected)) in alerts.iter().zip(&self.alerts).enumerate() {
            assert_eq!(found.seq.get(), place as u64 + 1);
            assert_eq!(found.alert, received(*expected, "node").alert);
        }
        let mut reader = journal.reader().unwrap();
        assert_eq!(reader.pipeline_cursor().unwrap().get(), self.cursor as u64);
        let all = Limits { count: usize::MAX, bytes: usize::MAX };
        let found = reader.analyses_after(Seq::START, all, Revisions::All, Floor::default()).unwrap();
        assert!(found.items.iter().all(|one| {
            let (number, revision) = (one.group.get(), one.analysis.group.revision);
            let expected = match revision % 2 {
                0 => revise(analysis("t", number, revision - 1), analysis("t", number, revision).group),
                _ => analysis("t", number, revision),
            };
            *one.analysis == expected
        }));
        let found: Vec<_> = found.items.iter().map(|one| (one.group.get(), one.analysis.group.revision)).collect();
        assert_eq!(found, self.analyses);
        let mut listed: Vec<_> = self.groups.values().copied().collect();
        listed.sort_by_key(|group| self.analyses.iter().position(|one| one == group));
        listed.reverse();
        let found = reader.list_groups(Seq::new(u64::MAX >> 1), None, all, Floor::default()).unwrap();
        let found: Vec<_> = found.items.iter().map(|one| (one.group.get(), one.analysis.group.revision)).collect();
        assert_eq!(found, listed);
        for (number, revision) in &listed {
            let members = reader.alerts_of_group(group_id(*number), Seq::START, all).unwrap();
            let found: Vec<u64> = members.items.iter().map(|one| one.seq.get()).collect();
            let expected = self.joined.iter().zip(1..).filter(|(group, _)| *group == number).map(|(_, seq)| seq);
            assert_eq!(found, expected.collect::<Vec<u64>>());
            let latest = reader.latest_of_group(group_id(*number)).unwrap().unwrap();
            assert_eq!(latest.analysis.group.revision, *revision);
            assert!(reader.analysis(group_id(*number), 1).unwrap().is_some());
        }
    }
}

/// The files as a crash at this moment would leave them.
fn copy(from: &Path, to: &Path) {
    for suffix in ["", "-wal"] {
        let name = |path: &Path| format!("{}{suffix}", path.display());
        if Path::new(&name(from)).exists() {
            std::fs::copy(name(from), name(to)).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_was_answered_is_there_after_any_crash(operations in operations()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (directory, mut settings) = settings();
        let (mut journal, mut thread) = open(&settings);
        let mut model = Model::default();
        for (number, operation) in operations.into_iter().enumerate() {
            match operation {
                Operation::Append(numbers) => {
                    let alerts = numbers.iter().map(|n| received(*n, "node")).collect();
                    let appended = runtime.block_on(journal.append(alerts)).unwrap();
                    let before = model.alerts.len();
                    for n in numbers {
                        if !model.alerts.contains(&n) {
                            model.alerts.push(n);
                        }
                    }
                    prop_assert_eq!(appended.accepted as usize, model.alerts.len() - before);
                }
                Operation::Commit(count) => {
                    runtime.block_on(journal.commit(model.commit(count))).unwrap();
                }
                Operation::Restart => {
                    thread.stop();
                    (journal, thread) = open(&settings);
                }
                Operation::Crash => {
                    let after = directory.path().join(format!("crashed-{number}.db"));
                    copy(&settings.path, &after);
                    thread.stop();
                    settings.path = after;
                    (journal, thread) = open(&settings);
                }
            }
        }
        model.check(&journal);
        thread.stop();
    }
}
