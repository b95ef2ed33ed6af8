//! What of a command line identifies: its canonical form with masks, and which filters it ends with.

use super::hash::{Digest, digest};
use super::{mask, parents};
use crate::cmdline::{self, CutForm, Script, WordContext, WordPlace};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Ordering;

/// A command line, reduced to what identifies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// All of it, but for trailing text filters where those may be missing.
    pub head: Digest,
    /// The trailing text filters; `None` where nothing may be missing.
    pub tail: Option<Tail>,
    /// Whether an operand may be relative to the working directory.
    pub relative: bool,
}

/// The text filters that a shell's pipeline ends with. A fork of the shell shows the pipeline without the last of
/// them, so two command lines are one activity where one's filters begin the other's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "(bool, Box<[Stage]>, Box<[Stage]>)", into = "(bool, Box<[Stage]>, Box<[Stage]>)")]
pub(super) struct Tail {
    unbalanced: bool,
    /// `None` where there are none, as with most command lines.
    filters: Option<Box<Filters>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Filters {
    stages: Box<[Stage]>,
    /// The filters without white space and quotes, up to each of them, where [`CutForm`] says that this is safe.
    bare: Box<[Stage]>,
}

impl From<(bool, Box<[Stage]>, Box<[Stage]>)> for Tail {
    fn from((unbalanced, stages, bare): (bool, Box<[Stage]>, Box<[Stage]>)) -> Self {
        let filters = (!stages.is_empty() || !bare.is_empty()).then(|| Box::new(Filters { stages, bare }));
        Self { unbalanced, filters }
    }
}

impl From<Tail> for (bool, Box<[Stage]>, Box<[Stage]>) {
    fn from(tail: Tail) -> Self {
        let Filters { stages, bare } = tail.filters.map(|filters| *filters).unwrap_or_default();
        (tail.unbalanced, stages, bare)
    }
}

/// Half a digest: two filters that somebody made meet in it are two filters still, and do nothing but filter.
type Stage = [u8; 8];

fn stage(text: &[u8]) -> Stage {
    let mut stage = [0; 8];
    stage.copy_from_slice(&digest(&[text])[..8]);
    stage
}

impl Tail {
    fn new(form: &CutForm) -> Self {
        let bare = form.bare().map(|text| {
            let ends = text.match_indices('|').map(|(at, _)| at).chain([text.len()]);
            ends.map(|end| stage(&text.as_bytes()[..end])).collect()
        });
        let stages = form.tail.iter().map(|text| stage(text)).collect();
        (form.is_unbalanced(), stages, bare.unwrap_or_default()).into()
    }

    fn stages(&self) -> &[Stage] {
        self.filters.as_ref().map_or(&[], |filters| &filters.stages)
    }

    fn bare(&self) -> &[Stage] {
        self.filters.as_ref().map_or(&[], |filters| &filters.bare)
    }

    /// How this compares in length where one begins the other; `None` where neither does. As
    /// [`CutForm::relation`], on digests.
    pub fn relation(&self, other: &Self) -> Option<Ordering> {
        let prefix = |a: &[Stage], b: &[Stage]| {
            let common = a.len().min(b.len());
            a[..common] == b[..common]
        };
        if self.unbalanced == other.unbalanced && prefix(self.stages(), other.stages()) {
            return Some(self.stages().len().cmp(&other.stages().len()));
        }
        let (own, other) = (self.bare(), other.bare());
        let common = own.len().min(other.len());
        let same = common > 0 && own[common - 1] == other[common - 1];
        same.then(|| own.len().cmp(&other.len()))
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.filters
            .as_ref()
            .map_or(0, |filters| size_of::<Filters>() + size_of_val(&*filters.stages) + size_of_val(&*filters.bare))
    }

