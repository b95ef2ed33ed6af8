//! Stand-ins for Falco to test against, and a strict client of Falco's API.
#![allow(dead_code)] // each test uses a part

use lanner::simulate::{Form, Listen, Listener, Queued, Settings, Simulator, Template, Tls};
use lanner::source::falco::proto::{outputs, version};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};

/// What a test waits for comes within this time, or never.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until a condition holds.
///
/// # Panics
/// Where it does not within [`PATIENCE`].
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    assert!(waited.await.is_ok(), "never came true: {what}");
}

/// Waits for a future that is to end.
///
/// # Panics
/// Where it does not within [`PATIENCE`].
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("never came: {what}"))
}

/// An alert that differs from others by its number.
pub fn numbered(number: i64) -> Queued {
    let time = 1_795_336_180_000_000_000 + number;
    let line = format!(
        r#"{{"rule":"R","priority":"Notice","time":"2026-11-22T08:29:40.000000000Z","hostname":"n1","source":"syscall",
        "output":"08:29:40.000000000: Notice {}","tags":["a"],"output_fields":{{"number":{number},"user":"root"}}}}"#,
        "x".repeat(400)
    );
    let template = Arc::new(Template::from_json(&line, Form::Text).expect("it is an alert"));
    template.queued_at(lanner::alert::Time::from_nanos(time))
}

/// A Falco in a runtime of its own, so that it can be killed.
pub struct StandIn {
    pub simulator: Arc<Simulator>,
    pub port: Option<u16>,
    stopping: CancellationToken,
    served: JoinHandle<io::Result<()>>,
    runtime: Option<Runtime>,
}

impl StandIn {
    /// Serves a simulator.
    pub async fn serve(simulator: Arc<Simulator>, listen: Listen) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().expect("a runtime");
        let (bound, is_bound) = oneshot::channel();
        let stopping = CancellationToken::new();
        let served = runtime.spawn({
            let (simulator, stopping) = (Arc::clone(&simulator), stopping.clone());
            async move {
                let listener = Listener::bind(&listen).await?;
                let _ = bound.send(listener.port());
                simulator.serve(listener, stopping).await
            }
        });
        let port = is_bound.await.expect("it is bound");
        Self { simulator, port, stopping, served, runtime: Some(runtime) }
    }

    /// A new Falco on a unix socket.
    pub async fn start(socket: &Path) -> Self {
        let simulator = Arc::new(Simulator::new(Settings::default()));
        Self::serve(simulator, Listen::Unix(socket.to_owned())).await
    }

    /// SIGTERM.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// True once the process would have ended.
    pub fn has_ended(&self) -> bool {
        self.served.is_finished()
    }

    /// Waits for the end, after [`stop`](Self::stop).
    pub async fn ended(&mut self) {
        soon("the stand-in's end", &mut self.served).await.expect("it does not panic").expect("it serves");
    }

    /// SIGKILL: everything is gone at once, but the socket's file.
    pub async fn kill(mut self, socket: &Path) {
        if let Some(runtime) = self.runtime.take() {
            let ended = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(PATIENCE));
            ended.await.expect("it does not panic");
        }
        // Dropping the listener has removed the file, which a kill does not.
        drop(std::os::unix::net::UnixListener::bind(socket).expect("the path is free"));
    }

    /// SIGSTOP, until the guard is dropped: connections stay, and nothing answers.
    pub async fn freeze(&self) -> std::sync::mpsc::Sender<()> {
        let (thaw, thawed) = std::sync::mpsc::channel::<()>();
        let (frozen, is_frozen) = oneshot::channel();
        let runtime = self.runtime.as_ref().expect("it runs");
        runtime.spawn(async move {
            let _ = frozen.send(());
            // Blocks the runtime's only thread.
            let _ = thawed.recv();
        });
        is_frozen.await.expect("it is frozen");
        thaw
    }

    pub fn push(&self, numbers: impl IntoIterator<Item = i64>) {
        self.simulator.queue().extend(numbers.into_iter().map(numbered).collect::<Vec<_>>());
    }

    pub fn queued(&self) -> usize {
        self.simulator.queue().len()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub fn channel(socket: &Path) -> Channel {
    Endpoint::from_shared(format!("unix://{}", socket.display())).expect("an address").connect_lazy()
}

/// One answered call on the same connection: what the server had to send before has been sent.
pub async fn round_trip(channel: &Channel) -> String {
    let mut client = version::service_client::ServiceClient::new(channel.clone());
    let answer = soon("the version", client.version(version::Request {})).await;
    answer.expect("it says its version").into_inner().version
}

/// Everything that is queued.
pub async fn get(channel: &Channel) -> Vec<outputs::Response> {
    let mut client = outputs::service_client::ServiceClient::new(channel.clone());
    let mut stream = client.get(outputs::Request {}).await.expect("it answers").into_inner();
    let mut all = Vec::new();
    while let Some(message) = soon("the next alert", stream.message()).await.expect("it ends in order") {
        all.push(message);
    }
    all
}

pub fn number(message: &outputs::Response) -> i64 {
    message.output_fields["number"].parse().expect("a number")
}

/// A `sub` client that does only what it is told.
pub struct SubClient {
    requests: Option<mpsc::UnboundedSender<outputs::Request>>,
    messages: mpsc::UnboundedReceiver<Result<outputs::Response, Status>>,
    headers: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

impl SubClient {
    pub fn open(channel: &Channel) -> Self {
        let (requests, outgoing) = mpsc::unbounded_channel();
        let (incoming, messages) = mpsc::unbounded_channel();
        let (has_headers, headers) = watch::channel(false);
        let mut client = outputs::service_client::ServiceClient::new(channel.clone());
        let task = tokio::spawn(async move {
            match client.sub(UnboundedReceiverStream::new(outgoing)).await {
                Ok(response) => {
                    has_headers.send_replace(true);
                    forward(response.into_inner(), incoming).await;
                }
                Err(status) => {
                    let _ = incoming.send(Err(status));
                }
            }
        });
        Self { requests: Some(requests), messages, headers, task }
    }

    pub fn ask(&self) {
        let _ = self.requests.as_ref().expect("not half-closed").send(outputs::Request {});
    }

    pub fn half_close(&mut self) {
        self.requests = None;
    }

    /// Cancels the call.
    pub fn leave(self) {
        self.task.abort();
    }

    pub fn has_headers(&self) -> bool {
        *self.headers.borrow()
    }

    /// True where nothing has come that was not read.
    pub fn is_quiet(&mut self) -> bool {
        matches!(self.messages.try_recv(), Err(mpsc::error::TryRecvError::Empty))
    }

    /// The next message; `None` at the end with status OK.
    pub async fn next(&mut self) -> Option<Result<outputs::Response, Status>> {
        soon("the next message", self.messages.recv()).await
    }

    /// The numbers of the next `count` alerts.
    pub async fn numbers(&mut self, count: usize) -> Vec<i64> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            numbers.push(number(&self.next().await.expect("no end").expect("no error")));
        }
        numbers
    }
}

