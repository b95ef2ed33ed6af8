//! Which thread does what: as few of them on every node, and alerts are taken in while serving is held up.

#[path = "support/process.rs"]
mod process;

use lanner::config::Config;
use lanner::sidecar::Sidecar;
use process::{Node, PATIENCE, free_port, status, until};
use std::fs::read_to_string;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[tokio::test]
async fn threads_are_as_few_whatever_the_runtime_is_told_of_cores() {
    let node = Node::new("");
    let sidecar = node.run_under("export TOKIO_WORKER_THREADS=48");
    status(&mut node.client().await).await;
    // A thread carries its parent's name at first.
    let expected = ["sources", "serving", "pipeline", "journal"];
    let threads = until("all threads to have their names", async || {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", sidecar.id())).ok()?;
        let found: Vec<String> = tasks.filter_map(|task| read_to_string(task.ok()?.path().join("comm")).ok()).collect();
        expected.iter().all(|name| found.iter().any(|other| other.trim() == *name)).then_some(found)
    })
    .await;
    // Beside these the log's, two readers, the allocator's, and those for blocking calls, which come and go.
    assert!(threads.len() <= 16, "{threads:?}");
}

/// Here everything that serves runs on the test's one thread, and that waits without letting go of it.
#[tokio::test]
async fn alerts_are_taken_in_while_serving_is_held_up() {
    let port = free_port();
    let node = Node::new(&format!("http: {{address: '127.0.0.1:{port}'}}"));
    let alert = |n: u32| {
        format!(
            r#"{{"hostname":"node-1","output":"o","priority":"Notice","rule":"R","time":"2025-10-09T08:53:20.{n:09}Z","output_fields":{{"proc.name":"p"}}}}"#
        )
    };
    std::fs::write(node.path("alerts.jsonl"), (1..=20).map(alert).collect::<Vec<_>>().join("\n")).unwrap();
    let sidecar = Sidecar::start(Config::load(Some(&node.path("lanner.yaml"))).unwrap()).await.unwrap();

    let mut http = TcpStream::connect(("127.0.0.1", port)).unwrap();
    http.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = alert(21);
    write!(http, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        .unwrap();
    let mut answer = String::new();
    http.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let falco = node.falco(&node.path("alerts.jsonl"), &[]);
    let journal = rusqlite::Connection::open(node.path("journal.db")).unwrap();
    let kept = || journal.query_row("SELECT sum(count) FROM chunks", [], |row| row.get::<_, u32>(0)).unwrap();
    let late = Instant::now() + PATIENCE;
    while kept() < 21 {
        assert!(Instant::now() < late, "{} alerts are kept", kept());
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(falco);
    sidecar.stop().await.unwrap();
}
