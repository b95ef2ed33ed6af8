//! A watcher sees every revision in order, from where it left off, and is told what it missed.

#[path = "support/serve.rs"]
mod support;

use lanner::alert::Time;
use lanner::serve::cursor::watch_cursor;
use lanner::serve::proto::watch_analyses_response::Event;
use lanner::serve::proto::{self, WatchAnalysesRequest, WatchAnalysesResponse};
use lanner::serve::watch::Audience;
use std::time::Duration;
use support::{World, alert};
use tonic::{Code, Status, Streaming};

type Stream = Streaming<WatchAnalysesResponse>;

async fn watch(running: &support::Running, request: WatchAnalysesRequest) -> Result<Stream, Status> {
    Ok(running.client().await.watch_analyses(request).await?.into_inner())
}

fn from(cursor: &str) -> WatchAnalysesRequest {
    WatchAnalysesRequest { cursor: cursor.to_owned(), ..WatchAnalysesRequest::default() }
}

fn from_now() -> WatchAnalysesRequest {
    WatchAnalysesRequest { start: proto::Start::Now.into(), ..WatchAnalysesRequest::default() }
}

async fn next(stream: &mut Stream) -> WatchAnalysesResponse {
    tokio::time::timeout(Duration::from_secs(10), stream.message()).await.unwrap().unwrap().unwrap()
}

/// The next analysis as `(title, revision)`, with the message's cursor.
async fn next_analysis(stream: &mut Stream) -> ((String, u32), String) {
    let message = next(stream).await;
    match message.event {
        Some(Event::Analysis(analysis)) => ((analysis.title, analysis.revision), message.cursor),
        other => panic!("{other:?}"),
    }
}

async fn take(stream: &mut Stream, count: usize) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    for _ in 0..count {
        found.push(next_analysis(stream).await.0);
    }
    found
}

fn groups(numbers: impl IntoIterator<Item = u64>) -> Vec<(String, u32)> {
    numbers.into_iter().map(|n| (format!("group {n}"), 1)).collect()
}

#[tokio::test]
async fn history_comes_first_and_then_live_in_order() {
    let world = World::new();
    world.open_groups(1, 300).await;
    let running = world.serve().await;
    let mut stream = watch(&running, from("")).await.unwrap();
    assert_eq!(take(&mut stream, 300).await, groups(1..=300));
    world.open_groups(301, 305).await;
    world.revise(2, 2).await;
    assert_eq!(take(&mut stream, 5).await, groups(301..=305));
    assert_eq!(next_analysis(&mut stream).await.0, ("group 2".to_owned(), 2));
}

#[tokio::test]
async fn a_watcher_that_resumes_by_cursor_sees_every_revision_in_order() {
    let world = World::new();
    world.open_groups(1, 50).await;
    let running = world.serve().await;
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    for round in 0..10 {
        // Some of it from the journal, some of it live.
        let mut stream = watch(&running, from(&cursor)).await.unwrap();
        for _ in 0..5 {
            let (analysis, at) = next_analysis(&mut stream).await;
            seen.push(analysis);
            cursor = at;
        }
        world.open_groups(51 + round, 51 + round).await;
    }
    let mut stream = watch(&running, from(&cursor)).await.unwrap();
    seen.extend(take(&mut stream, 10).await);
    assert_eq!(seen, groups(1..=60));
}

