//! What goes in comes out: order, duplicates, groups, restarts.

use super::*;
use crate::dedup::SharedState;
use crate::journal::{Batch, CommitError, Floor, Revisions, StoredAnalysis};

const ALL: Limits = Limits { count: usize::MAX, bytes: usize::MAX };

#[tokio::test]
async fn alerts_come_back_in_order_and_survive_a_restart() {
    let (_directory, settings) = settings();
    let (journal, thread) = open(&settings);
    let mut expected = Vec::new();
    for (first, count) in [(1, 1), (2, 50), (52, 2000)] {
        let alerts: Vec<_> = (first..first + count).map(fresh).collect();
        expected.extend(alerts.clone());
        let appended = journal.append(alerts).await.unwrap();
        assert_eq!((appended.accepted, appended.duplicates), (count, 0));
    }
    let check = |journal: &Journal| {
        let found = all_alerts(journal);
        assert_eq!(found.len(), expected.len());
        for (n, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found.seq.get(), n as u64 + 1);
            assert_eq!(
                (&found.alert, &found.context, found.received),
                (&expected.alert, &expected.context, expected.received)
            );
        }
    };
    check(&journal);
    assert_eq!(*journal.newest_alert().borrow(), Seq::new(2051));
    let id = journal.id();
    thread.stop();
    let (journal, thread) = open(&settings);
    assert_eq!(journal.id(), id);
    assert_eq!(*journal.newest_alert().borrow(), Seq::new(2051));
    check(&journal);
    thread.stop();
}

#[tokio::test]
async fn an_alert_delivered_twice_is_one_alert_within_a_batch_across_batches_and_across_restarts() {
    let (_directory, settings) = settings();
    let (journal, thread) = open(&settings);
    let appended = journal.append(vec![fresh(1), fresh(2), fresh(1)]).await.unwrap();
    assert_eq!((appended.accepted, appended.duplicates), (2, 1));
    let appended = journal.append(vec![fresh(2), fresh(3)]).await.unwrap();
    assert_eq!((appended.accepted, appended.duplicates), (1, 1));
    thread.stop();
    let (journal, thread) = open(&settings);
    let appended = journal.append(vec![fresh(3), fresh(1), fresh(4)]).await.unwrap();
    assert_eq!((appended.accepted, appended.duplicates), (1, 2));
    assert_eq!(all_alerts(&journal).len(), 4);
    assert_eq!(journal.status().duplicates, 2);
    thread.stop();
}

#[tokio::test]
async fn only_the_newest_ids_are_remembered() {
    let (_directory, mut settings) = settings();
    settings.duplicate_window = 10;
    let (journal, thread) = open(&settings);
    journal.append((1..=15).map(fresh).collect()).await.unwrap();
    thread.stop();
    let (journal, thread) = open(&settings);
    let appended = journal.append(vec![fresh(6), fresh(5)]).await.unwrap();
    assert_eq!((appended.accepted, appended.duplicates), (1, 1));
    thread.stop();
}

#[tokio::test]
async fn an_alert_is_found_by_sequence_and_by_id() {
    let (_directory, settings) = settings();
    let (journal, thread) = open(&settings);
    journal.append((1..=1500).map(fresh).collect()).await.unwrap();
    let mut reader = journal.reader().unwrap();
    let alert = reader.alert(Seq::new(1400)).unwrap().unwrap();
    assert_eq!(alert.alert, fresh(1400).alert);
    assert_eq!(reader.alert_by_id(alert.alert.id()).unwrap().unwrap().seq, Seq::new(1400));
    assert!(reader.alert_by_id(fresh(9999).alert.id()).unwrap().is_none());
    assert!(reader.alert(Seq::new(1501)).unwrap().is_none());
    assert!(reader.alert(Seq::START).unwrap().is_none());
    thread.stop();
}

#[tokio::test]
async fn what_groups_share_is_kept_in_order_until_all_of_it_is_written_anew() {
    let (_directory, settings) = settings();
    let behind = |records: &[u8]| SharedState::Behind(records.to_vec());
    let commit = async |journal: &Journal, states: Vec<SharedState>| {
        // Handed over before any is awaited, so that they may become one transaction.
        let outcomes = states.into_iter().map(|state| Outcome { shared: Some(state), ..Outcome::default() });
        let waiting: Vec<_> = outcomes.map(|outcome| journal.commit(outcome)).collect();
        for one in waiting {
            one.await.unwrap();
        }
    };
    let (journal, thread) = open(&settings);
    commit(&journal, vec![behind(b"first"), behind(b"second")]).await;
    thread.stop();
    let (journal, thread) = open(&settings);
    assert_eq!(journal.reader().unwrap().shared_state().unwrap(), [b"first".as_slice(), b"second"]);
    let whole = SharedState::Whole(b"all".to_vec());
    commit(&journal, vec![behind(b"third"), whole, behind(b"and more")]).await;
    journal.commit(Outcome::default()).await.unwrap();
    assert_eq!(journal.reader().unwrap().shared_state().unwrap(), [b"all".as_slice(), b"and more"]);
    thread.stop();
}

