//! Promise: a wall clock that jumps by years, forward or back, removes nothing that is young, closes no live group and
//! holds nothing up. While lanner runs it is not asked (`tests/architecture.rs`); here it jumps across restarts.

#[path = "support/process.rs"]
mod process;

use lanner::alert::Time;
use lanner::config::Config;
use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use lanner::serve::proto::{Analysis, ListAnalysesRequest, State};
use lanner::sidecar::Sidecar;
use process::{Node, analysed, free_port, http_client, post, status, until};
use tonic::transport::Channel;

/// A node on which groups of the rule `Brief` close after a second of silence, and others after ten minutes.
struct Machine {
    node: Node,
    port: u16,
    posted: u64,
}

impl Machine {
    fn new() -> Self {
        let port = free_port();
        let node =
            Node::new(&format!("http: {{address: '127.0.0.1:{port}'}}\ndedup: {{rules: [{{rule: Brief, idle: 1s}}]}}"));
        Self { node, port, posted: 0 }
    }

    /// Starts lanner while the wall clock says this.
    async fn start(&self, wall: &str) -> (Sidecar, AnalysisServiceClient<Channel>) {
        let mut config = Config::load(Some(&self.node.path("lanner.yaml"))).expect("a configuration");
        config.journal.wall = Some(Time::parse(wall).expect("a time"));
        (Sidecar::start(config).await.expect("a sidecar"), self.node.client().await)
    }

    /// Posts an alert of this rule, which is the first of a group, and waits until it is analysed.
    async fn alert(&mut self, client: &mut AnalysisServiceClient<Channel>, rule: &str) {
        self.posted += 1;
        let body = serde_json::json!({
            "time": "2026-03-10T12:00:00Z", "rule": rule, "priority": "Warning", "output": "x",
            "output_fields": {"proc.name": format!("program-{}", self.posted)},
        });
        assert_eq!(post(&http_client(), self.port, &body.to_string()).await, Some(200));
        analysed(client, self.posted).await;
    }

    /// A brief group opens and is closed: by then all groups have been looked at.
    async fn a_brief_group_closes(&mut self, client: &mut AnalysisServiceClient<Channel>) {
        self.alert(client, "Brief").await;
        let name = format!("program-{}", self.posted);
        until("the brief group to close", async || {
            let closed = |one: &Analysis| one.state() == State::Closed && opened_by(one, &name);
            groups(client).await.iter().any(closed).then_some(())
        })
        .await;
    }
}

fn opened_by(analysis: &Analysis, name: &str) -> bool {
    analysis.opening_alert.as_ref().is_some_and(|alert| alert.output_fields["proc.name"] == name)
}

/// The newest revision of every group.
async fn groups(client: &mut AnalysisServiceClient<Channel>) -> Vec<Analysis> {
    let request = ListAnalysesRequest { page_size: 500, ..Default::default() };
    client.list_analyses(request).await.expect("a page").into_inner().analyses
}

#[tokio::test(flavor = "multi_thread")]
async fn jumps_by_years_remove_nothing_close_nothing_and_hold_nothing_up() {
    let mut machine = Machine::new();
    for wall in [
        "2026-03-10T12:00:00Z",
        "2036-03-10T12:00:00Z",
        "1970-01-01T00:00:00Z",
        "2261-01-01T00:00:00Z",
        "2026-03-10T12:00:00Z",
    ] {
        let (sidecar, mut client) = machine.start(wall).await;
        machine.alert(&mut client, "Live").await;
        machine.a_brief_group_closes(&mut client).await;
        // A commit later, ages have been looked at.
        machine.alert(&mut client, "Live").await;
        let journal = status(&mut client).await.journal.expect("a journal");
        assert_eq!((journal.oldest_alert, journal.oldest_analysis), (1, 1), "at {wall}");
        let groups = groups(&mut client).await;
        assert_eq!(groups.len() as u64, machine.posted, "at {wall}");
        for group in groups {
            let live = group.opening_alert.as_ref().is_some_and(|alert| alert.rule == "Live");
            assert_eq!(group.state() == State::Closed, !live, "at {wall}: {}", group.title);
        }
        sidecar.stop().await.expect("a good end");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_counts_as_age_and_as_silence() {
    let mut machine = Machine::new();
    let (sidecar, mut client) = machine.start("2026-03-10T12:00:00Z").await;
    machine.alert(&mut client, "Live").await;
    sidecar.stop().await.expect("a good end");
    // An alert every forty hours; after seven days the first one goes.
    for wall in ["2026-03-12T04:00:00Z", "2026-03-13T20:00:00Z", "2026-03-15T12:00:00Z", "2026-03-17T04:00:00Z"] {
        let (sidecar, mut client) = machine.start(wall).await;
        machine.alert(&mut client, "Live").await;
        let closed = machine.posted - 1;
        until("what was silent to be closed", async || {
            let groups = groups(&mut client).await;
            (groups.iter().filter(|one| one.state() == State::Closed).count() as u64 == closed).then_some(())
        })
        .await;
        assert_eq!(status(&mut client).await.journal.expect("a journal").oldest_alert, 1, "at {wall}");
        sidecar.stop().await.expect("a good end");
    }
    let (sidecar, mut client) = machine.start("2026-03-18T20:00:00Z").await;
    machine.alert(&mut client, "Live").await;
    until("what is too old to go", async || (status(&mut client).await.journal?.oldest_alert == 2).then_some(())).await;
    sidecar.stop().await.expect("a good end");
}
