//! Promise: nothing lost, nothing repeated, under a random schedule of every fault that can be made from outside.
//!
//! The real binary runs between a Falco stand-in, a peer that posts alerts over HTTP, and watchers. A seeded schedule
//! kills it, ends it, fills its disk, restarts the stand-in, cuts watchers off and sends garbage; after each fault the
//! invariants are checked. What a peer was answered 200 must be there; of what Falco gave out, all but what was in flight
//! on a connection when it was broken. `LANNER_CHAOS_SECONDS` says how long (40 by default), `LANNER_CHAOS_SEED` repeats a
//! schedule, `LANNER_BINARY` names the binary.

#[path = "support/kept.rs"]
mod kept;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/process.rs"]
mod process;
#[path = "support/stand_in.rs"]
mod stand_in;
#[path = "support/watching.rs"]
mod watching;

use kept::read_back;
use lanner::serve::proto::WatchAnalysesResponse;
use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use ledger::{Account, Cut, Falco, account};
use process::{
    Node, PATIENCE, Process, Random, WITHOUT_SIGXFSZ, analysed, free_port, http_client, number, pause, post, status,
    until,
};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tonic::Streaming;
use tonic::transport::Channel;
use watching::{Watched, connect, open_watch};

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
    posted: Arc<Posted>,
    sidecar: Option<Process>,
    falco: Falco,
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

    async fn kill_sidecar(&mut self) {
        if let Some(sidecar) = self.sidecar.take() {
            let given_out = self.falco.given_out();
            sidecar.kill();
            self.falco.client_killed(given_out).await;
            self.kills += 1;
        }
    }

    async fn inflict(&mut self, fault: &str, random: &mut Random) {
        match fault {
            "kill -9" => {
                self.kill_sidecar().await;
                self.start_sidecar();
            }
            "kill -9 in a row" => {
                for _ in 0..=random.below(4) {
                    self.kill_sidecar().await;
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
            "Falco killed" => self.falco.kill().await,
            "Falco reloaded" => self.falco.reload().await,
            "a full disk" => self.fill_the_disk(random).await,
            "Falco frozen" => self.falco.freeze(Duration::from_millis(random.below(500))).await,
            "the sidecar frozen" => {
                let frozen = self.sidecar.as_ref().expect("it runs");
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
            self.kill_sidecar().await;
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

/// Alerts a second that Falco is given.
const RATE: u64 = 300;

async fn begin(seed: u64) -> (Scene, JoinHandle<Vec<u64>>) {
    let port = free_port();
    let node = Node::new(&format!("http: {{address: '127.0.0.1:{port}'}}"));
    let mut random = Random(seed ^ 0xfa1c0);
    // Another rule: what Falco sends joins no group of the peer that posts.
    let line = move |n| alert(n, &mut random).replace("Read sensitive", "Open other");
    let falco = Falco::start(node.path("falco.sock"), RATE, line).await;
    let posted = Arc::new(Posted::default());
    let posting = tokio::spawn(post_alerts(port, seed, Arc::clone(&posted)));
    let socket = format!("unix://{}", node.path("lanner.sock").display());
    let (sidecar, stuck) = (None, Vec::new());
    let mut scene = Scene { node, socket, port, posted, sidecar, falco, stuck, kills: 0, seen: (0, 0, 0) };
    scene.start_sidecar();
    (scene, posting)
}

#[test]
fn a_gap_is_excused_only_where_a_connection_was_cut() {
    let cut = |last| Cut { last };
    let judge = |kept: &[u64], cuts: &[Cut]| account(10, kept, &[9..=10], cuts);
    let is = |in_flight, lost| Account { died: 2, in_flight, lost };
    assert_eq!(judge(&[1, 2, 3, 4, 5, 6, 7, 8], &[]), is(0, 0));
    assert_eq!(judge(&[1, 2, 3, 6, 7, 8], &[cut(4..=5)]), is(2, 0), "up to the last that was given out");
    assert_eq!(judge(&[1, 2, 3, 6, 7, 8], &[cut(6..=7)]), is(0, 2), "some that came later have arrived");
    assert_eq!(judge(&[1, 2, 3, 5, 7, 8], &[cut(4..=6)]), is(1, 1), "a cut breaks one connection");
    assert_eq!(
        judge(&[1, 2, 3, 4, 5, 6], &[cut(7..=8)]),
        is(2, 0),
        "and what had not been given out died in the queue"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_repeated_under_chaos() {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_nanos() as u64;
    let seed = number("LANNER_CHAOS_SEED", clock | 1);
    let length = Duration::from_secs(number("LANNER_CHAOS_SECONDS", 40));
    println!("LANNER_CHAOS_SEED={seed} LANNER_CHAOS_SECONDS={}", length.as_secs());
    let mut random = Random(seed);
    let (mut scene, posting) = begin(seed).await;
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
    scene.falco.drain().await;
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
    let (posted, given) = (found.of("Read sensitive"), found.of("Open other"));
    let kept: HashSet<u64> = posted.iter().copied().collect();
    let falco = account(scene.falco.offered(), &given, &scene.falco.died, &scene.falco.cuts);
    let taken_back: Vec<u64> = answered.iter().copied().filter(|n| !kept.contains(n)).collect();
    let lost = taken_back.len() as u64 + falco.lost;
    let repeated = found.alerts - found.distinct;
    let delivered: usize = watched.iter().map(|one| one.seen.len()).sum();
    let reconnects: u64 = watched.iter().map(|one| one.reconnects - 1).sum();
    println!(
        "alerts offered: {} over HTTP ({} answered 200), {} by Falco ({} died in its own queue, {} were in flight at {} \
         cuts); committed: {alerts}; analysed: {alerts}, in {} analyses; delivered to {} watchers: {delivered}, over \
         {reconnects} reconnects; faults: {faults}; kills: {}; lost: {lost}; repeated: {repeated}",
        scene.posted.offered.load(Ordering::Relaxed),
        answered.len(),
        scene.falco.offered(),
        falco.died,
        falco.in_flight,
        scene.falco.cuts.len(),
        found.analyses.len(),
        watched.len(),
        scene.kills,
    );
    let there: HashSet<u64> = given.iter().copied().collect();
    let missing = || (1..=scene.falco.offered()).filter(|n| !there.contains(n)).collect::<Vec<_>>();
    assert!(
        (lost, repeated) == (0, 0),
        "lost: {lost}; repeated: {repeated}; answered and not there: {taken_back:?}; of Falco's not there: {:?}; died in its \
         queue: {:?}; cuts: {:?}",
        missing(),
        scene.falco.died,
        scene.falco.cuts
    );
    assert!(posted.is_sorted() && given.is_sorted(), "alerts lie in the order in which they were sent");
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
