//! A journal in a temporary directory, analyses to put in it, and the real service on real sockets in front of it.
#![allow(dead_code, reason = "each test binary uses its part of it")]

use lanner::alert::{AlertBuilder, Context, Priority, Time};
use lanner::analysis::{Analysis, History, Level, Technique, Tuning, Verdict};
use lanner::dedup::{Fingerprint, GroupId, GroupView, Reason, State};
use lanner::journal::{Journal, JournalThread, NewRevision, Outcome, Received, Seq, Settings};
use lanner::listen::{Address, ListenSettings, Protection};
use lanner::serve::auth::AuthSettings;
use lanner::serve::grpc::{GrpcServer, GrpcSettings, Parts};
use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use lanner::serve::service::{Report, SourceReport};
use lanner::serve::watch::Audience;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

/// The alert number `n`, received now.
pub fn alert(n: u64) -> Received {
    let alert = AlertBuilder::new()
        .rule(format!("Rule {}", n % 3))
        .time(Time::from_nanos(n as i64 * 1_000_000_000))
        .priority(if n.is_multiple_of(2) { Priority::Warning } else { Priority::Notice })
        .output("Sensitive file opened for reading by an untrusted program")
        .field("proc.name", format!("process-{n}"))
        .build()
        .unwrap();
    Received { alert, context: Arc::new(Context::default()), received: now() }
}

pub fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Time::from_nanos(since.as_nanos() as i64)
}

pub fn group_id(n: u64) -> GroupId {
    GroupId::new(Fingerprint::from_bytes([7; 16]), alert(n).alert.id())
}

/// Revision `revision` of the group that alert `n` opened.
pub fn analysis(n: u64, revision: u32) -> Analysis {
    let one = alert(n);
    Analysis {
        group: GroupView {
            id: group_id(n),
            fingerprint: Fingerprint::from_bytes([7; 16]),
            revision,
            state: if revision == 1 { State::Opened } else { State::Updated },
            reason: if revision == 1 { Reason::First } else { Reason::Milestone },
            count: u64::from(revision),
            first: one.alert.time(),
            last: one.alert.time(),
            gap: None,
            distinct: Vec::new(),
        },
        opening: one.alert,
        context: one.context.as_ref().clone(),
        verdict: Verdict { level: Level::Review, score: 50, evidence: Vec::new() },
        title: format!("group {n}"),
        summary: "A program read a file that holds secrets.".to_owned(),
        explanations: Vec::new(),
        implications: Vec::new(),
        steps: Vec::new(),
        tuning: Tuning::Refused("nothing tells it apart".into()),
        techniques: vec![Technique { id: "T1555".into(), name: "Credentials".into(), tactic: "Access".into() }],
        history: History::default(),
        narrative: None,
    }
}

/// A journal and everything that it takes to be served.
pub struct World {
    pub folder: tempfile::TempDir,
    pub journal: Journal,
    thread: Option<JournalThread>,
    pub shutdown: CancellationToken,
}

/// A running server.
pub struct Running {
    pub addresses: Vec<Address>,
    pub protections: Vec<(Address, Protection)>,
    pub shutdown: CancellationToken,
    pub task: JoinHandle<()>,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    pub fn with(edit: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::new(folder.path().join("journal.db"));
        edit(&mut settings);
        let (journal, thread) = Journal::open(settings).unwrap();
        Self { folder, journal, thread: Some(thread), shutdown: CancellationToken::new() }
    }

    /// Appends alerts `from..=to`, each of which opens a group of its own.
    pub async fn open_groups(&self, from: u64, to: u64) {
        self.open_groups_of((from..=to).map(alert).collect(), from, to).await;
    }

    /// As [`open_groups`](Self::open_groups), with these alerts.
    pub async fn open_groups_of(&self, alerts: Vec<Received>, from: u64, to: u64) {
        self.open_groups_as(alerts, from, to, |_| ()).await;
    }

    /// As [`open_groups_of`](Self::open_groups_of), with analyses changed by `edit`.
    pub async fn open_groups_as(&self, alerts: Vec<Received>, from: u64, to: u64, edit: impl Fn(&mut Analysis)) {
        assert_eq!(self.journal.append(alerts).await.unwrap().accepted, to + 1 - from);
        let numbers = (from..=to).map(Seq::new);
        let outcome = Outcome {
            cursor: Seq::new(to),
            revisions: (from..=to)
                .map(|n| {
                    let mut one = analysis(n, 1);
                    edit(&mut one);
                    (Seq::new(n), NewRevision::whole(&one).unwrap())
                })
                .collect(),
            memberships: numbers.map(|n| (n, n)).collect(),
            ..Outcome::default()
        };
        self.journal.commit(outcome).await.unwrap();
    }

    /// Writes this revision of group `n`.
    pub async fn revise(&self, n: u64, revision: u32) {
        let cursor = self.journal.status().cursor;
        let revisions = vec![(Seq::new(n), NewRevision::whole(&analysis(n, revision)).unwrap())];
        self.journal.commit(Outcome { cursor, revisions, ..Outcome::default() }).await.unwrap();
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("lanner.sock")
    }

    /// Serves on a free TCP port and on the unix socket.
    pub async fn serve(&self) -> Running {
        self.serve_with(|_| ()).await
    }

    pub async fn serve_with(&self, edit: impl FnOnce(&mut GrpcSettings)) -> Running {
        self.serve_to(Audience::new(100), edit).await
    }

    pub async fn serve_to(&self, audience: Audience, edit: impl FnOnce(&mut GrpcSettings)) -> Running {
        let mut settings = GrpcSettings {
            listen: vec![
                ListenSettings::new("127.0.0.1:0".parse().unwrap()),
                ListenSettings::new(Address::Unix(self.socket())),
            ],
            auth: AuthSettings::default(),
            shutdown_grace: Duration::from_secs(5),
        };
        edit(&mut settings);
        let server = GrpcServer::bind(settings).await.unwrap();
        let path = self.folder.path().join("journal.db");
        let status = Arc::new(move || Report {
            start: Time::from_nanos(5),
            sources: vec![SourceReport { name: "falco".to_owned(), received: 9, ..SourceReport::default() }],
            journal: path.clone(),
            live_groups: 3,
            evicted_groups: 1,
        });
        let dedup = lanner::dedup::Settings::default();
        let parts = Parts { journal: self.journal.clone(), dedup, audience, status };
        let shutdown = self.shutdown.child_token();
        let service = server.service(parts, &shutdown).unwrap();
        let (addresses, protections) = (server.addresses(), server.protections());
        let run = server.run(service, shutdown.clone());
        let task = tokio::spawn(async move { run.await.unwrap() });
        Running { addresses, protections, shutdown, task }
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

impl Running {
    pub fn tcp(&self) -> std::net::SocketAddr {
        match &self.addresses[0] {
            Address::Tcp(address) => *address,
            Address::Unix(path) => panic!("{} is no TCP address", path.display()),
        }
    }

    pub async fn client(&self) -> AnalysisServiceClient<Channel> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.tcp())).unwrap();
        AnalysisServiceClient::new(endpoint.connect().await.unwrap())
    }
}

/// Asks until it is so; fails after ten seconds.
pub async fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}
