//! Commands that only filter text: they read a pipe, write a pipe, and do nothing else.

use super::ast::{Command, Redirect};

/// A filter's harmless options. What is not listed makes the command something else.
struct Filter {
    name: &'static str,
    /// Letters without a value.
    letters: &'static str,
    /// Letters with a value.
    valued: &'static str,
    /// Long options; those that end in `=` take a value.
    long: &'static [&'static str],
    operands: Operands,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operands {
    None,
    /// Character sets, never files.
    Sets,
    /// A pattern, unless `-e` gave one.
    Pattern,
    /// A sed script, unless `-e` gave one.
    Sed,
    /// An awk program.
    Awk,
    /// A jq program.
    Jq,
}

const GREP_LETTERS: &str = "EFGPivwxcLlqsobHhnTZaUz0123456789";
const GREP_LONG: &[&str] = &[
    "after-context=",
    "before-context=",
    "color",
    "color=",
    "colour",
    "context=",
    "count",
    "extended-regexp",
    "fixed-strings",
    "ignore-case",
    "invert-match",
    "line-buffered",
    "line-number",
    "line-regexp",
    "max-count=",
    "no-messages",
    "only-matching",
    "perl-regexp",
    "quiet",
    "regexp=",
    "silent",
    "text",
    "word-regexp",
];

const fn filter(
    name: &'static str,
    letters: &'static str,
    valued: &'static str,
    long: &'static [&'static str],
    operands: Operands,
) -> Filter {
    Filter { name, letters, valued, long, operands }
}

/// Sorted by name. Left out on purpose: what reads or writes a file or runs a program (`sort -o`,
/// `-T` and `--compress-program`, `uniq`'s and `cat`'s operands, `grep -f` and `-r`, `tail -f`).
const FILTERS: &[Filter] = &[
    filter("awk", "", "Fv", &["field-separator=", "assign="], Operands::Awk),
    filter("cat", "AbeEnstTuv", "", &["number", "show-all"], Operands::None),
    filter("column", "tx", "scoN", &["table", "separator=", "output-separator="], Operands::None),
    filter(
        "cut",
        "snz",
        "bcdf",
        &["bytes=", "characters=", "complement", "delimiter=", "fields=", "only-delimited", "output-delimiter="],
        Operands::None,
    ),
    filter("egrep", GREP_LETTERS, "eABCm", GREP_LONG, Operands::Pattern),
    filter("fgrep", GREP_LETTERS, "eABCm", GREP_LONG, Operands::Pattern),
    filter("fold", "bs", "w", &["bytes", "spaces", "width="], Operands::None),
    filter("gawk", "", "Fv", &["field-separator=", "assign="], Operands::Awk),
    filter("grep", GREP_LETTERS, "eABCm", GREP_LONG, Operands::Pattern),
    filter("head", "qvz0123456789", "nc", &["bytes=", "lines=", "quiet", "silent"], Operands::None),
    filter(
        "jq",
        "acCejMnrRsS",
        "",
        &["compact-output", "exit-status", "null-input", "raw-input", "raw-output", "slurp"],
        Operands::Jq,
    ),
    filter("mawk", "", "Fv", &[], Operands::Awk),
    filter("md5sum", "", "", &[], Operands::None),
    filter("nl", "p", "bdfhilnsvw", &[], Operands::None),
    filter("paste", "sz", "d", &["delimiters=", "serial"], Operands::None),
    filter("rev", "", "", &[], Operands::None),
    filter("sed", "nErsuz", "e", &["expression=", "quiet", "regexp-extended", "silent"], Operands::Sed),
    filter("sha1sum", "", "", &[], Operands::None),
    filter("sha256sum", "", "", &[], Operands::None),
    filter("sha512sum", "", "", &[], Operands::None),
    filter(
        "sort",
        "bdfgiMhnRrVsuz",
        "kt",
        &["field-separator=", "ignore-case", "key=", "numeric-sort", "reverse", "unique", "version-sort"],
        Operands::None,
    ),
    filter("tac", "br", "s", &["separator="], Operands::None),
    filter("tail", "qvz0123456789", "nc", &["bytes=", "lines=", "quiet", "silent"], Operands::None),
    filter("tr", "cCdst", "", &["complement", "delete", "squeeze-repeats", "truncate-set1"], Operands::Sets),
    filter("uniq", "cdDiuz", "fsw", &["count", "repeated", "ignore-case", "unique"], Operands::None),
    filter("wc", "clmwL", "", &["bytes", "chars", "lines", "words", "max-line-length"], Operands::None),
];

