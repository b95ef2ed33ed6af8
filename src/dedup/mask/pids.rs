//! Where a word of a command line is a process id.

use super::HOLE;
use crate::cmdline::{WordContext, WordPlace};

/// How a program takes process ids.
enum Takes {
    /// After one of these options, or joined to it: `-p 1`, `-p1`, `--pid 1`, `--pid=1`.
    After(&'static [&'static str]),
    /// As operands.
    Operands,
    /// As the last operand of several.
    Last,
}

use Takes::{After, Last, Operands};

/// Programs that act on a process by its id.
#[rustfmt::skip]
const PROGRAMS: &[(&str, Takes, &str)] = &[
    ("eu-stack", After(&["-p", "--pid"]), "shows a process's calls"),
    ("gcore", Operands, "dumps a process"),
    ("gdb", After(&["-p", "--pid"]), "attaches to a process"),
    ("gdbserver", After(&["--attach"]), "attaches to a process"),
    ("jcmd", Operands, "asks a Java process"),
    ("jinfo", Last, "asks a Java process"),
    ("jmap", Operands, "asks a Java process"),
    ("jstack", Operands, "asks a Java process"),
    ("kill", Operands, "signals processes"),
    ("lsof", After(&["-p"]), "lists a process's files"),
    ("ltrace", After(&["-p"]), "attaches to a process"),
    ("perf", After(&["-p", "--pid"]), "watches a process"),
    ("pidstat", After(&["-p"]), "watches a process"),
    ("pmap", Operands, "shows a process's memory"),
    ("prlimit", After(&["-p", "--pid"]), "limits a process"),
    ("ps", After(&["-p", "--pid"]), "shows a process"),
    ("pstack", Operands, "shows a process's calls"),
    ("py-spy", After(&["-p", "--pid"]), "watches a process"),
    ("pwdx", Operands, "shows a process's directory"),
    ("renice", After(&["-p", "--pid"]), "reschedules a process"),
    ("reptyr", Last, "takes a process over"),
    ("strace", After(&["-p", "--attach"]), "attaches to a process"),
    ("tail", After(&["--pid"]), "ends with a process"),
    ("top", After(&["-p"]), "watches a process"),
];

/// Programs that run another one near a process.
#[rustfmt::skip]
const WRAPPERS: &[(&str, &[&str], &str)] = &[
    ("nsenter", &["-t", "--target"], "enters a process's namespaces; 1 is the host's, and is kept"),
];

/// The word with its process id taken out; `None` where it has none, or 1. `kill -9` has an option, not an id; `kill 0`
/// and `kill -1` mean many processes, and stay.
pub(in crate::dedup) fn without_pid(context: &WordContext, word: &str) -> Option<String> {
    if !word.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if context.place == WordPlace::Wrapper {
        let row = WRAPPERS.iter().find(|row| context.command.wrappers.iter().any(|wrapper| wrapper.name == row.0))?;
        return after(context, word, row.1);
    }
    let WordPlace::Argument(at) = context.place else { return None };
    let program = context.command.program();
    let (_, takes, _) = PROGRAMS.iter().find(|row| row.0 == program)?;
    let last = || at + 1 == context.command.args().len();
    let free = || {
        is_id(word) && !context.preceding.is_some_and(|before| matches!(before, "-s" | "-n" | "-q" | "-l" | "--signal"))
    };
    match takes {
        After(options) => after(context, word, options),
        Operands if free() => Some(HOLE.to_string()),
        Last if last() && is_id(word) => Some(HOLE.to_string()),
        _ => None,
    }
}

/// Whether a text is a process id other than 1. No program writes one with a zero in front, which would be 1 again.
fn is_id(text: &str) -> bool {
    let number = (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    number && text != "1" && !text.starts_with('0')
}

/// The word without the id that stands after or in one of these options.
fn after(context: &WordContext, word: &str, options: &[&str]) -> Option<String> {
    if is_id(word) {
        return context.preceding.is_some_and(|before| options.contains(&before)).then(|| HOLE.to_string());
    }
    options.iter().find_map(|option| {
        let rest = word.strip_prefix(option)?;
        let id = if option.starts_with("--") { rest.strip_prefix('=')? } else { rest };
        is_id(id).then(|| format!("{}{HOLE}", &word[..word.len() - id.len()]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedup::command;

    fn same(a: &str, b: &str) -> bool {
        command::read(a).head == command::read(b).head
    }

    #[test]
    fn every_program_takes_ids_as_its_row_says_and_1_is_none() {
        for (program, takes, _) in PROGRAMS {
            let lines: Vec<String> = match takes {
                After(options) => options.iter().map(|option| format!("{program} {option} ")).collect(),
                Operands | Last => vec![format!("{program} ")],
            };
            for line in lines {
                assert!(same(&format!("{line}4711"), &format!("{line}4712")), "{line}");
                assert!(!same(&format!("{line}4711"), &format!("{line}1")), "{line}");
                assert!(!same(&format!("{line}4711"), &format!("{line}4711 --more")), "{line}");
            }
            assert!(!same(&format!("{program} --other 4711 x"), &format!("{program} --other 4711 y")), "{program}");
        }
        for (program, options, _) in WRAPPERS {
            for option in *options {
                assert!(same(&format!("{program} {option} 77 id"), &format!("{program} {option} 78 id")), "{option}");
                assert!(!same(&format!("{program} {option} 77 id"), &format!("{program} {option} 1 id")), "{option}");
            }
        }
    }
}
