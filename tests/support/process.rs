//! The real binary as a process of its own: started, asked, killed.
#![allow(dead_code, reason = "each test binary uses its part of it")]

use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use lanner::serve::proto::{Analysis, GetStatusRequest, GetStatusResponse, WatchAnalysesRequest};
use lanner::serve::proto::{Start, watch_analyses_response::Event};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tonic::transport::{Channel, Endpoint};

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The binary: the one that was built with the test, or the one that `LANNER_BINARY` names.
pub fn binary() -> OsString {
    std::env::var_os("LANNER_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_lanner").into())
}

/// The binary, not started.
pub fn lanner() -> Command {
    Command::new(binary())
}

/// A number that is asked for by an environment variable.
pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

/// Waits until a condition holds; says what was waited for where it never does.
pub async fn until<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let late = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(Instant::now() < late, "waited in vain for {what}");
        pause().await;
    }
}

/// A moment between two looks, for tasks that wait without [`until`].
pub async fn pause() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

/// A generator with a seed: faults are where the seed puts them.
pub struct Random(pub u64);

impl Random {
    /// A number below the bound, which is not zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A port of the loopback that is free now, and that no client is given for its own end while the server is away.
pub fn free_port() -> u16 {
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(10_000..32_768)).take(1000).find(is_free).expect("a free port")
}

/// A client for HTTP with connections of its own.
pub fn http_client() -> reqwest::Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::new()
}

/// Posts one body as Falco does; the status of the answer, or `None` where there was none.
pub async fn post(http: &reqwest::Client, port: u16, body: &str) -> Option<u16> {
    let sent = http.post(format!("http://127.0.0.1:{port}/")).body(body.to_owned()).send().await;
    sent.ok().map(|answer| answer.status().as_u16())
}

/// For [`Node::run_under`]: a write beyond the limit of a file's size fails, and does not end the process.
pub const WITHOUT_SIGXFSZ: &str = "trap '' XFSZ";

/// A process that is killed with the value.
pub struct Process(Child);

impl Process {
    /// Starts it with its output going nowhere, and what it logs to `log`.
    pub fn start(command: &mut Command, log: File) -> Self {
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        Self(started.expect("the binary starts"))
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// `kill -9`, and gone.
    pub fn kill(mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it ends");
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends it a signal (`-HUP`).
    pub fn signal(&self, signal: &str) {
        let done = Command::new("kill").args([signal, &self.id().to_string()]).status();
        assert!(done.expect("kill is there").success());
    }

    /// From now on its files may grow up to so many bytes (`unlimited`), as on a disk that is full; it needs
    /// [`WITHOUT_SIGXFSZ`]. False where this machine has no way to set limits.
    pub fn limit_files(&self, bytes: &str) -> bool {
        let arguments = ["--pid".to_owned(), self.id().to_string(), format!("--fsize={bytes}:")];
        Command::new("prlimit").args(arguments).status().is_ok_and(|status| status.success())
    }

    /// Bytes of memory that it holds.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        until("the process's end", async || self.0.try_wait().expect("it can be waited for")).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder with a configuration, a journal and sockets.
pub struct Node {
    folder: tempfile::TempDir,
}

impl Drop for Node {
    /// A test that fails shows what the sidecar said.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.path("lanner.log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("{}", lines[lines.len().saturating_sub(60)..].join("\n"));
        }
    }
}

impl Node {
    /// A node whose sidecar serves on a unix socket, and takes alerts over HTTP on a port that is free now.
    pub fn new(more: &str) -> Self {
        let node = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let yaml = format!(
            "journal: {{path: '{}'}}\nfalco: {{address: 'unix://{}'}}\n\
             serve: {{grpc: {{address: '127.0.0.1:0', unix: '{}'}}, metrics: {{enabled: false}}}}\n{more}\n",
            node.path("journal.db").display(),
            node.path("falco.sock").display(),
            node.path("lanner.sock").display(),
        );
        std::fs::write(node.path("lanner.yaml"), yaml).expect("the configuration can be written");
        node
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `lanner run` on this node.
    pub fn run(&self) -> Process {
        self.run_under(":")
    }

    /// `lanner run` in a shell that has done something first (`ulimit -n 64`).
    pub fn run_under(&self, first: &str) -> Process {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{first}; exec \"$0\" \"$@\"")).arg(binary());
        shell.arg("run").arg("--config").arg(self.path("lanner.yaml"));
        Process::start(&mut shell, self.log_file("lanner.log"))
    }

    /// `lanner run`, which is expected to refuse: its exit code, and all that was logged on this node.
    pub async fn refusal(&self) -> (Option<i32>, String) {
        let ended = self.run().ended().await;
        (ended.code(), self.log())
    }

    /// What sidecars on this node have logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("lanner.log")).expect("a log")
    }

    fn log_file(&self, name: &str) -> File {
        OpenOptions::new().create(true).append(true).open(self.path(name)).expect("a log")
    }

    /// `lanner simulate` with these alerts, on the socket that the sidecar reads.
    pub fn falco(&self, alerts: &Path, more: &[&str]) -> Process {
        let socket = format!("unix://{}", self.path("falco.sock").display());
        let mut command = lanner();
        command.args(["simulate", "--listen", &socket, "--alerts"]).arg(alerts).args(more);
        Process::start(&mut command, self.log_file("falco.log"))
    }

    /// A client of the sidecar, once it serves.
    pub async fn client(&self) -> AnalysisServiceClient<Channel> {
        let address = format!("unix://{}", self.path("lanner.sock").display());
        let endpoint = Endpoint::from_shared(address).expect("an address");
        let channel = until("the sidecar to serve", async || endpoint.connect().await.ok()).await;
        AnalysisServiceClient::new(channel).max_decoding_message_size(64 << 20)
    }
}

/// How the sidecar is.
pub async fn status(client: &mut AnalysisServiceClient<Channel>) -> GetStatusResponse {
    client.get_status(GetStatusRequest {}).await.expect("a status").into_inner()
}

/// Waits until this many alerts are in the journal and analysed; gives the newest analysis's sequence.
pub async fn analysed(client: &mut AnalysisServiceClient<Channel>, alerts: u64) -> u64 {
    let mut client = client.clone();
    until(&format!("{alerts} analysed alerts"), async || {
        let status = status(&mut client).await;
        let (journal, pipeline) = (status.journal?, status.pipeline?);
        (journal.newest_alert >= alerts && pipeline.cursor >= alerts).then_some(journal.newest_analysis)
    })
    .await
}

/// Reads this many analyses from behind a cursor on. Gives them with their cursors.
pub async fn watch(client: &mut AnalysisServiceClient<Channel>, cursor: &str, count: u64) -> Vec<(String, Analysis)> {
    let request = WatchAnalysesRequest { cursor: cursor.to_owned(), start: Start::Oldest.into(), ..Default::default() };
    let mut stream = client.watch_analyses(request).await.expect("a watch").into_inner();
    let mut seen = Vec::new();
    while (seen.len() as u64) < count {
        let message = tokio::time::timeout(PATIENCE, stream.message()).await.expect("in time");
        let message = message.expect("no error").expect("no end");
        if let Some(Event::Analysis(analysis)) = message.event {
            seen.push((message.cursor, analysis));
        }
    }
    seen
}
