//! The Falco source: it finds Falco, drains it, survives what happens to it, and leaves without a loss.

#[path = "support/stand_in.rs"]
mod stand_in;

use bytes::Bytes;
use lanner::alert::Alert;
use lanner::simulate::{Form, Listen, Queued, Settings as Falco, Simulator, Template};
use lanner::source::falco::{self, Address, Settings};
use lanner::source::{Batch, Intake, SourceState, Status, StatusReader};
use stand_in::*;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running source, and the ends that lanner holds.
struct Source {
    batches: mpsc::Receiver<Batch>,
    intake: watch::Sender<Intake>,
    status: StatusReader,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Source {
    fn start(settings: Settings) -> Self {
        let (sink, batches) = mpsc::channel(2);
        let (intake, open) = watch::channel(Intake::Open);
        let (status, reader) = Status::new();
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(falco::run(settings, sink, open, status, shutdown.clone()));
        Self { batches, intake, status: reader, shutdown, task }
    }

    fn on(socket: &Path) -> Self {
        Self::start(on(socket))
    }

    async fn batch(&mut self) -> Vec<Alert> {
        soon("a batch", self.batches.recv()).await.expect("the source runs").alerts
    }

    /// The next `count` alerts, and no more.
    async fn alerts(&mut self, count: usize) -> Vec<Alert> {
        let mut alerts = Vec::new();
        while alerts.len() < count {
            alerts.extend(self.batch().await);
        }
        assert_eq!(alerts.len(), count);
        alerts
    }

    async fn numbers(&mut self, count: usize) -> Vec<i64> {
        self.alerts(count).await.iter().map(number).collect()
    }

    async fn state(&mut self, what: &str, wanted: impl FnMut(&SourceState) -> bool) -> SourceState {
        soon(what, self.status.state.wait_for(wanted)).await.expect("the source runs").clone()
    }

    async fn connected(&mut self) {
        self.state("it is connected", |state| matches!(state, SourceState::Connected { .. })).await;
    }

    async fn unreachable(&mut self) -> String {
        match self.state("it is unreachable", |state| matches!(state, SourceState::Unreachable { .. })).await {
            SourceState::Unreachable { why, .. } => why,
            other => panic!("{other:?}"),
        }
    }

    /// Stops the source and gives what it still hands over.
    async fn stop(mut self) -> Vec<Alert> {
        self.shutdown.cancel();
        let mut rest = Vec::new();
        while let Some(batch) = soon("the end", self.batches.recv()).await {
            rest.extend(batch.alerts);
        }
        soon("the source's end", self.task).await.expect("it does not panic");
        rest
    }
}

fn on(socket: &Path) -> Settings {
    Settings { address: Address::Unix(socket.to_owned()), ..Settings::default() }
}

fn number(alert: &Alert) -> i64 {
    alert.field("number").expect("it has a number").parse().expect("a number")
}

fn scene() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("falco.sock");
    (folder, socket)
}

#[tokio::test]
async fn alerts_arrive_in_order_and_are_counted() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    falco.push(0..3000);
    let mut source = Source::on(&socket);
    assert_eq!(source.numbers(3000).await, (0..3000).collect::<Vec<_>>());
    falco.push(3000..3010);
    assert_eq!(source.numbers(10).await.len(), 10);
    let counters = Arc::clone(&source.status.counters);
    assert_eq!((counters.received(), counters.malformed(), counters.sessions()), (3010, 0, 1));
    assert!(counters.last_received().is_some());
    assert_eq!(*source.status.state.borrow(), SourceState::Connected { version: "0.43.1".to_owned() });
    assert!(source.stop().await.is_empty());
}

#[tokio::test]
async fn over_tcp_with_mutual_tls() {
    let certificates = Certificates::new();
    let simulator = Arc::new(Simulator::new(Falco { tls: Some(certificates.server()), ..Falco::default() }));
    let falco = StandIn::serve(simulator, Listen::Tcp(([127, 0, 0, 1], 0).into())).await;
    falco.push(0..500);
    let address = format!("localhost:{}", falco.port.unwrap()).parse().unwrap();
    let mut source = Source::start(Settings { address, tls: certificates.client(), ..Settings::default() });
    assert_eq!(source.numbers(500).await, (0..500).collect::<Vec<_>>());
    source.stop().await;
}

