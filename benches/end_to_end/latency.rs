//! From the stand-in's queue to the watcher's receipt, of alerts that open a group. The stand-in gives each alert the
//! time of its queueing; the journal keeps the time of receipt, which splits the way in two.

use super::Bench;
use super::alerts::{self, Mix};
use super::options::Part;
use super::raw;
use super::sidecar::{Sidecar, StandIn, analysed};
use super::table::{Figure, Goal, Table};
use super::watcher::{Manner, Watcher};
use lanner::journal::{Journal, Limits, Seq, Settings};
use lanner::serve::proto::Start;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What comes before is not counted: connecting, and the backlog of it.
const WARM_UP: Duration = Duration::from_secs(2);

/// Measures each rate.
pub async fn measure(bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    for &rate in &bench.sizes.rates {
        let count = rate * (bench.sizes.latency_seconds + WARM_UP.as_secs() + 1);
        let file = bench.folder.path().join("alerts.jsonl");
        alerts::write_mix(&file, Mix::Different, 0, count)?;
        let socket = bench.folder.path().join("raw.sock");
        let stand_in = StandIn::start(&socket, &file, count, Some(rate)).await?;
        let raw = raw::drain(&socket, count).await?;
        drop(stand_in);

        let falco = bench.folder.path().join("falco.sock");
        let folder = bench.folder.path().join("latency");
        let stand_in = StandIn::start(&falco, &file, count, Some(rate)).await?;
        let sidecar = Sidecar::start_beside(&folder, &falco).await?;
        let watcher = Watcher::start(&sidecar, Start::Oldest, Manner { keep: true, ..Manner::default() }).await?;
        let counted_from = SystemTime::now() + WARM_UP;
        let progress = analysed(&mut sidecar.client().await?, count).await?;
        watcher.received(progress.analyses).await?;
        let seen = watcher.end().await?;
        let journal = sidecar.journal.clone();
        sidecar.end()?;
        drop(stand_in);

        let counted = seen.iter().filter(|seen| seen.queued >= counted_from);
        let mut all: Vec<_> =
            counted.map(|seen| seen.received.duration_since(seen.queued).unwrap_or_default()).collect();
        let messages = all.len();
        let ways = percentiles(&mut all);
        let mut waits = received(&journal, counted_from)?;
        let waits = percentiles(&mut waits);
        for (n, name) in ["p50", "p99", "max"].into_iter().enumerate() {
            let figure = Figure::new(Part::Latency, format!("{rate}/s: {name}"), ways[n], "ms");
            let figure = figure.against("raw client", raw.latency[n]);
            table.add(match (rate, name) {
                (1_000, "p50") => figure.target(Goal::AtMost(5.0)).bound(Goal::AtMost(40.0)),
                (1_000, "p99") => figure.target(Goal::AtMost(20.0)).bound(Goal::AtMost(12.0)),
                _ => figure,
            });
            table.add(Figure::new(Part::Latency, format!("{rate}/s: {name} of it until received"), waits[n], "ms"));
        }
        table.note(format!("{rate}/s: {messages} analyses counted"));
    }
    table.note(
        "latency: until received is Falco's queue, our polling and the way; the rest is a commit, the pipeline, its \
         commit and the delivery",
    );
    Ok(())
}

/// From queueing to receipt, of the alerts in a journal that were queued since `from`.
fn received(path: &Path, from: SystemTime) -> anyhow::Result<Vec<Duration>> {
    let (journal, thread) = Journal::open(Settings::new(path))?;
    let mut reader = journal.reader()?;
    let from = from.duration_since(SystemTime::UNIX_EPOCH)?.as_nanos() as i64;
    let mut waits = Vec::new();
    let mut after = Seq::START;
    loop {
        let batch = reader.alerts_after(after, Limits::default())?;
        after = batch.next;
        for stored in &batch.items {
            let queued = stored.alert.time().nanos();
            if queued >= from {
                waits.push(Duration::from_nanos((stored.received.nanos() - queued).max(0) as u64));
            }
        }
        if !batch.more && batch.items.is_empty() {
            break;
        }
    }
    drop(reader);
    thread.stop();
    Ok(waits)
}

/// p50, p99 and the largest, in milliseconds; zeros where there is none.
pub fn percentiles(durations: &mut [Duration]) -> [f64; 3] {
    durations.sort_unstable();
    let at = |part: f64| {
        let place = (durations.len() as f64 * part) as usize;
        durations.get(place.min(durations.len().saturating_sub(1))).map_or(0.0, |found| found.as_secs_f64() * 1e3)
    };
    [at(0.5), at(0.99), at(1.0)]
}
