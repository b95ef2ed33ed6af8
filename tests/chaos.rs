//! Promise: nothing lost, nothing repeated, under a random schedule of every fault that can be made from outside.
//!
//! The real binary runs between a Falco stand-in, a peer that posts alerts over HTTP, and watchers. A seeded schedule
//! kills it, ends it, fills its disk, restarts the stand-in, cuts watchers off and sends garbage; after each fault the
//! invariants are checked. `LANNER_CHAOS_SECONDS` says how long (40 by default), `LANNER_CHAOS_SEED` repeats a schedule.

#[path = "support/process.rs"]
mod process;

use lanner::journal::{Floor, Journal, Limits, Revisions, Seq, Settings};
use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use lanner::serve::proto::{Start, WatchAnalysesRequest, WatchAnalysesResponse, watch_analyses_response::Event};
use process::{
    Node, PATIENCE, Process, Random, WITHOUT_SIGXFSZ, analysed, free_port, http_client, pause, post, status, until,
};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tonic::Streaming;
use tonic::transport::{Channel, Endpoint};

/// Alert `n` of the peer that posts: one of two hundred activities, or now and then a new one.
fn alert(n: u64, random: &mut Random) -> String {
    let activity = if random.below(50) == 0 { 1000 + n } else { random.below(200) };
    serde_json::json!({
        "time": lanner::alert::Time::from_nanos(1_760_000_000_000_000_000 + n as i64 * 1_000_000).to_string(),
        "rule": "Read sensitive file untrusted", "priority": "Warning", "source": "syscall", "hostname": "node-1",
        "output": "Sensitive file opened", "tags": ["T1555"],
        "output_fields": {
            "proc.name": "cat", "proc.exepath": "/usr/bin/cat", "proc.pname": "bash", "user.name": "root",
            "proc.cmdline": format!("cat /etc/secret{activity}"), "fd.name": format!("/etc/secret{activity}"),
            "container.id": "host", "proc.pid": n,
        },
    })
    .to_string()
}

/// What the peer that posts has done so far.
#[derive(Default)]
struct Posted {
    offered: AtomicU64,
    answered: AtomicU64,
    stop: AtomicBool,
}

/// Posts one alert after the other, as Falco does. One that was not answered is asked again, or given up as Falco
/// would. Gives the numbers of those answered 200.
async fn post_alerts(port: u16, seed: u64, posted: Arc<Posted>) -> Vec<u64> {
    let (mut random, mut http, mut answered) = (Random(seed), http_client(), Vec::new());
    while !posted.stop.load(Ordering::Relaxed) {
        let n = posted.offered.fetch_add(1, Ordering::Relaxed) + 1;
        let body = alert(n, &mut random);
        let taken = loop {
            match post(&http, port, &body).await {
                Some(200) => break true,
                _ if random.below(4) == 0 || posted.stop.load(Ordering::Relaxed) => break false,
                _ => http = http_client(),
            }
            pause().await;
        };
        if taken {
            answered.push(n);
            posted.answered.fetch_add(1, Ordering::Relaxed);
        }
    }
    answered
}

/// A client that may come to nothing: the sidecar is killed at any time.
async fn connect(socket: &str) -> Option<AnalysisServiceClient<Channel>> {
    let channel = Endpoint::from_shared(socket.to_owned()).expect("an address").connect().await.ok()?;
    Some(AnalysisServiceClient::new(channel).max_decoding_message_size(64 << 20))
}

async fn open_watch(socket: &str, cursor: &str) -> Option<Streaming<WatchAnalysesResponse>> {
    let request = WatchAnalysesRequest { cursor: cursor.to_owned(), start: Start::Oldest.into(), ..Default::default() };
    Some(connect(socket).await?.watch_analyses(request).await.ok()?.into_inner())
}

/// What a watcher has seen: group and revision, in order.
#[derive(Default)]
struct Watched {
    seen: Vec<(String, u32)>,
    newest: HashMap<String, u32>,
    cursor: String,
    reconnects: u64,
}

impl Watched {
    /// Takes a message; panics where a revision is missing or comes twice.
    fn take(&mut self, message: WatchAnalysesResponse) {
        match message.event {
            Some(Event::Analysis(analysis)) => {
                let newest = self.newest.entry(analysis.group_id.clone()).or_default();
                assert_eq!(analysis.revision, *newest + 1, "group {} after revision {newest}", analysis.group_id);
                *newest = analysis.revision;
                self.seen.push((analysis.group_id, analysis.revision));
            }
            Some(Event::Gap(gap)) => panic!("a gap of {} and nothing was removed", gap.missed),
            Some(Event::Heartbeat(_)) | None => {}
        }
        self.cursor = message.cursor;
    }
}

