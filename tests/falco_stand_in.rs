//! The stand-in behaves as Falco 0.43.1 was measured to, fact by fact.

#[path = "support/stand_in.rs"]
mod stand_in;

use lanner::simulate::{Listen, Listener, Settings, Simulator};
use lanner::source::falco::proto::version;
use stand_in::*;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;

struct Scene {
    folder: tempfile::TempDir,
    falco: StandIn,
}

impl Scene {
    async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    async fn with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = Listen::Unix(folder.path().join("falco.sock"));
        Self { folder, falco: StandIn::serve(Arc::new(Simulator::new(settings)), listen).await }
    }

    fn socket(&self) -> std::path::PathBuf {
        self.folder.path().join("falco.sock")
    }

    fn channel(&self) -> tonic::transport::Channel {
        channel(&self.socket())
    }

    async fn requests(&self, count: u64) {
        eventually("the requests are read", || self.falco.simulator.requests() >= count).await;
    }
}

#[tokio::test]
async fn alerts_queued_before_any_client_are_delivered_at_the_first_request() {
    let scene = Scene::new().await;
    scene.falco.push(0..25);
    let mut client = SubClient::open(&scene.channel());
    client.ask();
    assert_eq!(client.numbers(25).await, (0..25).collect::<Vec<_>>());
}

