//! Which rows an alert can show at all: those that no single value of it contradicts.
//!
//! Looking at every row costs more than everything else in an analysis. So the table is turned round once: for each kind
//! of value, its patterns lead to the rows that have them. What is left is looked at in full; leaving out is only ever
//! of what [`Row::shown_by`] would refuse for that one value.

use super::command::Line;
use super::command_pattern::{self, Opening};
use super::pattern::{canonical_image, canonical_path, glob};
use super::row::{Is, Row};
use super::table;
use crate::analysis::Facts;
use crate::analysis::facts::Place;
use crate::analysis::paths::base_name;
use crate::analysis::search::Letters;
use foldhash::{HashMap, HashMapExt};
use std::sync::LazyLock;

/// A set of rows, by their place in the table: one bit each.
pub(super) type Rows = u128;

/// The patterns of one kind of value, and the rows that have them.
#[derive(Default)]
struct Patterns {
    /// Rows that do not look at this kind of value.
    indifferent: Rows,
    plain: Option<HashMap<&'static str, Rows>>,
    /// Those with stars, by their first byte, with the letters that a value needs.
    starred: Vec<Vec<(&'static str, Letters, Rows)>>,
}

impl Patterns {
    fn of(lists: impl Fn(&'static Row) -> Option<Vec<&'static str>>) -> Self {
        let mut plain: HashMap<&'static str, Rows> = HashMap::new();
        let mut starred: Vec<Vec<(&'static str, Letters, Rows)>> = vec![Vec::new(); 256];
        let mut indifferent = 0;
        for (at, row) in table::rows().enumerate() {
            let bit = 1 << at;
            let Some(patterns) = lists(row) else {
                indifferent |= bit;
                continue;
            };
            for pattern in patterns {
                if pattern.contains(['*', '#']) {
                    let same = &mut starred[usize::from(pattern.as_bytes()[0])];
                    match same.iter_mut().find(|(known, ..)| *known == pattern) {
                        Some((.., rows)) => *rows |= bit,
                        None => same.push((pattern, Letters::of(&pattern.replace(['*', '#'], "")), bit)),
                    }
                } else {
                    *plain.entry(pattern).or_default() |= bit;
                }
            }
        }
        Self { indifferent, plain: Some(plain), starred }
    }

    /// Of these rows those with a pattern that this value matches.
    fn matching(&self, value: &str, of: Rows) -> Rows {
        if of == 0 {
            return 0;
        }
        let plain = self.plain.as_ref().and_then(|plain| plain.get(value)).copied().unwrap_or_default();
        let letters = Letters::of(value);
        let first = value.as_bytes().first().copied();
        let lists = [Some(b'*'), Some(b'#'), first.filter(|byte| !matches!(byte, b'*' | b'#'))];
        let mut found = plain;
        for (pattern, needed, rows) in lists.into_iter().flatten().flat_map(|byte| &self.starred[usize::from(byte)]) {
            // A row that is out, or in already, needs no further pattern.
            if letters.cover(*needed) && rows & of & !found != 0 && glob(pattern, value) {
                found |= rows;
            }
        }
        found & of
    }

    /// Of these rows those that do not say no to this value; all where there is none.
    fn allowed(&self, value: Option<&str>, of: Rows) -> Rows {
        value.map_or(of, |value| of & self.indifferent | self.matching(value, of & !self.indifferent))
    }
}

struct Index {
    executables: Patterns,
    parents: Patterns,
    names: Patterns,
    images: Patterns,
    namespaces: Patterns,
    /// The programs that commands begin with.
    programs: Patterns,
    /// Rows one of whose commands can begin with any program.
    any_program: Rows,
    /// Rows that are at home on a host only, or in containers only.
    on_host: Rows,
    in_container: Rows,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let lists = |pick: fn(&Is) -> Option<&'static [&'static str]>| {
        Patterns::of(move |row| row.who.iter().find_map(pick).map(<[&str]>::to_vec))
    };
    let cut = |pick: fn(&Is) -> Option<&'static [&'static str]>| {
        Patterns::of(move |row| {
            let names = row.who.iter().find_map(pick)?;
            // The kernel keeps 15 bytes of a name.
            Some(names.iter().flat_map(|name| [*name, name.get(..15).unwrap_or(name)]).collect())
        })
    };
    let (mut any_program, mut on_host, mut in_container) = (0, 0, 0);
    for (at, row) in table::rows().enumerate() {
        let bit = 1 << at;
        let is = |wanted: fn(&Is) -> bool| row.who.iter().any(wanted);
        let anywhere = is(|is| matches!(is, Is::Image(_) | Is::SomeImage)) && is(|is| matches!(is, Is::Host));
        if !is(|is| matches!(is, Is::Host)) || anywhere {
            in_container |= bit;
        }
        let names_image = is(|is| matches!(is, Is::Image(_))) && !anywhere;
        if !names_image && !is(|is| matches!(is, Is::Namespace(_) | Is::Container)) {
            on_host |= bit;
        }
        if openings(row).is_some_and(|mut openings| openings.any(|opening| opening == Opening::Any)) {
            any_program |= bit;
        }
    }
    Index {
        executables: lists(|is| if let Is::Exe(paths) = is { Some(paths) } else { None }),
        parents: cut(|is| if let Is::Parent(names) = is { Some(names) } else { None }),
        names: cut(|is| if let Is::Name(names) = is { Some(names) } else { None }),
        images: lists(|is| if let Is::Image(names) = is { Some(names) } else { None }),
        namespaces: lists(|is| if let Is::Namespace(names) = is { Some(names) } else { None }),
        programs: Patterns::of(|row| {
            let named = |opening| if let Opening::Program(name) = opening { Some(name) } else { None };
            Some(openings(row)?.filter_map(named).collect())
        }),
        any_program,
        on_host,
        in_container,
    }
});

