//! What storage does to us: no room, damage, other versions, other processes, age and size.

use super::*;
use crate::journal::write_back::WriteBack;
use crate::journal::writer::{Command, Writer};
use crate::journal::{AppendError, Floor, Health, OpenError, Revisions, open};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

fn refusal(settings: &Settings) -> OpenError {
    match Journal::open(settings.clone()) {
        Ok(_) => panic!("it should have been refused"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_second_process_is_refused_and_comes_in_once_the_first_has_gone() {
    let (_directory, settings) = settings();
    let (_journal, thread) = open(&settings);
    assert!(matches!(refusal(&settings), OpenError::Locked { .. }));
    thread.stop();
    open(&settings).1.stop();
}

#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    let (directory, settings) = settings();
    let (journal, thread) = open(&settings);
    journal.append(vec![fresh(1)]).await.unwrap();
    let names: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for name in names {
        assert_eq!(std::fs::metadata(&name).unwrap().permissions().mode() & 0o777, 0o600, "{name:?}");
    }
    thread.stop();
}

#[tokio::test]
async fn what_is_no_journal_is_refused_and_left_alone() {
    let (directory, mut settings) = settings();
    let check = |settings: &Settings, content: &[u8]| {
        std::fs::write(&settings.path, content).unwrap();
        let error = refusal(settings);
        assert!(matches!(error, OpenError::NotAJournal { .. }), "{error:?}");
        assert_eq!(std::fs::read(&settings.path).unwrap(), content);
    };
    check(&settings, &b"this is a text file\n".repeat(1000));
    let other = directory.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE mine (n)").unwrap();
    check(&settings, &std::fs::read(other).unwrap());
    settings.path = directory.path().to_owned();
    assert!(matches!(refusal(&settings), OpenError::Io { .. }));
    settings.path = directory.path().join("journal.db/under-a-file.db");
    assert!(matches!(refusal(&settings), OpenError::Io { .. }));
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_refused() {
    let (_directory, settings) = settings();
    open(&settings).1.stop();
    rusqlite::Connection::open(&settings.path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = refusal(&settings);
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error:?}");
    assert!(error.to_string().contains("newer lanner"));
}

#[tokio::test]
async fn a_damaged_journal_is_refused_and_never_started_anew() {
    let (_directory, settings) = settings();
    let (journal, thread) = open(&settings);
    journal.append((1..=2000).map(fresh).collect()).await.unwrap();
    journal.commit(all_different(1, 2000)).await.unwrap();
    thread.stop();
    let whole = std::fs::read(&settings.path).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[4096..middle].fill(0xa5);
    let mut cut = whole.clone();
    cut.truncate(middle / 4096 * 4096);
    for content in [damaged, cut] {
        std::fs::write(&settings.path, &content).unwrap();
        let error = refusal(&settings);
        assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
        assert_eq!(std::fs::read(&settings.path).unwrap(), content);
    }
    std::fs::remove_file(&settings.path).unwrap();
    std::fs::write(format!("{}-wal", settings.path.display()), [1; 100]).unwrap();
    assert!(matches!(refusal(&settings), OpenError::Damaged { .. }));
}

#[tokio::test]
async fn damaged_rows_are_counted_and_skipped() {
    let (_directory, settings) = settings();
    let (journal, thread) = open(&settings);
    journal.append((1..=3000).map(fresh).collect()).await.unwrap();
    journal.commit(all_different(1, 3000)).await.unwrap();
    thread.stop();
    let sql = rusqlite::Connection::open(&settings.path).unwrap();
    sql.execute("UPDATE chunks SET data = x'0102' WHERE first = 1025", []).unwrap();
    sql.execute("UPDATE analyses SET body = x'00ff' WHERE seq = 7", []).unwrap();
    sql.execute("UPDATE members SET groups = x'ff' WHERE span = 1", []).unwrap();
    sql.execute("UPDATE openings SET body = x''", []).unwrap();
    drop(sql);
    let (journal, thread) = open(&settings);
    let mut reader = journal.reader().unwrap();
    let limits = Limits { count: 10_000, bytes: usize::MAX };
    let alerts = reader.alerts_after(Seq::START, limits).unwrap();
    assert_eq!((alerts.items.len(), alerts.damaged, alerts.next), (3000 - 1024, 1024, Seq::new(3000)));
    let analyses = reader.analyses_after(Seq::START, limits, Revisions::default(), Floor::default()).unwrap();
    assert_eq!((analyses.items.len(), analyses.damaged), (2999, 1));
    assert!(reader.alert(Seq::new(1100)).unwrap().is_none());
    assert!(reader.latest_of_group(group_id(7)).unwrap().is_none());
    assert_eq!(reader.alerts_of_group(group_id(2500), Seq::START, limits).unwrap().items.len(), 1);
    assert!(reader.openings(|_, _| ()).unwrap() > 0);
    // Writing goes on.
    assert_eq!(journal.append(vec![fresh(3001)]).await.unwrap().accepted, 1);
    thread.stop();
}

/// Waits for what the writer will do by itself, without sleeping between looks longer than a moment.
async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never came true: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_recovers_without_a_restart() {
    let (_directory, mut settings) = settings();
    let limit = Arc::new(AtomicU32::new(100));
    settings.max_pages = Some(Arc::clone(&limit));
    settings.max_buffer = 200_000;
    let (journal, thread) = open(&settings);
    // Fills the file until an append has to wait.
    let (mut next, mut stored) = (1, 0);
    let waiting = loop {
        let alerts = vec![noise(next, 10_000)];
        next += 1;
        let handle = tokio::spawn({
            let journal = journal.clone();
            async move { journal.append(alerts).await }
        });
        let full = journal.clone();
        eventually("stored or full", || handle.is_finished() || *full.health().borrow() != Health::Ok).await;
        if *journal.health().borrow() != Health::Ok {
            break handle;
        }
        stored += handle.await.unwrap().unwrap().accepted;
    };
    assert!(stored > 10, "{stored}");
    assert!(matches!(journal.status().health, Health::Full { .. }));
    // What fits into the buffer waits; the rest is told so at once.
    let mut queued = vec![waiting];
    let refused = loop {
        let alerts = vec![noise(next, 10_000)];
        next += 1;
        let room = journal.status().buffered_bytes;
        let full = journal.clone();
        let handle = tokio::spawn(async move { full.append(alerts).await });
        let full = journal.clone();
        eventually("queued or refused", || handle.is_finished() || full.status().buffered_bytes > room).await;
        if handle.is_finished() {
            break handle.await.unwrap();
        }
        queued.push(handle);
    };
    assert_eq!(refused, Err(AppendError::Full));
    assert!(queued.len() > 10, "{}", queued.len());
    // Reading goes on meanwhile, and what was stored is there.
    assert_eq!(all_alerts(&journal).len() as u64, stored);
    limit.store(100_000, Ordering::Relaxed);
    for handle in queued {
        stored += handle.await.unwrap().unwrap().accepted;
    }
    eventually("healthy", || journal.status().health == Health::Ok).await;
    assert_eq!(all_alerts(&journal).len() as u64, stored);
    assert!(journal.status().retries > 0);
    assert_eq!(journal.append(vec![noise(next, 10_000)]).await.unwrap().accepted, 1);
    thread.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_while_the_disk_is_full_tells_who_waits() {
    let (_directory, mut settings) = settings();
    settings.max_pages = Some(Arc::new(AtomicU32::new(1)));
    let (journal, thread) = open(&settings);
    let waiting = tokio::spawn({
        let journal = journal.clone();
        async move { journal.append(vec![noise(1, 100_000)]).await }
    });
    eventually("full", || journal.status().health != Health::Ok).await;
    tokio::task::spawn_blocking(|| thread.stop()).await.unwrap();
    assert_eq!(waiting.await.unwrap(), Err(AppendError::Full));
    assert_eq!(journal.append(vec![fresh(1)]).await, Err(AppendError::Closed));
    let (journal, thread) = open(&Settings { max_pages: None, ..settings });
    assert_eq!(journal.append(vec![noise(1, 100_000)]).await.unwrap().accepted, 1);
    thread.stop();
}

#[test]
fn stopping_while_the_disk_is_full_says_how_many_alerts_are_dropped() {
    let (directory, mut settings) = settings();
    settings.max_pages = Some(Arc::new(AtomicU32::new(1)));
    let mut opened = open::open(&settings).unwrap();
    let write_back = WriteBack::start(&mut opened.sql, &settings.path, open::log_pages(&settings)).unwrap();
    let (commands, receiver) = std::sync::mpsc::channel();
    let (writer, _watches) = Writer::new(settings, opened, receiver);
    let room = Arc::new(tokio::sync::Semaphore::new(2));
    for alerts in [vec![noise(1, 1_000_000), noise(2, 10)], vec![fresh(3)]] {
        let permit = Arc::clone(&room).try_acquire_owned().unwrap();
        commands.send(Command::Append { alerts, permit, reply: tokio::sync::oneshot::channel().0 }).unwrap();
    }
    commands.send(Command::Stop).unwrap();
    let log = directory.path().join("log");
    let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(Arc::new(std::fs::File::create(&log).unwrap()));
    tracing::subscriber::with_default(lines.finish(), || writer.run(write_back));
    let log = std::fs::read_to_string(log).unwrap();
    assert!(
        log.lines().any(|line| line.contains("ERROR") && line.contains("dropped") && line.contains("alerts=3")),
        "{log}"
    );
    assert_eq!(room.available_permits(), 2);
}

fn disk(path: &Path) -> u64 {
    let size = |path: String| std::fs::metadata(path).map_or(0, |file| file.len());
    size(path.display().to_string()) + size(format!("{}-wal", path.display()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_is_bounded_the_oldest_go_and_a_gap_says_how_many() {
    let (_directory, mut settings) = settings();
    settings.max_bytes = 4 << 20;
    let (journal, thread) = open(&settings);
    let mut largest = 0;
    for round in 0..300u64 {
        let (from, to) = (round * 10 + 1, round * 10 + 10);
        journal.append((from..=to).map(|n| noise(n, 4000)).collect()).await.unwrap();
        journal.commit(all_different(from, to)).await.unwrap();
        let gone = (from..=to).map(|n| (Seq::new(n), None)).collect();
        journal.commit(Outcome { cursor: Seq::new(to), live: gone, ..Outcome::default() }).await.unwrap();
        largest = largest.max(disk(&settings.path));
    }
    assert!(largest <= settings.max_bytes * 11 / 10, "{largest}");
    let status = journal.status();
    assert!(status.removed_alerts > 1500 && status.removed_analyses > 1500, "{status:?}");
    assert!(status.newest_alert == Seq::new(3000) && status.health == Health::Ok);
    let mut reader = journal.reader().unwrap();
    let alerts = reader.alerts_after(Seq::new(3), Limits::default()).unwrap();
    let oldest = alerts.items[0].seq;
    assert_eq!(alerts.passed, oldest.get() - 4);
    assert_eq!(alerts.damaged, 0);
    let analyses =
        reader.analyses_after(Seq::START, Limits::default(), Revisions::default(), Floor::default()).unwrap();
    assert_eq!(analyses.passed, analyses.items[0].seq.get() - 1);
    assert!(reader.latest_of_group(group_id(1)).unwrap().is_none());
    assert!(reader.latest_of_group(group_id(2990)).unwrap().is_some());
    thread.stop();
    let (journal, thread) = open(&settings);
    assert_eq!(*journal.newest_alert().borrow(), Seq::new(3000));
    thread.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_goes_the_space_is_given_back_and_sequences_go_on() {
    let (_directory, mut settings) = settings();
    settings.max_age = Duration::from_hours(1);
    let (journal, thread) = open(&settings);
    let old: Vec<_> = (1..=1000).map(|n| Received { received: Time::from_nanos(1), ..noise(n, 8000) }).collect();
    for alerts in old.chunks(100) {
        journal.append(alerts.to_vec()).await.unwrap();
    }
    eventually("much on disk", || disk(&settings.path) > 4 << 20).await;
    // Not before the pipeline has read them.
    assert_eq!(journal.status().removed_alerts, 0);
    journal.commit(all_different(1, 1000)).await.unwrap();
    let gone = (1..=1000).map(|n| (Seq::new(n), None)).collect();
    journal.commit(Outcome { cursor: Seq::new(1000), live: gone, ..Outcome::default() }).await.unwrap();
    // A look is due every second, or with the next writing after it.
    for n in 1001.. {
        journal.append(vec![fresh(n)]).await.unwrap();
        let file = std::fs::metadata(&settings.path).unwrap().len();
        if journal.status().removed_analyses == 1000 && file < 2 << 20 {
            break;
        }
        assert!(n < 8_000, "{:?}", journal.status());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let first = all_alerts(&journal)[0].seq;
    assert_eq!(first, Seq::new(1001));
    thread.stop();
    let (journal, thread) = open(&settings);
    assert!(*journal.newest_alert().borrow() > Seq::new(1000));
    assert_eq!(*journal.newest_analysis().borrow(), Seq::new(1000));
    thread.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_bound_appends_wait_for_the_pipeline_rather_than_lose_what_it_has_not_read() {
    let (_directory, mut settings) = settings();
    settings.max_bytes = 2 << 20;
    settings.max_buffer = 100_000;
    let (journal, thread) = open(&settings);
    let (mut stored, mut waiting) = (0, None);
    for n in 1..1000 {
        let full = journal.clone();
        let handle = tokio::spawn(async move { full.append(vec![noise(n, 20_000)]).await });
        eventually("stored or full", || handle.is_finished() || *journal.health().borrow() != Health::Ok).await;
        if *journal.health().borrow() != Health::Ok {
            waiting = Some(handle);
            break;
        }
        stored += handle.await.unwrap().unwrap().accepted;
    }
    let waiting = waiting.unwrap();
    assert!(disk(&settings.path) <= settings.max_bytes * 11 / 10, "{}", disk(&settings.path));
    let kept = all_alerts(&journal).len() as u64;
    assert!(kept == stored || kept == stored + 1, "the last one may have come in before the bound was seen");
    journal.commit(Outcome { cursor: Seq::new(stored), ..Outcome::default() }).await.unwrap();
    eventually("healthy", || journal.status().health == Health::Ok).await;
    assert_eq!(waiting.await.unwrap().unwrap().accepted, 1);
    assert_eq!(journal.append(vec![noise(100_000, 20_000)]).await.unwrap().accepted, 1);
    thread.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn live_groups_beyond_the_bound_stop_no_alerts() {
    let (_directory, mut settings) = settings();
    settings.max_bytes = 2 << 20;
    let (journal, thread) = open(&settings);
    journal.append(vec![noise(1, 20_000)]).await.unwrap();
    let live = (1..=3000).map(|number| (Seq::new(number), Some(vec![7; 1024]))).collect();
    journal.commit(Outcome { cursor: Seq::new(1), live, ..Outcome::default() }).await.unwrap();
    for n in 2..=100 {
        let appended = tokio::time::timeout(Duration::from_secs(30), journal.append(vec![noise(n, 20_000)])).await;
        assert_eq!(appended.expect("no wait for ever").unwrap().accepted, 1);
        journal.commit(Outcome { cursor: Seq::new(n), ..Outcome::default() }).await.unwrap();
        assert_eq!(journal.status().health, Health::Ok, "after alert {n}");
    }
    assert!(journal.status().removed_alerts > 50, "{:?}", journal.status());
    thread.stop();
}
