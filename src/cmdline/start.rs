//! Completes commands with what [`launch`](super::launch) understood of their words: nested scripts are read,
//! wrappers and program text are set apart.

use super::ast::{
    Code, Command, Flag, Flags, Item, Language, Nested, NestedKind, Pipeline, Place, Redirect, Script, Word, Wrapper,
};
use super::family::{base_name, program_family};
use super::launch::understand;
use super::limits::Budget;
use super::shell;
use super::view::{Launch, View, span};

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
        let bytes = text.as_bytes();
        let looks = (0..bytes.len()).any(|at| match bytes[at] {
            b'|' | b';' | b'`' | b'>' => true,
            b'&' => bytes.get(at + 1) == Some(&b'&') || bytes.len() == 1,
            b'$' => bytes.get(at + 1) == Some(&b'('),
            b'<' => bytes.len() <= 2,
            _ => false,
        });
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
