//! Connected, one watcher, and nothing to do.

use super::Bench;
use super::alerts::{self, Mix};
use super::options::Part;
use super::procfs;
use super::raw;
use super::sidecar::{Sidecar, StandIn, analysed};
use super::table::{Figure, Goal, Table};
use super::watcher::{Manner, Watcher};
use lanner::serve::proto::Start;
use std::time::Duration;

/// How long to wait until everything that a start brings with it is done: polling slows down after a quiet second.
const SETTLE: Duration = Duration::from_secs(4);

/// Measures CPU and memory.
pub async fn measure(bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    let span = Duration::from_secs(bench.sizes.idle_seconds);
    let file = bench.folder.path().join("alerts.jsonl");
    alerts::write_mix(&file, Mix::Different, 0, 1)?;
    let socket = bench.folder.path().join("raw.sock");
    let stand_in = StandIn::start(&socket, &file, 1, None).await?;
    // The same polling as lanner's default.
    let raw = raw::start(&socket, u64::MAX, Duration::from_millis(250))?;
    tokio::time::sleep(SETTLE).await;
    let before = procfs::threads(raw.id())?;
    tokio::time::sleep(span).await;
    let raw_cpu = share(procfs::threads(raw.id())?.since(&before), span);
    let raw_memory = procfs::memory(raw.id())?.resident as f64 / 1024.0;
    drop(raw);
    drop(stand_in);

    let folder = bench.folder.path().join("idle");
    let falco = bench.folder.path().join("falco.sock");
    let stand_in = StandIn::start(&falco, &file, 1, None).await?;
    let sidecar = Sidecar::start_beside(&folder, &falco).await?;
    let watcher = Watcher::start(&sidecar, Start::Oldest, Manner::default()).await?;
    analysed(&mut sidecar.client().await?, 1).await?;
    tokio::time::sleep(SETTLE).await;
    let before = procfs::threads(sidecar.id())?;
    tokio::time::sleep(span).await;
    let cpu = share(procfs::threads(sidecar.id())?.since(&before), span);
    let memory = procfs::memory(sidecar.id())?.resident as f64 / 1024.0;
    let cpu = Figure::new(Part::Idle, "CPU", cpu, "% of a core").against("raw client", raw_cpu);
    table.add(cpu.target(Goal::AtMost(0.2)).bound(Goal::AtMost(4.0)));
    let memory = Figure::new(Part::Idle, "memory", memory, "MiB").against("raw client", raw_memory);
    table.add(memory.target(Goal::AtMost(25.0)).bound(Goal::AtMost(7.0)));
    watcher.end().await?;
    sidecar.end()?;
    drop(stand_in);
    Ok(())
}

fn share(used: Duration, span: Duration) -> f64 {
    used.as_secs_f64() / span.as_secs_f64() * 100.0
}