#[tokio::test]
async fn a_certificate_that_falco_does_not_know_is_a_reason_and_a_missing_one_is_named() {
    let (ours, theirs) = (Certificates::new(), Certificates::new());
    let simulator = Arc::new(Simulator::new(Falco { tls: Some(theirs.server()), ..Falco::default() }));
    let falco = StandIn::serve(simulator, Listen::Tcp(([127, 0, 0, 1], 0).into())).await;
    let address: Address = format!("localhost:{}", falco.port.unwrap()).parse().unwrap();
    let unknown = falco::Tls { ca: theirs.file("ca.crt"), ..ours.client() };
    let mut source = Source::start(Settings { address: address.clone(), tls: unknown, ..Settings::default() });
    assert!(!source.unreachable().await.is_empty());
    source.stop().await;
    let missing = falco::Tls { certificate: ours.file("none.crt"), ..ours.client() };
    let mut source = Source::start(Settings { address, tls: missing, ..Settings::default() });
    let why = source.unreachable().await;
    assert!(why.contains("client certificate") && why.contains("none.crt"), "{why}");
    source.stop().await;
}

#[tokio::test]
async fn falco_may_be_absent_at_start() {
    let (_folder, socket) = scene();
    let mut source = Source::on(&socket);
    let why = source.unreachable().await;
    assert!(why.contains("no socket at") && why.contains("falco.sock"), "{why}");
    let falco = StandIn::start(&socket).await;
    source.connected().await;
    falco.push([1]);
    assert_eq!(source.numbers(1).await, [1]);
    source.stop().await;
}

#[tokio::test]
async fn a_socket_that_is_a_file_is_said_and_tried_again() {
    let (_folder, socket) = scene();
    std::fs::write(&socket, "").unwrap();
    let mut source = Source::on(&socket);
    let why = source.unreachable().await;
    assert!(why.ends_with("falco.sock is a file, not a socket"), "{why}");
    std::fs::remove_file(&socket).unwrap();
    let _falco = StandIn::start(&socket).await;
    source.connected().await;
    source.stop().await;
}

#[tokio::test]
async fn falcos_shutdown_does_not_wait_for_us_and_its_return_is_found() {
    let (_folder, socket) = scene();
    let mut falco = StandIn::start(&socket).await;
    let mut source = Source::on(&socket);
    source.connected().await;
    falco.push([1]);
    source.numbers(1).await;
    falco.stop();
    falco.ended().await;
    let mut again = StandIn::start(&socket).await;
    again.push([2]);
    assert_eq!(source.numbers(1).await, [2]);
    again.stop();
    again.ended().await;
    // Once more, before any alert has come: the headers are pending then.
    let mut quiet = StandIn::start(&socket).await;
    eventually("it is asked", || quiet.simulator.requests() > 0).await;
    quiet.stop();
    quiet.ended().await;
    let third = StandIn::start(&socket).await;
    third.push([3]);
    assert_eq!(source.numbers(1).await, [3]);
    assert_eq!(source.status.counters.sessions(), 4);
    source.stop().await;
}

#[tokio::test]
async fn a_killed_falco_is_found_again_over_its_stale_socket() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let mut source = Source::on(&socket);
    falco.push([1]);
    source.numbers(1).await;
    falco.kill(&socket).await;
    source.unreachable().await;
    let again = StandIn::start(&socket).await;
    again.push([2]);
    assert_eq!(source.numbers(1).await, [2]);
    source.stop().await;
}

#[tokio::test]
async fn a_reload_costs_no_more_than_the_alert_that_falco_drops() {
    let (_folder, socket) = scene();
    let simulator = Arc::new(Simulator::new(Falco::default()));
    let mut falco = StandIn::serve(Arc::clone(&simulator), Listen::Unix(socket.clone())).await;
    let mut source = Source::on(&socket);
    falco.push([0]);
    source.numbers(1).await;
    falco.stop();
    falco.ended().await;
    falco.push(1..1000);
    let again = StandIn::serve(simulator, Listen::Unix(socket.clone())).await;
    assert_eq!(source.numbers(999).await, (1..1000).collect::<Vec<_>>(), "the queue outlives a reload");
    assert_eq!(again.queued(), 0);
    source.stop().await;
}

