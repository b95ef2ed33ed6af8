//! What each part of the way costs by itself, in this process and on one thread, beside `serde_json` reading an alert in the
//! same moments: code of another hand that branches and allocates as ours does, so that machines agree about the ratio. (A
//! hash does not: wide registers make it quick where all else is slow.) The other benchmarks look at the same parts at
//! leisure; here one that has become slower fails a quick run.

use super::Bench;
use super::alerts::{self, Mix};
use super::options::Part;
use super::table::{Figure, Goal, Table};
use lanner::alert::{Alert, Context, decode_json};
use lanner::analysis::{Analysis, Input, analyse};
use lanner::dedup::{Dedup, Fingerprint, Reason, Settings};
use lanner::journal::{self, Journal, Limits, Received, Seq};
use lanner::report::{Format, render};
use lanner::serve::convert;
use lanner::source::falco::{self, proto::outputs};
use prost::Message as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A message of Falco's, recorded.
const MESSAGE: &[u8] = include_bytes!("../../tests/fixtures/wire/gen-text-mix-000.bin");
/// Alerts, each of a group of its own.
const ALERTS: u64 = 1000;
/// Groups that differ in one ancestor, so that an alert is compared with each.
const ALIKE: u64 = 64;
/// Of so many rounds the quickest counts: the others were disturbed.
const ROUNDS: usize = 25;

/// Measures each part.
pub async fn measure(bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    let alerts: Vec<Alert> = (0..ALERTS).map(|n| different(n, None)).collect::<anyhow::Result<_>>()?;
    let context = Context::default();
    let json = alerts::timed(Mix::Different, 0).to_string();
    let mut values = calls(1000, |_| serde_json::from_str::<serde_json::Value>(black_box(&json)));
    let mut add = |name: &str, part: &mut dyn FnMut() -> f64, most: f64| {
        // In turns: what holds up the machine for a moment holds up both.
        let (mut quickest, mut beside) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..ROUNDS {
            (quickest, beside) = (quickest.min(part()), beside.min(values()));
        }
        let figure = Figure::new(Part::Parts, name, quickest, "us").against("serde_json reads it", beside);
        table.add(figure.bound(Goal::AtMost(most)));
    };
    let each = |call: usize| &alerts[call % alerts.len()];

    add("decode", &mut calls(1000, |_| falco::decode(black_box(MESSAGE))), 1.2);
    let prost = |_| outputs::Response::decode(black_box(MESSAGE));
    add("decode, with prost's own types", &mut calls(1000, prost), 2.0);
    let settings = Settings::default();
    let fingerprint = |call| Fingerprint::of(each(call), &context, &settings);
    add("normalise and fingerprint", &mut calls(1000, fingerprint), 4.8);
    add("observe, a new group", &mut || observed(&alerts, &context).1, 5.8);
    let mut dedup = observed(&alerts[..100], &context).0;
    add("observe, a repeat", &mut repeats(&mut dedup, &alerts[..100], &context), 1.1);
    let alike: Vec<Alert> = (0..ALIKE).map(|n| different(0, Some(n))).collect::<anyhow::Result<_>>()?;
    let (mut dedup, _) = observed(&alike, &context);
    anyhow::ensure!(dedup.stats().live == alike.len(), "alerts that differ in an ancestor are not one group each");
    let mut compare = repeats(&mut dedup, &alike[alike.len() - 1..], &context);
    add("compare with 64 groups that differ in an ancestor", &mut compare, 14.0);
    drop(compare);

    let (mut dedup, _) = observed(&alerts, &context);
    let mut groups = Vec::new();
    for number in 1..=ALERTS {
        groups.extend(dedup.announce(number, Reason::First));
    }
    anyhow::ensure!(groups.len() == alerts.len(), "alerts that differ are not one group each");
    let of_alert = |call: usize| {
        let group = groups[call % groups.len()].clone();
        analyse(Input { alert: each(call), context: &context, group, history: None, book: None })
    };
    add("analyse", &mut calls(1000, of_alert), 10.0);
    let analyses: Vec<_> = (0..alerts.len()).map(of_alert).collect();
    let report = |call: usize| render(&analyses[call % analyses.len()], Format::Markdown);
    add("render, as Markdown", &mut calls(100, report), 150.0);
    add("a watcher's message", &mut || messages(analyses.clone()), 5.0);

    let (append, read) = kept(bench, &alerts).await?;
    add("append, a thousand at a time", &mut || append, 1.8);
    add("read, a thousand at a time", &mut || read, 0.9);
    Ok(())
}

