//! Revisions that only count anew.

use super::*;
use crate::analysis::revise;
use crate::journal::{Floor, NewRevision, Revisions, StoredAnalysis};
use rusqlite::Connection;

/// Revision `revision` of group `number`, as counts alone.
fn recount(number: u64, revision: u32) -> (Seq, NewRevision) {
    (Seq::new(number), NewRevision::Recount(analysis("", number, revision).group))
}

fn all(journal: &Journal) -> Vec<StoredAnalysis> {
    let limits = Limits { count: usize::MAX, bytes: usize::MAX };
    let mut reader = journal.reader().unwrap();
    let batch = reader.analyses_after(Seq::START, limits, Revisions::All, Floor::default()).unwrap();
    assert_eq!(batch.damaged, 0);
    batch.items
}

#[tokio::test]
async fn a_recount_is_what_was_said_last_with_the_new_counts() {
    let (_directory, settings) = settings();
    let (journal, thread) = open(&settings);
    journal.append((1..=3).map(fresh).collect()).await.unwrap();
    let first = |number: u64| (Seq::new(number), whole(&analysis("a title", number, 1)));
    let cursor = Seq::new(3);
    // In the transaction of what it counts anew, upon another recount, in a later one, and of a group unheard of.
    let revisions = vec![first(1), recount(1, 2), recount(1, 3), recount(2, 2), first(3)];
    let committed = journal.commit(Outcome { cursor, revisions, ..Outcome::default() }).await.unwrap();
    assert_eq!(committed.newest_analysis, Seq::new(4));
    let revisions = vec![recount(3, 2), recount(1, 4)];
    journal.commit(Outcome { cursor, revisions, ..Outcome::default() }).await.unwrap();
    let tail = journal.tail().borrow().after(Seq::START, 100).unwrap();
    let tail: Vec<_> = tail.iter().map(|one| (one.seq, Arc::new(one.encoded.decode().unwrap()))).collect();
    thread.stop();
    let (journal, thread) = open(&settings);
    let expected = [(1, 1), (1, 2), (1, 3), (3, 1), (3, 2), (1, 4)];
    let expected =
        expected.map(|(number, revision)| revise(analysis("a title", number, 1), analysis("", number, revision).group));
    let found = all(&journal);
    assert!(found.iter().map(|one| (one.seq, one.analysis.clone())).eq(tail), "watchers see what is kept");
    assert!(found.iter().map(|one| one.analysis.as_ref()).eq(&expected));
    thread.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recount_outlives_what_it_counts_anew() {
    const ROUNDS: u64 = 500;
    const GROUP: u64 = 60;
    let (_directory, mut settings) = settings();
    settings.max_bytes = 4 << 20;
    let (journal, thread) = open(&settings);
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..ROUNDS {
        let (from, to) = (round * 10 + 1, round * 10 + 10);
        journal.append((from..=to).map(|n| noise(n, 4000)).collect()).await.unwrap();
        // Titles that compress badly: dictionaries come and go.
        let whole = |n: u64| {
            let title: String = std::iter::repeat_with(|| random.alphanumeric()).take(1000).collect();
            (Seq::new(n), whole(&analysis(&title, n, 1)))
        };
        let mut revisions: Vec<_> = (from..=to).map(whole).collect();
        // One that was opened under the first dictionary.
        revisions.extend((to >= GROUP).then(|| recount(GROUP, round as u32)));
        journal.commit(Outcome { cursor: Seq::new(to), revisions, ..Outcome::default() }).await.unwrap();
    }
    let status = journal.status();
    assert!(status.removed_analyses > 2000, "{status:?}");
    let sql = Connection::open(&settings.path).unwrap();
    let mut kept = sql.prepare("SELECT number FROM dictionaries ORDER BY number").unwrap();
    let kept: Vec<u32> = kept.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(kept, [1, 2], "the first is still needed");
    let latest = journal.reader().unwrap().latest_of_group(group_id(GROUP)).unwrap().unwrap();
    assert_eq!((latest.analysis.group.revision, latest.analysis.title.len()), (ROUNDS as u32 - 1, 1000));
    thread.stop();
}