#[tokio::test]
async fn text_that_is_not_utf_8_and_messages_that_are_no_alerts_cost_no_stream() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire/real-text-badutf8-001.bin");
    let queue = falco.simulator.queue();
    queue.push(numbered(1));
    queue.push(Queued::Raw(std::fs::read(fixture).unwrap().into()));
    for garbage in [&b""[..], b"\xff\xff\xff\xff", b"\x22\x7fR", &[0x0a; 300]] {
        queue.push(Queued::Raw(Bytes::from_static(Box::leak(garbage.into()))));
    }
    queue.push(numbered(2));
    let mut source = Source::on(&socket);
    let alerts = source.alerts(3).await;
    assert_eq!((number(&alerts[0]), number(&alerts[2])), (1, 2));
    assert!(alerts[1].fields().any(|(_, value)| value.contains('\u{fffd}')));
    let counters = Arc::clone(&source.status.counters);
    assert_eq!((counters.received(), counters.malformed(), counters.sessions()), (3, 4, 1));
    source.stop().await;
}

#[tokio::test]
async fn with_json_output_the_text_is_taken_from_inside() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let line = r#"{"rule":"R","priority":"Notice","time":"2026-11-22T08:29:40.000000000Z","hostname":"n1",
        "output":"08:29:40.000000000: Notice text","output_fields":{"user":"root"}}"#;
    let ids: Vec<_> = [Form::Text, Form::Json].map(|form| Template::from_json(line, form).unwrap()).into();
    falco.simulator.queue().extend(ids.into_iter().map(|template| Arc::new(template).queued()));
    let mut source = Source::on(&socket);
    let alerts = source.alerts(2).await;
    assert_eq!(alerts[0], alerts[1]);
    assert_eq!(alerts[1].message(), "text");
    source.stop().await;
}

#[tokio::test]
async fn an_alert_of_10_mb_is_kept_cut_and_one_beyond_the_limit_costs_one_alert() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let large = |bytes: usize| {
        let value = "x".repeat(bytes);
        let line = format!(
            r#"{{"rule":"R","priority":"Notice","time":"2026-11-22T08:29:40Z","output":"o",
            "output_fields":{{"number":7,"proc.cmdline":"{value}"}}}}"#
        );
        Arc::new(Template::from_json(&line, Form::Text).unwrap()).queued()
    };
    falco.simulator.queue().extend([numbered(1), large(10 * 1024 * 1024), numbered(2)]);
    let mut source = Source::on(&socket);
    let alerts = source.alerts(3).await;
    assert!(alerts[1].is_cut() && alerts[1].size() < 200_000);
    assert_eq!(alerts.iter().map(number).collect::<Vec<_>>(), [1, 7, 2]);
    falco.simulator.queue().push(large(17 * 1024 * 1024));
    let counters = Arc::clone(&source.status.counters);
    eventually("it is counted", || counters.malformed() == 1).await;
    eventually("it is connected again", || counters.sessions() == 2).await;
    falco.push([3]);
    assert_eq!(source.numbers(1).await, [3]);
    source.stop().await;
}

