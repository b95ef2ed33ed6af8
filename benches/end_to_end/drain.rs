//! A backlog: as many alerts as the stand-in has, as fast as they come. The raw client decodes and drops them; lanner
//! makes them durable, folds them, analyses what opens a group, and one watcher reads it.

use super::Bench;
use super::alerts::{self, Mix};
use super::options::Part;
use super::raw::{self, Raw};
use super::sidecar::{Progress, Sidecar, StandIn, analysed, progress};
use super::table::{Figure, Goal, Table};
use super::watcher::{Manner, Watcher};
use super::{procfs, table};
use lanner::serve::proto::Start;
use std::path::Path;
use std::time::{Duration, Instant};

/// What lanner took for a drain.
#[derive(Debug, Clone, Copy)]
pub struct Drained {
    /// From the first alert until the last was analysed and the watcher had everything.
    pub seconds: f64,
    /// User and system, of lanner's process, over the same time.
    pub cpu_micros: f64,
    /// KiB.
    pub peak: u64,
    /// How it stood at the end.
    pub progress: Progress,
}

/// Drains the three mixes.
pub async fn measure(bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    let sizes = &bench.sizes;
    let (half, all) = (sizes.different.min(sizes.drain), sizes.different);
    let mut costs = Vec::new();
    for (mix, count) in [(Mix::Repeats, sizes.drain), (Mix::Half, half), (Mix::Different, all)] {
        let (raw, drained) = one(bench, mix, count, room()).await?;
        let groups = mix.groups(count);
        if drained.progress.analyses < groups {
            table.note(format!("{}: {groups} groups expected, {} analyses", mix.name(), drained.progress.analyses));
        }
        costs.push((drained.cpu_micros / count as f64, raw.cost()));
        report(table, mix, count, &raw, &drained)?;
    }
    if all > room() {
        // Beyond the room each alert also closes a group, which is a second analysis: what one opening costs is seen here.
        let (raw, drained) = one(bench, Mix::Different, all, all).await?;
        let name = |what| format!("all different, room for all groups: {what}");
        let rate = Figure::new(Part::Drain, name("rate"), all as f64 / drained.seconds, "/s");
        table.add(rate.against("raw client", raw.rate()).target_ratio(Goal::AtLeast(0.08)));
        let micros = drained.cpu_micros / all as f64;
        let cost = Figure::new(Part::Drain, name("CPU an alert"), micros, "us");
        table.add(cost.against("raw client", raw.cost()));
        let peak = Figure::new(Part::Drain, name("peak memory"), drained.peak as f64 / 1024.0, "MiB");
        table.add(peak.against("raw client", raw.peak as f64 / 1024.0));
        costs.push((micros, raw.cost()));
    }
    // Of each mix a known part repeats: what one repeat and one opening cost follows from the first and the last.
    if let [(repeats, raw_repeats), .., (opening, raw_opening)] = costs[..] {
        let beyond = (opening - raw_opening).max(0.0);
        let repeat = ((repeats - raw_repeats - beyond * 0.01) / 0.99).max(0.0);
        let name = "CPU of an alert that repeats, beyond the raw client's";
        let repeat = Figure::new(Part::Drain, name, repeat, "us").target(Goal::AtMost(8.0));
        table.add(repeat.against("raw client", raw_repeats).bound(Goal::AtMost(4.5)));
        let name = "CPU of an alert that opens a group, beyond the raw client's";
        let opening = Figure::new(Part::Drain, name, beyond, "us").target(Goal::AtMost(60.0));
        table.add(opening.against("raw client", raw_opening).bound(Goal::AtMost(45.0)));
    }
    Ok(())
}

/// How many live groups there is room for by default.
pub fn room() -> u64 {
    lanner::dedup::Settings::default().max_groups as u64
}

/// The rate of a drain, as the table names it.
pub fn rate_name(mix: Mix) -> String {
    format!("{}: rate", mix.name())
}

