//! The same work on a larger journal: what a block of alerts costs, how long a first page and a filtered read take.

use super::Bench;
use super::alerts::{self, Mix};
use super::options::Part;
use super::procfs;
use super::sidecar::{Sidecar, StandIn, analysed, progress};
use super::table::{Figure, Goal, Table};
use super::watcher::Watcher;
use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use lanner::serve::proto::{Filter, ListAnalysesRequest, Match};
use std::time::{Duration, Instant};
use tonic::transport::Channel;

/// What a journal of some size costs.
#[derive(Debug, Clone, Copy)]
struct Costs {
    cpu: f64,
    page: f64,
    read: f64,
    resident: f64,
}

/// A file is repeated beyond this many alerts.
const FILE: u64 = 1_000_000;

/// Fills one journal to each size, and measures there.
pub async fn measure(bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    // Nothing is to be removed: what is kept is what grows.
    let sidecar = Sidecar::start(&bench.folder.path().join("growth")).await?;
    let mut client = sidecar.client().await?;
    let mut first: Option<Costs> = None;
    let mut sent = 0;
    for &size in &bench.sizes.growth {
        if size > sent {
            send(bench, &sidecar, &mut client, sent, size - sent).await?;
            sent = size;
        }
        let cpu = send(bench, &sidecar, &mut client, sent, bench.sizes.block).await? / bench.sizes.block as f64;
        sent += bench.sizes.block;
        let page = page(&mut client).await?;
        let read = filtered(bench, &sidecar, &mut client, size).await?;
        sent += 1;
        let resident = procfs::memory(sidecar.id())?.resident as f64 / 1024.0;
        let costs = Costs { cpu, page, read, resident };
        let at_first = *first.get_or_insert(costs);
        let beside = format!("at {}", bench.sizes.growth[0]);
        let add = |name: &str, value, unit, baseline| {
            Figure::new(Part::Growth, format!("{size} alerts: {name}"), value, unit).against(beside.as_str(), baseline)
        };
        let figure = add("CPU an alert", costs.cpu, "us", at_first.cpu);
        table.add(figure.target_ratio(Goal::AtMost(1.2)).bound(Goal::AtMost(2.0)));
        let figure = add("ListAnalyses, first page", costs.page, "ms", at_first.page);
        table.add(figure.target_ratio(Goal::AtMost(2.0)).bound(Goal::AtMost(4.0)));
        let figure = add("filtered read of all analyses", costs.read, "ms", at_first.read);
        table.add(figure.bound(Goal::AtMost(100.0)));
        table.add(add("memory", costs.resident, "MiB", at_first.resident).bound(Goal::AtMost(2.0)));
        let file = std::fs::metadata(&sidecar.journal)?.len() as f64 / f64::from(1 << 20);
        table.add(Figure::new(Part::Growth, format!("{size} alerts: journal"), file, "MiB"));
    }
    sidecar.end()
}

/// Sends alerts and waits until they are analysed; gives lanner's CPU for them in microseconds.
async fn send(
    bench: &Bench,
    sidecar: &Sidecar,
    client: &mut AnalysisServiceClient<Channel>,
    before: u64,
    count: u64,
) -> anyhow::Result<f64> {
    let file = bench.folder.path().join("alerts.jsonl");
    alerts::write_mix(&file, Mix::Repeats, before, count.min(FILE))?;
    let stand_in = StandIn::start(&sidecar.falco, &file, count, None).await?;
    let mut cpu = procfs::cpu(sidecar.id())?;
    while progress(client).await?.alerts <= before {
        cpu = procfs::cpu(sidecar.id())?;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    analysed(client, before + count).await?;
    let cpu = procfs::cpu(sidecar.id())?.saturating_sub(cpu);
    drop(stand_in);
    Ok(cpu.as_micros() as f64)
}

/// How long the first page takes: the median of many, in milliseconds.
async fn page(client: &mut AnalysisServiceClient<Channel>) -> anyhow::Result<f64> {
    let mut times = Vec::new();
    for _ in 0..21 {
        let start = Instant::now();
        let page = client.list_analyses(ListAnalysesRequest::default()).await?.into_inner();
        anyhow::ensure!(!page.analyses.is_empty(), "there are no analyses");
        times.push(start.elapsed());
    }
    Ok(super::latency::percentiles(&mut times)[0])
}

/// How long a watch takes from the oldest analysis to the newest, of which it wants only that one, in milliseconds.
async fn filtered(
    bench: &Bench,
    sidecar: &Sidecar,
    client: &mut AnalysisServiceClient<Channel>,
    size: u64,
) -> anyhow::Result<f64> {
    let rule = format!("Marker at {size} alerts");
    let before = progress(client).await?.alerts;
    let file = bench.folder.path().join("marker.jsonl");
    alerts::write(&file, std::iter::once(alerts::marker(&rule)))?;
    let stand_in = StandIn::start(&sidecar.falco, &file, 1, None).await?;
    analysed(client, before + 1).await?;
    drop(stand_in);
    let channel = sidecar.connect().await?;
    let filter = Filter { allow: vec![Match { rules: vec![rule], ..Match::default() }], deny: Vec::new() };
    let start = Instant::now();
    let watcher = Watcher::filtered(channel, filter).await?;
    watcher.received(1).await?;
    let time = start.elapsed().as_secs_f64() * 1e3;
    watcher.leave();
    Ok(time)
}