/// Directories in which a filter named by its path is what its name says.
const SYSTEM_DIRECTORIES: &[&str] = &["/bin/", "/usr/bin/"];

/// Whether a command does nothing but filter what comes through its pipe. Anything in doubt is
/// none: an unknown option, an expansion, a redirection other than `2>/dev/null`, a file.
pub fn is_text_filter(command: &Command) -> bool {
    let xargs = command.path() == "xargs";
    let plain = command.assignments.is_empty()
        && (command.nested.is_empty() || xargs)
        && command.compound.is_none()
        && !command.cut
        && command.words.iter().all(super::ast::Word::is_literal)
        && command.wrappers.iter().all(|wrapper| matches!(wrapper.name.as_str(), "busybox" | "toybox"))
        && command.redirections.iter().all(|redirection| {
            redirection.descriptor == Some(2)
                && redirection.kind == Redirect::Write
                && redirection.target.is_literal()
                && redirection.target.text == "/dev/null"
        });
    let Some(first) = command.words.first().filter(|_| plain) else { return false };
    if xargs {
        return command.wrappers.is_empty() && xargs_only_prints(command);
    }
    let named = [first.text.as_str(), command.path()].into_iter().all(|path| {
        !path.contains('/')
            || SYSTEM_DIRECTORIES.iter().any(|dir| {
                path.rsplit_once('/').is_some_and(|(d, _)| d.len() + 1 == dir.len() && path.starts_with(dir))
            })
    });
    let Ok(row) = FILTERS.binary_search_by_key(&command.program(), |filter| filter.name) else {
        return false;
    };
    named && arguments_are_harmless(command, &FILTERS[row])
}

fn arguments_are_harmless(command: &Command, filter: &Filter) -> bool {
    let mut operands: Vec<&str> = Vec::new();
    let mut given = false;
    let mut args = command.arg_texts();
    let mut options = true;
    while let Some(arg) = args.next() {
        if !options || arg == "-" || !arg.starts_with('-') {
            operands.push(arg);
            continue;
        }
        if arg == "--" {
            options = false;
            continue;
        }
        if let Some(long) = arg.strip_prefix("--") {
            let name = long.find('=').map_or(long, |at| &long[..=at]);
            if !filter.long.contains(&name) {
                return false;
            }
            let value = &long[name.len()..];
            given |= matches!(name, "regexp=" | "expression=");
            if name == "expression=" && !sed_is_harmless(value) {
                return false;
            }
            continue;
        }
        let cluster = &arg[1..];
        let valued = cluster.char_indices().find(|(_, c)| !filter.letters.contains(*c));
        let Some((stop, letter)) = valued else { continue };
        if !filter.valued.contains(letter) {
            return false;
        }
        let attached = &cluster[stop + letter.len_utf8()..];
        let value = if attached.is_empty() { args.next().unwrap_or("") } else { attached };
        if letter == 'e' {
            given = true;
            if filter.operands == Operands::Sed && !sed_is_harmless(value) {
                return false;
            }
        }
    }
    match filter.operands {
        Operands::None => operands.iter().all(|operand| *operand == "-" && matches!(filter.name, "cat" | "paste")),
        Operands::Sets => operands.len() <= 2,
        Operands::Pattern => operands.len() == usize::from(!given),
        Operands::Sed => match operands.as_slice() {
            [] => given,
            [script] => !given && sed_is_harmless(script),
            _ => false,
        },
        Operands::Awk => matches!(operands.as_slice(), [program] if awk_is_harmless(program)),
        Operands::Jq => matches!(operands.as_slice(), [program] if jq_is_harmless(program)),
    }
}