    /// A digest of all of it.
    pub fn digest(&self) -> Digest {
        digest(&[&[u8::from(self.unbalanced)], self.stages().as_flattened(), self.bare().as_flattened()])
    }
}

/// Reads a command line.
pub(super) fn read(line: &str) -> Form {
    let script = cmdline::parse_argv(line);
    let relative = may_be_relative(&script);
    // Reading takes these for white space, as editors write them. A shell does not.
    let odd = line.contains(['\r', '\x0c']).then_some(line.as_bytes());
    // Other lines are digested as they ever were: groups in a journal go on.
    let head = |kind: &[u8], text: &[u8]| match odd {
        Some(line) => digest(&[kind, text, line]),
        None => digest(&[kind, text]),
    };
    if let Some(form) = CutForm::new(&script, &mut word) {
        return Form { head: head(b"cut", &form.head), tail: Some(Tail::new(&form)), relative };
    }
    let mut canonical = Vec::with_capacity(256);
    cmdline::write_canonical(&script, &mut word, &mut canonical);
    Form { head: head(b"whole", &canonical), tail: None, relative }
}

/// What stands for a literal word; `None` to leave it.
fn word<'a>(context: &WordContext<'a>, text: &'a str) -> Option<Cow<'a, str>> {
    if context.place == WordPlace::Code || text.len() > LONGEST_WORD {
        return None;
    }
    if let Some(masked) = mask::without_pid(context, text) {
        return Some(Cow::Owned(masked));
    }
    if text.starts_with('/') {
        let masked = mask::path(text).filter(|masked| !is_run(context) || mask::keeps_a_name(masked));
        return masked.map(Cow::Owned);
    }
    if let Some(user) = text.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix("@pts/") {
        // What sshd calls itself while a user is logged in; terminals are handed out.
        return Some(Cow::Owned(format!("{user}@pts/{}", mask::HOLE)));
    }
    let (option, value) = text.split_once('=')?;
    let plain = option.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !plain || !value.starts_with('/') {
        return None;
    }
    mask::path(value).map(|masked| Cow::Owned(format!("{option}={masked}")))
}

/// Whether a word is what is run: a program, or an interpreter's script.
fn is_run(context: &WordContext) -> bool {
    let takes_scripts = || {
        let sources = matches!(context.command.program(), "source" | ".");
        sources || context.command.is_shell() || context.command.role() == cmdline::Role::Interpreter
    };
    match context.place {
        WordPlace::Program => true,
        WordPlace::Argument(_) => takes_scripts(),
        _ => false,
    }
}

/// A longer word is no file's name.
const LONGEST_WORD: usize = 1024;

/// Programs that read and write what their operands name and nothing else, so that with absolute operands they do the
/// same in every directory. Not here: what writes beside itself (`wget`, `unzip`, `gcc`, `split`), what may take names
/// from a file or search where it stands (`sha256sum -c`, `grep -r`), and every program that is not known.
#[rustfmt::skip]
const PLACELESS: &[(&str, &str)] = &[
    ("base64", "prints"),
    ("cat", "prints"),
    ("chgrp", "changes its operands"),
    ("chmod", "changes its operands"),
    ("chown", "changes its operands"),
    ("cp", "copies to its last operand"),
    ("curl", "prints, unless told to keep the name"),
    ("diff", "prints"),
    ("head", "prints"),
    ("hexdump", "prints"),
    ("ls", "prints"),
    ("mkdir", "makes its operands"),
    ("mknod", "makes its operand"),
    ("mv", "moves to its last operand"),
    ("od", "prints"),
    ("readlink", "prints"),
    ("rm", "removes its operands"),
    ("rmdir", "removes its operands"),
    ("shred", "overwrites its operands"),
    ("stat", "prints"),
    ("strings", "prints"),
    ("tac", "prints"),
    ("tail", "prints"),
    ("touch", "makes its operands"),
    ("truncate", "cuts its operands"),
    ("unlink", "removes its operand"),
];

/// Options with which a program of the table writes to the working directory after all, or may be told to.
const PLACED: &[&str] = &["-J", "-K", "-O", "--config", "--remote-header-name", "--remote-name", "--remote-name-all"];

/// Whether the working directory may matter: unless the line is one plain command of a program that does the same
/// everywhere, all of whose operands are absolute paths or URLs; there must be one (`ls` alone lists the working
/// directory).
fn may_be_relative(script: &Script) -> bool {
    let [item] = script.items.as_slice() else { return true };
    let [command] = item.pipeline.commands.as_slice() else { return true };
    let plain = command.nested.is_empty() && command.compound.is_none() && command.code.is_none();
    let bare = command.redirections.is_empty() && command.assignments.is_empty() && command.wrappers.is_empty();
    if !plain || !bare || command.is_shell() || (command.path().contains('/') && !command.path().starts_with('/')) {
        return true;
    }
    if parents::runtime(command.program()) && command.arg_texts().all(is_runtime_word) {
        return false;
    }
    if PLACELESS.binary_search_by_key(&command.program(), |row| row.0).is_err() {
        return true;
    }
    let absolute = |text: &str| text.starts_with('/') || text.starts_with("http://") || text.starts_with("https://");
    let mut operands = 0;
    for word in command.args() {
        let text = word.text.as_str();
        let fine = if PLACED.contains(&text) {
            false
        } else if let Some(long) = text.strip_prefix("--") {
            long.split_once('=').is_none_or(|(_, value)| absolute(value))
        } else if let Some(short) = text.strip_prefix('-') {
            short.len() == 1
        } else {
            operands += 1;
            absolute(text)
        };
        if !fine || !word.is_literal() {
            return true;
        }
    }
    operands == 0
}

/// What runc and its kin are told to do.
const RUNTIME_WORDS: &[&str] = &[
    "create", "delete", "events", "exec", "features", "init", "json", "kill", "list", "pause", "ps", "resume", "run",
    "start", "state", "text", "update",
];

/// Whether a word of a runtime's command line can be no relative path: a verb, an option, an absolute path or an id.
/// Its working directory, often one made for a single start, then does not matter.
fn is_runtime_word(word: &str) -> bool {
    let id = word.len() >= 12 && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let signal = word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit()) || matches!(word, "KILL" | "TERM");
    id || signal
        || word.starts_with('/')
        || (word.starts_with('-') && !word.contains('='))
        || RUNTIME_WORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_counts_where_an_operand_may_be_relative_to_it() {
        for line in [
            "ls",
            "cat shadow",
            "sh -c cat /etc/shadow",
            "find / -name id_rsa",
            "./x /etc/shadow",
            "tar -Cx /a",
            "exe shadow",
            "curl -O https://a.example/x",
            "curl --remote-name https://a.example/x",
            "wget https://a.example/x",
            "curl -K /tmp/x https://a.example/x",
            "sha256sum -c /tmp/x",
            "grep -r /etc",
            "unzip /tmp/a.zip",
            "gcc /tmp/x.c",
            "/opt/tool /etc/x",
        ] {
            assert!(read(line).relative, "{line}");
        }
        assert!(PLACELESS.is_sorted_by(|a, b| a.0 < b.0));
        for line in ["cat /etc/shadow", "cat -n /etc/shadow /etc/passwd", "curl https://a.example/x", "exe init"] {
            assert!(!read(line).relative, "{line}");
        }
    }