/// The alert `n` of a mix of different ones, under an ancestor of this number.
fn different(n: u64, ancestor: Option<u64>) -> anyhow::Result<Alert> {
    let mut alert = alerts::timed(Mix::Different, n);
    if let Some(ancestor) = ancestor {
        alert["output_fields"]["proc.aname[4]"] = format!("starter-{}", alerts::words(ancestor)).into();
    }
    Ok(decode_json(&alert.to_string())?)
}

/// An engine that has seen these alerts, and the microseconds that one took.
fn observed(alerts: &[Alert], context: &Context) -> (Dedup, f64) {
    let mut dedup = Dedup::new(Settings::default());
    let start = Instant::now();
    for (seq, alert) in (1..).zip(alerts) {
        black_box(dedup.observe(black_box(alert), context, seq, alert.time()));
    }
    let took = start.elapsed();
    dedup.take_changes();
    (dedup, micros(took, alerts.len()))
}

/// A round of these alerts once more, each time.
fn repeats<'a>(dedup: &'a mut Dedup, alerts: &'a [Alert], context: &'a Context) -> impl FnMut() -> f64 + 'a {
    let mut seq = ALERTS;
    calls(1000, move |call| {
        seq += 1;
        let alert = &alerts[call % alerts.len()];
        dedup.observe(black_box(alert), context, seq, alert.time())
    })
}

/// Microseconds of a message of one of these, which are taken apart for it. Most have left the cache since they were made.
fn messages(analyses: Vec<Analysis>) -> f64 {
    let (start, count) = (Instant::now(), analyses.len());
    for analysis in analyses {
        black_box(convert::analysis(black_box(analysis)).encode_to_vec());
    }
    micros(start.elapsed(), count)
}

/// Microseconds of an alert in a journal of its own: to append it, and to read it.
async fn kept(bench: &Bench, alerts: &[Alert]) -> anyhow::Result<(f64, f64)> {
    let settings = journal::Settings::new(bench.folder.path().join("parts.db"));
    let (journal, thread) = Journal::open(settings)?;
    let context = Arc::new(Context::default());
    let mut append = f64::INFINITY;
    for round in 0..ROUNDS as u64 {
        let alerts: Vec<_> = (0..ALERTS).map(|n| different(round * ALERTS + n, None)).collect::<anyhow::Result<_>>()?;
        let received = journal.now();
        let batch = alerts.into_iter().map(|alert| Received { alert, context: Arc::clone(&context), received });
        let batch: Vec<_> = batch.collect();
        let start = Instant::now();
        let appended = journal.append(batch).await?;
        append = append.min(micros(start.elapsed(), ALERTS as usize));
        anyhow::ensure!(appended.accepted == ALERTS, "alerts that differ are not all kept");
    }
    let mut reader = journal.reader()?;
    let limits = Limits { count: alerts.len(), bytes: usize::MAX };
    let mut read = || {
        let start = Instant::now();
        let found = reader.alerts_after(Seq::START, limits)?.items.len();
        anyhow::Ok((found, start.elapsed()))
    };
    let mut least = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (found, took) = read()?;
        anyhow::ensure!(found == alerts.len(), "{found} alerts read of {}", alerts.len());
        least = least.min(micros(took, found));
    }
    drop(reader);
    thread.stop();
    Ok((append, least))
}

/// A round of so many calls: microseconds of one.
fn calls<T>(count: usize, mut call: impl FnMut(usize) -> T) -> impl FnMut() -> f64 {
    move || {
        let start = Instant::now();
        for n in 0..count {
            black_box(call(n));
        }
        micros(start.elapsed(), count)
    }
}

fn micros(took: Duration, calls: usize) -> f64 {
    took.as_secs_f64() * 1e6 / calls.max(1) as f64
}
