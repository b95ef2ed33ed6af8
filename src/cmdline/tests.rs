//! Whole command lines: what is found in them.

use super::*;

/// The programs of a script and how they hang together, in one line.
pub(super) fn outline(script: &Script) -> String {
    let mut out = String::new();
    write_script(script, &mut out);
    let flags: String = [(Flag::Cut, 'C'), (Flag::Unbalanced, 'U'), (Flag::OperatorsInArgv, 'O'), (Flag::Bounded, 'B')]
        .iter()
        .filter(|(flag, _)| script.flags.has(*flag))
        .map(|(_, letter)| *letter)
        .collect();
    if !flags.is_empty() {
        out.push_str(" !");
        out.push_str(&flags);
    }
    out
}

fn write_script(script: &Script, out: &mut String) {
    for item in &script.items {
        for lead in &item.lead {
            out.push_str(lead);
            out.push(' ');
        }
        for (at, command) in item.pipeline.commands.iter().enumerate() {
            if at > 0 {
                out.push_str(" | ");
            }
            write_command(command, out);
        }
        out.push_str(match item.connector {
            Connector::End => "",
            Connector::Sequence => "; ",
            Connector::And => " && ",
            Connector::Or => " || ",
            Connector::Background => " & ",
            Connector::CaseEnd => " ;; ",
            Connector::Missing => " ?? ",
        });
    }
}

fn write_command(command: &Command, out: &mut String) {
    for wrapper in &command.wrappers {
        out.push_str(&wrapper.name);
        out.push('>');
    }
    match command.compound {
        Some(compound) => out.push_str(&format!("{compound:?}").to_lowercase()),
        None if command.program().is_empty() => out.push('_'),
        None => out.push_str(command.program()),
    }
    if let Some(code) = &command.code {
        out.push_str(&format!("<{:?}>", code.language));
    }
    for redirection in &command.redirections {
        let sign = if redirection.kind.writes() { ">" } else { "<" };
        out.push_str(sign);
        out.push_str(redirection.target.text.split('\n').next().unwrap_or(""));
    }
    for nested in &command.nested {
        out.push_str(match nested.kind {
            NestedKind::ShellC => "{c: ",
            NestedKind::Substitution => "{$: ",
            NestedKind::Process => "{<: ",
            NestedKind::Eval => "{eval: ",
            NestedKind::HereString => "{here: ",
            NestedKind::Exec => "{exec: ",
            NestedKind::Remote => "{remote: ",
            NestedKind::Body => "{",
        });
        write_script(&nested.script, out);
        out.push('}');
    }
}
