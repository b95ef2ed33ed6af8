//! Promise: a thousand watchers of every kind (quick, reading a message a second, half-open, dropped again and again)
//! cost no memory that grows, do not delay each other, and leave Falco drained.
//!
//! `LANNER_WATCHERS_SECONDS` says how long alerts flow (8 by default); `LANNER_BINARY` which binary is tried.

#[path = "support/process.rs"]
mod process;
#[path = "support/stand_in.rs"]
mod stand_in;
#[path = "support/watching.rs"]
mod watching;

use lanner::alert::Time;
use lanner::serve::proto::watch_analyses_response::Event;
use lanner::serve::proto::{Start, WatchAnalysesRequest, WatchAnalysesResponse};
use lanner::simulate::{Form, Template};
use process::{Node, PATIENCE, Process, analysed, number, pause, status, until};
use stand_in::StandIn;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::Streaming;
use watching::{Watched, connect, open_watch, open_watch_from};

const QUICK: usize = 300;
/// Streams that share a connection, among the quick: the others have connections of their own.
const TOGETHER: usize = 10;
const SLOW: usize = 250;
const HALF_OPEN: usize = 250;
const DROPPED: usize = 200;

/// Groups that are there before anybody watches: more than fits into the windows and buffers of who does not read, and few
/// enough to be in memory, where each is encoded once for all.
const HISTORY: u64 = 60;
/// Alerts a second, of which one in so many opens a group.
const RATE: u64 = 200;
const OPENS_GROUP: u64 = 200;
/// How much later than without the crowd 99 of 100 quick watchers may see a group that has just opened. Whoever waited
/// behind a slow one would wait for a minute, for its history; much less is for the thousand clients on this machine, in
/// a build that is not optimised. What is printed says more.
const PROMPT: Duration = Duration::from_secs(10);

/// The most bytes that a watcher is to take.
const WATCHER: u64 = 64 * 1024;

type Stream = Streaming<WatchAnalysesResponse>;

/// What the stand-in was given, and when each group's first alert was.
#[derive(Default)]
struct Flow {
    pushed: AtomicU64,
    longest_queue: AtomicU64,
    opened: Mutex<Vec<Instant>>,
    /// The crowd is there.
    crowded: AtomicBool,
    stop: AtomicBool,
}

impl Flow {
    /// Gives the stand-in an alert of this activity; one that has not been there opens a group.
    fn push(&self, falco: &StandIn, activity: u64) {
        let n = self.pushed.fetch_add(1, Ordering::Relaxed);
        let line = serde_json::json!({
            "time": "2026-03-10T12:00:00Z", "rule": "Read sensitive file untrusted", "priority": "Warning",
            "source": "syscall", "hostname": format!("node-{}", activity / 20), "output": "Sensitive file opened",
            "output_fields": {
                "proc.name": "cat", "proc.exepath": "/usr/bin/cat", "proc.pname": "bash", "user.name": "root",
                "proc.cmdline": format!("cat /etc/secret{activity}"), "fd.name": format!("/etc/secret{activity}"),
                "activity": activity.to_string(), "proc.pid": n,
            },
        });
        let template = Template::from_json(&line.to_string(), Form::Text).expect("an alert");
        let mut opened = self.opened.lock().expect("no panic");
        if activity == opened.len() as u64 {
            opened.push(Instant::now());
        }
        let time = Time::from_nanos(1_795_336_180_000_000_000 + n as i64 * 1_000_000);
        falco.simulator.queue().push(Arc::new(template).queued_at(time));
    }

    /// Groups that were opened after those of the history.
    fn opened_later(&self) -> usize {
        self.opened.lock().expect("no panic").len() - HISTORY as usize
    }

    /// Alerts flow until `stop`.
    async fn run(&self, falco: &StandIn) {
        let begun = Instant::now();
        let mut sent = 0;
        while !self.stop.load(Ordering::Relaxed) {
            self.longest_queue.fetch_max(falco.queued() as u64, Ordering::Relaxed);
            while sent < (begun.elapsed().as_millis() as u64 * RATE) / 1000 {
                let known = self.opened.lock().expect("no panic").len() as u64;
                self.push(falco, if sent.is_multiple_of(OPENS_GROUP) { known } else { sent % HISTORY });
                sent += 1;
            }
            pause().await;
        }
    }

