//! What a command starts: wrappers are peeled off, text for shells and commands for other places
//! become nested scripts, program text of interpreters is set apart.
//!
//! The same rules serve words of shell text, which are exact, and an argument vector that was
//! joined with spaces, in which text for a shell reaches to the end of the line.

use super::ast::{Language, NestedKind};
use super::family::{base_name, is_shell, program_family};
use super::launch_table::{AWK, CLIENTS, Client, SHELL, SSH, Start, WATCH, WRAPPERS, XARGS};
use super::view::{Launch, View};

/// Whether `text` is a variable's name.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.as_bytes()[0].is_ascii_digit()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Skips options by the table, from `at`; gives the index of the first word that is none.
fn skip_options(view: View<'_>, mut at: usize, start: &Start) -> usize {
    while let Some(word) = view.get(at) {
        if word == "--" {
            return at + 1;
        }
        if let Some(long) = word.strip_prefix("--") {
            at += if !long.contains('=') && start.long.contains(&long) { 2 } else { 1 };
        } else if word.len() > 1 && word.starts_with('-') {
            let cluster = &word[1..];
            let valued = cluster.find(|c| start.letters.contains(c));
            at += if valued.is_some_and(|found| found + 1 == cluster.len()) { 2 } else { 1 };
        } else {
            return at;
        }
    }
    at.min(view.len())
}

/// Where the command that a wrapper starts begins; `None` where it starts none.
fn after_wrapper(view: View<'_>, at: usize, name: &str, start: &Start) -> Option<usize> {
    let next = view.get(at + 1)?;
    match name {
        "busybox" | "toybox" if next.starts_with('-') => return None,
        "command" if next.starts_with("-v") || next.starts_with("-V") => return None,
        "runuser" | "screen" if next == "-ls" || has_command_option(view, at) => return None,
        _ => {}
    }
    let mut at = at + 1;
    loop {
        at = skip_options(view, at, start);
        let assigned = |word: &str| word.split_once('=').is_some_and(|(name, _)| is_name(name));
        match name {
            "env" | "sudo" | "doas" if view.get(at).is_some_and(assigned) => at += 1,
            "env" if view.get(at) == Some("-") => at += 1,
            _ => break,
        }
    }
    if start.operands > 0 {
        at += start.operands as usize;
        if name != "flock" && view.get(at).is_some_and(|word| word.starts_with('-')) {
            at = skip_options(view, at, start);
        }
    }
    if name == "flock" && view.get(at).is_some_and(|word| word == "-c" || word == "--command") {
        return None;
    }
    (at < view.len()).then(|| at + usize::from(view.get(at) == Some("--"))).filter(|at| *at < view.len())
}

fn has_command_option(view: View<'_>, at: usize) -> bool {
    command_option(view, at).is_some()
}

