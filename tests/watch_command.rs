//! `lanner watch` against a sidecar behind a network that can fail without a word.

#[path = "support/process.rs"]
mod process;

use process::{Node, analysed, free_port, http_client};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::Notify;

const PATIENCE: Duration = Duration::from_mins(1);

/// Passes connections on to the socket. When `freeze` is notified, the one that is open stays open and says nothing more,
/// as where a node has lost its power; those that come later are passed on.
async fn network(listener: TcpListener, socket: impl AsRef<Path>, freeze: Arc<Notify>) {
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = UnixStream::connect(&socket).await.unwrap();
        let freeze = Arc::clone(&freeze);
        tokio::spawn(async move {
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => {}
                () = freeze.notified() => std::future::pending().await,
            }
        });
    }
}

#[tokio::test]
async fn a_watch_notices_a_node_that_is_gone_without_a_word_and_goes_on_behind_what_it_has_seen() {
    let port = free_port();
    let node = Node::new(&format!("http: {{address: '127.0.0.1:{port}'}}"));
    let _running = node.run();
    let mut client = node.client().await;
    let http = http_client();
    let send = async |n: u32| {
        let alert = serde_json::json!({
            "time": "2026-11-22T08:29:40Z", "rule": format!("Rule {n}"), "priority": "Warning", "source": "syscall",
            "output": "x", "output_fields": {"proc.name": "sh", "proc.cmdline": "sh -c id", "container.id": "host"}
        });
        let answer = http.post(format!("http://127.0.0.1:{port}/")).json(&alert).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let freeze = Arc::<Notify>::default();
    tokio::spawn(network(listener, node.path("lanner.sock"), Arc::clone(&freeze)));
    let mut watch = tokio::process::Command::new(process::binary())
        .args(["watch", "--address", &address])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = async || tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("in time").unwrap().unwrap();
    send(1).await;
    assert!(next().await.contains("Rule 1"));
    freeze.notify_waiters();
    send(2).await;
    analysed(&mut client, 2).await;
    assert!(next().await.contains("Rule 2"));
}
