//! Promises: what cannot be served is refused with the reason and the way out; what can go on goes on; a full disk
//! loses nothing that was answered, and needs no restart; a shutdown under load ends in time and tells watchers where
//! they are.

#[path = "support/kept.rs"]
mod kept;
#[path = "support/process.rs"]
mod process;

use kept::read_back;
use lanner::alert::Time;
use lanner::config::Config;
use lanner::journal::{Journal, Settings};
use lanner::serve::proto::{Start, WatchAnalysesRequest, watch_analyses_response::Event};
use lanner::sidecar::Sidecar;
use process::{Node, PATIENCE, WITHOUT_SIGXFSZ, analysed, free_port, http_client, post, status, until, watch};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// 2025-10-09T08:53:20Z
const START: i64 = 1_760_000_000_000_000_000;

/// So many groups that lanner does not call it a flood.
const GROUPS: u64 = 40;

/// Alert number `n`, at this time.
fn alert_at(n: u64, time: Time) -> String {
    let group = n % GROUPS;
    serde_json::json!({
        "time": time.to_string(), "rule": "Read sensitive file untrusted", "priority": "Warning", "source": "syscall",
        "hostname": "node-1", "output": "Sensitive file opened",
        "output_fields": {
            "proc.name": "cat", "proc.exepath": "/usr/bin/cat", "proc.pname": "bash", "user.name": "root",
            "proc.cmdline": format!("cat /etc/secret-{group}"), "fd.name": format!("/etc/secret-{group}"),
            "proc.pid": n,
        },
    })
    .to_string()
}

fn alert(n: u64) -> String {
    alert_at(n, Time::from_nanos(START + n as i64 * 1_000_000))
}

/// A file of `count` alerts for the stand-in, numbered from `first`.
fn alerts_file(node: &Node, first: u64, count: u64) -> PathBuf {
    let path = node.path("alerts.jsonl");
    let lines: Vec<String> = (first..first + count).map(alert).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    path
}

fn node_with_http() -> (Node, u16) {
    let port = free_port();
    (Node::new(&format!("http: {{address: '127.0.0.1:{port}'}}")), port)
}

fn node_without_http() -> Node {
    Node::new("http: {enabled: false}")
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_refused_with_the_way_out() {
    let node = node_without_http();
    let path = node.path("journal.db");
    Journal::open(Settings::new(&path)).unwrap().1.stop();
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let (code, said) = node.refusal().await;
    assert_eq!(code, Some(1), "{said}");
    for word in ["version 99", "run the newer lanner", "move the journal away", path.to_str().unwrap()] {
        assert!(said.contains(word), "{said}");
    }
}

#[tokio::test]
async fn a_damaged_journal_is_refused_and_left_as_it_is() {
    let node = node_without_http();
    let path = node.path("journal.db");
    Journal::open(Settings::new(&path)).unwrap().1.stop();
    let mut damaged = std::fs::read(&path).unwrap();
    damaged[4096..].fill(0xa5);
    std::fs::write(&path, &damaged).unwrap();
    let (code, said) = node.refusal().await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("damaged") && said.contains("move it away"), "{said}");
    assert_eq!(std::fs::read(&path).unwrap(), damaged);
}

#[tokio::test]
async fn a_second_process_on_one_journal_is_refused_and_the_first_goes_on() {
    let node = node_without_http();
    let _first = node.run();
    let mut client = node.client().await;
    let (code, said) = node.refusal().await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("another process is using the journal"), "{said}");
    status(&mut client).await;
    node.client().await;
}

#[tokio::test]
async fn a_socket_path_that_is_a_file_is_refused_and_the_file_is_kept() {
    let node = node_without_http();
    std::fs::write(node.path("lanner.sock"), "mine").unwrap();
    let (code, said) = node.refusal().await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(node.path("lanner.sock").to_str().unwrap()), "{said}");
    assert_eq!(std::fs::read_to_string(node.path("lanner.sock")).unwrap(), "mine");
}