/// Index of what follows `-c` (also in a cluster, `-lc`) or `--command`.
fn command_option(view: View<'_>, at: usize) -> Option<usize> {
    (at + 1..view.len())
        .find(|at| {
            view.get(*at).is_some_and(|word| {
                word == "--command" || (word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'))
            })
        })
        .map(|at| at + 1)
        .filter(|at| *at < view.len())
}

/// Finds out what the words of a command mean.
pub(super) fn understand(view: View<'_>) -> Launch {
    let mut launch = Launch::default();
    let mut at = 0;
    while launch.wrappers.len() < 32
        && let Some(next) = peel(view, at)
    {
        launch.wrappers.push((at, next));
        at = next;
    }
    launch.program_at = at;
    let Some(path) = view.get(at) else { return launch };
    if let (View::Shell(_), Some(_)) = (view, split_string(view, at)) {
        // `env -S 'command with words'`
        launch.text(NestedKind::Eval, at, at + 1);
        return launch;
    }
    let name = base_name(path);
    let family = program_family(name);
    if is_shell(family) {
        if let Some(from) = shell_text(view, at) {
            launch.text(NestedKind::ShellC, from, view.one(from));
        }
        return launch;
    }
    match family {
        "eval" if at + 1 < view.len() => launch.text(NestedKind::Eval, at + 1, view.len()),
        "trap" if matches!(view, View::Shell(_)) && at + 2 < view.len() => {
            launch.text(NestedKind::Eval, at + 1, at + 2);
        }
        "su" | "runuser" | "script" | "flock" | "sg" => {
            if let Some(from) = command_option(view, at) {
                launch.text(NestedKind::ShellC, from, view.one(from));
            }
        }
        "watch" => {
            let from = skip_options(view, at + 1, &WATCH);
            if from < view.len() {
                launch.text(NestedKind::ShellC, from, view.len());
            }
        }
        "ssh" | "slogin" | "autossh" | "dbclient" => remote(view, at, &mut launch),
        "xargs" | "parallel" => {
            let from = skip_options(view, at + 1, &XARGS);
            if from < view.len() {
                launch.argv(NestedKind::Exec, from, view.len());
            }
        }
        "find" | "fd" | "fdfind" => find_exec(view, at, &mut launch),
        "k3s" | "microk8s" if view.get(at + 1) == Some("kubectl") => client(view, at + 1, &mut launch),
        _ => match CLIENTS.binary_search_by_key(&name, |row| row.name) {
            Ok(_) => client(view, at, &mut launch),
            Err(_) => launch.code = code(view, at, family),
        },
    }
    launch
}

/// The `-S` of an `env` right before the word at `at`.
fn split_string(view: View<'_>, at: usize) -> Option<&str> {
    let option = view.get(at.checked_sub(1)?)?;
    let splits = option.starts_with('-') && !option.starts_with("--") && option.ends_with('S');
    let is_env = (0..at).any(|i| view.get(i).is_some_and(|word| base_name(word) == "env"));
    (splits && is_env).then_some(option)
}

/// If a wrapper stands at `at`: where what it starts begins.
fn peel(view: View<'_>, at: usize) -> Option<usize> {
    let path = view.get(at)?;
    let name = base_name(path);
    if name.starts_with("ld-linux") || name.starts_with("ld-musl") {
        let start = Start {
            name: "",
            letters: "",
            long: &["library-path", "preload", "argv0", "inhibit-rpath", "audit"],
            operands: 0,
        };
        return Some(skip_options(view, at + 1, &start)).filter(|next| *next < view.len());
    }
    if name == "ip" {
        let verb = (at + 1..view.len().min(at + 8)).find(|i| view.get(*i) == Some("exec"))?;
        let object = view.get(verb - 1)?;
        return Some(verb + 2)
            .filter(|next| *next < view.len() && (object == "vrf" || "netns".starts_with(object) && object.len() > 3));
    }
    let is_box = |known: &&str| name.starts_with(known);
    let name = ["busybox", "toybox"].into_iter().find(is_box).unwrap_or(name);
    let row = WRAPPERS.binary_search_by_key(&name, |row| row.name).ok()?;
    after_wrapper(view, at, name, &WRAPPERS[row])
}

/// The index at which a shell's `-c` text begins.
fn shell_text(view: View<'_>, at: usize) -> Option<usize> {
    let mut at = at + 1;
    let mut found = false;
    while let Some(word) = view.get(at) {
        if word == "--" || word == "-" {
            at += 1;
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            found |= long == "command";
            at += if SHELL.long.contains(&long) { 2 } else { 1 };
        } else if word.len() > 1 && word.starts_with(['-', '+']) {
            found |= word.starts_with('-') && word.contains('c');
            at += if word.ends_with(['o', 'O']) { 2 } else { 1 };
        } else {
            break;
        }
    }
    (found && at < view.len()).then_some(at)
}

fn remote(view: View<'_>, at: usize, launch: &mut Launch) {
    let host = skip_options(view, at + 1, &SSH);
    // Options may stand after the host, too.
    let from = skip_options(view, host + 1, &SSH);
    if from < view.len() {
        launch.text(NestedKind::Remote, from, view.len());
    }
}

fn find_exec(view: View<'_>, at: usize, launch: &mut Launch) {
    let mut at = at + 1;
    while let Some(word) = view.get(at) {
        at += 1;
        if !matches!(word, "-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X" | "--exec") {
            continue;
        }
        let ends = |i: &usize| {
            matches!(view.get(*i), Some(";" | "\\;")) || (view.get(*i) == Some("+") && view.get(*i - 1) == Some("{}"))
        };
        let end = (at..view.len()).find(ends).unwrap_or(view.len());
        if end > at && launch.inner.len() < 16 {
            launch.argv(NestedKind::Exec, at, end);
        }
        at = end;
    }
}

fn client(view: View<'_>, at: usize, launch: &mut Launch) {
    let name = base_name(view.get(at).unwrap_or(""));
    let Ok(row) = CLIENTS.binary_search_by_key(&name, |row| row.name) else { return };
    let Client { global, verbs, .. } = &CLIENTS[row];
    let mut verb = skip_options(view, at + 1, global);
    // `docker container exec`, `docker compose exec`, `ctr tasks exec`, `k3s kubectl exec`
    let groups = ["container", "compose", "tasks", "task", "t", "containers", "kubectl", "ctr", "crictl"];
    if view.get(verb).is_some_and(|word| groups.contains(&word)) {
        verb = skip_options(view, verb + 1, global);
    }
    let Some(start) = view.get(verb).and_then(|word| verbs.iter().find(|v| v.name == word)) else {
        return;
    };
    let end = (verb + 1..view.len()).find(|i| view.get(*i) == Some("--"));
    let from = match end {
        Some(end) if matches!(name, "kubectl" | "oc" | "k3s" | "microk8s.kubectl" | "lxc") => end + 1,
        _ => {
            let operand = skip_options(view, verb + 1, start);
            let from = operand + start.operands as usize;
            from + usize::from(view.get(from) == Some("--"))
        }
    };
    if from < view.len() {
        launch.argv(NestedKind::Remote, from, view.len());
    }
}

/// Where an interpreter's program text begins.
fn code(view: View<'_>, at: usize, family: &str) -> Option<(Language, usize)> {
    // Letters that are `-e`, letters after which a cluster goes on with their value, long forms.
    let (language, hits, valued, long): (_, &str, &str, &[&str]) = match family {
        "python" => (Language::Python, "c", "mWX", &[]),
        "perl" => (Language::Perl, "eE", "MmIxDFiC0", &[]),
        "ruby" | "jruby" => (Language::Ruby, "e", "rIxCEFKi", &[]),
        "php" => (Language::Php, "rRB", "dcfztS", &["run"]),
        "node" | "bun" => (Language::JavaScript, "ep", "rC", &["eval", "print"]),
        "deno" if view.get(at + 1) == Some("eval") => {
            return Some((Language::JavaScript, at + 2)).filter(|(_, from)| *from < view.len());
        }
        "lua" => (Language::Lua, "e", "l", &[]),
        "expect" => (Language::Tcl, "c", "f", &[]),
        "R" | "Rscript" => (Language::R, "e", "f", &[]),
        "groovy" => (Language::Groovy, "e", "", &[]),
        "osascript" => (Language::AppleScript, "e", "l", &[]),
        "pwsh" | "powershell" => {
            let takes = |word: &str| {
                let word = word.to_ascii_lowercase();
                matches!(word.as_str(), "-c" | "-command" | "-e" | "-ec" | "-enc" | "-encodedcommand")
            };
            let option = (at + 1..view.len()).find(|i| view.get(*i).is_some_and(takes))?;
            return Some((Language::PowerShell, option + 1)).filter(|(_, from)| *from < view.len());
        }
        "gdb" => {
            let takes = |i: &usize| matches!(view.get(*i), Some("-ex" | "-eval-command" | "--eval-command" | "--ex"));
            let option = (at + 1..view.len()).find(takes)?;
            return Some((Language::Gdb, option + 1)).filter(|(_, from)| *from < view.len());
        }
        "awk" => {
            let mut from = at + 1;
            while let Some(word) = view.get(from) {
                if word.starts_with("-f") || word.starts_with("--file") {
                    return None;
                }
                let end = skip_options(view, from, &AWK);
                if end == from || !word.starts_with('-') {
                    break;
                }
                from = end;
            }
            return Some((Language::Awk, from)).filter(|(_, from)| *from < view.len());
        }
        _ => return None,
    };
    let mut at = at + 1;
    while let Some(word) = view.get(at) {
        let cluster = word.strip_prefix('-').filter(|cluster| !cluster.is_empty())?;
        at += 1;
        if let Some(name) = cluster.strip_prefix('-') {
            if long.contains(&name) {
                break;
            }
            continue;
        }
        let stop = cluster.find(|c| hits.contains(c) || valued.contains(c));
        if let Some(stop) = stop {
            let rest = &cluster[stop + 1..];
            if hits.contains(&cluster[stop..=stop]) {
                // `-e` and its text in one word, or the text in the next.
                at -= usize::from(
                    !rest.is_empty() && !rest.bytes().all(|b| b.is_ascii_alphabetic() && hits.as_bytes().contains(&b)),
                );
                break;
            }
            at += usize::from(rest.is_empty() && family != "perl" && !matches!(&cluster[stop..=stop], "i"));
        }
    }
    (at < view.len()).then_some((language, at))
}