/// What the row's commands begin with.
fn openings(row: &Row) -> Option<impl Iterator<Item = Opening> + use<>> {
    Some(command_pattern::commands(row)?.iter().map(|pattern| pattern.opening))
}

/// Rows that the alert does not contradict by one of its values alone, in the table's order.
pub(super) fn candidates(facts: &Facts<'_>, line: &Line<'_>) -> impl Iterator<Item = &'static Row> + use<> {
    let index = &*INDEX;
    let program = facts.process.program;
    let first = || program.cmdline.and_then(|line| line.split_ascii_whitespace().next()).map(base_name);
    let mut rows = match facts.place() {
        Some(Place::Host) => index.on_host,
        Some(Place::Container) => index.in_container,
        None => Rows::MAX,
    };
    rows &= line.rows | index.programs.indifferent;
    rows = index.names.allowed(program.name.or_else(first), rows);
    rows = index.parents.allowed(facts.parent.name, rows);
    rows = index.namespaces.allowed(facts.workload.namespace, rows);
    if rows & !index.executables.indifferent != 0 {
        rows = index.executables.allowed(program.exepath.map(canonical_path).as_deref(), rows);
    }
    if rows & !index.images.indifferent != 0
        && let Some(repository) = facts.container.image
    {
        let canonical = canonical_image(repository);
        let inner = canonical.match_indices('/').map(|(at, _)| &canonical[at + 1..]);
        let images = [repository, canonical].into_iter().chain(inner);
        let named = |found: Rows, name: &str| found | index.images.matching(name, rows & !found);
        rows = images.fold(rows & index.images.indifferent, named);
    }
    taken(rows)
}

/// The rows of [`of_command`].
pub(super) fn by_command(line: &Line<'_>) -> impl Iterator<Item = &'static Row> + use<> {
    taken(line.rows)
}

/// Rows one of whose own commands can begin as this line does.
pub(super) fn of_command(line: &Line<'_>) -> Rows {
    let index = &*INDEX;
    match line.opening {
        Some(name) => index.any_program | index.programs.matching(name, Rows::MAX),
        None => index.any_program,
    }
}

fn taken(mut rows: Rows) -> impl Iterator<Item = &'static Row> {
    static ALL: LazyLock<Vec<&'static Row>> = LazyLock::new(|| table::rows().collect());
    std::iter::from_fn(move || {
        let at = rows.trailing_zeros() as usize;
        rows &= rows.wrapping_sub(1);
        ALL.get(at).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_bit() {
        assert!(table::rows().count() <= Rows::BITS as usize);
    }

    #[test]
    fn no_row_is_left_out_of_its_own_example() {
        for row in table::rows() {
            let fields = row.seen.iter().copied();
            let alert = super::super::tests::alert(fields);
            let facts = Facts::of(&alert);
            let line = Line::of(&facts);
            assert!(candidates(&facts, &line).any(|other| other.id == row.id), "{}", row.id);
        }
    }

    #[test]
    fn a_row_that_is_left_out_is_one_that_refuses() {
        let examples: Vec<_> = table::rows().map(|row| super::super::tests::alert(row.seen.iter().copied())).collect();
        for alert in &examples {
            let facts = Facts::of(alert);
            let line = Line::of(&facts);
            let kept: Vec<&str> = candidates(&facts, &line).map(|row| row.id).collect();
            for row in table::rows().filter(|row| !kept.contains(&row.id)) {
                assert!(row.shown_by(&facts, &line).is_none(), "{}", row.id);
            }
        }
    }
}