#[tokio::test]
async fn a_configuration_that_makes_no_sense_is_refused_with_every_problem() {
    let node = Node::new(
        "http: {adress: x, tls: {certificate: /nowhere/cert.pem, key: /nowhere/key.pem}}\nretention: 7d\nlog: {level: info, colour: red}",
    );
    let (code, said) = node.refusal().await;
    assert_eq!(code, Some(78), "{said}");
    for problem in
        ["http.adress", "http.tls.certificate", "/nowhere/cert.pem", "/nowhere/key.pem", "retention", "log.colour"]
    {
        assert!(said.contains(problem), "{problem}: {said}");
    }
    assert!(!node.path("journal.db").exists(), "nothing was begun");
}

#[tokio::test]
async fn a_taken_port_is_warned_about_and_falco_is_read_all_the_same() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let node = Node::new(&format!("http: {{address: '{}'}}", taken.local_addr().unwrap()));
    let _falco = node.falco(&alerts_file(&node, 1, 50), &[]);
    let _running = node.run();
    analysed(&mut node.client().await, 50).await;
    let said = node.log();
    assert!(said.contains("WARN") && said.contains("alerts are not taken over HTTP"), "{said}");
}

#[tokio::test]
async fn garbage_is_answered_with_the_reason_and_what_is_too_large_is_not_read() {
    let (node, port) = node_with_http();
    let _running = node.run();
    let mut client = node.client().await;
    let http = http_client();
    for (body, reason) in [
        ("hello", "not a JSON object"),
        ("{\"rule\": \"x\", \"priority\": \"Warning\"}", "no `time`"),
        ("{\"rule\": \"x\", \"priority\": \"Loud\", \"time\": \"2025-10-09T08:53:20Z\"}", "priority"),
        ("[[[[[[[[", "not a JSON object"),
    ] {
        let answer = http.post(format!("http://127.0.0.1:{port}/")).body(body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 400, "{body}");
        let said = answer.text().await.unwrap();
        assert!(said.contains(reason), "{said}");
    }
    let said = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(b"POST / HTTP/1.1\r\nHost: lanner\r\nContent-Length: 99999999\r\n\r\n").unwrap();
        let mut said = [0; 12];
        stream.read_exact(&mut said).unwrap();
        String::from_utf8_lossy(&said).into_owned()
    });
    assert_eq!(said.await.unwrap(), "HTTP/1.1 413");
    assert_eq!(post(&http, port, &alert(1)).await, Some(200));
    analysed(&mut client, 1).await;
    let source = status(&mut client).await.sources.into_iter().find(|source| source.name == "http").unwrap();
    assert_eq!((source.received, source.malformed), (1, 4));
    // Whoever runs Falco hears of it: Falco itself does not look at the answer.
    let log = node.log();
    assert!(log.contains("not taken") && log.contains("needs `json_output: true`"), "{log}");
}

#[tokio::test]
async fn clocks_that_are_years_off_and_alerts_out_of_order_are_kept_and_analysed() {
    let (node, port) = node_with_http();
    let running = node.run();
    let mut client = node.client().await;
    let http = http_client();
    let years = [2025, 1971, 2261, 2024, 1999, 2026, 1700, 2150];
    for n in 0..40 {
        let year = years[n as usize % years.len()];
        let time = Time::parse(&format!("{year}-0{}-15T10:00:00.{n:03}Z", 9 - n % 9)).unwrap();
        assert_eq!(post(&http, port, &alert_at(n % 5, time)).await, Some(200), "{time}");
    }
    let newest = analysed(&mut client, 40).await;
    let before = watch(&mut client, "", newest).await;
    assert_eq!(status(&mut client).await.journal.unwrap().oldest_alert, 1, "age counts from receipt");
    running.kill();
    let _running = node.run();
    let mut client = node.client().await;
    assert!(before == watch(&mut client, "", newest).await, "a restart changes nothing");
}

