//! The Falco source survives what happens to Falco: absent, stopped, killed, reloaded, silent, or something else.

#[path = "support/source.rs"]
mod source;
#[path = "support/stand_in.rs"]
mod stand_in;

use lanner::simulate::{Listen, Settings as Falco, Simulator};
use lanner::source::SourceState;
use lanner::source::falco::{self, Address, Settings};
use source::{Source, number, on, scene};
use stand_in::{Certificates, StandIn, distinct, eventually, numbered, soon};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

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
async fn reloads_under_load_cost_no_more_than_an_alert_each() {
    let (_folder, socket) = scene();
    let simulator = Arc::new(Simulator::new(Falco::default()));
    let (reload, shutdown) = (Arc::new(Notify::new()), CancellationToken::new());
    let running = tokio::spawn({
        let (simulator, reload, shutdown) = (Arc::clone(&simulator), Arc::clone(&reload), shutdown.clone());
        let listen = Listen::Unix(socket.clone());
        async move { simulator.run(&listen, &reload, shutdown).await }
    });
    let mut source = Source::on(&socket);
    source.connected().await;
    let counters = Arc::clone(&source.status.counters);
    for round in 0..3 {
        simulator.queue().extend((round * 1000..(round + 1) * 1000).map(numbered));
        reload.notify_one();
        eventually("it is connected again", || counters.sessions() > round as u64 + 1).await;
    }
    simulator.queue().push(numbered(3000));
    let mut numbers = Vec::new();
    while numbers.last() != Some(&3000) {
        numbers.extend(source.batch().await.iter().map(number));
    }
    assert!(numbers.len() >= 3001 - 3, "{} of 3001", numbers.len());
    assert!(numbers.is_sorted() && distinct(&numbers) == numbers.len());
    source.stop().await;
    shutdown.cancel();
    soon("the end", running).await.unwrap().unwrap();
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
async fn a_falco_that_stops_answering_is_noticed_by_its_version() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let probe_interval = Duration::from_secs(1);
    let mut source = Source::start(Settings { probe_interval, ..on(&socket) });
    falco.push([1]);
    source.numbers(1).await;
    let frozen = falco.freeze().await;
    tokio::time::pause();
    let why = source.unreachable().await;
    assert!(why.contains("no answer to `version`"), "{why}");
    tokio::time::resume();
    drop(frozen);
    source.connected().await;
    // What the frozen Falco had been asked for on the old stream, it still gives there: that is nobody's fault.
    eventually("alerts come again", || {
        falco.push([2]);
        source.batches.try_recv().is_ok()
    })
    .await;
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