#[tokio::test]
async fn one_request_delivers_what_is_queued_and_nothing_later_without_another() {
    let scene = Scene::new().await;
    let channel = scene.channel();
    scene.falco.push(0..25);
    let mut client = SubClient::open(&channel);
    client.ask();
    assert_eq!(client.numbers(25).await.len(), 25);
    scene.falco.push(25..35);
    round_trip(&channel).await;
    assert!(client.is_quiet());
    assert_eq!(scene.falco.queued(), 10);
    client.ask();
    assert_eq!(client.numbers(10).await, (25..35).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_request_that_meets_an_empty_queue_is_used_up_silently() {
    let scene = Scene::new().await;
    let channel = scene.channel();
    let mut client = SubClient::open(&channel);
    client.ask();
    scene.requests(1).await;
    round_trip(&channel).await;
    scene.falco.push([1]);
    round_trip(&channel).await;
    assert!(client.is_quiet());
    assert_eq!(scene.falco.queued(), 1);
    client.ask();
    assert_eq!(client.numbers(1).await, [1]);
}

#[tokio::test]
async fn the_headers_come_with_the_first_alert() {
    let scene = Scene::new().await;
    let channel = scene.channel();
    let mut client = SubClient::open(&channel);
    client.ask();
    scene.requests(1).await;
    round_trip(&channel).await;
    assert!(!client.has_headers());
    scene.falco.push([1]);
    client.ask();
    client.numbers(1).await;
    assert!(client.has_headers());
}

#[tokio::test]
async fn each_alert_goes_to_exactly_one_of_two_clients() {
    let scene = Scene::new().await;
    let (mut one, mut other) = (SubClient::open(&scene.channel()), SubClient::open(&scene.channel()));
    let mut all = Vec::new();
    for round in 0..10 {
        scene.falco.push(round * 100..(round + 1) * 100);
        let (first, second) = if round % 2 == 0 { (&mut one, &mut other) } else { (&mut other, &mut one) };
        first.ask();
        all.extend(first.numbers(1).await);
        second.ask();
        let mut left = 99;
        while left > 0 {
            tokio::select! {
                number = first.numbers(1) => all.extend(number),
                number = second.numbers(1) => all.extend(number),
            }
            left -= 1;
        }
    }
    assert_eq!((all.len(), distinct(&all)), (1000, 1000));
    assert!(one.is_quiet() && other.is_quiet());
}

#[tokio::test]
async fn get_ends_when_the_queue_is_empty() {
    let scene = Scene::new().await;
    let channel = scene.channel();
    assert!(get(&channel).await.is_empty());
    scene.falco.push(0..10);
    let numbers: Vec<i64> = get(&channel).await.iter().map(number).collect();
    assert_eq!(numbers, (0..10).collect::<Vec<_>>());
    assert!(get(&channel).await.is_empty());
}

#[tokio::test]
async fn a_shutdown_ends_a_polling_client_with_ok_and_drops_one_alert() {
    let mut scene = Scene::new().await;
    let mut client = SubClient::open(&scene.channel());
    scene.falco.push([1]);
    client.ask();
    client.numbers(1).await;
    scene.falco.push([2, 3, 4]);
    scene.falco.stop();
    client.ask();
    assert!(client.next().await.is_none(), "the status is OK, and no alert comes with it");
    scene.falco.ended().await;
    assert_eq!(scene.falco.queued(), 2, "one was popped and dropped");
    assert!(!scene.socket().exists());
}

#[tokio::test]
async fn a_shutdown_waits_for_an_idle_client_until_it_leaves() {
    let mut scene = Scene::new().await;
    let mut client = SubClient::open(&scene.channel());
    scene.falco.push([1]);
    client.ask();
    client.numbers(1).await;
    scene.falco.stop();
    let socket = scene.socket();
    eventually("the socket is gone", || !socket.exists()).await;
    assert!(!scene.falco.has_ended());
    assert!(client.is_quiet());
    client.leave();
    scene.falco.ended().await;
}

#[tokio::test]
async fn a_reload_ends_streams_with_ok_and_comes_back_with_the_same_queue() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("falco.sock");
    let simulator = Arc::new(Simulator::new(Settings::default()));
    let (reload, shutdown) = (Arc::new(Notify::new()), CancellationToken::new());
    let running = tokio::spawn({
        let (simulator, reload, shutdown) = (Arc::clone(&simulator), Arc::clone(&reload), shutdown.clone());
        let listen = Listen::Unix(socket.clone());
        async move { simulator.run(&listen, &reload, shutdown).await }
    });
    eventually("it listens", || socket.exists()).await;
    let mut client = SubClient::open(&channel(&socket));
    simulator.queue().push(numbered(1));
    client.ask();
    client.numbers(1).await;
    reload.notify_one();
    eventually("the socket is gone", || !socket.exists()).await;
    simulator.queue().extend([2, 3].map(numbered));
    client.ask();
    assert!(client.next().await.is_none(), "the stream ends in order");
    eventually("the socket is back", || socket.exists()).await;
    let mut again = SubClient::open(&channel(&socket));
    again.ask();
    assert_eq!(again.numbers(1).await, [3], "2 was popped and dropped");
    again.leave();
    shutdown.cancel();
    soon("the end", running).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_reload_while_the_headers_are_pending_ends_the_call_with_ok() {
    let mut scene = Scene::new().await;
    let mut client = SubClient::open(&scene.channel());
    client.ask();
    scene.requests(1).await;
    scene.falco.stop();
    client.ask();
    assert!(client.next().await.is_none());
    scene.falco.ended().await;
}

#[tokio::test]
async fn half_closing_delivers_what_is_due_and_never_ends_the_call() {
    let mut scene = Scene::new().await;
    let channel = scene.channel();
    scene.falco.push(0..5);
    let mut client = SubClient::open(&channel);
    client.ask();
    client.half_close();
    assert_eq!(client.numbers(5).await.len(), 5);
    round_trip(&channel).await;
    assert!(client.is_quiet(), "neither an alert nor an end");
    assert_eq!(scene.falco.simulator.streams(), 1);
    client.leave();
    scene.falco.stop();
    drop(channel);
    scene.falco.ended().await;
}

#[tokio::test]
async fn the_stream_after_the_last_of_threadiness_times_ten_hangs_without_an_error() {
    let scene = Scene::with(Settings { streams: 2, ..Settings::default() }).await;
    let channel = scene.channel();
    let first = SubClient::open(&channel);
    first.ask();
    let second = SubClient::open(&channel);
    second.ask();
    scene.requests(2).await;
    let mut third = SubClient::open(&channel);
    third.ask();
    scene.falco.push([1]);
    round_trip(&channel).await;
    assert!(third.is_quiet());
    assert_eq!((scene.falco.simulator.requests(), scene.falco.queued()), (2, 1));
    first.leave();
    assert_eq!(third.numbers(1).await, [1]);
}

#[test]
fn two_cores_serve_twenty_streams() {
    assert_eq!(Settings::default().streams, 20);
}

#[tokio::test]
async fn the_version_is_like_that_of_0_43_1() {
    let scene = Scene::new().await;
    let mut client = version::service_client::ServiceClient::new(scene.channel());
    let answer = client.version(version::Request {}).await.unwrap().into_inner();
    assert_eq!(answer.version, "0.43.1");
    assert_eq!((answer.major, answer.minor, answer.patch), (0, 43, 1));
    assert_eq!((answer.prerelease.as_str(), answer.build.as_str()), ("", ""));
    assert!(!answer.engine_version.is_empty());
}

#[tokio::test]
async fn there_is_no_reflection_and_no_health_service() {
    let scene = Scene::new().await;
    let check = HealthClient::new(scene.channel()).check(HealthCheckRequest::default()).await;
    assert_eq!(check.unwrap_err().code(), Code::Unimplemented);
    let none = tokio_stream::iter(Vec::new());
    let reflection = ServerReflectionClient::new(scene.channel()).server_reflection_info(none).await;
    assert_eq!(reflection.unwrap_err().code(), Code::Unimplemented);
}

#[tokio::test]
async fn tcp_demands_a_client_certificate() {
    let certificates = Certificates::new();
    let settings = Settings { tls: Some(certificates.server()), ..Settings::default() };
    let listen = Listen::Tcp(([127, 0, 0, 1], 0).into());
    let falco = StandIn::serve(Arc::new(Simulator::new(settings)), listen).await;
    let read = |name: &str| std::fs::read(certificates.file(name)).unwrap();
    let anonymous =
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read("ca.crt"))).domain_name("localhost");
    let known = anonymous.clone().identity(Identity::from_pem(read("client.crt"), read("client.key")));
    let channel = |tls: ClientTlsConfig| {
        let uri = format!("https://127.0.0.1:{}", falco.port.unwrap());
        Endpoint::from_shared(uri).unwrap().tls_config(tls).unwrap().connect_lazy()
    };
    assert_eq!(round_trip(&channel(known)).await, "0.43.1");
    let mut client = version::service_client::ServiceClient::new(channel(anonymous));
    assert!(client.version(version::Request {}).await.is_err());
    let plain = Endpoint::from_shared(format!("http://127.0.0.1:{}", falco.port.unwrap())).unwrap().connect_lazy();
    assert!(version::service_client::ServiceClient::new(plain).version(version::Request {}).await.is_err());
}