/// The other half of a full disk, by a limit on file size, is part of the chaos.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_makes_alerts_wait_then_refuses_them_and_recovers_without_a_restart() {
    let (node, port) = node_with_http();
    let pages = Arc::new(AtomicU32::new(u32::MAX));
    let mut config = Config::load(Some(&node.path("lanner.yaml"))).unwrap();
    config.journal.max_pages = Some(Arc::clone(&pages));
    config.journal.max_buffer = 256 * 1024;
    let sidecar = Sidecar::start(config).await.unwrap();
    let mut client = node.client().await;
    let http = http_client();
    let health = async || {
        let answer = http.get(format!("http://127.0.0.1:{port}/healthz")).send().await.ok()?;
        Some(answer.status().as_u16())
    };
    for n in 1..=20 {
        assert_eq!(post(&http, port, &alert(n)).await, Some(200));
    }
    let mut kept = analysed(&mut client, 20).await.min(20);

    // Full: what comes now waits, first on disk pages that are free still, then in memory.
    pages.store(1, Ordering::Relaxed);
    let mut waiting = Vec::new();
    let mut next = 21;
    let offer = |n: u64| {
        let (http, body) = (http.clone(), alert(n).replace("Sensitive file opened", &noise(n, 8000)));
        tokio::spawn(async move { post(&http, port, &body).await })
    };
    until("a full disk", async || {
        waiting.push(offer(next));
        next += 1;
        (health().await == Some(503)).then_some(())
    })
    .await;
    let falco = node.falco(&alerts_file(&node, 100_000, 3000), &[]);
    assert!(waiting.iter().any(|one| !one.is_finished()), "an alert waits for room instead of being refused");

    // The buffer fills up: only then is an alert refused.
    until("a refusal", async || {
        let one = offer(next);
        next += 1;
        let answer = until("an answer or a long wait", async || {
            let refused = one.is_finished();
            // Who waits is in the buffer: the next one is asked.
            (refused || health().await == Some(503)).then_some(refused)
        })
        .await;
        if !answer {
            waiting.push(one);
            return None;
        }
        let refused = one.await.unwrap() == Some(503);
        kept += u64::from(!refused);
        refused.then_some(())
    })
    .await;

    // Room again: everybody who waited is answered, and nothing that was answered 200 is missing.
    pages.store(u32::MAX, Ordering::Relaxed);
    for one in waiting {
        let answer = one.await.unwrap();
        assert!(matches!(answer, Some(200 | 503)), "{answer:?}");
        kept += u64::from(answer == Some(200));
    }
    until("health", async || (health().await == Some(200)).then_some(())).await;
    assert_eq!(post(&http, port, &alert(99_999)).await, Some(200));
    kept += 1;
    // And what lanner itself says: that alerts were lost.
    analysed(&mut client, kept + 3000 + 1).await;
    sidecar.stop().await.unwrap();
    drop(falco);
    let numbers = read_back(&node.path("journal.db")).numbers;
    assert_eq!(numbers.len() as u64, kept + 3000, "what Falco held back came too, and nothing came twice");
}

#[tokio::test]
async fn a_shutdown_on_a_full_disk_ends_in_time_and_keeps_what_was_answered() {
    let port = free_port();
    let node = Node::new(&format!("http: {{address: '127.0.0.1:{port}'}}\nshutdown: {{deadline: 3s}}"));
    let mut running = node.run_under(WITHOUT_SIGXFSZ);
    node.client().await;
    let http = http_client();
    if !running.limit_files("65536") {
        println!("this machine has no prlimit: nothing to show");
        return;
    }
    let mut kept = 0;
    let waiting = until("a full disk", async || {
        let (http, body) = (http.clone(), alert(kept + 1).replace("Sensitive file opened", &noise(kept, 8000)));
        let one = tokio::spawn(async move { post(&http, port, &body).await });
        let full = until("an answer or a full disk", async || {
            let health = http_client().get(format!("http://127.0.0.1:{port}/healthz")).send().await.ok()?;
            let full = health.status().as_u16() == 503;
            (full || one.is_finished()).then_some(full)
        })
        .await;
        if full {
            return Some(one);
        }
        assert_eq!(one.await.unwrap(), Some(200));
        kept += 1;
        None
    })
    .await;
    let begun = std::time::Instant::now();
    running.terminate();
    assert_eq!(running.ended().await.code(), Some(0), "{}", node.log());
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    let answered = waiting.await.unwrap() == Some(200);
    let _running = node.run();
    let mut client = node.client().await;
    analysed(&mut client, kept + u64::from(answered)).await;
}

