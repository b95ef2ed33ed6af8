//! Promise: while storage is full, Falco is left politely and queues; after the longest pause it is drained again, and
//! what is lost then is counted, and announced once there is room; nothing needs a restart.

#[path = "support/process.rs"]
mod process;
#[path = "support/stand_in.rs"]
mod stand_in;

use lanner::config::Config;
use lanner::journal::{Journal, Limits, Seq, Settings};
use lanner::listen::ListenSettings;
use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use lanner::serve::proto::{Filter, ListAlertsRequest, ListAnalysesRequest, Match};
use lanner::sidecar::Sidecar;
use process::{Node, analysed, free_port, http_client, pause, post, status, until};
use stand_in::StandIn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tonic::transport::Channel;

const LONGEST_PAUSE: Duration = Duration::from_secs(6);

/// Where lanner says Falco's source to stand: Falco's version, or `paused` and the like.
async fn falco_is(client: &mut AnalysisServiceClient<Channel>) -> String {
    let sources = status(client).await.sources;
    sources.into_iter().find(|source| source.name == "falco").expect("a source").detail
}

/// How many alerts of this source lanner's own notices say were lost, all in all.
async fn said_lost(client: &mut AnalysisServiceClient<Channel>, source: &str) -> u64 {
    let notices = Match { rules: vec!["lanner: alerts lost".to_owned()], ..Default::default() };
    let filter = Some(Filter { allow: vec![notices], deny: Vec::new() });
    let mut request = ListAnalysesRequest { page_size: 500, filter, ..Default::default() };
    let mut groups = Vec::new();
    // A page looks at a bounded number of groups: the notices may lie behind thousands of others.
    loop {
        let page = client.list_analyses(request.clone()).await.expect("a page").into_inner();
        groups.extend(page.analyses);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let mut lost = 0;
    for group in groups {
        let opening = group.opening_alert.expect("an opening alert");
        if opening.output_fields["lanner.source"] != source {
            continue;
        }
        let request = ListAlertsRequest { group_id: group.group_id, page_size: 500, ..Default::default() };
        for alert in client.list_alerts(request).await.expect("a page").into_inner().alerts {
            lost += alert.output_fields["lanner.lost"].parse::<u64>().expect("a number");
        }
    }
    lost
}

/// The value of a metric that has no labels, or is given with them.
fn metric(page: &str, name: &str) -> u64 {
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name}: {page}")).parse().expect("a number")
}

