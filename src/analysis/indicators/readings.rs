//! Everything in an alert that is a command line, in every way that it can be read.

use crate::analysis::facts::Facts;
use crate::cmdline::{Command, Script, parse_argv, parse_shell};
use std::borrow::Cow;

/// One command line, read in one way.
pub(super) struct Reading<'a> {
    /// The field it comes from.
    pub field: &'static str,
    /// The script.
    pub script: Cow<'a, Script>,
}

/// As many ancestors' command lines as are read.
const ANCESTORS: [&str; 3] = ["proc.acmdline[2]", "proc.acmdline[3]", "proc.acmdline[4]"];
/// As many texts inside texts as are read.
const MAX_READINGS: usize = 24;

/// All readings, the process's own first.
pub(super) fn of<'a>(facts: &'a Facts<'_>) -> Vec<Reading<'a>> {
    let mut all = Vec::with_capacity(4);
    if facts.process.program.cmdline.is_some() {
        add("proc.cmdline", Cow::Borrowed(&facts.script), &mut all);
    }
    if let Some(text) = facts.parent.cmdline {
        add("proc.pcmdline", Cow::Owned(parse_argv(text)), &mut all);
    }
    for field in ANCESTORS {
        if let Some(text) = facts.get(field) {
            add(field, Cow::Owned(parse_argv(text)), &mut all);
        }
    }
    if let Some(text) = facts.audit.and_then(|audit| audit.command) {
        add("ka.uri.param[command]", Cow::Owned(parse_argv(&super::words::percent_decoded(text))), &mut all);
    }
    all
}

fn add<'a>(field: &'static str, script: Cow<'a, Script>, all: &mut Vec<Reading<'a>>) {
    let others = script.other_readings();
    let mut hidden = payloads(&script);
    for other in &others {
        hidden.extend(payloads(other));
    }
    all.push(Reading { field, script });
    let nested = hidden.into_iter().map(|text| parse_shell(&text));
    for script in others.into_iter().chain(nested) {
        if all.len() < MAX_READINGS {
            all.push(Reading { field, script: Cow::Owned(script) });
        }
    }
}

/// Texts that `echo` and `printf` write somewhere: into a file, a crontab, a shell.
fn payloads(script: &Script) -> Vec<String> {
    let mut texts = Vec::new();
    script.for_each_command(|visit| {
        let written = visit.next().is_some() || visit.command.redirections.iter().any(|r| r.kind.writes());
        if written && texts.len() < 8 && matches!(visit.command.program(), "echo" | "printf") {
            let text: String = visit.command.arg_texts().collect::<Vec<_>>().join(" ");
            for line in text.replace("\\n", "\n").lines().take(8) {
                let line = without_schedule(line.trim_start_matches(['-', 'e', 'n', ' ']));
                if line.contains(' ') || line.contains('/') {
                    texts.push(line.to_owned());
                }
            }
        }
        for redirection in &visit.command.redirections {
            use crate::cmdline::Redirect;
            let body = matches!(redirection.kind, Redirect::HereString | Redirect::HereDocument);
            if body && !is_read_by_shell(visit.command) && redirection.target.text.contains(' ') {
                for line in redirection.target.text.lines().take(8) {
                    texts.push(without_schedule(line).to_owned());
                }
            }
        }
    });
    texts.truncate(16);
    texts
}

fn is_read_by_shell(command: &Command) -> bool {
    command.is_shell()
}

/// A crontab's line without its schedule.
fn without_schedule(line: &str) -> &str {
    let line = line.trim_start();
    if line.starts_with('@') {
        return line.split_once(' ').map_or("", |(_, rest)| rest);
    }
    let mut rest = line;
    for _ in 0..5 {
        let Some((field, after)) = rest.split_once([' ', '\t']) else { return line };
        if field.is_empty() || !field.bytes().all(|b| b.is_ascii_digit() || b"*/,-\\".contains(&b)) {
            return line;
        }
        rest = after.trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crontab_line_is_read_without_its_schedule() {
        assert_eq!(without_schedule("*/5 * * * * curl x | sh"), "curl x | sh");
        assert_eq!(without_schedule("@reboot /tmp/x"), "/tmp/x");
        assert_eq!(without_schedule("ls -l"), "ls -l");
        assert_eq!(without_schedule("1 2 3"), "1 2 3");
    }
}