#[tokio::test]
async fn an_outcome_is_there_as_a_whole_after_a_restart() {
    let (_directory, settings) = settings();
    let (journal, thread) = open(&settings);
    journal.append((1..=600).map(fresh).collect()).await.unwrap();
    let mut outcome = all_different(1, 600);
    outcome.notices = vec![fresh(10_000)];
    outcome.narratives = vec![(Fingerprint::from_bytes([1; 16]), b"words".to_vec())];
    let committed = journal.commit(outcome).await.unwrap();
    assert_eq!((committed.newest_analysis, committed.notices.accepted), (Seq::new(600), 1));
    let forget = vec![(Seq::new(5), None)];
    journal.commit(Outcome { cursor: Seq::new(601), live: forget, ..Outcome::default() }).await.unwrap();
    assert_eq!(journal.tail().borrow().after(Seq::new(599), 10).unwrap().len(), 1);
    thread.stop();

    let (journal, thread) = open(&settings);
    assert_eq!(*journal.newest_analysis().borrow(), Seq::new(600));
    assert_eq!(*journal.newest_alert().borrow(), Seq::new(601));
    let mut reader = journal.reader().unwrap();
    assert_eq!(reader.pipeline_cursor().unwrap(), Seq::new(601));
    let live = reader.live_groups(Seq::START, ALL).unwrap();
    let numbers: Vec<u64> = live.items.iter().map(|(number, _)| number.get()).collect();
    assert_eq!(numbers, (1..=600).filter(|n| *n != 5).collect::<Vec<_>>());
    let mut openings = Vec::new();
    assert_eq!(reader.openings(|number, body| openings.push((number.get(), body.to_vec()))).unwrap(), 0);
    assert_eq!(openings, (1..=600u64).map(|n| (n, n.to_be_bytes().to_vec())).collect::<Vec<_>>());
    assert_eq!(reader.narrative(Fingerprint::from_bytes([1; 16])).unwrap().unwrap(), b"words");
    assert_eq!(reader.narrative(Fingerprint::from_bytes([2; 16])).unwrap(), None);
    let read = reader.analyses_after(Seq::new(598), ALL, Revisions::All, Floor::default()).unwrap();
    assert_eq!(read.items.iter().map(|one| one.seq.get()).collect::<Vec<_>>(), [599, 600]);
    assert_eq!(*read.items[0].analysis, analysis("a title", 599, 1));
    thread.stop();
}

#[tokio::test]
async fn an_outcome_that_contradicts_the_journal_is_refused_and_changes_nothing() {
    let at = |cursor: u64| Outcome { cursor: Seq::new(cursor), ..Outcome::default() };
    let membership =
        |alert: u64, group: u64| Outcome { memberships: vec![(Seq::new(alert), Seq::new(group))], ..at(3) };
    for outcome in [
        at(1),
        at(4),
        membership(2, 1),
        membership(4, 1),
        membership(3, 0),
        Outcome { revisions: vec![(Seq::new(9), whole(&analysis("", 9, 1)))], ..at(3) },
    ] {
        let (_directory, settings) = settings();
        let (journal, thread) = open(&settings);
        journal.append((1..=3).map(fresh).collect()).await.unwrap();
        journal.commit(all_different(1, 2)).await.unwrap();
        // The next one was made before the answer: what it rests on is not there.
        let (refused, next) = (journal.commit(outcome), journal.commit(at(3)));
        assert!(matches!(refused.await, Err(CommitError::Invalid(_))));
        assert_eq!(next.await, Err(CommitError::Invalid("an outcome before it was refused")));
        assert_eq!(journal.status().cursor, Seq::new(2));
        assert_eq!(*journal.newest_analysis().borrow(), Seq::new(2));
        thread.stop();
    }
}