/// Follows from the oldest on, across every reconnect, until `goal` (once set) has been seen. With `reads`, it leaves
/// by itself after so many messages, and comes back with its cursor.
async fn follow(socket: String, reads: Option<usize>, goal: Arc<AtomicU64>) -> Watched {
    let mut watched = Watched::default();
    let mut last_progress = Instant::now();
    loop {
        let cursor = watched.cursor.clone();
        let Some(mut stream) = open_watch(&socket, &cursor).await else {
            assert!(last_progress.elapsed() < 2 * PATIENCE, "a watcher cannot watch");
            pause().await;
            continue;
        };
        watched.reconnects += 1;
        let mut left = reads.unwrap_or(usize::MAX);
        while left > 0 {
            if watched.seen.len() as u64 >= goal.load(Ordering::Relaxed) {
                return watched;
            }
            match tokio::time::timeout(Duration::from_millis(200), stream.message()).await {
                Ok(Ok(Some(message))) => {
                    watched.take(message);
                    last_progress = Instant::now();
                    left -= 1;
                }
                Ok(_) => break,
                Err(_) => assert!(last_progress.elapsed() < 2 * PATIENCE, "a watcher hears nothing"),
            }
        }
    }
}

/// Everything that runs.
struct Scene {
    node: Node,
    socket: String,
    port: u16,
    alerts: PathBuf,
    posted: Arc<Posted>,
    sidecar: Option<Process>,
    falco: Option<Process>,
    /// Watches that nobody reads.
    stuck: Vec<Streaming<WatchAnalysesResponse>>,
    kills: u64,
    /// Newest alert, pipeline's cursor, newest analysis: what was once seen is never taken back.
    seen: (u64, u64, u64),
}

const FAULTS: [&str; 10] = [
    "kill -9",
    "kill -9 in a row",
    "a shutdown",
    "Falco killed",
    "Falco reloaded",
    "a full disk",
    "the sidecar frozen",
    "Falco frozen",
    "watchers that do not read",
    "garbage",
];

impl Scene {
    /// A full disk is a limit on the size of files: writing beyond it fails as a full disk does.
    fn start_sidecar(&mut self) {
        self.sidecar = Some(self.node.run_under(WITHOUT_SIGXFSZ));
    }

    fn start_falco(&mut self) {
        self.falco = Some(self.node.falco(&self.alerts, &["--repeat", "--rate", "300"]));
    }

    fn kill_sidecar(&mut self) {
        if let Some(sidecar) = self.sidecar.take() {
            sidecar.kill();
            self.kills += 1;
        }
    }

    async fn inflict(&mut self, fault: &str, random: &mut Random) {
        match fault {
            "kill -9" => {
                self.kill_sidecar();
                self.start_sidecar();
            }
            "kill -9 in a row" => {
                for _ in 0..=random.below(4) {
                    self.kill_sidecar();
                    self.start_sidecar();
                    // In the middle of its start, sooner or later.
                    tokio::time::sleep(Duration::from_millis(random.below(80))).await;
                }
            }
            "a shutdown" => {
                let mut sidecar = self.sidecar.take().expect("it runs");
                sidecar.terminate();
                assert_eq!(sidecar.ended().await.code(), Some(0), "a shutdown ends well");
                self.start_sidecar();
            }
            "Falco killed" => {
                if let Some(falco) = self.falco.take() {
                    falco.kill();
                }
                self.start_falco();
            }
            "Falco reloaded" => self.falco.as_ref().expect("it runs").signal("-HUP"),
            "a full disk" => self.fill_the_disk(random).await,
            "the sidecar frozen" | "Falco frozen" => {
                let frozen = if fault == "Falco frozen" { &self.falco } else { &self.sidecar };
                let frozen = frozen.as_ref().expect("it runs");
                frozen.signal("-STOP");
                tokio::time::sleep(Duration::from_millis(random.below(500))).await;
                frozen.signal("-CONT");
            }
            "watchers that do not read" => {
                for _ in 0..20 {
                    self.stuck.extend(open_watch(&self.socket, "").await);
                }
                if self.stuck.len() > 60 {
                    self.stuck.clear();
                }
            }
            _ => {
                let http = http_client();
                for body in ["", "{", "{\"rule\": 7}", "\u{0}\u{1b}[2J", &"[".repeat(10_000)] {
                    post(&http, self.port, body).await;
                }
                // HTTP where gRPC is expected, and nothing at all.
                let _ = std::os::unix::net::UnixStream::connect(self.node.path("lanner.sock"))
                    .and_then(|mut stream| std::io::Write::write_all(&mut stream, b"POST / HTTP/1.1\r\n\r\n"));
            }
        }
    }