#[tokio::test]
async fn tcp_without_certificates_is_refused() {
    let listener = Listener::bind(&Listen::Tcp(([127, 0, 0, 1], 0).into())).await.unwrap();
    let simulator = Simulator::new(Settings::default());
    let error = simulator.serve(listener, CancellationToken::new()).await.unwrap_err().to_string();
    assert!(error.contains("mutual TLS"), "{error}");
}

#[tokio::test]
async fn a_killed_falco_leaves_a_socket_that_the_next_one_starts_over() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("falco.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let falco = StandIn::start(&socket).await;
    assert_eq!(round_trip(&channel(&socket)).await, "0.43.1");
    drop(falco);
}

#[tokio::test]
async fn the_command_serves_as_many_alerts_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("falco.sock");
    let args = lanner::cli::simulate::Args {
        listen: Listen::Unix(socket.clone()),
        alerts: None,
        rate: None,
        count: Some(100),
        repeat: false,
        json_output: true,
        falco_version: "0.42.0".to_owned(),
        tls_cert: None,
        tls_key: None,
        tls_ca: None,
    };
    let serving = tokio::spawn(lanner::cli::simulate::run(args));
    eventually("it listens", || socket.exists()).await;
    let channel = channel(&socket);
    assert_eq!(round_trip(&channel).await, "0.42.0");
    let mut alerts = Vec::new();
    while alerts.len() < 100 {
        alerts.extend(get(&channel).await);
    }
    assert_eq!(alerts.len(), 100);
    assert!(alerts.iter().all(|alert| alert.output.starts_with('{')));
    serving.abort();
}
