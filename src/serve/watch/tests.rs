use super::*;
use crate::alert::AlertBuilder;
use crate::journal::{JournalThread, Outcome, Received, Settings};
use crate::serve::proto::watch_analyses_response::Event as Message;
use crate::serve::testing;
use std::sync::Arc;
use tokio_stream::StreamExt as _;

/// A journal in a temporary folder, followed.
struct World {
    _folder: tempfile::TempDir,
    journal: Journal,
    thread: Option<JournalThread>,
    watches: Watches,
    shutdown: CancellationToken,
}

fn world(most: usize) -> World {
    let folder = tempfile::tempdir().unwrap();
    let (journal, thread) = Journal::open(Settings::new(folder.path().join("journal.db"))).unwrap();
    let shutdown = CancellationToken::new();
    let readers = Readers::start(&journal).unwrap();
    let watches = Watches::new(journal.clone(), readers, Audience::new(most), shutdown.clone());
    World { _folder: folder, journal, thread: Some(thread), watches, shutdown }
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
        let revisions = vec![(number, testing::sample(&rule, 1).into())];
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
async fn watchers_that_keep_up_share_the_encoded_message() {
    let world = world(2);
    let (mut one, mut two) = (world.watches.start(&now(0), None).unwrap(), world.watches.start(&now(0), None).unwrap());
    for stream in [&mut one, &mut two] {
        stream.next().await.unwrap().unwrap();
    }
    world.open_group(1).await;
    let (one, two) = (one.next().await.unwrap().unwrap(), two.next().await.unwrap().unwrap());
    match (one.event, two.event) {
        (Event::Analysis(one), Event::Analysis(two)) => assert_eq!(one.as_ptr(), two.as_ptr()),
        other => panic!("{other:?}"),
    }
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
