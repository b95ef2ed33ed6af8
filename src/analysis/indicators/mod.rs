//! Indicators of attack: a reviewed table.
//!
//! A row says what it finds, how much that weighs, which ATT&CK techniques it is, why it counts and what would refute
//! it; and it brings its own two tests, an alert that it finds and a look-alike that it must not. Files by theme hold
//! the rows; this file walks them.
//!
//! What is walked: the process's command line, its parent's and its ancestors', what a Kubernetes `exec` starts, and
//! what those hide: text for a shell at any depth, other readings of an argument vector in which operators stand, and
//! text that is echoed into a file, a crontab or a shell.

mod accounts;
mod connections;
mod containers;
mod credentials;
mod discovery;
mod download;
mod evasion;
mod execution;
mod host_escape;
mod host_files;
mod impact;
mod indirect;
mod key_search;
mod kinds;
mod kubernetes;
mod lineage;
mod masquerade;
mod memory;
mod miners;
mod payloads;
mod persistence;
mod planted;
mod privilege;
mod readings;
mod seen;
mod shells;
mod story;
mod tools;
mod tracks;
mod tunnels;
mod words;

pub(in crate::analysis) use kubernetes::makes_pod_that_owns_node;
pub use lineage::server;
pub use words::percent_decoded;

use super::facts::Facts;
use crate::cmdline::Script;
use foldhash::HashMap;
use kinds::Kinds;
use lineage::Origin;
use readings::Reading;
use seen::Seen;
use std::sync::LazyLock;

/// One row of the table.
pub struct Indicator {
    /// Stable name, as reports and tests have it.
    pub id: &'static str,
    /// What it looks at.
    finds: Finds,
    /// 0 to 100: how far it alone shows an attack. 70 and above shows a step of one.
    pub weight: u8,
    /// ATT&CK techniques, the most telling first.
    pub techniques: &'static [&'static str],
    /// Why it counts, in one sentence.
    pub reason: &'static str,
    /// What would refute it, in one sentence.
    pub refuted_by: &'static str,
    /// Fields of an alert that it finds (`rule` is the rule's name).
    pub example: Example,
    /// Fields of an alert that looks alike and that it must not find.
    pub look_alike: Example,
}

/// Fields and values of an alert; `rule` is the rule's name.
pub type Example = &'static [(&'static str, &'static str)];

/// How a row looks.
enum Finds {
    /// At each simple command, of these families of programs; of any where there are none.
    Command(&'static [&'static str], LooksAtCommand),
    /// At each simple command of one of these kinds, and at those of these families.
    Kind(Kinds, &'static [&'static str], LooksAtCommand),
    /// At the relations between the commands of one script that has several; gives the telling part.
    Script(LooksAtScript),
    /// At the facts; gives the field and the telling part.
    Facts(LooksAtFacts),
}

type LooksAtCommand = fn(&Seen<'_, '_>) -> bool;
type LooksAtScript = fn(&Script) -> Option<String>;
type LooksAtFacts = for<'a> fn(&Facts<'a>) -> Option<Hit>;

/// Where a row found what it looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The field, as Falco names it.
    pub field: &'static str,
    /// Its value or the telling part of it.
    pub value: String,
}

impl Hit {
    /// A hit, as the rows' functions end: with an answer.
    #[allow(clippy::unnecessary_wraps)]
    fn of(field: &'static str, value: &str) -> Option<Self> {
        Some(Self { field, value: words::cut(value) })
    }
}

/// One row that found something.
#[derive(Clone)]
pub struct Found {
    /// The row.
    pub indicator: &'static Indicator,
    /// Where.
    pub hit: Hit,
}

/// All rows, by theme.
const THEMES: &[&[Indicator]] = &[
    accounts::ROWS,
    planted::ROWS,
    privilege::ROWS,
    host_files::ROWS,
    payloads::ROWS,
    indirect::ROWS,
    tracks::ROWS,
    key_search::ROWS,
    memory::ROWS,
    connections::ROWS,
    containers::ROWS,
    credentials::ROWS,
    discovery::ROWS,
    download::ROWS,
    evasion::ROWS,
    execution::ROWS,
    host_escape::ROWS,
    impact::ROWS,
    kubernetes::ROWS,
    lineage::ROWS,
    masquerade::ROWS,
    miners::ROWS,
    persistence::ROWS,
    shells::ROWS,
    tools::ROWS,
    tunnels::ROWS,
];

