//! Alerts come in over HTTP as Falco posts them, and a 200 means that they are kept.

#[path = "support/serve.rs"]
mod support;

use lanner::alert::Context;
use lanner::journal::{Limits, Seq};
use lanner::listen::{Address, ListenSettings};
use lanner::source::http::{Counters, HttpSettings, HttpSource};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use support::World;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

struct Source {
    address: SocketAddr,
    counters: Arc<Counters>,
}

async fn start(world: &World, edit: impl FnOnce(&mut HttpSettings)) -> Source {
    let mut settings = HttpSettings::new(ListenSettings::new("127.0.0.1:0".parse().unwrap()));
    edit(&mut settings);
    let source = HttpSource::bind(settings).await.unwrap();
    let Address::Tcp(address) = source.address() else { panic!("not TCP") };
    let counters = source.counters();
    let context = Arc::new(Context { node: "node-1".to_owned(), labels: Vec::new() });
    tokio::spawn(source.run(world.journal.clone(), context, world.shutdown.clone(), Duration::from_secs(1)));
    Source { address, counters }
}

/// Sends these bytes and gives the status and the body of the first answer.
async fn send(stream: &mut TcpStream, request: &[u8]) -> (u16, String) {
    // An answer may come before the whole request is written: 413 does.
    let _ = stream.write_all(request).await;
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let length: usize = length.unwrap_or_default();
            if body.len() >= length {
                return (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned());
            }
        }
        let count = stream.read_buf(&mut bytes).await.unwrap();
        assert!(count > 0, "closed after {text:?}");
    }
}

/// A request as Falco sends it.
fn post(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:8085\r\nUser-Agent: falcosecurity/falco\r\nAccept: */*\r\nContent-Type: \
         application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn falco(n: u64) -> Vec<u8> {
    let line = serde_json::json!({
        "time": format!("2026-11-22T08:29:40.{n:09}Z"), "rule": "Detect Shell in Container", "priority": "Warning",
        "source": "syscall", "hostname": "test-node-1", "output": "08:29:40.689330535: Warning Shell (user=root)",
        "tags": ["T1059", "shell"], "output_fields": {"user.name": "root", "user.uid": 0, "proc.tty": null}
    });
    line.to_string().into_bytes()
}

#[tokio::test]
async fn what_is_answered_200_is_in_the_journal() {
    let world = World::new();
    let source = start(&world, |_| ()).await;
    let mut stream = TcpStream::connect(source.address).await.unwrap();
    for n in 0..50 {
        // One connection kept alive, and any path.
        let path = if n % 2 == 0 { "/" } else { "/falco" };
        assert_eq!(send(&mut stream, &post(path, &falco(n))).await, (200, String::new()));
        assert_eq!(world.journal.status().newest_alert, Seq::new(n + 1));
    }
    // The same alert once more is no error, and is kept once.
    assert_eq!(send(&mut stream, &post("/", &falco(7))).await.0, 200);
    let kept = world.journal.reader().unwrap().alerts_after(Seq::START, Limits::default()).unwrap().items;
    assert_eq!(kept.len(), 50);
    assert_eq!((kept[0].context.node.as_str(), kept[0].alert.field("user.uid")), ("node-1", Some("0")));
    assert_eq!((source.counters.received(), source.counters.duplicates()), (51, 1));
    assert!(source.counters.last().is_some());
}

#[tokio::test]
async fn what_is_no_alert_is_answered_400_with_the_reason() {
    let world = World::new();
    let source = start(&world, |_| ()).await;
    let mut stream = TcpStream::connect(source.address).await.unwrap();
    for (body, reason) in [
        (&b"hello"[..], "not a JSON object"),
        (b"", "not a JSON object"),
        (b"{}", "no `time`"),
        (br#"{"time":"2026-11-22T08:29:40Z","rule":"R","priority":"Loud"}"#, "`priority` is \\\"Loud\\\""),
    ] {
        let (status, answer) = send(&mut stream, &post("/", body)).await;
        assert_eq!(status, 400);
        assert!(answer.starts_with("{\"error\":") && answer.contains(reason), "{answer}");
    }
    // The connection goes on, and text that is not UTF-8 is taken leniently.
    let broken =
        falco(1).iter().flat_map(|byte| if *byte == b'?' { vec![0xff] } else { vec![*byte] }).collect::<Vec<_>>();
    let raw =
        [&br#"{"time":"2026-11-22T08:29:40Z","rule":"R","priority":"Debug","output":""#[..], b"\xff\xfe\"}"].concat();
    assert_eq!(send(&mut stream, &post("/", &broken)).await.0, 200);
    assert_eq!(send(&mut stream, &post("/", &raw)).await.0, 200);
    assert_eq!(source.counters.malformed(), 4);
}

#[tokio::test]
async fn probes_are_answered_and_other_methods_are_not() {
    let world = World::new();
    let source = start(&world, |_| ()).await;
    let mut stream = TcpStream::connect(source.address).await.unwrap();
    let mut get =
        async |path: &str| send(&mut stream, format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await;
    assert_eq!(get("/healthz").await, (200, "{\"status\": \"ok\"}".to_owned()));
    assert_eq!(get("/ping").await, (200, "pong".to_owned()));
    assert_eq!(get("/").await.0, 405);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_answered_413() {
    let world = World::new();
    let source = start(&world, |settings| settings.max_body_bytes = 100_000).await;
    let mut stream = TcpStream::connect(source.address).await.unwrap();
    let large = vec![b'{'; 200_000];
    let (status, answer) = send(&mut stream, &post("/", &large)).await;
    assert_eq!((status, answer.as_str()), (413, "{\"error\":\"larger than 100000 bytes\"}"));
    // Without a length the limit holds too.
    let mut stream = TcpStream::connect(source.address).await.unwrap();
    let mut chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n".to_vec();
    chunked.extend_from_slice(&large);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    assert_eq!(send(&mut stream, &chunked).await.0, 413);
    assert_eq!(source.counters.oversized(), 2);
}

#[tokio::test]
async fn an_alert_of_ten_megabytes_is_kept_cut() {
    let world = World::new();
    let source = start(&world, |_| ()).await;
    let body = serde_json::json!({
        "time": "2026-11-22T08:29:40Z", "rule": "R", "priority": "Warning",
        "output_fields": {"proc.cmdline": "x".repeat(10 << 20)}
    });
    let mut stream = TcpStream::connect(source.address).await.unwrap();
    assert_eq!(send(&mut stream, &post("/", body.to_string().as_bytes())).await.0, 200);
    let kept = world.journal.reader().unwrap().alerts_after(Seq::START, Limits::default()).unwrap().items;
    assert!(kept[0].alert.is_cut() && kept[0].alert.size() < 100_000);
}

#[tokio::test]
async fn who_sends_slowly_is_let_go_and_holds_nobody_up() {
    let world = World::new();
    let source = start(&world, |settings| {
        settings.listen.handshake_timeout = Duration::from_millis(100);
        settings.body_timeout = Duration::from_millis(100);
    })
    .await;
    let mut silent = TcpStream::connect(source.address).await.unwrap();
    let mut half = TcpStream::connect(source.address).await.unwrap();
    let whole = post("/", &falco(1));
    half.write_all(&whole[..whole.len() - 5]).await.unwrap();
    let mut quick = TcpStream::connect(source.address).await.unwrap();
    assert_eq!(send(&mut quick, &post("/", &falco(2))).await.0, 200);
    assert_eq!(silent.read(&mut [0; 1]).await.unwrap_or(0), 0);
    assert_eq!(send(&mut half, b"").await.0, 408);
    assert_eq!(source.counters.slow(), 1);
}