fn report(table: &mut Table, mix: Mix, count: u64, raw: &Raw, drained: &Drained) -> anyhow::Result<()> {
    let bytes = alerts::wire_bytes(mix)?;
    table.note(format!("{}: {count} alerts of {bytes:.0} bytes, {} analyses", mix.name(), drained.progress.analyses));
    // Bounds are about twice as bad as what is measured: see the README's table.
    let (target, bound, most, most_memory) = match mix {
        Mix::Repeats => (Some(table::Goal::AtLeast(0.5)), 0.27, 6.2, 14.0),
        Mix::Half => (None, 0.05, 30.0, 17.0),
        Mix::Different => (Some(table::Goal::AtLeast(0.08)), 0.038, 46.0, 17.0),
    };
    let rate = Figure::new(Part::Drain, rate_name(mix), count as f64 / drained.seconds, "/s")
        .against("raw client", raw.rate())
        .bound(Goal::AtLeast(bound));
    table.add(match target {
        Some(goal) => rate.target_ratio(goal),
        None => rate,
    });
    if drained.progress.analyses > count {
        let name = format!("{}: analyses, closings included", mix.name());
        let rate = Figure::new(Part::Drain, name, drained.progress.analyses as f64 / drained.seconds, "/s");
        table.add(rate.against("raw client", raw.rate()));
    }
    let cost =
        Figure::new(Part::Drain, format!("{}: CPU an alert", mix.name()), drained.cpu_micros / count as f64, "us");
    table.add(cost.against("raw client", raw.cost()).bound(Goal::AtMost(most)));
    let peak = Figure::new(Part::Drain, format!("{}: peak memory", mix.name()), drained.peak as f64 / 1024.0, "MiB");
    table.add(peak.against("raw client", raw.peak as f64 / 1024.0).bound(Goal::AtMost(most_memory)));
    Ok(())
}

/// The raw client before and after lanner, and lanner with room for so many live groups, on the same alerts. Of several
/// rounds the middle one, by lanner's part of the raw client's rate.
pub async fn one(bench: &Bench, mix: Mix, count: u64, room: u64) -> anyhow::Result<(Raw, Drained)> {
    let file = bench.folder.path().join("alerts.jsonl");
    alerts::write_mix(&file, mix, 0, count)?;
    let mut rounds = Vec::new();
    for _ in 0..bench.sizes.rounds {
        rounds.push(round(bench, &file, count, room).await?);
    }
    let times = |(raw, drained): &(Raw, Drained)| raw.rate() * drained.seconds;
    rounds.sort_unstable_by(|one, other| times(one).total_cmp(&times(other)));
    Ok(rounds.swap_remove(rounds.len() / 2))
}

async fn round(bench: &Bench, file: &Path, count: u64, room: u64) -> anyhow::Result<(Raw, Drained)> {
    let folder = bench.folder.path().join("drain");
    let socket = bench.folder.path().join("raw.sock");
    let before = raw_once(&socket, file, count).await?;
    let falco = bench.folder.path().join("falco.sock");
    let stand_in = StandIn::start(&falco, file, count, None).await?;
    stand_in.fed().await?;
    let drained = drain(&folder, &falco, count, room).await?;
    drop(stand_in);
    let after = raw_once(&socket, file, count).await?;
    Ok((before.mean(&after), drained))
}

async fn raw_once(socket: &Path, file: &Path, count: u64) -> anyhow::Result<Raw> {
    let stand_in = StandIn::start(socket, file, count, None).await?;
    stand_in.fed().await?;
    raw::drain(socket, count).await
}

async fn drain(folder: &Path, falco: &Path, count: u64, room: u64) -> anyhow::Result<Drained> {
    let sidecar = Sidecar::start_with_room(folder, falco, room).await?;
    let watcher = Watcher::start(&sidecar, Start::Oldest, Manner::default()).await?;
    let mut client = sidecar.client().await?;
    // It has begun when the first alert is in the journal; what it took before that is its start.
    let mut begun = (sidecar.started, Duration::ZERO);
    while progress(&mut client).await?.alerts == 0 {
        begun = (Instant::now(), procfs::cpu(sidecar.id())?);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let progress = analysed(&mut client, count).await?;
    watcher.received(progress.analyses).await?;
    let drained = Drained {
        seconds: begun.0.elapsed().as_secs_f64(),
        cpu_micros: procfs::cpu(sidecar.id())?.saturating_sub(begun.1).as_micros() as f64,
        peak: procfs::memory(sidecar.id())?.peak,
        progress,
    };
    watcher.end().await?;
    sidecar.end()?;
    Ok(drained)
}
