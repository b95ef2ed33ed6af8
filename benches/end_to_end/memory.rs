//! Memory by live groups.

use super::Bench;
use super::alerts::{self, Mix};
use super::options::Part;
use super::procfs;
use super::sidecar::{Sidecar, StandIn, analysed};
use super::table::{Figure, Goal, Table};
use std::time::Duration;

/// Opens each number of groups in a sidecar of its own.
pub async fn measure(bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    let mut one = None;
    for &groups in &bench.sizes.live {
        let file = bench.folder.path().join("alerts.jsonl");
        alerts::write_mix(&file, Mix::Different, 0, groups)?;
        let sidecar = Sidecar::start(&bench.folder.path().join("memory")).await?;
        let stand_in = StandIn::start(&sidecar.falco, &file, groups, None).await?;
        let progress = analysed(&mut sidecar.client().await?, groups).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let memory = procfs::memory(sidecar.id())?;
        let (resident, peak) = (memory.resident as f64 / 1024.0, memory.peak as f64 / 1024.0);
        let alone = *one.get_or_insert(resident);
        let figure = Figure::new(Part::Memory, format!("{} live groups: resident", progress.live), resident, "MiB");
        let figure = figure.against("1 group", alone).bound(Goal::AtMost(5.0));
        table.add(if groups == 100_000 { figure.target(Goal::AtMost(80.0)) } else { figure });
        table.add(Figure::new(Part::Memory, format!("{} live groups: peak", progress.live), peak, "MiB"));
        sidecar.end()?;
        drop(stand_in);
    }
    Ok(())
}
