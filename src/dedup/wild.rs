//! Numbers of wildcards: what a group's members need not all have, and must have in common where they have it.

use super::fields;

/// Numbers of wildcards: late fields come after all ancestors'.
pub(super) const LATE: u8 = 100;

/// Late fields that name one instance of a workload, by their number in the table.
pub(super) const INSTANCE: &[u8] = &[7, 10, 11, 12, 13, 14, 15, 16, 18, 24, 30, 31, 32];

/// The number of a wildcard about a parent: its level and which of its four fields.
pub(super) fn parent_number(level: u8, field: &str) -> u8 {
    let kind = if field.contains("cmdline") {
        3
    } else if field.contains("exepath") {
        2
    } else {
        u8::from(field.contains("exe"))
    };
    (level - 1) * 4 + kind
}

/// Whether a wildcard is about a parent rather than late.
pub(super) fn is_parent(number: u8) -> bool {
    number < LATE
}

/// Writes the name of the field that a wildcard is about.
pub(super) fn write_wild_name(number: u8, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    if !is_parent(number) {
        return f.write_str(fields::late_name(number - LATE));
    }
    let kind = usize::from(number % 4);
    match number / 4 + 1 {
        1 => f.write_str(["proc.pname", "proc.pexe", "proc.pexepath", "proc.pcmdline"][kind]),
        17 => f.write_str(["proc.sname", "proc.sid.exe", "proc.sid.exepath", "proc.sname"][kind]),
        19 => f.write_str(["proc.pgid.name", "proc.pgid.exe", "proc.pgid.exepath", "proc.pgid.name"][kind]),
        18 => f.write_str(["proc.vpgid.name", "proc.vpgid.exe", "proc.vpgid.exepath", "proc.vpgid.name"][kind]),
        level => write!(f, "{}[{level}]", ["proc.aname", "proc.aexe", "proc.aexepath", "proc.acmdline"][kind]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedup::fields::{Class, examples};

    struct Name(u8);

    impl std::fmt::Display for Name {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write_wild_name(self.0, f)
        }
    }

    #[test]
    fn every_wildcard_has_a_number_of_its_own_and_its_name_back() {
        let mut numbers = std::collections::BTreeMap::new();
        for (field, class) in examples() {
            let number = match class {
                Class::Late(number) => LATE + number,
                Class::Parent(level) => parent_number(level, &field),
                _ => continue,
            };
            assert_eq!(is_parent(number), matches!(class, Class::Parent(_)), "{field}");
            assert_eq!(numbers.insert(number, field.clone()), None, "{field}");
            assert_eq!(Name(number).to_string(), field);
        }
    }
}
