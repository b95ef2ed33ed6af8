//! The figures: printed as a table, written as JSON, and held to what they must reach.

use super::options::{Options, Part};
use super::procfs;
use anyhow::Context as _;
use serde::Serialize;
use std::path::Path;

/// What a figure must be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

impl Goal {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, ">= {}", digits(*least)),
            Self::AtMost(most) => write!(f, "<= {}", digits(*most)),
        }
    }
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    part: String,
    name: String,
    value: f64,
    unit: &'static str,
    /// What it is compared with, in words, and that figure's value in this run.
    baseline: Option<(String, f64)>,
    /// The value over the baseline's.
    ratio: Option<f64>,
    /// What the value is to reach.
    target: Option<Goal>,
    /// What the ratio is to reach.
    target_ratio: Option<Goal>,
    /// What the ratio (the value, where there is none) must be with `--quick`.
    bound: Option<Goal>,
}

impl Figure {
    /// A value.
    pub fn new(part: Part, name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            part: part.to_string(),
            name: name.into(),
            value,
            unit,
            baseline: None,
            ratio: None,
            target: None,
            target_ratio: None,
            bound: None,
        }
    }

    /// Compares it with a figure of the same run.
    pub fn against(mut self, name: impl Into<String>, value: f64) -> Self {
        self.baseline = Some((name.into(), value));
        self.ratio = (value > 0.0).then(|| self.value / value);
        self
    }

    /// What the value is to reach.
    pub fn target(mut self, goal: Goal) -> Self {
        self.target = Some(goal);
        self
    }

    /// What the ratio is to reach.
    pub fn target_ratio(mut self, goal: Goal) -> Self {
        self.target_ratio = Some(goal);
        self
    }

    /// What the ratio (the value, where there is none) must be with `--quick`.
    pub fn bound(mut self, goal: Goal) -> Self {
        self.bound = Some(goal);
        self
    }

    /// Whether the targets are reached; `None` where there is none.
    fn reached(&self) -> Option<bool> {
        let value = self.target.map(|goal| goal.holds(self.value));
        let ratio = self.target_ratio.zip(self.ratio).map(|(goal, ratio)| goal.holds(ratio));
        match (value, ratio) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(true) && b.unwrap_or(true)),
        }
    }

    /// Whether it is within its bound.
    fn within(&self) -> bool {
        self.bound.is_none_or(|goal| goal.holds(self.ratio.unwrap_or(self.value)))
    }
}

/// All figures of a run.
#[derive(Debug, Serialize)]
pub struct Table {
    machine: String,
    command: String,
    figures: Vec<Figure>,
    /// What is to be known beside the figures.
    notes: Vec<String>,
}

impl Table {
    /// Empty.
    pub fn new(options: &Options) -> Self {
        let mut command = "cargo bench --bench end_to_end".to_owned();
        let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
        if !arguments.is_empty() {
            command.push_str(" -- ");
            command.push_str(&arguments.join(" "));
        }
        let table = Self { machine: procfs::machine(), command, figures: Vec::new(), notes: Vec::new() };
        println!("{}\n{}{}", table.command, table.machine, if options.quick { ", quick" } else { "" });
        table
    }

    /// Adds a figure.
    pub fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// Adds what is to be known beside the figures.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        println!("note: {text}");
        self.notes.push(text);
    }

    /// How many figures there are.
    pub fn len(&self) -> usize {
        self.figures.len()
    }

    /// A figure's value.
    pub fn value(&self, part: Part, name: &str) -> Option<f64> {
        let part = part.to_string();
        self.figures.iter().find(|figure| figure.part == part && figure.name == name).map(|figure| figure.value)
    }

    /// Prints the figures from this one on, as Markdown.
    pub fn print_from(&self, from: usize) {
        println!("\n| part | figure | value | beside | ratio | to reach | reached |");
        println!("| --- | --- | ---: | ---: | ---: | ---: | --- |");
        for figure in &self.figures[from..] {
            let ratio = figure.ratio.map(digits).unwrap_or_default();
            let beside = figure.baseline.as_ref().map(|(name, value)| format!("{name}: {}", digits(*value)));
            let target = figure.target.map(|goal| format!("{goal} {}", figure.unit));
            let target = target.or_else(|| figure.target_ratio.map(|goal| format!("ratio {goal}")));
            let reached = match figure.reached() {
                None => "",
                Some(true) => "yes",
                Some(false) => "**no**",
            };
            println!(
                "| {} | {} | {} {} | {} | {ratio} | {} | {reached} |",
                figure.part,
                figure.name,
                digits(figure.value),
                figure.unit,
                beside.unwrap_or_default(),
                target.unwrap_or_default(),
            );
        }
        println!();
    }

    /// Writes everything as JSON.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
    }

    /// True unless a bound counts and is broken; says which are.
    pub fn verdict(&self, bounds_count: bool) -> bool {
        let broken: Vec<_> = self.figures.iter().filter(|figure| bounds_count && !figure.within()).collect();
        for figure in &broken {
            let is = digits(figure.ratio.unwrap_or(figure.value));
            let must = figure.bound.map(|goal| goal.to_string()).unwrap_or_default();
            println!("REGRESSION: {}, {}: {is}, must be {must}", figure.part, figure.name);
        }
        broken.is_empty()
    }
}

/// Three digits that count, and no more.
fn digits(value: f64) -> String {
    let size = value.abs();
    if size >= 10_000.0 {
        let text = format!("{value:.0}");
        let (head, tail) = text.split_at(text.len() - 3);
        match head.len() {
            ..=3 => format!("{head},{tail}"),
            more => format!("{},{},{tail}", &head[..more - 3], &head[more - 3..]),
        }
    } else if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 1.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.3}")
    }
}
