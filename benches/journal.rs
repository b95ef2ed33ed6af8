//! What the journal costs: appending, committing when every alert is a group of its own, reading.
//!
//! `cargo bench --bench journal`. Alerts are of about 650 bytes and differ as a busy node's do: pids, times, paths.

use divan::Bencher;
use divan::counter::ItemsCount;
use lanner::alert::{AlertBuilder, Context, Priority, Time};
use lanner::analysis::{Analysis, Evidence, Explanation, History, Level, Likelihood, Step, StepKind, Tuning, Verdict};
use lanner::dedup::{Fingerprint, GroupId, GroupView, Reason, State};
use lanner::journal::{
    Encoded, Floor, Journal, JournalThread, Limits, NewRevision, Outcome, Received, Revisions, Seq, Settings,
};
use std::sync::Arc;
use std::time::SystemTime;

fn main() {
    divan::main();
}

struct Fixture {
    journal: Journal,
    thread: Option<JournalThread>,
    runtime: tokio::runtime::Runtime,
    context: Arc<Context>,
    next: u64,
    _directory: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let (journal, thread) = Journal::open(Settings::new(directory.path().join("journal.db"))).expect("a journal");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let context = Arc::new(Context { node: "node-1".into(), labels: vec![("cluster".into(), "east".into())] });
        Self { journal, thread: Some(thread), runtime, context, next: 1, _directory: directory }
    }

    fn alerts(&mut self, count: u64) -> Vec<Received> {
        let from = self.next;
        self.next += count;
        (from..self.next).map(|n| received(n, &self.context)).collect()
    }

    fn append(&self, alerts: Vec<Received>) {
        self.runtime.block_on(self.journal.append(alerts)).expect("room");
    }

    fn commit(&self, outcome: Outcome) {
        self.runtime.block_on(self.journal.commit(outcome)).expect("room");
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.stop();
        }
    }
}

fn received(n: u64, context: &Arc<Context>) -> Received {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_nanos() as i64;
    let builder = AlertBuilder::new().rule("Read sensitive file untrusted").priority(Priority::Warning);
    let builder = builder.time(Time::from_nanos(now + n as i64)).source("syscall").hostname("node-1");
    let output = format!(
        "13:41:35.792272681: Warning Sensitive file opened for reading by non-trusted program (file=/etc/shadow-{n} \
         gparent=systemd ggparent=<NA> gggparent=<NA> evt_type=openat user=root user_uid=0 process=cat \
         command=cat /etc/shadow-{n} terminal=34816 container_id=3f2a{:08x} container_name=web)",
        n.wrapping_mul(0x9e37_79b9)
    );
    let alert = builder
        .output(output)
        .tag("filesystem")
        .tag("mitre_credential_access")
        .tag("T1555")
        .field("container.id", format!("3f2a{:08x}", n.wrapping_mul(0x9e37_79b9)))
        .field("evt.type", "openat")
        .field("fd.name", format!("/etc/shadow-{n}"))
        .field("proc.cmdline", format!("cat /etc/shadow-{n}"))
        .field("proc.exepath", "/usr/bin/cat")
        .field("proc.name", "cat")
        .field("proc.pname", "bash")
        .field("proc.tty", "34816")
        .field("user.name", "root")
        .field("user.uid", "0")
        .build()
        .expect("an alert");
    Received { alert, context: Arc::clone(context), received: Time::from_nanos(now) }
}