    /// How long ago the group of this message was opened, where the message says that it was.
    fn delay(&self, message: &WatchAnalysesResponse) -> Option<Duration> {
        let Some(Event::Analysis(analysis)) = &message.event else { return None };
        let opening = analysis.opening_alert.as_ref().filter(|_| analysis.revision == 1)?;
        let activity: usize = opening.output_fields.get("activity")?.parse().ok()?;
        Some(self.opened.lock().expect("no panic")[activity].elapsed())
    }
}

/// Quick watchers, from now on, on connections that some of them share.
async fn open_quick(socket: &str) -> Vec<Stream> {
    let mut streams = Vec::new();
    while streams.len() < QUICK {
        let client = connect(socket).await.expect("it serves");
        for _ in 0..TOGETHER {
            let request = WatchAnalysesRequest { start: Start::Now.into(), ..Default::default() };
            streams.push(client.clone().watch_analyses(request).await.expect("a watch").into_inner());
        }
    }
    streams
}

/// Reads all that comes, until it has seen every group that was opened while it watched.
/// Gives how late each was, without the crowd and with it.
async fn quick(mut stream: Stream, flow: Arc<Flow>) -> [Vec<Duration>; 2] {
    let (mut watched, mut delays, mut last) = (Watched::default(), [Vec::new(), Vec::new()], Instant::now());
    while !flow.stop.load(Ordering::Relaxed) || delays.concat().len() < flow.opened_later() {
        let message = tokio::time::timeout(Duration::from_millis(200), stream.message()).await;
        let Ok(message) = message else {
            assert!(last.elapsed() < PATIENCE, "a quick watcher hears nothing");
            continue;
        };
        last = Instant::now();
        let message = message.expect("no error").expect("no end");
        delays[usize::from(flow.crowded.load(Ordering::Relaxed))].extend(flow.delay(&message));
        watched.take_live(message);
    }
    delays
}