    /// Files may not grow for a while; sometimes it is killed meanwhile.
    async fn fill_the_disk(&mut self, random: &mut Random) {
        let sidecar = self.sidecar.as_ref().expect("it runs");
        if !sidecar.limit_files("65536") {
            println!("          this machine has no prlimit: no full disk");
            return;
        }
        let address = format!("http://127.0.0.1:{}/healthz", self.port);
        let http = http_client();
        until("a full disk", async || {
            let answer = http.get(&address).send().await.ok()?;
            (answer.status().as_u16() == 503).then_some(())
        })
        .await;
        if random.below(3) == 0 {
            self.kill_sidecar();
            self.start_sidecar();
        } else {
            assert!(sidecar.limit_files("unlimited"));
        }
    }

    /// What must hold after any fault: it serves, nothing that was told is taken back, and it goes on.
    async fn check(&mut self) {
        let answered = self.posted.answered.load(Ordering::Relaxed);
        let mut client = until("the sidecar to serve", async || {
            let mut client = connect(&self.socket).await?;
            client.get_status(lanner::serve::proto::GetStatusRequest {}).await.ok()?;
            Some(client)
        })
        .await;
        let now = status(&mut client).await;
        let (journal, pipeline) = (now.journal.unwrap(), now.pipeline.unwrap());
        assert!(journal.newest_alert >= answered, "{answered} answered, {} there", journal.newest_alert);
        assert_eq!(journal.oldest_alert, 1, "nothing is removed");
        let seen = (journal.newest_alert, pipeline.cursor, journal.newest_analysis);
        assert!(seen.0 >= self.seen.0 && seen.1 >= self.seen.1 && seen.2 >= self.seen.2, "{seen:?} {:?}", self.seen);
        self.seen = seen;
        until("alerts to be taken again", async || {
            (self.posted.answered.load(Ordering::Relaxed) >= answered + 5).then_some(())
        })
        .await;
        until("analysis to go on", async || {
            let now = client.get_status(lanner::serve::proto::GetStatusRequest {}).await.ok()?.into_inner();
            (now.pipeline?.cursor > seen.1).then_some(())
        })
        .await;
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

fn begin(seed: u64) -> (Scene, JoinHandle<Vec<u64>>) {
    let port = free_port();
    let node = Node::new(&format!("http: {{address: '127.0.0.1:{port}'}}"));
    let alerts = node.path("alerts.jsonl");
    let mut random = Random(seed ^ 0xfa1c0);
    // Another rule: what the stand-in sends joins no group of the peer that posts.
    let lines: Vec<String> = (0..100).map(|n| alert(n, &mut random).replace("Read sensitive", "Open other")).collect();
    std::fs::write(&alerts, lines.join("\n")).expect("alerts can be written");
    let posted = Arc::new(Posted::default());
    let posting = tokio::spawn(post_alerts(port, seed, Arc::clone(&posted)));
    let socket = format!("unix://{}", node.path("lanner.sock").display());
    let (sidecar, falco, stuck) = (None, None, Vec::new());
    let mut scene = Scene { node, socket, port, alerts, posted, sidecar, falco, stuck, kills: 0, seen: (0, 0, 0) };
    scene.start_sidecar();
    scene.start_falco();
    (scene, posting)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_repeated_under_chaos() {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_nanos() as u64;
    let seed = number("LANNER_CHAOS_SEED", clock | 1);
    let length = Duration::from_secs(number("LANNER_CHAOS_SECONDS", 40));
    println!("LANNER_CHAOS_SEED={seed} LANNER_CHAOS_SECONDS={}", length.as_secs());
    let mut random = Random(seed);
    let (mut scene, posting) = begin(seed);
    let goal = Arc::new(AtomicU64::new(u64::MAX));
    let watchers: Vec<_> = [None, Some(7), Some(150)]
        .map(|reads| tokio::spawn(follow(scene.socket.clone(), reads, Arc::clone(&goal))))
        .into();

    let begun = Instant::now();
    let mut faults = 0;
    scene.check().await;
    while begun.elapsed() < length {
        let fault = FAULTS[random.below(FAULTS.len() as u64) as usize];
        println!("{:>6.1} s  {fault}", begun.elapsed().as_secs_f64());
        scene.inflict(fault, &mut random).await;
        scene.check().await;
        assert!(watchers.iter().all(|watcher| !watcher.is_finished()), "a watcher has seen what may not be");
        faults += 1;
    }

    // Quiet: everything that was taken is analysed and delivered.
    scene.posted.stop.store(true, Ordering::Relaxed);
    let answered = posting.await.expect("the peer that posts ends");
    scene.falco = None;
    scene.stuck.clear();
    let mut client = scene.node.client().await;
    let (alerts, analyses) = settled(&mut client).await;
    goal.store(analyses, Ordering::Relaxed);
    let mut watched = Vec::new();
    for watcher in watchers {
        watched.push(watcher.await.expect("a watcher ends well"));
    }
    let mut sidecar = scene.sidecar.take().expect("it runs");
    sidecar.terminate();
    assert_eq!(sidecar.ended().await.code(), Some(0));

    let found = read_back(&scene.node.path("journal.db"));
    assert!(found.analyses.len() as u64 >= analyses);
    let kept: HashSet<u64> = found.posted.iter().copied().collect();
    let lost = answered.iter().filter(|n| !kept.contains(n)).count();
    let repeated = found.alerts - found.distinct;
    let offered = scene.posted.offered.load(Ordering::Relaxed);
    let delivered: usize = watched.iter().map(|one| one.seen.len()).sum();
    let reconnects: u64 = watched.iter().map(|one| one.reconnects - 1).sum();
    println!(
        "alerts offered over HTTP: {offered}, answered 200: {}; committed with Falco's: {alerts}; analyses: {analyses}; \
         delivered to {} watchers: {delivered}, over {reconnects} reconnects; faults: {faults}; kills: {}; \
         lost: {lost}; repeated: {repeated}",
        answered.len(),
        watched.len(),
        scene.kills,
    );
    assert_eq!((lost, repeated), (0, 0));
    assert!(found.posted.is_sorted(), "alerts lie in the order in which they were posted");
    for one in &watched {
        assert!(one.seen == found.analyses[..one.seen.len()], "each watcher has seen the journal, in its order");
    }
}

/// Waits until nothing more comes; gives the newest alert and the newest analysis.
async fn settled(client: &mut AnalysisServiceClient<Channel>) -> (u64, u64) {
    let mut before = None;
    until("quiet", async || {
        let newest = status(client).await.journal?.newest_alert;
        let analyses = analysed(client, newest).await;
        let now = (newest, analyses);
        let quiet = before.replace(now) == Some(now);
        if !quiet {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        quiet.then_some(now)
    })
    .await
}

/// What the journal holds in the end.
struct Found {
    alerts: usize,
    distinct: usize,
    /// Numbers of the posted alerts, in the journal's order.
    posted: Vec<u64>,
    /// Group and revision of every analysis, in the journal's order.
    analyses: Vec<(String, u32)>,
}

fn read_back(path: &std::path::Path) -> Found {
    let (journal, thread) = Journal::open(Settings::new(path)).expect("the journal is whole");
    let mut reader = journal.reader().expect("a reader");
    let (mut ids, mut alerts, mut posted, mut analyses) = (HashSet::new(), 0, Vec::new(), Vec::new());
    let mut next = Seq::START;
    loop {
        let batch = reader.alerts_after(next, Limits::default()).expect("alerts can be read");
        assert_eq!(batch.damaged, 0);
        for stored in &batch.items {
            alerts += 1;
            ids.insert(stored.alert.id());
            assert!(
                reader.group_of(stored.seq).expect("memberships can be read").is_some(),
                "{} has no group",
                stored.seq
            );
            if stored.alert.rule().starts_with("Read sensitive") {
                posted.extend(stored.alert.field("proc.pid").and_then(|pid| pid.parse::<u64>().ok()));
            }
        }
        if batch.next == next {
            break;
        }
        next = batch.next;
    }
    next = Seq::START;
    loop {
        let batch = reader
            .analyses_after(next, Limits::default(), Revisions::default(), Floor::default())
            .expect("analyses can be read");
        assert_eq!(batch.damaged, 0);
        let of = |analysis: &lanner::analysis::Analysis| (analysis.group.id.to_string(), analysis.group.revision);
        analyses.extend(batch.items.iter().map(|stored| of(&stored.analysis)));
        if batch.next == next {
            break;
        }
        next = batch.next;
    }
    drop(reader);
    thread.stop();
    Found { alerts, distinct: ids.len(), posted, analyses }
}