#[tokio::test]
async fn a_polite_leave_loses_nothing() {
    const ALERTS: usize = 20_000;
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    falco.push(0..ALERTS as i64);
    let mut source = Source::start(Settings { leave_within: Duration::from_mins(1), ..on(&socket) });
    let mut received: Vec<i64> = source.batch().await.iter().map(number).collect();
    assert!(received.len() < ALERTS, "it leaves in the middle");
    received.extend(source.stop().await.iter().map(number));
    received.extend(get(&channel(&socket)).await.iter().map(stand_in::number));
    assert_eq!(received, (0..ALERTS as i64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_is_polled_as_long_as_it_is_open() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let source = Source::start(Settings { idle_interval: Duration::from_millis(2), ..on(&socket) });
    eventually("it goes on asking", || falco.simulator.requests() > 100).await;
    source.stop().await;
    eventually("the stream is closed", || falco.simulator.streams() == 0).await;
}

#[tokio::test]
async fn where_alerts_are_not_taken_we_leave_rather_than_hold_the_stream() {
    const ALERTS: usize = 8_000;
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    falco.push(0..ALERTS as i64);
    let mut source = Source::on(&socket);
    source.state("it pauses", |state| matches!(state, SourceState::Paused { .. })).await;
    eventually("the stream is closed", || falco.simulator.streams() == 0).await;
    assert_eq!(source.numbers(ALERTS).await, (0..ALERTS as i64).collect::<Vec<_>>(), "and nothing is lost");
    source.connected().await;
    source.stop().await;
}

#[tokio::test]
async fn while_the_journal_is_full_falco_queues() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let mut source = Source::on(&socket);
    falco.push([1]);
    source.numbers(1).await;
    source.intake.send_replace(Intake::Paused);
    source.state("it pauses", |state| matches!(state, SourceState::Paused { .. })).await;
    eventually("the stream is closed", || falco.simulator.streams() == 0).await;
    falco.push(2..12);
    assert_eq!(falco.queued(), 10);
    source.intake.send_replace(Intake::Open);
    assert_eq!(source.numbers(10).await, (2..12).collect::<Vec<_>>());
    source.stop().await;
}

#[tokio::test]
async fn after_the_longest_pause_alerts_are_drained_dropped_and_counted() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let mut source = Source::start(Settings { longest_pause: Duration::from_millis(1), ..on(&socket) });
    source.connected().await;
    source.intake.send_replace(Intake::Paused);
    source.state("it drains", |state| matches!(state, SourceState::Discarding { .. })).await;
    falco.push(0..100);
    let counters = Arc::clone(&source.status.counters);
    eventually("all are counted", || counters.discarded() == 100).await;
    assert_eq!(counters.received(), 0);
    source.intake.send_replace(Intake::Open);
    source.connected().await;
    falco.push([100]);
    assert_eq!(source.numbers(1).await, [100]);
    source.stop().await;
}

#[tokio::test]
async fn a_reader_that_is_gone_ends_the_source() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let mut source = Source::on(&socket);
    source.connected().await;
    source.batches.close();
    falco.push([1]);
    soon("the source's end", source.task).await.unwrap();
}

/// What is logged while a test runs on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn count(&self, what: &str) -> usize {
        String::from_utf8_lossy(&self.0.lock().unwrap()).matches(what).count()
    }

    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }
}

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn absence_is_logged_once_however_often_falco_is_tried() {
    let (_folder, socket) = scene();
    let log = Log::default();
    let _guard = log.listen();
    let source = Source::on(&socket);
    while log.count("DEBUG") < 10 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(log.count("WARN"), 1);
    source.stop().await;
}

#[tokio::test]
async fn an_unknown_version_is_warned_about_and_served() {
    let (_folder, socket) = scene();
    let log = Log::default();
    let _guard = log.listen();
    let simulator = Arc::new(Simulator::new(Falco { version: "9.9.9-next".to_owned(), ..Falco::default() }));
    let falco = StandIn::serve(simulator, Listen::Unix(socket.clone())).await;
    falco.push([1]);
    let mut source = Source::on(&socket);
    assert_eq!(source.numbers(1).await, [1]);
    assert_eq!(*source.status.state.borrow(), SourceState::Connected { version: "9.9.9-next".to_owned() });
    assert_eq!(log.count("this version of falco is not known"), 1);
    source.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_never_answers_is_unreachable() {
    let (_folder, socket) = scene();
    let _silent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let mut source = Source::on(&socket);
    let why = source.unreachable().await;
    assert!(why.contains("no answer to `version`"), "{why}");
    source.stop().await;
}

#[tokio::test]
async fn a_listener_that_is_no_falco_is_unreachable() {
    let (_folder, socket) = scene();
    let listener = tokio::net::UnixListener::bind(&socket).unwrap();
    let garbage = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let mut source = Source::on(&socket);
    assert!(!source.unreachable().await.is_empty());
    source.stop().await;
    garbage.abort();
}