/// Reads a message a second.
async fn slow(mut stream: Stream, flow: Arc<Flow>) -> u64 {
    let mut watched = Watched::default();
    while !flow.stop.load(Ordering::Relaxed) {
        watched.take(stream.message().await.expect("no error").expect("no end"));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    watched.seen.len() as u64
}

/// Reads a little, drops its connection, comes back with its cursor.
async fn dropped(socket: String, flow: Arc<Flow>) -> u64 {
    let mut watched = Watched::default();
    while !flow.stop.load(Ordering::Relaxed) {
        // All slots may be taken for the moment: lanner has not seen yet that the last one was left.
        let Some(mut stream) = open_watch_from(&socket, &watched.cursor, Start::Now).await else {
            pause().await;
            continue;
        };
        for _ in 0..3 {
            let message = tokio::time::timeout(Duration::from_secs(1), stream.message()).await;
            let Ok(Ok(Some(message))) = message else { break };
            watched.take_live(message);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    watched.seen.len() as u64
}

/// Watches whose connections stay and are never read from: nobody runs the tasks that would.
struct HalfOpen {
    _streams: Vec<Stream>,
    runtime: tokio::runtime::Runtime,
}

impl HalfOpen {
    fn open(socket: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let streams = runtime.block_on(async {
            let mut streams = Vec::new();
            for _ in 0..HALF_OPEN {
                streams.push(open_watch(socket, "").await.expect("a watch"));
            }
            streams
        });
        Self { _streams: streams, runtime }
    }
}

/// The most memory that the sidecar holds until `end`.
async fn most_memory(sidecar: &Process, end: Instant) -> u64 {
    let mut most = sidecar.resident();
    while Instant::now() < end {
        most = most.max(sidecar.resident());
        pause().await;
    }
    most
}

/// Gives Falco a burst of known activities, and waits until it is in the journal.
async fn burst(falco: &StandIn, flow: &Flow) -> Duration {
    let begun = Instant::now();
    for n in 0..2000 {
        flow.push(falco, n % HISTORY);
    }
    until("a burst to be drained", async || (falco.queued() == 0).then_some(())).await;
    begun.elapsed()
}

/// Everybody but the quick ones.
async fn crowd(socket: &str, flow: &Arc<Flow>) -> (HalfOpen, JoinSet<u64>, JoinSet<u64>) {
    let (mut slows, mut drops) = (JoinSet::new(), JoinSet::new());
    for _ in 0..SLOW {
        slows.spawn(slow(open_watch(socket, "").await.expect("a watch"), Arc::clone(flow)));
    }
    for _ in 0..DROPPED {
        drops.spawn(dropped(socket.to_owned(), Arc::clone(flow)));
    }
    // At last: lanner ends them when they have not answered a ping for ten seconds.
    let opening = socket.to_owned();
    let half_open = tokio::task::spawn_blocking(move || HalfOpen::open(&opening)).await.expect("watches");
    (half_open, slows, drops)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_watchers_cost_nobody_anything() {
    let length = Duration::from_secs(number("LANNER_WATCHERS_SECONDS", 8));
    let early_length = (length / 2).min(Duration::from_mins(1));
    let node = Node::new("http: {enabled: false}");
    let falco = StandIn::start(&node.path("falco.sock")).await;
    let sidecar = node.run_under("ulimit -n 4096");
    let mut client = node.client().await;
    let socket = format!("unix://{}", node.path("lanner.sock").display());
    let flow = Arc::new(Flow::default());
    (0..HISTORY).for_each(|activity| flow.push(&falco, activity));
    analysed(&mut client, HISTORY).await;

    let mut quicks = JoinSet::new();
    for stream in open_quick(&socket).await {
        quicks.spawn(quick(stream, Arc::clone(&flow)));
    }
    let flowing = async {
        most_memory(&sidecar, Instant::now() + early_length).await;
        let alone = burst(&falco, &flow).await;
        let crowd = crowd(&socket, &flow).await;
        // Some of those that are dropped are always about to come back.
        let most = (QUICK + SLOW + HALF_OPEN + DROPPED / 2) as u32;
        until("a thousand watchers", async || (status(&mut client).await.watchers >= most).then_some(())).await;
        flow.crowded.store(true, Ordering::Relaxed);
        // A burst before each figure: what it takes belongs to both.
        let crowded = burst(&falco, &flow).await;
        let begun = Instant::now();
        let early = most_memory(&sidecar, begun + early_length).await;
        burst(&falco, &flow).await;
        let late = most_memory(&sidecar, begun + length).await;
        let watchers = status(&mut client).await.watchers;
        flow.stop.store(true, Ordering::Relaxed);
        (crowd, watchers, (early, late), (alone, crowded))
    };
    let ((crowd, watchers, (early, late), drained), ()) = tokio::join!(flowing, flow.run(&falco));
    let (half_open, slows, drops) = crowd;
    let (slow, dropped): (u64, u64) = (slows.join_all().await.iter().sum(), drops.join_all().await.iter().sum());
    let mut delays = [Vec::new(), Vec::new()];
    for [alone, crowded] in quicks.join_all().await {
        delays[0].extend(alone);
        delays[1].extend(crowded);
    }
    for some in &mut delays {
        some.sort_unstable();
    }
    let at = |which: usize, percent: usize| delays[which][(delays[which].len() - 1) * percent / 100];
    println!(
        "{watchers} watchers for {} s; memory: {} MiB early, {} MiB at the most later; openings seen by quick ones: {}, half \
         of them after {:?} ({:?} without the crowd), 99 % after {:?} ({:?}); revisions seen by slow ones: {slow}, by \
         dropped ones: {dropped}; Falco's queue: {} at the most; a burst of 2,000 drained in {:?} ({:?})",
        length.as_secs(),
        early >> 20,
        late >> 20,
        delays.concat().len(),
        at(1, 50),
        at(0, 50),
        at(1, 99),
        at(0, 99),
        flow.longest_queue.load(Ordering::Relaxed),
        drained.1,
        drained.0,
    );
    // In seconds neither an allocator nor a crowd settles, and each watcher may come to hold as much as one may; in a
    // minute all of them have.
    let unsettled = if length < Duration::from_secs(30) { u64::from(watchers) * WATCHER } else { 0 };
    assert!(late <= early + early / 10 + unsettled, "memory grows: {early} bytes, then {late}");
    assert_eq!(delays.concat().len(), flow.opened_later() * QUICK, "every quick watcher sees every group");
    assert!(at(1, 99) <= at(0, 99) + PROMPT, "quick watchers wait: {:?}, {:?} alone", at(1, 99), at(0, 99));
    assert!(slow >= SLOW as u64 * (length.as_secs() / 2) && dropped >= DROPPED as u64, "{slow} {dropped}");
    // Falco is drained, and nothing of it is missing.
    let pushed = flow.pushed.load(Ordering::Relaxed);
    analysed(&mut client, pushed).await;
    assert_eq!(status(&mut client).await.journal.expect("a journal").newest_alert, pushed);
    half_open.runtime.shutdown_background();
}
