//! What a command starts: wrappers are peeled off, text for shells and commands for other places
//! become nested scripts, program text of interpreters is set apart.
//!
//! The same rules serve words of shell text, which are exact, and an argument vector that was
//! joined with spaces, in which text for a shell reaches to the end of the line.

use std::borrow::Cow;

use super::ast::{
    Code, Command, Flag, Flags, Item, Language, Nested, NestedKind, Pipeline, Place, Redirect, Script, Word, Wrapper,
};
use super::family::{base_name, is_shell, program_family};
use super::launch_table::{AWK, CLIENTS, Client, SHELL, SSH, Start, WATCH, WRAPPERS, XARGS};
use super::limits::Budget;
use super::shell;

/// Whether `text` is a variable's name.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.as_bytes()[0].is_ascii_digit()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The words of a command, in either form.
#[derive(Clone, Copy)]
enum View<'w> {
    /// An argument vector: its tokens, and the text of which they are parts.
    Argv(&'w [&'w str], &'w str),
    Shell(&'w [Word]),
}

impl<'w> View<'w> {
    fn len(self) -> usize {
        match self {
            View::Argv(tokens, _) => tokens.len(),
            View::Shell(words) => words.len(),
        }
    }

    fn get(self, at: usize) -> Option<&'w str> {
        match self {
            View::Argv(tokens, _) => tokens.get(at).copied(),
            View::Shell(words) => words.get(at).map(|word| word.text.as_str()),
        }
    }

    /// Where the argument at `at` ends: an argument vector has lost that, so that it takes all.
    fn one(self, at: usize) -> usize {
        match self {
            View::Argv(..) => self.len(),
            View::Shell(_) => at + 1,
        }
    }

    /// The text of the words from `from` to before `to`.
    fn text(self, from: usize, to: usize) -> Cow<'w, str> {
        match self {
            View::Argv(tokens, text) => Cow::Borrowed(span(tokens, text, from, to)),
            View::Shell([]) => Cow::Borrowed(""),
            View::Shell(words) if to == from + 1 => Cow::Borrowed(words[from].text.as_str()),
            View::Shell(words) => {
                let texts: Vec<&str> = words[from..to].iter().map(|w| w.text.as_str()).collect();
                Cow::Owned(texts.join(" "))
            }
        }
    }
}

/// The part of `text` from the start of one token to the end of another.
fn span<'w>(tokens: &[&str], text: &'w str, from: usize, to: usize) -> &'w str {
    let (Some(first), Some(last)) = (tokens.get(from), tokens.get(to.wrapping_sub(1))) else {
        return "";
    };
    let base = text.as_ptr() as usize;
    let begin = first.as_ptr() as usize - base;
    let end = last.as_ptr() as usize - base + last.len();
    text.get(begin..end).unwrap_or("")
}

/// A script among the words.
struct Inner {
    kind: NestedKind,
    from: usize,
    to: usize,
    /// Whether the words are text for a shell, or an argument vector.
    is_text: bool,
}

/// What the words of a command mean.
#[derive(Default)]
struct Launch {
    wrappers: Vec<(usize, usize)>,
    program_at: usize,
    inner: Vec<Inner>,
    code: Option<(Language, usize)>,
}

impl Launch {
    fn text(&mut self, kind: NestedKind, from: usize, to: usize) {
        self.inner.push(Inner { kind, from, to, is_text: true });
    }

