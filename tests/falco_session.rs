//! The Falco source drains Falco, reads what it sends leniently, never holds an idle stream, and leaves without a loss.

#[path = "support/source.rs"]
mod source;
#[path = "support/stand_in.rs"]
mod stand_in;

use bytes::Bytes;
use lanner::simulate::{Form, Listen, Queued, Settings as Falco, Simulator, Template};
use lanner::source::falco::Settings;
use lanner::source::{Intake, SourceState};
use source::{Source, number, on, scene};
use stand_in::{Certificates, StandIn, channel, eventually, get, numbered, soon};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test]
async fn alerts_arrive_in_order_and_are_counted() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    falco.push(0..3000);
    let mut source = Source::on(&socket);
    assert_eq!(source.numbers(3000).await, (0..3000).collect::<Vec<_>>());
    falco.push(3000..3010);
    assert_eq!(source.numbers(10).await.len(), 10);
    let counters = Arc::clone(&source.status.counters);
    assert_eq!((counters.received(), counters.malformed(), counters.sessions()), (3010, 0, 1));
    assert!(counters.last_received().is_some());
    assert_eq!(*source.status.state.borrow(), SourceState::Connected { version: "0.43.1".to_owned() });
    assert!(source.stop().await.is_empty());
}

#[tokio::test]
async fn over_tcp_with_mutual_tls() {
    let certificates = Certificates::new();
    let simulator = Arc::new(Simulator::new(Falco { tls: Some(certificates.server()), ..Falco::default() }));
    let falco = StandIn::serve(simulator, Listen::Tcp(([127, 0, 0, 1], 0).into())).await;
    falco.push(0..500);
    let address = format!("localhost:{}", falco.port.unwrap()).parse().unwrap();
    let mut source = Source::start(Settings { address, tls: certificates.client(), ..Settings::default() });
    assert_eq!(source.numbers(500).await, (0..500).collect::<Vec<_>>());
    source.stop().await;
}

#[tokio::test]
async fn text_that_is_not_utf_8_and_messages_that_are_no_alerts_cost_no_stream() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire/real-text-badutf8-001.bin");
    let queue = falco.simulator.queue();
    queue.push(numbered(1));
    queue.push(Queued::Raw(std::fs::read(fixture).unwrap().into()));
    for garbage in [&b""[..], b"\xff\xff\xff\xff", b"\x22\x7fR", &[0x0a; 300]] {
        queue.push(Queued::Raw(Bytes::from_static(Box::leak(garbage.into()))));
    }
    queue.push(numbered(2));
    let mut source = Source::on(&socket);
    let alerts = source.alerts(3).await;
    assert_eq!((number(&alerts[0]), number(&alerts[2])), (1, 2));
    assert!(alerts[1].fields().any(|(_, value)| value.contains('\u{fffd}')));
    let counters = Arc::clone(&source.status.counters);
    assert_eq!((counters.received(), counters.malformed(), counters.sessions()), (3, 4, 1));
    source.stop().await;
}

#[tokio::test]
async fn with_json_output_the_text_is_taken_from_inside() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let line = r#"{"rule":"R","priority":"Notice","time":"2026-11-22T08:29:40.000000000Z","hostname":"n1",
        "output":"08:29:40.000000000: Notice text","output_fields":{"user":"root"}}"#;
    let ids: Vec<_> = [Form::Text, Form::Json].map(|form| Template::from_json(line, form).unwrap()).into();
    falco.simulator.queue().extend(ids.into_iter().map(|template| Arc::new(template).queued()));
    let mut source = Source::on(&socket);
    let alerts = source.alerts(2).await;
    assert_eq!(alerts[0], alerts[1]);
    assert_eq!(alerts[1].message(), "text");
    source.stop().await;
}

#[tokio::test]
async fn an_alert_of_10_mb_is_kept_cut_and_one_beyond_the_limit_costs_one_alert() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let large = |bytes: usize| {
        let value = "x".repeat(bytes);
        let line = format!(
            r#"{{"rule":"R","priority":"Notice","time":"2026-11-22T08:29:40Z","output":"o",
            "output_fields":{{"number":7,"proc.cmdline":"{value}"}}}}"#
        );
        Arc::new(Template::from_json(&line, Form::Text).unwrap()).queued()
    };
    falco.simulator.queue().extend([numbered(1), large(10 * 1024 * 1024), numbered(2)]);
    let mut source = Source::on(&socket);
    let alerts = source.alerts(3).await;
    assert!(alerts[1].is_cut() && alerts[1].size() < 200_000);
    assert_eq!(alerts.iter().map(number).collect::<Vec<_>>(), [1, 7, 2]);
    falco.simulator.queue().push(large(17 * 1024 * 1024));
    let counters = Arc::clone(&source.status.counters);
    eventually("it is counted", || counters.malformed() == 1).await;
    eventually("it is connected again", || counters.sessions() == 2).await;
    falco.push([3]);
    assert_eq!(source.numbers(1).await, [3]);
    source.stop().await;
}