#[tokio::test]
async fn a_cursor_of_another_journal_is_refused() {
    let (world, other) = (World::new(), World::new());
    world.open_groups(1, 1).await;
    let running = world.serve().await;
    let foreign = watch_cursor(other.journal.id(), lanner::journal::Seq::new(1));
    let status = watch(&running, from(&foreign)).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{status}");
    let future = watch_cursor(world.journal.id(), lanner::journal::Seq::new(2));
    let status = watch(&running, from(&future)).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{status}");
    for nonsense in ["1", "zz", &foreign[1..], "\u{e9}"] {
        let status = watch(&running, from(nonsense)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    }
    let request = WatchAnalysesRequest { heartbeat_seconds: 3601, ..from("") };
    assert_eq!(watch(&running, request).await.unwrap_err().code(), Code::InvalidArgument);
    let filter = proto::Filter { allow: vec![proto::Match::default()], deny: Vec::new() };
    let status = watch(&running, WatchAnalysesRequest { filter: Some(filter), ..from("") }).await.unwrap_err();
    assert!(status.message().starts_with("`filter.allow[0]`"), "{status}");
}

#[tokio::test]
async fn start_now_gives_a_cursor_at_once_and_only_what_comes() {
    let world = World::new();
    world.open_groups(1, 20).await;
    let running = world.serve().await;
    let mut stream = watch(&running, from_now()).await.unwrap();
    let greeting = next(&mut stream).await;
    assert!(matches!(greeting.event, Some(Event::Heartbeat(_))));
    world.open_groups(21, 22).await;
    assert_eq!(take(&mut stream, 2).await, groups(21..=22));
    let mut again = watch(&running, from(&greeting.cursor)).await.unwrap();
    assert_eq!(take(&mut again, 2).await, groups(21..=22));
}

#[tokio::test]
async fn latest_only_gives_each_group_once_and_then_every_revision() {
    let world = World::new();
    world.open_groups(1, 3).await;
    for revision in 2..=5 {
        world.revise(1, revision).await;
    }
    world.revise(3, 2).await;
    let running = world.serve().await;
    let mut stream = watch(&running, WatchAnalysesRequest { latest_only: true, ..from("") }).await.unwrap();
    let expected = [("group 2".to_owned(), 1), ("group 1".to_owned(), 5), ("group 3".to_owned(), 2)];
    assert_eq!(take(&mut stream, 3).await, expected);
    world.revise(1, 6).await;
    world.revise(1, 7).await;
    assert_eq!(take(&mut stream, 2).await, [("group 1".to_owned(), 6), ("group 1".to_owned(), 7)]);
}

#[tokio::test]
async fn only_what_matches_is_sent_and_the_cursor_moves_all_the_same() {
    let world = World::new();
    world.open_groups(1, 30).await;
    let running = world.serve().await;
    let entry = proto::Match { rules: vec!["Rule 0".to_owned()], ..proto::Match::default() };
    let filter = Some(proto::Filter { allow: vec![entry], deny: Vec::new() });
    let request = WatchAnalysesRequest { filter, heartbeat_seconds: 1, ..from("") };
    let mut stream = watch(&running, request).await.unwrap();
    assert_eq!(take(&mut stream, 10).await, groups((1..=10).map(|n| n * 3)));
    world.open_groups(31, 35).await;
    assert_eq!(take(&mut stream, 1).await, groups([33]));
    // A heartbeat's cursor is behind what the filter left out.
    let end = watch_cursor(world.journal.id(), lanner::journal::Seq::new(35));
    loop {
        let message = next(&mut stream).await;
        assert!(matches!(message.event, Some(Event::Heartbeat(_))), "{message:?}");
        if message.cursor == end {
            break;
        }
    }
}

#[tokio::test]
async fn what_retention_removed_is_announced_by_a_gap() {
    let world = World::with(|settings| settings.max_age = Duration::from_hours(24));
    let old = |n| lanner::journal::Received { received: Time::from_nanos(1), ..alert(n) };
    world.open_groups_of((1..=40).map(old).collect(), 1, 40).await;
    // The writer looks at ages while it is busy, at most once a second: a duplicate keeps it so and adds nothing.
    while world.journal.status().oldest_analysis.get() <= 40 {
        world.journal.append(vec![old(1)]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.open_groups(41, 45).await;
    let running = world.serve().await;

    let early = watch_cursor(world.journal.id(), lanner::journal::Seq::new(10));
    let mut stream = watch(&running, from(&early)).await.unwrap();
    let gap = next(&mut stream).await;
    assert_eq!(gap.event, Some(Event::Gap(proto::Gap { missed: 30 })));
    assert_eq!(take(&mut stream, 5).await, groups(41..=45));
    // The gap's own cursor does not announce it again.
    let mut again = watch(&running, from(&gap.cursor)).await.unwrap();
    assert_eq!(take(&mut again, 5).await, groups(41..=45));
}

#[tokio::test]
async fn more_watchers_than_allowed_are_told_so_and_a_free_slot_is_used_again() {
    let world = World::new();
    world.open_groups(1, 1).await;
    let running = world.serve_to(Audience::new(2), |_| ()).await;
    let (mut one, mut two) = (watch(&running, from("")).await.unwrap(), watch(&running, from("")).await.unwrap());
    next(&mut one).await;
    next(&mut two).await;
    let status = watch(&running, from("")).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    drop(one);
    let mut client = running.client().await;
    for _ in 0..1000 {
        if client.get_status(proto::GetStatusRequest {}).await.unwrap().into_inner().watchers < 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    next(&mut watch(&running, from("")).await.unwrap()).await;
}

#[tokio::test]
async fn shutdown_ends_watches_with_their_cursor() {
    let world = World::new();
    world.open_groups(1, 5).await;
    let running = world.serve().await;
    let mut stream = watch(&running, from("")).await.unwrap();
    let mut cursor = String::new();
    for _ in 0..5 {
        cursor = next(&mut stream).await.cursor;
    }
    running.shutdown.cancel();
    let status = tokio::time::timeout(Duration::from_secs(10), stream.message()).await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert_eq!(status.metadata().get("lanner-cursor").unwrap().to_str().unwrap(), cursor);
    running.task.await.unwrap();
    assert!(!world.socket().exists());
}

#[tokio::test]
async fn a_slow_watcher_holds_up_neither_others_nor_shutdown() {
    let world = World::new();
    let running = world.serve_with(|settings| settings.shutdown_grace = Duration::from_millis(300)).await;
    let slow = watch(&running, from("")).await.unwrap();
    let mut quick = watch(&running, from("")).await.unwrap();
    for round in 0..20 {
        world.open_groups(round * 100 + 1, round * 100 + 100).await;
        assert_eq!(take(&mut quick, 100).await, groups(round * 100 + 1..=round * 100 + 100));
    }
    running.shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(10), running.task).await.unwrap().unwrap();
    drop(slow);
}
