use super::*;
use crate::alert::AlertBuilder;
use crate::journal::{JournalThread, NewRevision, Outcome, Received, Settings};
use crate::serve::proto::watch_analyses_response::Event as Message;
use crate::serve::testing;
use std::sync::Arc;
use tokio_stream::StreamExt as _;

/// A journal in a temporary folder, followed.
struct World {
    _folder: tempfile::TempDir,
    journal: Journal,
    thread: Option<JournalThread>,
    audience: Audience,
    watches: Watches,
    shutdown: CancellationToken,
}

fn world(most: usize) -> World {
    let folder = tempfile::tempdir().unwrap();
    let (journal, thread) = Journal::open(Settings::new(folder.path().join("journal.db"))).unwrap();
    let shutdown = CancellationToken::new();
    let readers = Readers::start(&journal).unwrap();
    let audience = Audience::new(most);
    let watches = Watches::new(journal.clone(), readers, audience.clone(), shutdown.clone());
    World { _folder: folder, journal, thread: Some(thread), audience, watches, shutdown }
}

impl World {
    /// The next group, opened by an alert of its own.
    async fn open_group(&self, number: u64) {
        let rule = format!("Rule {number}");
        let one = testing::alert(&rule);
        let now = jiff::Timestamp::now().as_nanosecond() as i64;
        let received = crate::alert::Time::from_nanos(now);
        let alert = AlertBuilder::new().rule(rule.clone()).time(one.time()).priority(one.priority()).build().unwrap();
        self.journal.append(vec![Received { alert, context: Arc::default(), received }]).await.unwrap();
        let number = Seq::new(number);
        let analysis = testing::sample(&rule, 1).into();
        let made = NewRevision::new(analysis, |analysis, room| self.audience.message(analysis, room), &mut Vec::new());
        let revisions = vec![(number, made.unwrap())];
        self.journal.commit(Outcome { cursor: number, revisions, ..Outcome::default() }).await.unwrap();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
        if let Some(thread) = self.thread.take() {
            thread.stop();
        }
    }
}

fn now(heartbeat_seconds: u32) -> proto::WatchAnalysesRequest {
    proto::WatchAnalysesRequest { start: proto::Start::Now.into(), heartbeat_seconds, ..Default::default() }
}

async fn next(stream: &mut WatchStream) -> Message {
    stream.next().await.unwrap().unwrap().into_message().unwrap().event.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_quiet_watch_says_that_all_is_well_as_often_as_asked() {
    let world = world(10);
    let mut stream = world.watches.start(&now(7), None).unwrap();
    assert!(matches!(next(&mut stream).await, Message::Heartbeat(_)), "at once");
    let begin = tokio::time::Instant::now();
    for n in 1..=3 {
        assert!(matches!(next(&mut stream).await, Message::Heartbeat(_)));
        let passed = begin.elapsed().as_secs_f64();
        assert!((passed - f64::from(7 * n)).abs() < 0.1, "{passed}");
    }
    let mut default = world.watches.start(&now(0), None).unwrap();
    next(&mut default).await;
    let begin = tokio::time::Instant::now();
    next(&mut default).await;
    assert_eq!(begin.elapsed().as_secs(), u64::from(DEFAULT_HEARTBEAT));
}

#[tokio::test]
async fn a_thousand_watchers_see_everything_and_those_that_do_not_read_hold_nobody_up() {
    let world = world(1000);
    let mut streams: Vec<_> = (0..1000).map(|_| world.watches.start(&now(0), None).unwrap()).collect();
    assert_eq!(world.watches.count(), 1000);
    assert_eq!(world.watches.start(&now(0), None).unwrap_err().code(), tonic::Code::ResourceExhausted);
    for number in 1..=20 {
        world.open_group(number).await;
    }
    // Every other one never reads.
    for stream in streams.iter_mut().step_by(2) {
        assert!(matches!(next(stream).await, Message::Heartbeat(_)));
        for number in 1..=20 {
            match next(stream).await {
                Message::Analysis(analysis) => {
                    assert_eq!(analysis.opening_alert.unwrap().rule, format!("Rule {number}"));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    drop(streams);
    assert_eq!(world.watches.count(), 0);
}

#[tokio::test]
async fn watchers_that_keep_up_share_the_message_and_later_ones_are_sent_the_same() {
    let world = world(3);
    let oldest = proto::WatchAnalysesRequest { start: proto::Start::Oldest.into(), ..Default::default() };
    let mut messages = Vec::new();
    // Without anybody who watches no message is made of the first group: the one who sends it first makes it.
    world.open_group(1).await;
    let mut streams: Vec<_> = (0..2).map(|_| world.watches.start(&oldest, None).unwrap()).collect();
    world.open_group(2).await;
    streams.push(world.watches.start(&oldest, None).unwrap());
    for stream in &mut streams {
        for _ in 1..=2 {
            match stream.next().await.unwrap().unwrap().event {
                Event::Analysis(message) => messages.push(message),
                other => panic!("{other:?}"),
            }
        }
    }
    for message in &messages {
        assert!(messages[..2].contains(message), "{message:?}");
    }
    assert!([3, 5].iter().all(|at| messages[1].as_ptr() == messages[*at].as_ptr()), "made once");
}

#[tokio::test]
async fn a_filter_looks_at_what_is_in_memory_without_and_with_a_message() {
    let world = world(2);
    let wanted = |rule: &str, min_level: proto::Level| {
        let entry = proto::Match { rules: vec![rule.to_owned()], min_level: min_level.into(), ..Default::default() };
        let filter = Some(proto::Filter { allow: vec![entry], deny: Vec::new() });
        proto::WatchAnalysesRequest {
            filter,
            start: proto::Start::Oldest.into(),
            heartbeat_seconds: 1,
            ..Default::default()
        }
    };
    for number in 1..=3 {
        world.open_group(number).await;
    }
    let mut stream = world.watches.start(&wanted("Rule *", proto::Level::Unspecified), None).unwrap();
    let mut above = world.watches.start(&wanted("Rule *", proto::Level::Malicious), None).unwrap();
    for number in 4..=6 {
        world.open_group(number).await;
    }
    for number in 1..=6 {
        match next(&mut stream).await {
            Message::Analysis(analysis) => assert_eq!(analysis.opening_alert.unwrap().rule, format!("Rule {number}")),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(next(&mut above).await, Message::Heartbeat(_)), "none of them is malicious");
}

#[tokio::test]
async fn a_connection_that_takes_no_more_is_given_no_more_until_it_does() {
    let world = world(10);
    for n in 1..=4 {
        world.open_group(n).await;
    }
    let (blocked, says) = watch::channel(false);
    let mut stream = world.watches.start(&proto::WatchAnalysesRequest::default(), Some(says)).unwrap();
    assert!(matches!(next(&mut stream).await, Message::Analysis(_)));
    // The others were read with it and are ready.
    let is_held = |stream: &mut WatchStream| {
        Pin::new(stream).poll_next(&mut Context::from_waker(std::task::Waker::noop())).is_pending()
    };
    blocked.send_replace(true);
    assert!(is_held(&mut stream) && is_held(&mut stream));
    blocked.send_replace(false);
    assert!(matches!(next(&mut stream).await, Message::Analysis(_)));
    blocked.send_replace(true);
    assert!(is_held(&mut stream));
    world.shutdown.cancel();
    assert_eq!(
        stream.next().await.unwrap().unwrap_err().code(),
        tonic::Code::Unavailable,
        "a shutdown waits for nobody"
    );
}