async fn forward(
    mut stream: Streaming<outputs::Response>,
    into: mpsc::UnboundedSender<Result<outputs::Response, Status>>,
) {
    loop {
        match stream.message().await {
            Ok(Some(message)) => {
                let _ = into.send(Ok(message));
            }
            Ok(None) => return,
            Err(status) => {
                let _ = into.send(Err(status));
                return;
            }
        }
    }
}

pub fn distinct(numbers: &[i64]) -> usize {
    numbers.iter().collect::<BTreeSet<_>>().len()
}

/// A CA, and certificates of it for a server at `localhost` and for a client.
pub struct Certificates {
    pub folder: tempfile::TempDir,
}

impl Certificates {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = || rcgen::KeyPair::generate().expect("a key");
        let mut ca = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
        ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer_key = key();
        let ca_certificate = ca.self_signed(&issuer_key).expect("a certificate");
        let issuer = rcgen::Issuer::new(ca, issuer_key);
        let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("it is written");
        write("ca.crt", ca_certificate.pem());
        for name in ["server", "client"] {
            let key = key();
            let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
            write(&format!("{name}.crt"), params.signed_by(&key, &issuer).expect("a certificate").pem());
            write(&format!("{name}.key"), key.serialize_pem());
        }
        Self { folder }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn server(&self) -> Tls {
        Tls { certificate: self.file("server.crt"), key: self.file("server.key"), ca: self.file("ca.crt") }
    }

    pub fn client(&self) -> lanner::source::falco::Tls {
        lanner::source::falco::Tls {
            ca: self.file("ca.crt"),
            certificate: self.file("client.crt"),
            key: self.file("client.key"),
            server_name: None,
        }
    }
}
