//! From the stand-in's queue to the watcher's receipt, of alerts that open a group. The stand-in gives each alert the
//! time of its queueing, the journal keeps the time of receipt, and a sampler sees when alerts and analyses are
//! committed: that splits the way in four.

use super::Bench;
use super::alerts::{self, Mix};
use super::options::Part;
use super::raw;
use super::sidecar::{Sidecar, StandIn, analysed};
use super::stages::{Sampler, Stages};
use super::table::{Figure, Goal, Table};
use super::watcher::{Manner, Seen, Watcher};
use lanner::journal::{Journal, Limits, Seq, Settings};
use lanner::serve::proto::Start;
use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What comes before is not counted: connecting, and the backlog of it.
const WARM_UP: Duration = Duration::from_secs(2);

/// The p50 of each stage in milliseconds must be at most this where alerts come no faster than they are dealt with:
/// the poll, the commit, the pipeline, the delivery.
const STAGE_BOUNDS: [f64; 4] = [2.5, 1.5, 2.0, 1.0];
/// And the p99 of each: a machine that is held up for a moment holds up any of them. The second is for more alerts than
/// that, where only a backlog breaks it.
const STAGE_P99_BOUNDS: [f64; 2] = [50.0, 4000.0];

/// Measures each rate.
pub async fn measure(bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    for &rate in &bench.sizes.rates {
        // Fewer groups than are kept open: else analyses of closings come between, and have no alert's number.
        let open = super::drain::room() * 9 / 10;
        let count = (rate * (bench.sizes.latency_seconds + WARM_UP.as_secs() + 1)).min(open);
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
        let sampler = Sampler::start(&sidecar.journal);
        let counted_from = SystemTime::now() + WARM_UP;
        let progress = analysed(&mut sidecar.client().await?, count).await?;
        watcher.received(progress.analyses).await?;
        let seen = watcher.end().await?;
        let stages = sampler.end()?;
        let journal = sidecar.journal.clone();
        sidecar.end()?;
        drop(stand_in);

        let counted = seen.iter().filter(|seen| seen.queued >= counted_from);
        let mut all: Vec<_> =
            counted.map(|seen| seen.received.duration_since(seen.queued).unwrap_or_default()).collect();
        let messages = all.len();
        let ways = percentiles(&mut all);
        for (n, name) in ["p50", "p99", "max"].into_iter().enumerate() {
            let figure = Figure::new(Part::Latency, format!("{rate}/s: {name}"), ways[n], "ms");
            let figure = figure.against("raw client", raw.latency[n]);
            table.add(match (rate, name) {
                (1_000, "p50") => figure.target(Goal::AtMost(5.0)).bound(Goal::AtMost(40.0)),
                (1_000, "p99") => figure.target(Goal::AtMost(20.0)).bound(Goal::AtMost(25.0)),
                (100, "p50") => figure.bound(Goal::AtMost(55.0)),
                (100, "p99") => figure.bound(Goal::AtMost(25.0)),
                // There a slow machine has little time to spare, and twice the work would leave a backlog of seconds.
                (10_000, "p50") => figure.bound(Goal::AtMost(2000.0)),
                (10_000, "p99") => figure.bound(Goal::AtMost(4000.0)),
                (10_000, "max") => figure.bound(Goal::AtMost(1000.0)),
                (_, "max") => figure.bound(Goal::AtMost(300.0)),
                _ => figure,
            });
        }
        for ((stage, mut times), most) in split(&journal, counted_from, &stages, &seen)?.into_iter().zip(STAGE_BOUNDS) {
            let times = percentiles(&mut times);
            for (n, name) in ["p50", "p99"].into_iter().enumerate() {
                let figure = Figure::new(Part::Latency, format!("{rate}/s: {name} of {stage}"), times[n], "ms");
                table.add(match (name, rate <= 1_000) {
                    ("p50", true) => figure.bound(Goal::AtMost(most)),
                    ("p50", false) => figure,
                    (_, quiet) => figure.bound(Goal::AtMost(STAGE_P99_BOUNDS[usize::from(!quiet)])),
                });
            }
        }
        table.note(format!("{rate}/s: {messages} analyses counted"));
    }
    table.note(
        "latency: the poll is Falco's queue, our polling and the way; the commit until the alert is in the journal, the \
         pipeline until its analysis is, the delivery until a watcher has it; the last three to half a millisecond",
    );
    Ok(())
}

/// How long each alert of a journal that was queued since `from` was in each stage.
fn split(
    path: &Path,
    from: SystemTime,
    stages: &Stages,
    seen: &[Seen],
) -> anyhow::Result<[(&'static str, Vec<Duration>); 4]> {
    let arrivals: HashMap<SystemTime, SystemTime> = seen.iter().map(|seen| (seen.queued, seen.received)).collect();
    let (journal, thread) = Journal::open(Settings::new(path))?;
    let mut reader = journal.reader()?;
    let [mut poll, mut commit, mut pipeline, mut delivery] = [const { Vec::new() }; 4];
    let mut after = Seq::START;
    loop {
        let batch = reader.alerts_after(after, Limits::default())?;
        after = batch.next;
        for stored in &batch.items {
            let (queued, received) = (instant(stored.alert.time()), instant(stored.received));
            // Each alert opens a group: the analyses have the alerts' numbers.
            let marks = (stages.alert(stored.seq.get()), stages.analysis(stored.seq.get()), arrivals.get(&queued));
            let (Some(committed), Some(analysed), Some(arrived)) = marks else { continue };
            if queued >= from {
                poll.push(received.duration_since(queued).unwrap_or_default());
                commit.push(committed.duration_since(received).unwrap_or_default());
                pipeline.push(analysed.duration_since(committed).unwrap_or_default());
                delivery.push(arrived.duration_since(analysed).unwrap_or_default());
            }
        }
        if !batch.more && batch.items.is_empty() {
            break;
        }
    }
    drop(reader);
    thread.stop();
    Ok([("the poll", poll), ("the commit", commit), ("the pipeline", pipeline), ("the delivery", delivery)])
}

fn instant(time: lanner::alert::Time) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(time.nanos().unsigned_abs())
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
