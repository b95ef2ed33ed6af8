//! Many watchers, each with a connection of its own, and slow ones among them.

use super::Bench;
use super::alerts::{self, Mix};
use super::options::Part;
use super::procfs;
use super::sidecar::{Sidecar, StandIn};
use super::table::{Figure, Goal, Table};
use super::watcher::{Manner, Watcher};
use lanner::serve::proto::Start;
use std::time::{Duration, Instant};

/// One in this many is slow, where there are slow ones.
const SLOW_ONE_IN: u64 = 10;
/// What a slow watcher waits after each message.
const SLOW: Duration = Duration::from_millis(200);

/// What a fan-out gave.
struct Fan {
    /// Messages a second, to the watchers that are not slow.
    rate: f64,
    /// Microseconds of lanner's CPU for a message, the analysis included.
    cost: f64,
    /// KiB resident for each watcher that has nothing to do.
    idle_memory: f64,
    /// MiB resident at the end.
    resident: f64,
}

/// Measures each number of watchers, and the largest once more with slow ones.
pub async fn measure(bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    let mut one = None;
    let mut last = 1;
    for &watchers in &bench.sizes.watchers {
        let fan = fan_out(bench, watchers, false).await?;
        let alone = *one.get_or_insert(fan.rate);
        let rate = Figure::new(Part::FanOut, format!("{watchers} watchers: messages"), fan.rate, "/s");
        let rate = rate.against("1 watcher", alone);
        table.add(if watchers > 1 { rate.bound(Goal::AtLeast(4.5)) } else { rate });
        table.add(Figure::new(Part::FanOut, format!("{watchers} watchers: CPU a message"), fan.cost, "us"));
        if watchers > 1 {
            let memory = Figure::new(
                Part::FanOut,
                format!("{watchers} watchers: memory of an idle one"),
                fan.idle_memory,
                "KiB",
            );
            table.add(memory.target(Goal::AtMost(64.0)).bound(Goal::AtMost(68.0)));
            last = watchers;
        }
        table.add(Figure::new(Part::FanOut, format!("{watchers} watchers: memory after"), fan.resident, "MiB"));
    }
    if last > 1 {
        let fan = fan_out(bench, last, true).await?;
        let quick = table.value(Part::FanOut, &format!("{last} watchers: messages")).unwrap_or(0.0);
        let name = format!("{last} watchers, a tenth slow: messages to the others");
        table
            .add(Figure::new(Part::FanOut, name, fan.rate, "/s").against("none slow", quick).bound(Goal::AtLeast(0.4)));
        let name = format!("{last} watchers, a tenth slow: memory after");
        table.add(Figure::new(Part::FanOut, name, fan.resident, "MiB"));
    }
    Ok(())
}

async fn fan_out(bench: &Bench, watchers: u64, slow: bool) -> anyhow::Result<Fan> {
    let groups = (bench.sizes.messages / watchers).clamp(1, 20_000);
    let file = bench.folder.path().join("alerts.jsonl");
    alerts::write_mix(&file, Mix::Different, 0, groups)?;
    let sidecar = Sidecar::start(&bench.folder.path().join("fan-out")).await?;
    let first = Watcher::start(&sidecar, Start::Oldest, Manner::default()).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = procfs::memory(sidecar.id())?.resident;
    let mut quick = vec![first];
    let mut slow_ones = Vec::new();
    for n in 1..watchers {
        let is_slow = slow && n % SLOW_ONE_IN == 0;
        let manner = Manner { keep: false, pause: if is_slow { SLOW } else { Duration::ZERO } };
        let watcher = Watcher::start(&sidecar, Start::Oldest, manner).await?;
        if is_slow { slow_ones.push(watcher) } else { quick.push(watcher) }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let with_all = procfs::memory(sidecar.id())?.resident;
    let idle_memory = with_all.saturating_sub(before) as f64 / (watchers - 1).max(1) as f64;

    let cpu = procfs::cpu(sidecar.id())?;
    let stand_in = StandIn::start(&sidecar.falco, &file, groups, None).await?;
    // The queue is full before lanner, which waits between attempts, is there.
    let mut start = Instant::now();
    while quick[0].opened() == 0 {
        start = Instant::now();
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    for watcher in &quick {
        watcher.received(groups).await?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let messages = (groups * quick.len() as u64) as f64;
    let cpu = procfs::cpu(sidecar.id())?.saturating_sub(cpu).as_micros() as f64;
    let resident = procfs::memory(sidecar.id())?.resident as f64 / 1024.0;
    for watcher in quick.into_iter().chain(slow_ones) {
        watcher.leave();
    }
    sidecar.end()?;
    drop(stand_in);
    Ok(Fan { rate: messages / seconds, cost: cpu / messages, idle_memory, resident })
}
