//! Promise: whoever changes how alerts are grouped is told so at the start, once, and what was grouped stays grouped.

#[path = "support/process.rs"]
mod process;

use process::{Node, analysed, free_port, http_client, post, until};

const SAID: &str = "the dedup settings have changed";

fn alert(pid: u32) -> String {
    serde_json::json!({
        "time": format!("2025-10-09T08:53:{pid}.123456789Z"), "rule": "Read sensitive file untrusted",
        "priority": "Warning", "source": "syscall", "hostname": "node-1", "output": "Sensitive file opened",
        "output_fields": {"proc.name": "cat", "proc.cmdline": "cat /etc/shadow", "proc.pid": pid},
    })
    .to_string()
}

/// Runs the sidecar for one alert more; gives the newest analysis's sequence.
async fn one_more(node: &Node, port: u16, count: u32) -> u64 {
    let mut running = node.run();
    let mut client = node.client().await;
    let http = http_client();
    until("an answer", async || (post(&http, port, &alert(10 + count)).await == Some(200)).then_some(())).await;
    let newest = analysed(&mut client, u64::from(count)).await;
    running.terminate();
    running.ended().await;
    newest
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_settings_are_said_once_and_regroup_nothing() {
    let port = free_port();
    let node = Node::new(&format!("http: {{address: '127.0.0.1:{port}'}}"));
    assert_eq!(one_more(&node, port, 1).await, 1, "the group opens");
    assert_eq!(one_more(&node, port, 2).await, 1, "a repeat");
    assert!(!node.log().contains(SAID));
    let file = node.path("lanner.yaml");
    let yaml = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{yaml}dedup: {{max_groups: 500}}\n")).unwrap();
    assert_eq!(one_more(&node, port, 3).await, 1, "still a repeat of the group that was open");
    assert_eq!(node.log().matches(SAID).count(), 1);
    assert_eq!(one_more(&node, port, 4).await, 1);
    assert_eq!(node.log().matches(SAID).count(), 1, "what was said is not said again");
}
