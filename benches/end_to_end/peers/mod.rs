//! The same alerts through other programs.
//!
//! What each does and does not do:
//! - Alertmanager takes alerts by HTTP, keeps one per set of labels in memory and would notify by groups. It deduplicates
//!   by equal labels only: nothing is normalised, no alert is kept, nothing is durable when it answers.
//! - SEC reads lines and applies rules that somebody wrote, here one: the first line of each rule, container and command
//!   passes, its repeats are suppressed for ten minutes. It keeps no alert and analyses nothing.
//! - Drain3 clusters lines into templates by their words, in memory. It knows no fields, so it also merges alerts that
//!   differ in what matters; it keeps no alert and analyses nothing.
//! - lanner does the grouping, makes every alert durable, analyses each group and serves it.

mod alertmanager;
pub mod grouping;

use super::Bench;
use super::alerts::{self, Mix};
use super::drain;
use super::options::Part;
use super::process::run;
use super::table::{Figure, Goal, Table};
use anyhow::Context as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Measures those that are there.
pub async fn measure(bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    let count = bench.sizes.peers;
    let mix = Mix::Repeats;
    let lanner = if let Some(rate) = table.value(Part::Drain, &drain::rate_name(mix)) {
        rate
    } else {
        let (_, drained) = drain::one(bench, mix, bench.sizes.drain, drain::room()).await?;
        bench.sizes.drain as f64 / drained.seconds
    };
    table.add(Figure::new(Part::Peers, "lanner, the whole path: rate", lanner, "/s"));
    let alerts: Vec<_> = (0..count).map(|n| alerts::timed(mix, n)).collect();

    if let Some(program) = program(&["prometheus-alertmanager", "alertmanager"]) {
        for (batch, times, bound, count) in [(100, 3.0, 2.2, count), (1, 25.0, 14.0, count / 10)] {
            let taken = alertmanager::feed(bench, &program, &alerts[..count as usize], batch).await?;
            let name = format!("Alertmanager, {batch} a request: rate");
            table.add(Figure::new(Part::Peers, &name, taken.rate, "/s"));
            table.add(Figure::new(
                Part::Peers,
                format!("Alertmanager, {batch} a request: CPU an alert"),
                taken.cost,
                "us",
            ));
            table.add(Figure::new(Part::Peers, format!("Alertmanager, {batch} a request: memory"), taken.peak, "MiB"));
            let figure =
                Figure::new(Part::Peers, format!("lanner's rate over Alertmanager's, {batch} a request"), lanner, "/s");
            let figure = figure.against(name, taken.rate).target_ratio(Goal::AtLeast(times));
            table.add(figure.bound(Goal::AtLeast(bound)));
        }
    } else {
        table.note("Alertmanager is not installed (Debian: prometheus-alertmanager)");
    }

    let grouping = grouping::run(bench, &alerts).await?;
    table.add(Figure::new(Part::Peers, "lanner, grouping alone: CPU an alert", grouping.cost, "us"));
    let lines = bench.folder.path().join("lines.txt");
    write_lines(&lines, &alerts)?;
    if let Some(program) = program(&["sec"]) {
        let rules = bench.folder.path().join("sec.conf");
        std::fs::write(&rules, include_str!("sec.conf"))?;
        let mut command = Command::new(program);
        command.arg(format!("--conf={}", rules.display())).arg(format!("--input={}", lines.display()));
        command.arg("--notail").arg("--debug=1").stdout(Stdio::null()).stderr(Stdio::null());
        let spent = tokio::task::spawn_blocking(move || run(&mut command)).await??;
        let cost = spent.cpu.as_micros() as f64 / count as f64;
        table.add(Figure::new(Part::Peers, "SEC: rate", count as f64 / spent.wall.as_secs_f64(), "/s"));
        table.add(Figure::new(Part::Peers, "SEC: CPU an alert", cost, "us"));
        table.add(Figure::new(Part::Peers, "SEC: memory", spent.peak as f64 / 1024.0, "MiB"));
        let figure = Figure::new(Part::Peers, "lanner's grouping over SEC's CPU", grouping.cost, "us");
        table.add(figure.against("SEC", cost).bound(Goal::AtMost(0.3)));
    } else {
        table.note("SEC is not installed (Debian: sec)");
    }
    if let Some(python) = python_with_drain3(bench.options.peers)? {
        drain3(table, &python, bench, &lines, count, grouping.cost)?;
    } else {
        table.note("Drain3 is not installed (PyPI: drain3; --peers installs it into target/)");
    }
    Ok(())
}

fn drain3(table: &mut Table, python: &Path, bench: &Bench, lines: &Path, count: u64, ours: f64) -> anyhow::Result<()> {
    let script = bench.folder.path().join("drain3_lines.py");
    std::fs::write(&script, include_str!("drain3_lines.py"))?;
    let output = Command::new(python).arg(&script).arg(lines).stdin(Stdio::null()).output()?;
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).context("the Drain3 script failed")?;
    let number = |key: &str| said[key].as_f64().unwrap_or(0.0);
    let cost = number("cpu_seconds") * 1e6 / count as f64;
    table.add(Figure::new(Part::Peers, "Drain3: rate", count as f64 / number("seconds"), "/s"));
    table.add(Figure::new(Part::Peers, "Drain3: CPU an alert", cost, "us"));
    table.add(Figure::new(Part::Peers, "Drain3: memory", number("peak_kib") / 1024.0, "MiB"));
    let figure = Figure::new(Part::Peers, "lanner's grouping over Drain3's CPU", ours, "us");
    table.add(figure.against("Drain3", cost).target_ratio(Goal::AtMost(0.25)).bound(Goal::AtMost(0.4)));
    Ok(())
}

/// The text of alerts, one a line, with what SEC's rule and Drain3 need to tell groups: host and rule before it.
fn write_lines(path: &Path, alerts: &[serde_json::Value]) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for alert in alerts {
        let text = |key: &str| alert[key].as_str().unwrap_or_default().to_owned();
        let output = text("output");
        // Drain3's users cut the time off, as lanner does.
        let message = output.split_once(": ").map_or(output.as_str(), |(_, rest)| rest);
        writeln!(file, "{} {}: {message}", text("hostname"), text("rule"))?;
    }
    Ok(file.flush()?)
}

/// A program of one of these names, as a shell would find it.
fn program(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&folders).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
}

/// A Python that has Drain3; where there is none and it is wanted, one in a virtual environment.
fn python_with_drain3(install: bool) -> anyhow::Result<Option<PathBuf>> {
    let has = |python: &Path| {
        let mut command = Command::new(python);
        command.args(["-c", "import drain3"]).stdin(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let system = PathBuf::from("python3");
    if has(&system) {
        return Ok(Some(system));
    }
    let environment = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/end_to_end_python");
    let python = environment.join("bin/python");
    if has(&python) {
        return Ok(Some(python));
    }
    if !install {
        return Ok(None);
    }
    let made = Command::new(system).args(["-m", "venv"]).arg(&environment).status()?;
    let pip = Command::new(&python).args(["-m", "pip", "install", "--quiet", "drain3==0.9.11"]).status()?;
    anyhow::ensure!(made.success() && pip.success(), "cannot install Drain3");
    Ok(Some(python))
}
