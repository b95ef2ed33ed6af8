//! Promise: a burst is drained with bounded memory and nothing of it is shed; an explosion of groups stays within
//! `dedup.max_groups`, and what is closed early is counted and said.
//!
//! `LANNER_BURST_ALERTS` says how many alerts (20,000 by default), `LANNER_BINARY` which binary takes them.

#[path = "support/process.rs"]
mod process;

use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use lanner::serve::proto::{Reason, Start, WatchAnalysesRequest, watch_analyses_response::Event};
use process::{Node, PATIENCE, Process, number, pause, status};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tonic::transport::Channel;

/// What the sidecar may hold in memory, however long the burst is: less than its systemd unit allows (`MemoryMax`).
const MOST_MEMORY: u64 = 200 << 20;
const MAX_GROUPS: u64 = 500;
/// So many groups of one host are no flood, which would be an alert of lanner's own.
const GROUPS_OF_A_HOST: u64 = 30;

/// A file of `count` alerts for the stand-in, each of an activity of its own.
fn alerts_file(node: &Node, count: u64) -> PathBuf {
    let path = node.path("alerts.jsonl");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    for n in 0..count {
        let alert = serde_json::json!({
            "time": "2026-03-10T12:00:00Z", "rule": "Read sensitive file untrusted", "priority": "Warning",
            "source": "syscall", "hostname": format!("node-{}", n / GROUPS_OF_A_HOST), "tags": ["T1555"],
            "output": format!("12:00:00.000000000: Warning Sensitive file opened (file=/etc/secret{n} user=root)"),
            "output_fields": {
                "proc.name": "cat", "proc.exepath": "/usr/bin/cat", "proc.pname": "bash", "user.name": "root",
                "proc.cmdline": format!("cat /etc/secret{n}"), "fd.name": format!("/etc/secret{n}"),
                "container.id": "host", "proc.pid": n,
            },
        });
        writeln!(file, "{alert}").expect("it can be written");
    }
    file.flush().expect("it can be written");
    path
}

/// What was seen while a burst was worked on.
#[derive(Default)]
struct Course {
    most_memory: u64,
    most_groups: u64,
    received: Option<Duration>,
    analysed: Duration,
}

/// Waits until so many alerts are analysed, as long as there is progress.
async fn worked_off(client: &mut AnalysisServiceClient<Channel>, sidecar: &Process, alerts: u64) -> Course {
    let (begun, mut course) = (Instant::now(), Course::default());
    let (mut last, mut at) = (0, begun);
    loop {
        let now = status(client).await;
        let (journal, pipeline) = (now.journal.expect("a journal"), now.pipeline.expect("a pipeline"));
        course.most_memory = course.most_memory.max(sidecar.resident());
        course.most_groups = course.most_groups.max(pipeline.live_groups);
        if journal.newest_alert >= alerts {
            course.received.get_or_insert(begun.elapsed());
        }
        if pipeline.cursor >= alerts {
            course.analysed = begun.elapsed();
            return course;
        }
        let place = journal.newest_alert + pipeline.cursor;
        if place > last {
            (last, at) = (place, Instant::now());
        }
        assert!(
            at.elapsed() < PATIENCE,
            "no progress at {} received, {} analysed",
            journal.newest_alert,
            pipeline.cursor
        );
        pause().await;
    }
}

/// A sidecar, and a Falco that has all these alerts at once.
async fn burst(node: &Node, activities: u64, alerts: u64) -> (AnalysisServiceClient<Channel>, Course, Process) {
    let file = alerts_file(node, activities);
    let _falco = node.falco(&file, &["--repeat", "--count", &alerts.to_string()]);
    let sidecar = node.run();
    let mut client = node.client().await;
    let course = worked_off(&mut client, &sidecar, alerts).await;
    let second = |took: Duration| alerts as f64 / took.as_secs_f64();
    println!(
        "{alerts} alerts of {activities} activities: received at {:.0} a second, analysed at {:.0}; at the most {} MiB and \
         {} groups",
        second(course.received.expect("all are received")),
        second(course.analysed),
        course.most_memory >> 20,
        course.most_groups,
    );
    assert!(course.most_memory <= MOST_MEMORY, "{} MiB", course.most_memory >> 20);
    let now = status(&mut client).await;
    let (journal, pipeline) = (now.journal.expect("a journal"), now.pipeline.expect("a pipeline"));
    assert_eq!((journal.newest_alert, pipeline.cursor), (alerts, alerts), "every alert, once");
    assert_eq!(journal.health, "ok");
    (client, course, sidecar)
}

#[tokio::test]
async fn a_burst_is_drained_with_bounded_memory_and_nothing_is_shed() {
    let node = Node::new("http: {enabled: false}");
    let (mut client, course, _sidecar) = burst(&node, 300, number("LANNER_BURST_ALERTS", 20_000)).await;
    assert_eq!(course.most_groups, 300);
    assert_eq!(status(&mut client).await.journal.expect("a journal").oldest_alert, 1, "nothing is removed");
}

#[tokio::test]
async fn an_explosion_of_groups_stays_within_the_bound_and_what_is_closed_early_is_said() {
    let alerts = number("LANNER_BURST_ALERTS", 20_000) / 10;
    let node = Node::new(&format!("http: {{enabled: false}}\ndedup: {{max_groups: {MAX_GROUPS}}}"));
    let (mut client, course, _sidecar) = burst(&node, alerts, alerts).await;
    assert_eq!(course.most_groups, MAX_GROUPS);
    let now = status(&mut client).await;
    let (journal, pipeline) = (now.journal.expect("a journal"), now.pipeline.expect("a pipeline"));
    assert_eq!(pipeline.evicted_groups, alerts - MAX_GROUPS, "each that was closed early is counted");

    // And each is said, in a revision of its own, unless retention has removed it.
    let request = WatchAnalysesRequest { start: Start::Oldest.into(), ..Default::default() };
    let mut stream = client.watch_analyses(request).await.expect("a watch").into_inner();
    let (mut opened, mut said, mut missed, mut seen) = (0, 0, 0, 0);
    while seen < journal.newest_analysis {
        let message = tokio::time::timeout(PATIENCE, stream.message()).await.expect("in time").expect("no error");
        match message.expect("no end").event {
            Some(Event::Analysis(analysis)) => {
                opened += u64::from(analysis.reason() == Reason::First);
                said += u64::from(analysis.reason() == Reason::Evicted);
                seen += 1;
            }
            Some(Event::Gap(gap)) => {
                missed += gap.missed;
                seen += gap.missed;
            }
            Some(Event::Heartbeat(_)) | None => {}
        }
    }
    assert_eq!(missed, journal.oldest_analysis - 1);
    if missed == 0 {
        assert_eq!((opened, said), (alerts, alerts - MAX_GROUPS));
    }
}
