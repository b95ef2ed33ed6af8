//! What to measure, and how much of it.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Measures the sidecar from outside.
#[derive(Debug, Clone, Parser)]
#[command(name = "end_to_end")]
pub struct Options {
    /// About four minutes, for CI: fails where a ratio is twice as bad as it should be
    #[arg(long)]
    pub quick: bool,
    /// Alerts in a drain and in the largest journal [default: 1,000,000; in a drain 200,000 with --quick]
    #[arg(long, value_name = "N")]
    pub alerts: Option<u64>,
    /// Only these parts
    #[arg(long, value_delimiter = ',', value_name = "PART")]
    pub only: Vec<Part>,
    /// Compare with peers: without, only with those that are installed, and not at all with --quick
    #[arg(long)]
    pub peers: bool,
    /// Where the figures go
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/end_to_end.json"))]
    pub json: PathBuf,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// One part of the measurements, named as in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// A backlog of alerts, as fast as it goes
    Drain,
    /// From the stand-in's queue to the watcher
    Latency,
    /// Connected, with a watcher, and nothing to do
    Idle,
    /// Many watchers, and slow ones among them
    FanOut,
    /// The same work on a larger journal
    Growth,
    /// Live groups
    Memory,
    /// Each part of the way by itself
    Parts,
    /// Alertmanager, SEC and Drain3
    Peers,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Drain => "drain",
            Self::Latency => "latency",
            Self::Idle => "idle",
            Self::FanOut => "fan-out",
            Self::Growth => "growth",
            Self::Memory => "memory",
            Self::Parts => "parts",
            Self::Peers => "peers",
        })
    }
}

/// How much of each.
#[derive(Debug, Clone)]
pub struct Sizes {
    /// How often each drain is measured.
    pub rounds: usize,
    /// Alerts in a drain.
    pub drain: u64,
    /// Alerts in a drain in which each opens a group.
    pub different: u64,
    /// Alerts a second.
    pub rates: Vec<u64>,
    /// Seconds at each rate.
    pub latency_seconds: u64,
    /// Seconds without an alert.
    pub idle_seconds: u64,
    /// Watchers at a time.
    pub watchers: Vec<u64>,
    /// Messages that all watchers together get.
    pub messages: u64,
    /// Alerts in the journal.
    pub growth: Vec<u64>,
    /// Alerts by which the cost on such a journal is measured.
    pub block: u64,
    /// Live groups.
    pub live: Vec<u64>,
    /// Alerts for peers, in batches.
    pub peers: u64,
}

/// Reads the arguments; leaves the process where they make no sense.
pub fn parse() -> Options {
    Options::parse()
}

impl Options {
    /// What is to be measured, in the table's order.
    pub fn parts(&self) -> Vec<Part> {
        let wanted = |part: &Part| match (self.only.is_empty(), self.quick) {
            (false, _) => self.only.contains(part),
            (true, true) => *part != Part::Peers || self.peers,
            (true, false) => true,
        };
        Part::value_variants().iter().copied().filter(wanted).collect()
    }

    /// How much of each.
    pub fn sizes(&self) -> Sizes {
        if self.quick {
            let drain = self.alerts.unwrap_or(200_000);
            return Sizes {
                rounds: 5,
                drain,
                different: drain / 4,
                rates: vec![100, 1_000, 10_000],
                latency_seconds: 5,
                idle_seconds: 10,
                watchers: vec![1, 100],
                messages: 50_000,
                growth: vec![10_000, self.alerts.unwrap_or(1_000_000)],
                block: 50_000,
                live: vec![1, 10_000, 100_000],
                peers: 20_000,
            };
        }
        let drain = self.alerts.unwrap_or(1_000_000);
        let mut growth = vec![10_000, 1_000_000, 10_000_000];
        growth.retain(|&size| size <= drain);
        Sizes {
            rounds: 1,
            // Mixes that do not repeat are files as large as the drain; ten million are for the growth only.
            drain: drain.min(1_000_000),
            different: drain.min(1_000_000),
            rates: vec![100, 1_000, 10_000],
            latency_seconds: 10,
            idle_seconds: 60,
            watchers: vec![1, 100, 1_000],
            messages: 200_000,
            growth,
            block: 200_000,
            live: vec![1, 10_000, 100_000],
            peers: 100_000,
        }
    }
}