#[tokio::test]
async fn a_groups_revisions_and_members_are_found_by_its_id() {
    let (_directory, settings) = settings();
    let (journal, thread) = open(&settings);
    // Every third alert joins group 1, far beyond the region that it was opened in; the others are left alone.
    let mut members = Vec::new();
    for round in 0..20u64 {
        let (from, to) = (round * 1000 + 1, round * 1000 + 1000);
        journal.append((from..=to).map(fresh).collect()).await.unwrap();
        let joined: Vec<u64> = (from..=to).filter(|n| n % 3 == 1).collect();
        let outcome = Outcome {
            cursor: Seq::new(to),
            revisions: vec![(Seq::new(1), whole(&analysis("a title", 1, round as u32 + 1)))],
            memberships: joined.iter().map(|n| (Seq::new(*n), Seq::new(1))).collect(),
            ..Outcome::default()
        };
        members.extend(joined);
        journal.commit(outcome).await.unwrap();
    }
    let mut reader = journal.reader().unwrap();
    let (mut found, mut after) = (Vec::new(), Seq::START);
    loop {
        let batch = reader.alerts_of_group(group_id(1), after, Limits { count: 700, bytes: usize::MAX }).unwrap();
        found.extend(batch.items.iter().map(|one| one.seq.get()));
        after = batch.next;
        if !batch.more {
            break;
        }
    }
    assert_eq!(found, members);
    assert_eq!(reader.group_of(Seq::new(19_999)).unwrap(), Some(Seq::new(1)));
    assert_eq!(reader.group_of(Seq::new(20_000)).unwrap(), None);
    assert_eq!(reader.latest_of_group(group_id(1)).unwrap().unwrap().analysis.group.revision, 20);
    assert_eq!(reader.analysis(group_id(1), 7).unwrap().unwrap().seq, Seq::new(7));
    assert!(reader.analysis(group_id(1), 21).unwrap().is_none());
    assert!(reader.latest_of_group(group_id(2)).unwrap().is_none());
    assert!(reader.alerts_of_group(group_id(2), Seq::START, ALL).unwrap().items.is_empty());
    thread.stop();
}

#[tokio::test]
async fn groups_are_listed_newest_first_each_once_with_its_latest_revision() {
    let (_directory, settings) = settings();
    let (journal, thread) = open(&settings);
    journal.append((1..=5).map(fresh).collect()).await.unwrap();
    journal.commit(all_different(1, 5)).await.unwrap();
    let mut urgent = analysis("again", 2, 2);
    urgent.verdict.level = Level::Malicious;
    let outcome = Outcome { cursor: Seq::new(5), revisions: vec![(Seq::new(2), whole(&urgent))], ..Outcome::default() };
    journal.commit(outcome).await.unwrap();
    let mut reader = journal.reader().unwrap();
    let (mut groups, mut before) = (Vec::new(), None);
    loop {
        let page =
            reader.list_groups(Seq::new(6), before, Limits { count: 2, bytes: usize::MAX }, Floor::default()).unwrap();
        groups.extend(page.items.iter().map(|one| (one.group.get(), one.analysis.group.revision)));
        before = Some(page.next);
        if !page.more {
            break;
        }
    }
    assert_eq!(groups, [(2, 2), (5, 1), (4, 1), (3, 1), (1, 1)]);
    let latest = reader.analyses_after(Seq::START, ALL, Revisions::LatestUntil(Seq::new(6)), Floor::default()).unwrap();
    assert_eq!(latest.items.iter().map(|one| one.group.get()).collect::<Vec<_>>(), [1, 3, 4, 5, 2]);
    let floor = Floor { level: Some(Level::Malicious), priority: Some(Priority::Warning) };
    let found = reader.analyses_after(Seq::START, ALL, Revisions::All, floor).unwrap();
    assert_eq!((found.items.len(), found.next), (1, Seq::new(6)));
    let floor = Floor { level: None, priority: Some(Priority::Critical) };
    assert!(reader.list_groups(Seq::new(6), None, ALL, floor).unwrap().items.is_empty());
    // As it was before the last revision, and what is newer in every revision.
    let before = reader.list_groups(Seq::new(5), None, ALL, Floor::default()).unwrap();
    assert!(before.items.iter().map(|one| one.group.get()).eq([5, 4, 3, 2, 1]));
    let revisions = (3..=4).map(|revision| (Seq::new(2), whole(&analysis("again", 2, revision)))).collect();
    journal.commit(Outcome { cursor: Seq::new(5), revisions, ..Outcome::default() }).await.unwrap();
    let found = |until| {
        let mut reader = journal.reader().unwrap();
        let older = reader.list_groups(Seq::new(until), None, ALL, Floor::default()).unwrap();
        let revisions = Revisions::LatestUntil(Seq::new(until));
        let newer = reader.analyses_after(Seq::START, ALL, revisions, Floor::default()).unwrap();
        let seqs = |batch: Batch<StoredAnalysis>| batch.items.iter().map(|one| one.seq.get()).collect::<Vec<_>>();
        (seqs(older), seqs(newer))
    };
    assert_eq!(found(5), (vec![5, 4, 3, 2, 1], vec![1, 3, 4, 5, 6, 7, 8]));
    assert_eq!(found(6), (vec![6, 5, 4, 3, 1], vec![1, 3, 4, 5, 7, 8]));
    assert_eq!(found(8), (vec![8, 5, 4, 3, 1], vec![1, 3, 4, 5, 8]));
    thread.stop();
}