fn alert_over_http(n: u64) -> String {
    serde_json::json!({
        "time": "2025-10-09T08:53:20Z", "rule": "Read sensitive file untrusted", "priority": "Warning",
        "output": "Sensitive file opened", "output_fields": {"proc.name": "cat", "proc.pid": n},
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn falco_queues_while_storage_is_full_and_what_is_lost_afterwards_is_counted_and_announced() {
    let port = free_port();
    let node = Node::new(&format!("http: {{address: '127.0.0.1:{port}'}}"));
    let falco = StandIn::start(&node.path("falco.sock")).await;
    let pages = Arc::new(AtomicU32::new(u32::MAX));
    let mut config = Config::load(Some(&node.path("lanner.yaml"))).expect("a configuration");
    config.journal.max_pages = Some(Arc::clone(&pages));
    config.journal.max_buffer = 64 * 1024;
    config.falco.as_mut().expect("Falco's source").settings.longest_pause = LONGEST_PAUSE;
    config.serve.metrics = Some(ListenSettings::new("127.0.0.1:0".parse().expect("an address")));
    let sidecar = Sidecar::start(config).await.expect("a sidecar");
    let metrics = format!("http://{}", sidecar.metrics_address().expect("metrics"));
    let http = http_client();
    let get = async |path: &str| {
        let answer = http.get(format!("{metrics}{path}")).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    };
    let mut client = node.client().await;
    falco.push(1..=50);
    analysed(&mut client, 50).await;

    // Full: what was received waits in memory, and then Falco is left.
    let full = Instant::now();
    pages.store(1, Ordering::Relaxed);
    let mut pushed = 50;
    until("the source to pause", async || {
        falco.push(pushed + 1..=pushed + 50);
        pushed += 50;
        (falco_is(&mut client).await == "paused").then_some(())
    })
    .await;
    until("Falco to be left", async || (falco.simulator.streams() == 0).then_some(())).await;
    let (asked, held) = (falco.simulator.requests(), falco.queued());
    falco.push(pushed + 1..=pushed + 500);
    pushed += 500;
    while full.elapsed() < LONGEST_PAUSE / 2 {
        assert_eq!((falco.simulator.requests(), falco.queued()), (asked, held + 500), "Falco queues and is not asked");
        assert_eq!(get("/healthz").await.0, 503);
        assert_eq!(metric(&get("/metrics").await.1, "lanner_falco_alerts_discarded_total"), 0);
        pause().await;
    }

    // For too long: Falco is drained again, to spare its memory.
    until("Falco's queue to be drained", async || (falco.queued() == 0).then_some(())).await;
    assert!(full.elapsed() >= LONGEST_PAUSE, "{:?}", full.elapsed());
    let lost = held as u64 + 500;
    until("what is lost to be counted", async || {
        let page = get("/metrics").await.1;
        (metric(&page, "lanner_falco_alerts_discarded_total") == lost).then_some(())
    })
    .await;
    assert_eq!(falco_is(&mut client).await, "discarding");
    let mut waiting = Vec::new();
    until("an alert over HTTP to be refused", async || {
        let (http, body) = (http.clone(), alert_over_http(waiting.len() as u64).replace("opened", &"x".repeat(10_000)));
        waiting.push(tokio::spawn(async move { post(&http, port, &body).await }));
        pause().await;
        (metric(&get("/metrics").await.1, "lanner_http_alerts_total{result=\"refused\"}") > 0).then_some(())
    })
    .await;

    // Room again: it goes on by itself, and says what was lost.
    pages.store(u32::MAX, Ordering::Relaxed);
    until("health", async || (get("/healthz").await.0 == 200).then_some(())).await;
    until("the source to receive again", async || falco_is(&mut client).await.starts_with("Falco ").then_some(()))
        .await;
    falco.push(pushed + 1..=pushed + 100);
    pushed += 100;
    let mut answers = Vec::new();
    for one in waiting {
        answers.push(one.await.expect("an answer"));
    }
    let refused = answers.iter().filter(|answer| **answer == Some(503)).count() as u64;
    assert_eq!(answers.iter().filter(|answer| **answer == Some(200)).count() as u64 + refused, answers.len() as u64);
    until("every lost alert to be announced", async || {
        let said = (said_lost(&mut client, "falco").await, said_lost(&mut client, "http").await);
        (said == (lost, refused)).then_some(())
    })
    .await;
    until("all else to be received", async || {
        let page = get("/metrics").await.1;
        (metric(&page, "lanner_falco_alerts_received_total") == pushed as u64 - lost).then_some(())
    })
    .await;
    sidecar.stop().await.expect("a good end");

    let kept = numbers_kept(&node);
    let last_before = pushed - 100 - lost as i64;
    let expected: Vec<i64> = (1..=last_before).chain(pushed - 99..=pushed).collect();
    assert_eq!(kept, expected, "all that Falco held back, but what was discarded, and each once");
}

/// The numbers of Falco's alerts in the journal, in its order.
fn numbers_kept(node: &Node) -> Vec<i64> {
    let (journal, thread) = Journal::open(Settings::new(node.path("journal.db"))).expect("the journal is whole");
    let mut reader = journal.reader().expect("a reader");
    let (mut numbers, mut after) = (Vec::new(), Seq::START);
    loop {
        let batch = reader.alerts_after(after, Limits::default()).expect("alerts can be read");
        numbers.extend(batch.items.iter().filter_map(|one| one.alert.field("number")?.parse::<i64>().ok()));
        if !batch.more {
            break;
        }
        after = batch.next;
    }
    drop(reader);
    thread.stop();
    numbers
}