#[tokio::test]
async fn a_polite_leave_loses_nothing() {
    const ALERTS: usize = 20_000;
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    falco.push(0..ALERTS as i64);
    let mut source = Source::start(Settings { leave_within: Duration::from_mins(1), ..on(&socket) });
    let mut received: Vec<i64> = source.batch().await.iter().map(number).collect();
    assert!(received.len() < ALERTS, "it leaves in the middle");
    received.extend(source.stop().await.iter().map(number));
    received.extend(get(&channel(&socket)).await.iter().map(stand_in::number));
    assert_eq!(received, (0..ALERTS as i64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_falco_that_is_held_up_is_left_only_once_it_answers() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    falco.push([0]);
    let mut source = Source::on(&socket);
    assert_eq!(source.numbers(1).await, [0]);
    let held_up = falco.freeze().await;
    falco.push(1..=10);
    // Meanwhile it is asked, and will answer later.
    assert!(timeout(Duration::from_millis(100), source.batches.recv()).await.is_err(), "it gives nothing for now");
    let mut leaving = std::pin::pin!(source.stop());
    assert!(timeout(Duration::from_millis(500), &mut leaving).await.is_err(), "silence is no answer");
    drop(held_up);
    let mut received: Vec<i64> = soon("it leaves", leaving).await.iter().map(number).collect();
    received.extend(get(&channel(&socket)).await.iter().map(stand_in::number));
    assert_eq!(received, (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_is_polled_as_long_as_it_is_open() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let source = Source::start(Settings { idle_interval: Duration::from_millis(2), ..on(&socket) });
    eventually("it goes on asking", || falco.simulator.requests() > 100).await;
    source.stop().await;
    eventually("the stream is closed", || falco.simulator.streams() == 0).await;
}

#[tokio::test]
async fn where_alerts_are_not_taken_we_leave_rather_than_hold_the_stream() {
    const ALERTS: usize = 8_000;
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    falco.push(0..ALERTS as i64);
    let mut source = Source::on(&socket);
    source.state("it pauses", |state| matches!(state, SourceState::Paused { .. })).await;
    eventually("the stream is closed", || falco.simulator.streams() == 0).await;
    assert_eq!(source.numbers(ALERTS).await, (0..ALERTS as i64).collect::<Vec<_>>(), "and nothing is lost");
    source.connected().await;
    source.stop().await;
}

#[tokio::test]
async fn while_the_journal_is_full_falco_queues() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let mut source = Source::on(&socket);
    falco.push([1]);
    source.numbers(1).await;
    source.intake.send_replace(Intake::Paused);
    source.state("it pauses", |state| matches!(state, SourceState::Paused { .. })).await;
    eventually("the stream is closed", || falco.simulator.streams() == 0).await;
    falco.push(2..12);
    assert_eq!(falco.queued(), 10);
    source.intake.send_replace(Intake::Open);
    assert_eq!(source.numbers(10).await, (2..12).collect::<Vec<_>>());
    source.stop().await;
}

#[tokio::test]
async fn after_the_longest_pause_alerts_are_drained_dropped_and_counted() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let mut source = Source::start(Settings { longest_pause: Duration::from_millis(1), ..on(&socket) });
    source.connected().await;
    source.intake.send_replace(Intake::Paused);
    source.state("it drains", |state| matches!(state, SourceState::Discarding { .. })).await;
    falco.push(0..100);
    let counters = Arc::clone(&source.status.counters);
    eventually("all are counted", || counters.discarded() == 100).await;
    assert_eq!(counters.received(), 0);
    source.intake.send_replace(Intake::Open);
    source.connected().await;
    falco.push([100]);
    assert_eq!(source.numbers(1).await, [100]);
    source.stop().await;
}

#[tokio::test]
async fn a_reader_that_is_gone_ends_the_source() {
    let (_folder, socket) = scene();
    let falco = StandIn::start(&socket).await;
    let mut source = Source::on(&socket);
    source.connected().await;
    source.batches.close();
    falco.push([1]);
    soon("the source's end", source.task).await.unwrap();
}