/// About 3 KB of MessagePack.
fn analysis(one: &Received) -> Analysis {
    let fingerprint = Fingerprint::from_bytes(*one.alert.id().as_bytes());
    let value = one.alert.field("proc.cmdline").unwrap_or_default().to_owned();
    let evidence = |n: usize| Evidence {
        id: format!("sensitive-file-{n}").into(),
        field: "proc.cmdline".into(),
        value: value.clone(),
        weight: 20,
        reason: "A program that is not one of those that need it reads the file of password hashes.".into(),
        check: "Ask who works on this machine and whether the session was theirs.".into(),
    };
    let explanation = |cause: &str| Explanation {
        cause: cause.to_owned().into(),
        likelihood: Likelihood::Possible,
        confirm: format!("ausearch -x cat -ts recent; last -F | head; ls -l '{value}'").into(),
    };
    let step = |kind, action: &str| Step {
        kind,
        action: action.to_owned().into(),
        command: format!("crictl inspect 3f2a | jq .status; grep -n '{value}' /var/log/auth.log").into(),
        reason: "It tells who ran the program and from where they had come.".into(),
    };
    Analysis {
        group: GroupView {
            id: GroupId::new(fingerprint, one.alert.id()),
            fingerprint,
            revision: 1,
            state: State::Opened,
            reason: Reason::First,
            count: 1,
            first: one.alert.time(),
            last: one.alert.time(),
            gap: None,
            distinct: Vec::new(),
        },
        opening: one.alert.clone(),
        context: one.context.as_ref().clone(),
        verdict: Verdict { level: Level::Review, score: 55, evidence: (0..3).map(evidence).collect() },
        title: format!("cat read {value} on node-1"),
        summary: format!("On node-1, root ran {value}, which reads password hashes. Nothing explains it so far."),
        explanations: vec![
            explanation("An administrator looks into an account by hand."),
            explanation("Somebody with a shell in the container collects password hashes to crack them elsewhere."),
        ],
        implications: vec!["Password hashes can be cracked elsewhere and used on other machines.".into()],
        steps: vec![
            step(StepKind::Investigate, "Find out whose session it was."),
            step(StepKind::Contain, "Isolate the container."),
            step(StepKind::Prevent, "Mount the file read-only for those that need it."),
        ],
        tuning: Tuning::Refused("The command names nothing that tells this use apart from an attack.".into()),
        techniques: Vec::new(),
        history: History::default(),
        narrative: None,
    }
}

#[divan::bench(args = [1, 50, 1000])]
fn append(bencher: Bencher, batch: u64) {
    let mut fixture = Fixture::new();
    let (journal, runtime) =
        (fixture.journal.clone(), tokio::runtime::Builder::new_current_thread().build().expect("r"));
    bencher
        .counter(ItemsCount::new(batch))
        .with_inputs(|| fixture.alerts(batch))
        .bench_local_values(|alerts| runtime.block_on(journal.append(alerts)).expect("room"));
}

/// The pipeline's transaction: `batch` alerts, each with a group, an analysis, a live state and an opening.
#[divan::bench(args = [50, 1000])]
fn commit_all_different(bencher: Bencher, batch: u64) {
    let mut fixture = Fixture::new();
    let (journal, runtime) =
        (fixture.journal.clone(), tokio::runtime::Builder::new_current_thread().build().expect("r"));
    bencher
        .counter(ItemsCount::new(batch))
        .with_inputs(|| outcome_of_new_groups(&mut fixture, batch))
        .bench_local_values(|outcome| runtime.block_on(journal.commit(outcome)).expect("room"));
}

/// An analysis as bytes: the pipeline does that, so commits do not.
#[divan::bench]
fn encode(bencher: Bencher) {
    let one = analysis(&Fixture::new().alerts(1)[0]);
    let mut room = Vec::new();
    bencher.counter(1_u32).bench_local(|| Encoded::new(divan::black_box(&one), &mut room));
}

fn outcome_of_new_groups(fixture: &mut Fixture, batch: u64) -> Outcome {
    let first = fixture.next;
    let alerts = fixture.alerts(batch);
    let revisions: Vec<_> = (first..)
        .map(Seq::new)
        .zip(alerts.iter().map(|one| NewRevision::whole(&analysis(one)).expect("bytes")))
        .collect();
    fixture.append(alerts);
    let numbers = (first..first + batch).map(Seq::new);
    Outcome {
        cursor: Seq::new(first + batch - 1),
        revisions,
        memberships: numbers.clone().map(|n| (n, n)).collect(),
        live: numbers.clone().map(|n| (n, Some(vec![7; 300]))).collect(),
        openings: numbers.map(|n| (n, vec![7; 60])).collect(),
        ..Outcome::default()
    }
}

