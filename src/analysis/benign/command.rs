//! A command line as a flat row of words and operators, so that it can be compared with a pattern as a whole.

use super::index::{self, Rows};
use crate::analysis::Facts;
use crate::analysis::paths::{Location, base_name};
use crate::cmdline::{self, Command, Compound, Connector, Flag, Language, NestedKind, Pipe, Script};
use std::borrow::Cow;

/// One piece of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// The program, with the path that was written.
    Program(Cow<'a, str>),
    /// An argument.
    Word(Cow<'a, str>),
    /// What joins, redirects or nests.
    Operator(Cow<'a, str>),
}

impl Piece<'_> {
    pub fn into_owned(self) -> Piece<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Program(text) => Piece::Program(owned(text)),
            Self::Word(text) => Piece::Word(owned(text)),
            Self::Operator(text) => Piece::Operator(owned(text)),
        }
    }
}

/// A command line, read.
#[derive(Debug, Clone, Default)]
pub struct Line<'a> {
    pub(super) pieces: Vec<Piece<'a>>,
    /// Whether there is a command line at all.
    pub(super) present: bool,
    /// One command of plain words: no operator, no redirection, nothing nested, no code.
    pub(super) plain: bool,
    /// Rows one of whose own commands can begin so.
    pub(super) rows: Rows,
    /// The name of the program that it begins with, if it begins with one.
    pub(super) opening: Option<&'a str>,
}

/// The word that stands for any further plain arguments in a pattern.
pub(super) const REST_WORD: &str = "--@@@";
/// Stands for operators in an argument vector that no shell reads.
const OPERATORS: &str = "<operators>";
/// Pieces beyond which a line is not compared.
pub(super) const MAX_PIECES: usize = 512;

impl<'a> Line<'a> {
    /// The alert's command line.
    pub fn of(facts: &'a Facts<'_>) -> Self {
        let mut line = Self::default();
        if let Some(text) = facts.process.program.cmdline {
            line = Self::read(&facts.script);
            let of_operators = |piece: &Piece<'_>| matches!(piece, Piece::Operator(text) if text == OPERATORS);
            if line.pieces.iter().any(of_operators) && operators_are_quoted(text) {
                line.pieces.retain(|piece| !of_operators(piece));
                line.plain = line.pieces.iter().all(|piece| matches!(piece, Piece::Word(_) | Piece::Program(_)));
            }
        }
        line.opening = opening(&line.pieces);
        line.rows = index::of_command(&line);
        line
    }

    pub(super) fn read(script: &'a Script) -> Self {
        let script = inner(script);
        let mut pieces = Vec::new();
        flatten(script, &mut pieces);
        let plain = pieces.iter().all(|piece| matches!(piece, Piece::Word(_) | Piece::Program(_)));
        Self { opening: opening(&pieces), pieces, present: true, plain, rows: 0 }
    }
}

fn opening<'a>(pieces: &[Piece<'a>]) -> Option<&'a str> {
    match pieces.first() {
        Some(Piece::Program(Cow::Borrowed(text)) | Piece::Word(Cow::Borrowed(text))) => Some(base_name(text)),
        _ => None,
    }
}

/// What a shell that only runs a text runs; the script itself otherwise.
fn inner(script: &Script) -> &Script {
    let mut current = script;
    for _ in 0..4 {
        let [item] = current.items.as_slice() else { return current };
        let [command] = item.pipeline.commands.as_slice() else { return current };
        let only_shell = command.is_shell()
            && command.compound.is_none()
            && command.redirections.is_empty()
            && command.assignments.is_empty()
            && command.wrappers.is_empty()
            && is_installed(command.path())
            && item.lead.is_empty()
            && item.connector == Connector::End
            && current.comments.is_empty()
            && current.remainder.is_none();
        let [nested] = command.nested.as_slice() else { return current };
        let own = command.arg_texts().take_while(|arg| arg.starts_with('-'));
        let plain_flags = own.clone().all(|arg| arg == "--" || arg.bytes().skip(1).all(|b| b.is_ascii_lowercase()));
        if !(only_shell && plain_flags && nested.kind == NestedKind::ShellC && is_whole(command, own.count())) {
            return current;
        }
        current = &nested.script;
    }
    current
}

/// Whether the nested text is all that follows the shell's own options.
fn is_whole(command: &Command, options: usize) -> bool {
    match command.nested.first().map(|nested| nested.place) {
        Some(cmdline::Place::Words(from, to)) => {
            let first = command.words.len() - command.args().len() + options;
            from <= first && to == command.words.len()
        }
        Some(cmdline::Place::InWord(at)) => at + 1 == command.words.len(),
        _ => false,
    }
}