    fn argv(&mut self, kind: NestedKind, from: usize, to: usize) {
        self.inner.push(Inner { kind, from, to, is_text: false });
    }
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
    at += start.operands as usize;
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

fn understand(view: View<'_>) -> Launch {
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
    let name = match program_family(name) {
        family @ ("busybox" | "toybox") => family,
        _ => name,
    };
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

/// Completes a command that was read from shell text.
pub(super) fn finish_shell(command: &mut Command, budget: &mut Budget, flags: &mut Flags) {
    if command.words.is_empty() {
        return;
    }
    let view = View::Shell(&command.words);
    let launch = understand(view);
    let wrappers = wrappers(view, &launch);
    let code = launch.code.map(|(language, at)| Code { language, text: command.words[at].text.clone() });
    let mut found = Vec::new();
    for inner in &launch.inner {
        let script = if inner.is_text {
            shell::read(&view.text(inner.from, inner.to), budget)
        } else {
            let words = command.words[inner.from..inner.to].to_vec();
            nested_argv(budget, |budget| {
                let mut command = Command { words, ..Command::default() };
                finish_shell(&mut command, budget, flags);
                command
            })
        };
        match script {
            Some(script) => {
                let place = Place::Words(inner.from, inner.to);
                found.push(Nested { kind: inner.kind, place, script });
            }
            None => flags.set(Flag::Bounded),
        }
    }
    command.wrappers = wrappers;
    command.program_at = launch.program_at;
    command.code = code;
    // A substitution inside text that is read as a script is found again in that script.
    command.nested.retain(|nested| match nested.place {
        Place::InWord(at) => !found.iter().any(|inner| {
            inner.kind != NestedKind::Exec && matches!(inner.place, Place::Words(from, to) if (from..to).contains(&at))
        }),
        _ => true,
    });
    command.nested.append(&mut found);
    for at in 0..command.redirections.len() {
        if command.redirections[at].kind == Redirect::HereString {
            read_here(command, at, budget, flags);
        }
    }
}

fn wrappers(view: View<'_>, launch: &Launch) -> Vec<Wrapper> {
    let texts = |from, to| (from..to).filter_map(|at| view.get(at)).map(str::to_owned).collect();
    let wrapper = |(from, to): &(usize, usize)| Wrapper {
        name: program_family(base_name(view.get(*from).unwrap_or(""))).to_owned(),
        args: texts(from + 1, *to),
    };
    launch.wrappers.iter().map(wrapper).collect()
}

fn nested_argv(budget: &mut Budget, build: impl FnOnce(&mut Budget) -> Command) -> Option<Script> {
    if budget.commands == 0 || !budget.enter() {
        return None;
    }
    budget.commands -= 1;
    let command = build(budget);
    budget.leave();
    let items = vec![Item { pipeline: Pipeline { commands: vec![command] }, ..Item::default() }];
    Some(Script { items, ..Script::default() })
}

/// Reads an argument vector: `tokens` are parts of `text`.
pub(super) fn argv_command(tokens: &[&str], text: &str, budget: &mut Budget, flags: &mut Flags) -> Command {
    let view = View::Argv(tokens, text);
    let launch = understand(view);
    let mut command =
        Command { wrappers: wrappers(view, &launch), program_at: launch.program_at, ..Command::default() };
    // Text for a shell or an interpreter is one word, which reaches to the end.
    let mut end = tokens.len();
    if let Some((language, at)) = launch.code {
        end = at;
        command.code = Some(Code { language, text: view.text(at, tokens.len()).into_owned() });
    }
    for inner in launch.inner {
        let (from, to) = (inner.from, inner.to);
        let inside = span(tokens, text, from, to);
        let script = if inner.is_text {
            end = end.min(from);
            read_joined(inside, budget)
        } else {
            nested_argv(budget, |budget| argv_command(&tokens[from..to], inside, budget, flags))
        };
        match script {
            Some(script) => {
                let to = if inner.is_text { from + 1 } else { to };
                command.nested.push(Nested { kind: inner.kind, place: Place::Words(from, to), script });
            }
            None => flags.set(Flag::Bounded),
        }
    }
    command.words.reserve_exact(end + usize::from(end < tokens.len()));
    command.words.extend(tokens[..end].iter().map(|token| Word::literal(*token)));
    if end < tokens.len() {
        command.words.push(Word::literal(span(tokens, text, end, tokens.len())));
    }
    if operators(&command) {
        flags.set(Flag::OperatorsInArgv);
    }
    command
}

/// Reads text for a shell out of an argument vector.
fn read_joined(text: &str, budget: &mut Budget) -> Option<Script> {
    let script = shell::read(text, budget)?;
    let quoted = text.len() > 2 && text.starts_with(['"', '\'']) && text.as_bytes().first() == text.as_bytes().last();
    let [Item { lead, pipeline, connector: _ }] = script.items.as_slice() else { return Some(script) };
    let [command] = pipeline.commands.as_slice() else { return Some(script) };
    let [word] = command.words.as_slice() else { return Some(script) };
    if !quoted || !lead.is_empty() || !command.redirections.is_empty() {
        return Some(script);
    }
    let Some(mut inside) = shell::read(&word.text, budget) else { return Some(script) };
    inside.flags.set(Flag::Requoted);
    Some(inside)
}

/// Whether words that no shell will read look like shell operators.
fn operators(command: &Command) -> bool {
    let find = matches!(command.program(), "find");
    let covered = |at: usize| {
        command.nested.iter().any(|n| matches!(n.place, Place::Words(from, to) if (from..to).contains(&at)))
    };
    let text_at = command.code.as_ref().map(|_| command.words.len() - 1);
    command.words.iter().enumerate().any(|(at, word)| {
        let text = word.text.as_str();
        let looks = text.contains(['|', ';', '`', '>'])
            || text.contains("&&")
            || text.contains("$(")
            || matches!(text, "&" | "<" | "<<");
        looks && text_at != Some(at) && !covered(at) && !(find && matches!(text, ";" | "\\;"))
    })
}

/// A here-string or heredoc that a shell reads is a script; one that an interpreter reads is code.
pub(super) fn read_here(command: &mut Command, at: usize, budget: &mut Budget, flags: &mut Flags) {
    let fed = command.args().iter().all(|word| word.text.starts_with('-'));
    if !fed || command.code.is_some() {
        return;
    }
    let text = &command.redirections[at].target.text;
    if command.is_shell() {
        if command.nested.iter().any(|nested| nested.kind == NestedKind::ShellC) {
            return;
        }
        match shell::read(text, budget) {
            Some(script) => {
                let place = Place::InRedirection(at);
                command.nested.retain(|nested| nested.place != place);
                command.nested.push(Nested { kind: NestedKind::HereString, place, script });
            }
            None => flags.set(Flag::Bounded),
        }
        return;
    }
    let language = match command.family() {
        "python" => Language::Python,
        "perl" => Language::Perl,
        "ruby" => Language::Ruby,
        "php" => Language::Php,
        "node" => Language::JavaScript,
        "lua" => Language::Lua,
        _ => return,
    };
    command.code = Some(Code { language, text: text.clone() });
}
