//! Metrics are asked for over HTTP and named as promised.

#[path = "support/process.rs"]
mod process;
#[path = "support/serve.rs"]
mod support;

use lanner::config::Config;
use lanner::listen::{Address, ListenSettings};
use lanner::serve::metrics::{JournalMetrics, ListenerMetrics, Metrics, MetricsServer};
use lanner::sidecar::Sidecar;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use support::World;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn metrics_and_health_are_answered() {
    let world = World::new();
    world.open_groups(1, 3).await;
    let server = MetricsServer::bind(ListenSettings::new("127.0.0.1:0".parse().unwrap())).await.unwrap();
    let Address::Tcp(address) = server.address() else { panic!("not TCP") };
    let mut metrics = Metrics::new();
    metrics.collect(JournalMetrics(world.journal.clone()));
    metrics.collect(ListenerMetrics(vec![(server.address(), server.protection())]));
    let well = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&well);
    let wellness = Arc::new(move || if seen.load(Ordering::Relaxed) { Ok(()) } else { Err("disk full".to_owned()) });
    tokio::spawn(server.run(metrics, wellness, world.shutdown.clone()));

    let page = get(address, "/metrics").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    for line in [
        "lanner_build_info{version=\"",
        "lanner_journal_alerts_total 3",
        "lanner_journal_newest_sequence{order=\"analyses\"} 3",
        "lanner_journal_writable 1",
        "lanner_pipeline_backlog 0",
        "lanner_listener_refused_total{listener=\"127.0.0.1:",
        "# EOF",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
    assert!(page.lines().filter(|line| line.starts_with("# TYPE")).all(|line| line.starts_with("# TYPE lanner_")));
    assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 200"));
    well.store(false, Ordering::Relaxed);
    let ill = get(address, "/healthz").await;
    assert!(ill.starts_with("HTTP/1.1 503") && ill.contains("disk full"), "{ill}");
    assert!(get(address, "/other").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn a_sidecars_page_has_each_metric_once() {
    let node = process::Node::new("http: {address: '127.0.0.1:0'}");
    let mut config = Config::load(Some(&node.path("lanner.yaml"))).unwrap();
    config.serve.metrics = Some(ListenSettings::new("127.0.0.1:0".parse().unwrap()));
    let sidecar = Sidecar::start(config).await.unwrap();
    let page = get(sidecar.metrics_address().unwrap(), "/metrics").await;
    let mut types: Vec<_> = page.lines().filter(|line| line.starts_with("# TYPE")).collect();
    let all = types.len();
    types.sort_unstable();
    types.dedup();
    assert!(all > 20 && types.len() == all, "{all} and {} that differ: {page}", types.len());
    for line in ["lanner_pipeline_cursor 0", "lanner_falco_connected{", "lanner_http_alerts_total{"] {
        assert!(page.contains(line), "{line}: {page}");
    }
    sidecar.stop().await.unwrap();
}