fn flatten<'a>(script: &'a Script, pieces: &mut Vec<Piece<'a>>) {
    let operator = |pieces: &mut Vec<Piece<'a>>, text: &'a str| pieces.push(Piece::Operator(Cow::Borrowed(text)));
    for (flag, mark) in [
        (Flag::Cut, "<cut>"),
        (Flag::Unbalanced, "<unbalanced>"),
        (Flag::OperatorsInArgv, OPERATORS),
        (Flag::Bounded, "<bounded>"),
    ] {
        if script.flags.has(flag) {
            operator(pieces, mark);
        }
    }
    for item in &script.items {
        for lead in &item.lead {
            operator(pieces, lead);
        }
        for (place, command) in item.pipeline.commands.iter().enumerate() {
            if pieces.len() > MAX_PIECES {
                return;
            }
            if place > 0 {
                let piped = item.pipeline.commands[place - 1].piped;
                operator(pieces, if piped == Some(Pipe::OutputAndErrors) { "|&" } else { "|" });
            }
            command_pieces(command, pieces);
        }
        match item.connector {
            Connector::End => {}
            Connector::Sequence => operator(pieces, ";"),
            Connector::And => operator(pieces, "&&"),
            Connector::Or => operator(pieces, "||"),
            Connector::Background => operator(pieces, "&"),
            Connector::CaseEnd => operator(pieces, ";;"),
            Connector::CaseFall => operator(pieces, ";&"),
            Connector::CaseTest => operator(pieces, ";;&"),
            Connector::Missing => operator(pieces, "<missing>"),
        }
    }
    for comment in &script.comments {
        pieces.push(Piece::Operator(Cow::Owned(format!("#{comment}"))));
    }
    if script.remainder.is_some() {
        operator(pieces, "<more>");
    }
}

fn command_pieces<'a>(command: &'a Command, pieces: &mut Vec<Piece<'a>>) {
    if let Some(compound) = command.compound {
        pieces.push(Piece::Operator(Cow::Borrowed(compound_name(compound))));
    }
    for assignment in &command.assignments {
        pieces.push(Piece::Operator(Cow::Owned(format!("{}={}", assignment.name, assignment.value.text))));
    }
    let program = command.words.len() - command.args().len();
    for (at, word) in command.words.iter().enumerate() {
        let is_program = (at + 1 == program || at == 0) && word.text != REST_WORD;
        let text = Cow::Borrowed(word.text.as_str());
        pieces.push(if is_program { Piece::Program(text) } else { Piece::Word(text) });
    }
    for redirection in &command.redirections {
        let descriptor = redirection.descriptor.map(|n| n.to_string()).unwrap_or_default();
        pieces.push(Piece::Operator(Cow::Owned(format!(
            "{descriptor}{:?} {}",
            redirection.kind, redirection.target.text
        ))));
    }
    for nested in &command.nested {
        pieces.push(Piece::Operator(Cow::Owned(format!("{:?}(", nested.kind))));
        flatten(&nested.script, pieces);
        pieces.push(Piece::Operator(Cow::Borrowed(")")));
    }
    if let Some(code) = &command.code
        && !(code.language == Language::Awk && only_prints(&code.text))
    {
        pieces.push(Piece::Operator(Cow::Owned(format!("{:?}: {}", code.language, code.text))));
    }
    if command.cut {
        pieces.push(Piece::Operator(Cow::Borrowed("<cut>")));
    }
}

/// Whether an awk program only looks at its input: it runs nothing and writes no file.
fn only_prints(program: &str) -> bool {
    !program.contains("system") && !program.contains("getline") && !program.contains(['|', '>', '@'])
}

fn compound_name(compound: Compound) -> &'static str {
    match compound {
        Compound::Subshell => "( )",
        Compound::Group => "{ }",
        Compound::If => "if",
        Compound::While => "while",
        Compound::Until => "until",
        Compound::For => "for",
        Compound::Select => "select",
        Compound::Case => "case",
        Compound::Function => "function",
        Compound::Test => "[[",
        Compound::Arithmetic => "((",
    }
}

/// Whether every operator in an argument vector stands in quotes that the caller wrote (`--separator=";"`).
fn operators_are_quoted(text: &str) -> bool {
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if c == open => quote = None,
            (Some('"'), '$' | '`') | (None, ';' | '|' | '&' | '<' | '>' | '(' | ')' | '$' | '`' | '\n') => {
                return false;
            }
            _ => {}
        }
    }
    quote.is_none()
}

/// Whether a program's path is a place where programs are installed (or it has none).
pub(super) fn is_installed(path: &str) -> bool {
    !path.contains('/') || Location::of(path) == Location::System
}