/// `xargs echo` joins and splits lines, as does `xargs` alone: its words are only printed.
fn xargs_only_prints(command: &Command) -> bool {
    let mut args = command.arg_texts().peekable();
    while let Some(option) = args.next_if(|arg| arg.starts_with('-')) {
        let count = |value: &str| !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        let harmless = match option {
            "-r" | "-0" => true,
            "-n" | "-L" => args.next().is_some_and(count),
            _ => option.strip_prefix("-n").or_else(|| option.strip_prefix("-L")).is_some_and(count),
        };
        if !harmless {
            return false;
        }
    }
    args.next().is_none_or(|program| program == "echo") && args.next().is_none()
}

/// Whether an awk program can only print: no `system`, no `getline`, no pipes or files, no
/// `@include`/`@load`/indirect calls, no change of its own operands (`ARGV`). A comparison with `>`
/// and an alternation with `|` are refused too: telling them apart would need a parser of awk.
fn awk_is_harmless(program: &str) -> bool {
    !program.contains(['|', '>', '@', '\n', '#', '\0'])
        && ["system", "getline", "ARG", "PROCINFO", "FUNCTAB", "SYMTAB", "ENVIRON", "close", "INPLACE", "inplace"]
            .iter()
            .all(|word| !program.contains(word))
}

/// Whether a jq program only reads its input: no modules, which are files, and no environment.
fn jq_is_harmless(program: &str) -> bool {
    !["import", "include", "modulemeta", "input_filename", "env", "ENV"].iter().any(|word| program.contains(word))
}

/// Whether a sed script only edits text: addresses, `s` without `e` and `w`, `y`, and commands of
/// one letter that touch no file. A bracket expression that holds the delimiter is refused: seds
/// differ in how they read it.
fn sed_is_harmless(script: &str) -> bool {
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', ';', '{', '}']);
        let Some(after) = sed_addresses(rest) else { return false };
        rest = after.trim_start_matches([' ', '!']);
        let Some(command) = rest.chars().next() else { return after.is_empty() };
        rest = &rest[command.len_utf8()..];
        match command {
            's' | 'y' => {
                let Some(delimiter) = rest.chars().next().filter(|c| !matches!(c, '\\' | '\n' | '[')) else {
                    return false;
                };
                rest = &rest[delimiter.len_utf8()..];
                for _ in 0..2 {
                    match sed_section(rest, delimiter) {
                        Some(after) => rest = after,
                        None => return false,
                    }
                }
                if command == 's' {
                    rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, 'g' | 'p' | 'i' | 'I'));
                }
            }
            'q' | 'Q' => rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '),
            'p' | 'P' | 'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'x' | 'n' | 'N' | '=' => {}
            _ => return false,
        }
        let ended = rest.trim_start_matches([' ', '\t']);
        if !(ended.is_empty() || ended.starts_with([';', '\n', '}'])) {
            return false;
        }
    }
}

/// Passes addresses (`1,5`, `$`, `/x/`, `0~3`).
fn sed_addresses(mut rest: &str) -> Option<&str> {
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ',' | '$' | '~' | '+' | ' '));
        match rest.strip_prefix('/') {
            Some(pattern) => rest = sed_section(pattern, '/')?.trim_start_matches('I'),
            None => return Some(rest),
        }
    }
}

/// Passes text up to the delimiter.
fn sed_section(text: &str, delimiter: char) -> Option<&str> {
    let mut escaped = false;
    let mut bracket = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' => escaped = true,
            '\n' => return None,
            _ if c == delimiter => {
                return (!bracket).then(|| &text[at + c.len_utf8()..]);
            }
            '[' => bracket = true,
            ']' => bracket = false,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests;
