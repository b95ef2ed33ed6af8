//! Promises: what was committed survives `kill -9`; after any crash the analyses are the same as without; nothing is
//! journaled twice; a restart announces nothing again.

#[path = "support/process.rs"]
mod process;

use process::{Node, Random, analysed, free_port, http_client, post, status, until, watch};
use std::fmt::Write as _;

const ALERTS: usize = 1500;
const KILLS: usize = 20;

/// A burst: forty activities, interleaved, each alert a millisecond after the one before.
fn burst() -> Vec<String> {
    let mut random = Random(7);
    let alert = |n: usize, activity: u64| {
        serde_json::json!({
            "time": lanner::alert::Time::from_nanos(1_760_000_000_000_000_000 + n as i64 * 1_000_000).to_string(),
            "rule": "Read sensitive file untrusted", "priority": "Warning", "source": "syscall", "hostname": "node-1",
            "output": "Sensitive file opened", "tags": ["T1555"],
            "output_fields": {
                "proc.name": "cat", "proc.exepath": "/usr/bin/cat", "proc.pname": "bash", "user.name": "root",
                "proc.cmdline": format!("cat /etc/secret{activity}"), "fd.name": format!("/etc/secret{activity}"),
                "container.id": "host", "proc.pid": 1000 + n,
            },
        })
        .to_string()
    };
    (0..ALERTS).map(|n| alert(n, random.below(40))).collect()
}

/// Posts one alert. False where the sidecar did not answer 200.
async fn taken(http: &reqwest::Client, port: u16, alert: &str) -> bool {
    post(http, port, alert).await == Some(200)
}

fn node(port: u16) -> Node {
    Node::new(&format!("http: {{address: '127.0.0.1:{port}'}}"))
}

/// All analyses as JSON, in order.
async fn analyses(node: &Node) -> String {
    let mut client = node.client().await;
    let newest = analysed(&mut client, ALERTS as u64).await;
    let mut text = String::new();
    for (_, analysis) in watch(&mut client, "", newest).await {
        let _ = writeln!(text, "{}", lanner::serve::convert::to_json(&analysis));
    }
    text
}

async fn without_kills(burst: &[String]) -> String {
    let port = free_port();
    let node = node(port);
    let _running = node.run();
    let http = http_client();
    node.client().await;
    for alert in burst {
        until("an answer", async || taken(&http, port, alert).await.then_some(())).await;
    }
    analyses(&node).await
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_change_nothing() {
    let seed = 0x5eed_1a44_e200_0001;
    println!("seed {seed:#x}");
    let (burst, mut random) = (burst(), Random(seed));
    let expected = without_kills(&burst).await;

    let port = free_port();
    let node = node(port);
    let mut kills = std::collections::BTreeSet::new();
    while kills.len() < KILLS {
        kills.insert(random.below(ALERTS as u64) as usize);
    }
    let mut running = node.run();
    let mut http = http_client();
    let mut killed = 0;
    for (n, alert) in burst.iter().enumerate() {
        if kills.contains(&n) {
            // In the middle of this alert: the answer may or may not have come, the commit may or may not have been.
            let waiting = {
                let (http, alert) = (http.clone(), alert.clone());
                tokio::spawn(async move { taken(&http, port, &alert).await })
            };
            tokio::time::sleep(std::time::Duration::from_micros(random.below(3000))).await;
            running.kill();
            let _ = waiting.await;
            killed += 1;
            running = node.run();
            http = http_client();
        }
        // Falco would lose what is not answered; this peer asks again, so that the order stays the same.
        until("an answer", async || taken(&http, port, alert).await.then_some(())).await;
    }
    let found = analyses(&node).await;
    assert_eq!(killed, KILLS);
    assert_eq!(found.lines().count(), expected.lines().count(), "nothing lost, nothing announced twice");
    assert!(found == expected, "after {killed} kills the analyses are the same, byte for byte");

    let mut client = node.client().await;
    let journal = status(&mut client).await.journal.unwrap();
    assert_eq!(journal.newest_alert, ALERTS as u64, "each alert is journaled once, though some were sent twice");
    drop(running);
}
