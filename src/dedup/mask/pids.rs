//! Where a word of a command line is a process id.

use crate::cmdline::{WordContext, WordPlace};

/// How a program takes process ids.
enum Takes {
    /// After one of these options, or joined to a long one with `=`.
    After(&'static [&'static str]),
    /// As operands.
    Operands,
}

/// Programs that act on a process by its id.
#[rustfmt::skip]
const PROGRAMS: &[(&str, Takes, &str)] = &[
    ("gcore", Takes::Operands, "dumps a process"),
    ("gdb", Takes::After(&["-p", "--pid"]), "attaches to a process"),
    ("gdbserver", Takes::After(&["--attach"]), "attaches to a process"),
    ("jcmd", Takes::Operands, "asks a Java process"),
    ("jmap", Takes::Operands, "asks a Java process"),
    ("jstack", Takes::Operands, "asks a Java process"),
    ("kill", Takes::Operands, "signals processes"),
    ("lsof", Takes::After(&["-p"]), "lists a process's files"),
    ("ltrace", Takes::After(&["-p"]), "attaches to a process"),
    ("nsenter", Takes::After(&["-t", "--target"]), "enters a process's namespaces; 1 is the host's, and is kept"),
    ("perf", Takes::After(&["-p", "--pid"]), "watches a process"),
    ("pmap", Takes::Operands, "shows a process's memory"),
    ("prlimit", Takes::After(&["-p", "--pid"]), "limits a process"),
    ("ps", Takes::After(&["-p", "--pid"]), "shows a process"),
    ("py-spy", Takes::After(&["-p", "--pid"]), "watches a process"),
    ("pwdx", Takes::Operands, "shows a process's directory"),
    ("renice", Takes::After(&["-p", "--pid"]), "reschedules a process"),
    ("strace", Takes::After(&["-p", "--attach"]), "attaches to a process"),
    ("taskset", Takes::After(&["-p", "--pid"]), "places a process"),
];

/// Whether the word is a process id other than 1. `kill -9` has an option, not an id; `kill 0` and `kill -1` mean
/// many processes, and stay.
pub(in crate::dedup) fn is_pid_operand(context: &WordContext, word: &str) -> bool {
    let WordPlace::Argument(_) = context.place else { return false };
    let id = |text: &str| {
        text.len() <= 8 && !matches!(text, "0" | "1") && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
    };
    if !id(word) {
        return false;
    }
    let program = context.command.program();
    let Some((_, takes, _)) = PROGRAMS.iter().find(|row| row.0 == program) else { return false };
    match takes {
        Takes::Operands => !context.preceding.is_some_and(|before| matches!(before, "-s" | "-n" | "-q" | "--signal")),
        Takes::After(options) => context.preceding.is_some_and(|before| options.contains(&before)),
    }
}