/// Every row of the table.
pub fn rows() -> impl Iterator<Item = &'static Indicator> {
    THEMES.iter().flat_map(|rows| rows.iter())
}

/// A row and its function.
type Looking<F> = (&'static Indicator, F);

/// The rows by what they look at: to compare a command's name with every row's families costs more than to look.
struct Index {
    by_family: HashMap<&'static str, Vec<Looking<LooksAtCommand>>>,
    by_kind: Vec<(Kinds, &'static [&'static str], Looking<LooksAtCommand>)>,
    any_command: Vec<Looking<LooksAtCommand>>,
    scripts: Vec<Looking<LooksAtScript>>,
    facts: Vec<Looking<LooksAtFacts>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index {
        by_family: HashMap::default(),
        by_kind: Vec::new(),
        any_command: Vec::new(),
        scripts: Vec::new(),
        facts: Vec::new(),
    };
    for row in rows() {
        match &row.finds {
            Finds::Command([], looks) => index.any_command.push((row, *looks)),
            Finds::Command(families, looks) | Finds::Kind(_, families, looks) => {
                for family in *families {
                    index.by_family.entry(family).or_default().push((row, *looks));
                }
            }
            Finds::Script(looks) => index.scripts.push((row, *looks)),
            Finds::Facts(looks) => index.facts.push((row, *looks)),
        }
        if let Finds::Kind(kinds, families, looks) = &row.finds {
            index.by_kind.push((*kinds, families, (row, *looks)));
        }
    }
    index
});

impl Index {
    /// The rows that can find something in this command, each once.
    fn of_command(&self, seen: &Seen<'_, '_>) -> impl Iterator<Item = &Looking<LooksAtCommand>> {
        let (name, kinds) = (seen.name, seen.kinds());
        let by_kind =
            self.by_kind.iter().filter(move |(wanted, families, _)| wanted.meets(kinds) && !families.contains(&name));
        let by_family = self.by_family.get(name).into_iter().flatten();
        by_family.chain(&self.any_command).chain(by_kind.map(|(_, _, looking)| looking))
    }
}

/// All that the alert shows, strongest first; each row at most once.
pub fn find(facts: &Facts<'_>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let origin = Origin::of(facts);
    for reading in readings::of(facts) {
        look_at(&reading, facts, origin, &mut found);
    }
    for (row, looks) in &INDEX.facts {
        if let Some(hit) = looks(facts) {
            found.push(Found { indicator: row, hit });
        }
    }
    found.sort_by(|a, b| b.indicator.weight.cmp(&a.indicator.weight).then(a.indicator.id.cmp(b.indicator.id)));
    found
}

fn look_at(reading: &Reading<'_>, facts: &Facts<'_>, origin: Origin, found: &mut Vec<Found>) {
    let known = |found: &[Found], row: &Indicator| found.iter().any(|each| each.indicator.id == row.id);
    let index = &*INDEX;
    let mut commands = 0;
    reading.script.for_each_command(|visit| {
        commands += 1;
        let seen = Seen::of(visit, facts, origin);
        for (row, looks) in index.of_command(&seen) {
            if looks(&seen) && !known(found, row) {
                found.push(Found { indicator: row, hit: Hit { field: reading.field, value: seen.rendered() } });
            }
        }
    });
    // One command has no relation to another.
    let scripts = if commands > 1 { index.scripts.as_slice() } else { &[] };
    for (row, looks) in scripts {
        if !known(found, row)
            && let Some(value) = looks(&reading.script)
        {
            found.push(Found { indicator: row, hit: Hit { field: reading.field, value: words::cut(&value) } });
        }
    }
}

#[cfg(test)]
mod tests;