#[tokio::test]
async fn small_chunks_are_merged_and_every_alert_keeps_its_place() {
    let (_directory, settings) = settings();
    let (journal, thread) = open(&settings);
    for n in 1..=2500 {
        journal.append(vec![fresh(n)]).await.unwrap();
    }
    thread.stop();
    let sql = rusqlite::Connection::open(&settings.path).unwrap();
    let rows: i64 = sql.query_row("SELECT count(*) FROM chunks", [], |row| row.get(0)).unwrap();
    assert!(rows <= 2500 - 2 * 1024 + 2, "{rows}");
    drop(sql);
    let (journal, thread) = open(&settings);
    let found = all_alerts(&journal);
    assert_eq!(found.len(), 2500);
    assert!(found.iter().zip(1..).all(|(one, n)| one.seq.get() == n && one.alert == fresh(n).alert));
    assert_eq!(journal.append(vec![fresh(3)]).await.unwrap().duplicates, 1);
    thread.stop();
}

#[tokio::test]
async fn secrets_are_not_kept_where_that_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { redact: true, ..Settings::new(folder.path().join("journal.db")) };
    let (journal, thread) = Journal::open(settings).unwrap();
    let builder = AlertBuilder::new().rule("R").time(Time::from_nanos(1)).priority(Priority::Notice);
    let alert = builder.field("proc.cmdline", "mysql --password=hunter2 -h db").build().unwrap();
    journal.append(vec![Received { alert, ..fresh(1) }]).await.unwrap();
    let kept = journal.reader().unwrap().alert(Seq::new(1)).unwrap().unwrap();
    let command = kept.alert.field("proc.cmdline").unwrap();
    assert!(command.starts_with("mysql") && !command.contains("hunter2"), "{command}");
    thread.stop();
}

#[tokio::test]
async fn a_group_that_is_analysed_anew_after_all_of_it_had_gone_is_found_by_its_id() {
    let (_directory, settings) = settings();
    let (journal, thread) = open(&settings);
    journal.append((1..=3).map(fresh).collect()).await.unwrap();
    let revision = |number: u64, revision: u32| (Seq::new(number), whole(&analysis("a title", number, revision)));
    let say = async |revisions| {
        let outcome = Outcome { cursor: Seq::new(3), revisions, ..Outcome::default() };
        journal.commit(outcome).await.unwrap();
    };
    // As retention leaves it, with the id's row and without.
    let remove = |more: &str| {
        let sql = rusqlite::Connection::open(&settings.path).unwrap();
        sql.execute_batch(&format!("DELETE FROM analyses; DELETE FROM groups; {more}")).unwrap();
    };
    say(vec![revision(1, 1), revision(3, 1)]).await;
    remove("");
    say(vec![revision(1, 2), revision(1, 3)]).await;
    let ids = |reader: &rusqlite::Connection| -> i64 {
        reader.query_row("SELECT length(ids) FROM opened", [], |row| row.get(0)).unwrap()
    };
    let sql = rusqlite::Connection::open(&settings.path).unwrap();
    assert_eq!(ids(&sql), 20, "each id once");
    remove("DELETE FROM opened");
    thread.stop();
    let (journal, thread) = open(&settings);
    let outcome = Outcome { cursor: Seq::new(3), revisions: vec![revision(1, 4)], ..Outcome::default() };
    journal.commit(outcome).await.unwrap();
    let found = journal.reader().unwrap().latest_of_group(group_id(1)).unwrap();
    assert_eq!(found.map(|found| found.analysis.group.revision), Some(4));
    thread.stop();
}