/// SQLite alone: the rows of `commit_all_different` as large as a sidecar's are, without memberships. Nothing is encoded,
/// compressed or looked up.
#[divan::bench(args = [50, 1000])]
fn sqlite_alone(bencher: Bencher, batch: u64) {
    let directory = tempfile::tempdir().expect("a directory");
    let sql = rusqlite::Connection::open(directory.path().join("alone.db")).expect("a database");
    sql.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1024;
         PRAGMA wal_autocheckpoint = 2000;
         CREATE TABLE analyses (seq INTEGER PRIMARY KEY, number INTEGER, previous INTEGER, at INTEGER, revision INTEGER,
                                level INTEGER, priority INTEGER, state INTEGER, last INTEGER, body BLOB);
         CREATE TABLE groups (number INTEGER PRIMARY KEY, latest INTEGER);
         CREATE TABLE live (number INTEGER PRIMARY KEY, body BLOB);
         CREATE TABLE openings (number INTEGER PRIMARY KEY, body BLOB);",
    )
    .expect("tables");
    let (body, live, openings) = (vec![7_u8; 460], vec![7_u8; 350], vec![7_u8; 209 * batch as usize]);
    let mut next = 0;
    bencher.counter(ItemsCount::new(batch)).bench_local(|| {
        let transaction = sql.unchecked_transaction().expect("a transaction");
        let mut analysis = sql
            .prepare_cached("INSERT INTO analyses VALUES (?1, ?1, NULL, ?1, 1, 1, 4, 0, ?2, ?3)")
            .expect("a statement");
        let mut group = sql.prepare_cached("INSERT INTO groups VALUES (?1, ?1)").expect("a statement");
        let mut state = sql.prepare_cached("INSERT INTO live VALUES (?1, ?2)").expect("a statement");
        for _ in 0..batch {
            next += 1;
            analysis.execute((next, 1_730_209_000_000_000_000_i64 + next, &body)).expect("a row");
            group.execute([next]).expect("a row");
            state.execute((next, &live)).expect("a row");
        }
        sql.execute("INSERT INTO openings VALUES (?1, ?2)", (next, &openings)).expect("a row");
        transaction.commit().expect("a commit");
    });
}

/// The pipeline's transaction when every alert is a repeat in one of a hundred groups.
#[divan::bench(args = [50, 1000])]
fn commit_repeats(bencher: Bencher, batch: u64) {
    let mut fixture = Fixture::new();
    let (journal, runtime) =
        (fixture.journal.clone(), tokio::runtime::Builder::new_current_thread().build().expect("r"));
    bencher
        .counter(ItemsCount::new(batch))
        .with_inputs(|| {
            let first = fixture.next;
            let alerts = fixture.alerts(batch);
            fixture.append(alerts);
            let group = |n: u64| Seq::new((n % 100 + 1).min(n));
            let live = (first..first + batch).map(group).collect::<std::collections::BTreeSet<_>>();
            Outcome {
                cursor: Seq::new(first + batch - 1),
                memberships: (first..first + batch).map(|n| (Seq::new(n), group(n))).collect(),
                live: live.into_iter().map(|n| (n, Some(vec![7; 300]))).collect(),
                ..Outcome::default()
            }
        })
        .bench_local_values(|outcome| runtime.block_on(journal.commit(outcome)).expect("room"));
}

#[divan::bench]
fn read_a_thousand_alerts(bencher: Bencher) {
    let mut fixture = Fixture::new();
    let alerts = fixture.alerts(4000);
    fixture.append(alerts);
    let mut reader = fixture.journal.reader().expect("a reader");
    let limits = Limits { count: 1000, bytes: usize::MAX };
    bencher.counter(ItemsCount::new(1000u64)).bench_local(|| reader.alerts_after(Seq::START, limits).expect("alerts"));
}

#[divan::bench]
fn read_a_thousand_analyses(bencher: Bencher) {
    let mut fixture = Fixture::new();
    let outcome = outcome_of_new_groups(&mut fixture, 1000);
    fixture.commit(outcome);
    let mut reader = fixture.journal.reader().expect("a reader");
    let limits = Limits { count: 1000, bytes: usize::MAX };
    bencher
        .counter(ItemsCount::new(1000u64))
        .bench_local(|| reader.analyses_after(Seq::START, limits, Revisions::All, Floor::default()).expect("analyses"));
}

#[divan::bench]
fn list_a_page_of_fifty_groups(bencher: Bencher) {
    let mut fixture = Fixture::new();
    for _ in 0..20 {
        let outcome = outcome_of_new_groups(&mut fixture, 1000);
        fixture.commit(outcome);
    }
    let mut reader = fixture.journal.reader().expect("a reader");
    let limits = Limits { count: 50, bytes: usize::MAX };
    bencher
        .counter(ItemsCount::new(50u64))
        .bench_local(|| reader.list_groups(Seq::new(u64::MAX >> 1), None, limits, Floor::default()).expect("groups"));
}