    #[test]
    fn masks_stand_where_words_stand() {
        let same = |a: &str, b: &str| read(a).head == read(b).head;
        assert!(same("gdb -p 4711", "gdb -p 4712"));
        assert!(!same("gdb -p 1", "gdb -p 4712"));
        assert!(!same("gdb -x 4711", "gdb -x 4712"));
        assert!(same("gdb --pid=4711", "gdb --pid=4712"));
        assert!(!same("gdb --pid=4711", "gdb --pid=1"));
        assert!(same("strace -p4711", "strace -p4712"));
        assert!(same("nsenter -t 4711 -n id", "nsenter -t 4712 -n id"));
        assert!(!same("nsenter -t 4711 -n id", "nsenter -t 1 -n id"));
        assert!(!same("taskset -p 3 4711", "taskset -p 4 4711"));
        assert!(!same("kill -l 9", "kill -l 15"));
        assert!(same("kill -9 4711", "kill -9 4712"));
        assert!(!same("kill -9 4711", "kill -19 4711"));
        assert!(!same("chmod 0755 /x", "chmod 4755 /x"));
        assert!(same("sh -c /tmp/run-qX7fLm2P.sh", "sh -c /tmp/run-aZ3kQ9xB.sh"));
        assert!(!same("sh -c /tmp/qX7fLm2P", "sh -c /tmp/aZ3kQ9xB"), "nothing but its name says what is run");
        assert!(!same("sh /tmp/qX7fLm2P", "sh /tmp/aZ3kQ9xB"));
        assert!(!same("cat /x\r", "cat /x") && !same("cat\x0c/x", "cat /x"));
        assert!(same("shred -u /tmp/upload-qX7fLm2P", "shred -u /tmp/upload-aZ3kQ9xB"));
        assert!(!same("sh -c echo qX7fLm2PqX7fLm2P | base64 -d", "sh -c echo aZ3kQ9xBaZ3kQ9xB | base64 -d"));
    }
}