/// Text that does not compress.
fn noise(seed: u64, length: usize) -> String {
    let mut random = process::Random(seed + 1);
    (0..length).map(|_| char::from(b'!' + (random.below(90) as u8))).filter(|c| !"\"\\".contains(*c)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_under_load_ends_in_time_and_tells_watchers_where_they_are() {
    const ALERTS: u64 = 40_000;
    let node = node_without_http();
    let _falco = node.falco(&alerts_file(&node, 1, 500), &["--repeat", "--count", &ALERTS.to_string()]);
    let mut running = node.run();
    let mut client = node.client().await;
    let request = WatchAnalysesRequest { start: Start::Oldest.into(), ..Default::default() };
    let mut stream = client.watch_analyses(request).await.unwrap().into_inner();
    let first = tokio::time::timeout(PATIENCE, stream.message()).await.unwrap().unwrap().unwrap();
    assert!(!first.cursor.is_empty());

    let begun = std::time::Instant::now();
    running.terminate();
    let (mut cursor, mut seen) = (first.cursor, Vec::new());
    let ended = loop {
        match tokio::time::timeout(PATIENCE, stream.message()).await.expect("the watch ends") {
            Ok(Some(message)) => {
                if let Some(Event::Analysis(analysis)) = message.event {
                    seen.push(analysis.id);
                }
                cursor = message.cursor;
            }
            Ok(None) => panic!("a watch that ends says why"),
            Err(status) => break status,
        }
    };
    assert_eq!(ended.code(), tonic::Code::Unavailable, "{ended:?}");
    assert_eq!(ended.metadata().get("lanner-cursor").unwrap().to_str().unwrap(), cursor);
    let code = running.ended().await.code();
    assert_eq!(code, Some(0), "{}", node.log());
    // The deadline is 10 s by default; a machine that is busy with other tests gets as much again.
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());

    let _running = node.run();
    let mut client = node.client().await;
    let newest = analysed(&mut client, ALERTS).await;
    assert_eq!(status(&mut client).await.journal.unwrap().newest_alert, ALERTS, "a polite leave loses nothing");
    let rest = watch(&mut client, &cursor, newest - 1 - seen.len() as u64).await;
    let repeated = rest.iter().filter(|(_, analysis)| seen.contains(&analysis.id)).count();
    assert_eq!(repeated, 0, "the cursor of the trailer continues right behind the last message");
}

#[tokio::test]
async fn a_log_that_cannot_be_written_stops_nothing() {
    let (node, port) = node_with_http();
    let _running = node.run_under("exec 2>/dev/full");
    let mut client = node.client().await;
    let http = http_client();
    until("alerts to be taken", async || (post(&http, port, &alert(1)).await == Some(200)).then_some(())).await;
    analysed(&mut client, 1).await;
}

#[tokio::test]
async fn running_out_of_file_descriptors_is_survived() {
    let (node, port) = node_with_http();
    let _running = node.run_under("ulimit -n 96");
    let mut client = node.client().await;
    status(&mut client).await;
    let mut open: Vec<TcpStream> = (0..150).filter_map(|_| TcpStream::connect(("127.0.0.1", port)).ok()).collect();
    assert!(open.len() >= 100);
    status(&mut client).await;
    open.clear();
    let http = http_client();
    until("alerts to be taken again", async || (post(&http, port, &alert(1)).await == Some(200)).then_some(())).await;
    analysed(&mut client, 1).await;
}
