//! The real binary as a process of its own: started, asked, killed.

use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use lanner::serve::proto::{Analysis, GetStatusRequest, GetStatusResponse, WatchAnalysesRequest};
use lanner::serve::proto::{Start, watch_analyses_response::Event};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tonic::transport::{Channel, Endpoint};

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The binary, not started.
pub fn lanner() -> Command {
    Command::new(env!("CARGO_BIN_EXE_lanner"))
}

/// Waits until a condition holds; says what was waited for where it never does.
pub async fn until<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let late = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(Instant::now() < late, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A process that is killed with the value.
pub struct Process(Child);

impl Process {
    /// Starts it with its output going nowhere.
    pub fn start(command: &mut Command) -> Self {
        Self(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the binary starts"),
        )
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
        let done = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        assert!(done.expect("kill is there").success());
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
        Process::start(lanner().arg("run").arg("--config").arg(self.path("lanner.yaml")))
    }

    /// `lanner simulate` with these alerts, on the socket that the sidecar reads.
    pub fn falco(&self, alerts: &Path, more: &[&str]) -> Process {
        let socket = format!("unix://{}", self.path("falco.sock").display());
        Process::start(lanner().args(["simulate", "--listen", &socket, "--alerts"]).arg(alerts).args(more))
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
