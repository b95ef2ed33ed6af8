//! A command as rows see it: with the questions that many rows ask.

use super::kinds::Kinds;
use super::lineage::Origin;
use super::words::{self, Letters, Part, Url, holds_any};
use crate::analysis::facts::Facts;
use crate::cmdline::{Command, Language, NestedKind, Visit, is_shell, program_family};

/// One simple command, where it stands, and the alert's facts.
pub(super) struct Seen<'v, 'a> {
    /// Where it stands.
    pub visit: &'v Visit<'a>,
    /// The command.
    pub command: &'a Command,
    /// The program's base name.
    pub program: &'a str,
    /// The program's family (`python` for `/usr/bin/python3.11`).
    pub name: &'a str,
    /// What else the alert says.
    pub facts: &'v Facts<'v>,
    /// What its process comes from.
    pub origin: Origin,
    // What many rows ask, answered once.
    letters: Letters,
    is_shell: bool,
    urls: Vec<Url<'a>>,
    output_path: Option<&'a str>,
    is_download: bool,
    runs_input: bool,
}

/// Programs that read a URL.
const DOWNLOADERS: &[&str] = &[
    "GET",
    "aria2c",
    "axel",
    "curl",
    "elinks",
    "fetch",
    "ftp",
    "ftpget",
    "http",
    "https",
    "links",
    "lwp-download",
    "lwp-request",
    "lynx",
    "ncftpget",
    "tftp",
    "w3m",
    "wget",
    "wget2",
    "xh",
];

impl<'v, 'a> Seen<'v, 'a> {
    pub fn of(visit: &'v Visit<'a>, facts: &'v Facts<'v>, origin: Origin) -> Self {
        let command = visit.command;
        let program = command.program();
        let name = program_family(program);
        let redirected = command.redirections.iter().map(|r| r.target.text.as_str());
        let words = command.words.iter().map(|word| word.text.as_str());
        Self {
            visit,
            command,
            program,
            name,
            facts,
            origin,
            letters: words.chain(redirected).map(Letters::of).fold(Letters::default(), Letters::and),
            is_shell: is_shell(name),
            urls: urls(command).collect(),
            output_path: output_path_of(command, name),
            is_download: is_download_by(command, name),
            runs_input: runs_input_by(command, name),
        }
    }

    /// The kinds of commands that it is of.
    pub fn kinds(&self) -> Kinds {
        Kinds::of(self)
    }

    /// The words after the program.
    pub fn args(&self) -> impl DoubleEndedIterator<Item = &'a str> + Clone + use<'a> {
        self.command.arg_texts()
    }

    pub fn any_arg(&self, f: impl FnMut(&'a str) -> bool) -> bool {
        self.args().any(f)
    }

    /// Whether its words and redirections can hold one of these at all.
    pub fn may_hold(&self, parts: &[Part<'_>]) -> bool {
        self.letters.may_hold(parts)
    }

    /// Whether an argument holds one of these, in any case.
    pub fn holds_any(&self, parts: &[Part<'_>]) -> bool {
        self.may_hold(parts) && self.any_arg(|arg| holds_any(arg, parts))
    }

    pub fn has_arg(&self, words: &[&str]) -> bool {
        self.any_arg(|arg| words.contains(&arg))
    }

    /// The words that are no options.
    pub fn operands(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.args().filter(|arg| !arg.starts_with('-'))
    }

    /// The word after one of these options, or behind its `=`.
    pub fn value_of(&self, options: &[&str]) -> Option<&'a str> {
        let mut args = self.args();
        while let Some(arg) = args.next() {
            if options.contains(&arg) {
                return args.next();
            }
            if let Some((name, value)) = arg.split_once('=')
                && options.contains(&name)
            {
                return Some(value);
            }
        }
        None
    }

    /// Paths that it writes by redirection.
    pub fn written(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.command.redirections.iter().filter(|r| r.kind.writes()).map(|r| r.target.text.as_str())
    }

    /// Paths that it writes: by redirection, or as operands of the tools that write their operands.
    pub fn writes(&self, mut f: impl FnMut(&str) -> bool) -> bool {
        if self.written().any(&mut f) {
            return true;
        }
        if !self.is_writer() {
            return false;
        }
        match self.name {
            "cp" | "mv" | "install" | "ln" | "rsync" => self.operands().last().is_some_and(f),
            "sed" | "perl" if self.command.has_option('i', "in-place") => self.operands().any(f),
            "tee" | "truncate" | "shred" | "touch" => self.operands().any(f),
            "dd" => self.args().filter_map(|arg| arg.strip_prefix("of=")).any(f),
            "curl" | "wget" => self.output_path().is_some_and(f),
            _ => false,
        }
    }

    /// Whether it is a tool that may write what it is given.
    pub fn is_writer(&self) -> bool {
        const WRITERS: &[&str] = &[
            "cp", "mv", "install", "ln", "rsync", "sed", "perl", "tee", "truncate", "shred", "touch", "dd", "curl",
            "wget",
        ];
        WRITERS.contains(&self.name)
    }

    /// Paths that it reads by redirection.
    pub fn read(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.command.redirections.iter().filter(|r| r.kind.reads()).map(|r| r.target.text.as_str())
    }

    /// Where a download goes, where it says so.
    pub fn output_path(&self) -> Option<&'a str> {
        self.output_path
    }

    /// URLs among the words.
    pub fn urls(&self) -> impl Iterator<Item = Url<'a>> {
        self.urls.iter().copied()
    }

    /// Whether it fetches something from a URL or a host.
    pub fn is_download(&self) -> bool {
        self.is_download
    }

    /// Whether it runs what it reads from its input.
    pub fn runs_input(&self) -> bool {
        self.runs_input
    }

    /// Whether a script of this kind inside it has such a command.
    pub fn nested(&self, kinds: &[NestedKind], mut f: impl FnMut(&Command) -> bool) -> bool {
        self.command
            .nested
            .iter()
            .filter(|nested| kinds.contains(&nested.kind))
            .any(|nested| nested.script.any_command(|visit| f(visit.command)))
    }

    /// Whether it runs as commands what such a command inside it gives: `eval $(x)`, `sh -c "$(x)"`, `sh <(x)`,
    /// `sh <<< $(x)`, `$(x)`.
    pub fn runs_text_of(&self, f: &mut impl FnMut(&Command) -> bool) -> bool {
        let interprets = matches!(self.name, "eval" | "source" | "." | "python" | "perl" | "php" | "ruby" | "node");
        if (self.is_shell || interprets)
            && self.nested(&[NestedKind::Substitution, NestedKind::Process, NestedKind::HereString], &mut *f)
        {
            return true;
        }
        let substituted = |command: &Command| command.path().starts_with("$(") || command.path().starts_with('`');
        substituted(self.command)
            && self.command.nested.iter().any(|nested| {
                nested.kind == NestedKind::Substitution && nested.script.any_command(|visit| f(visit.command))
            })
    }

    /// Whether one of the stages before it in its pipeline is such a command, scripts inside them included.
    pub fn fed_by(&self, mut f: impl FnMut(&Command) -> bool) -> bool {
        self.visit.preceding().iter().any(|command| contains(command, &mut f))
    }

    /// Whether its output ends in such a command of its pipeline.
    pub fn feeds(&self, mut f: impl FnMut(&Command) -> bool) -> bool {
        self.visit.following().iter().any(|command| contains(command, &mut f))
    }

    /// Program text on its command line.
    pub fn code(&self) -> Option<(Language, &'a str)> {
        self.command.code.as_ref().map(|code| (code.language, code.text.as_str()))
    }

    /// A wrapper of this name, with its words.
    pub fn wrapper(&self, name: &str) -> Option<&'a [String]> {
        self.command.wrappers.iter().find(|wrapper| wrapper.name == name).map(|wrapper| wrapper.args.as_slice())
    }

    /// Whether it is a shell.
    pub fn is_shell(&self) -> bool {
        self.is_shell
    }

    /// The command as text, cut to a readable length.
    pub fn rendered(&self) -> String {
        let mut text = String::new();
        let wrapped = self.command.words.len().min(48);
        for word in &self.command.words[..wrapped] {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&word.text);
        }
        for redirection in &self.command.redirections {
            text.push_str(if redirection.kind.writes() { " > " } else { " < " });
            text.push_str(&redirection.target.text);
        }
        if let Some(next) = self.visit.next() {
            text.push_str(" | ");
            text.push_str(next.program());
        }
        words::cut(text.trim())
    }
}

/// Whether the command, or one inside it, is such.
pub(super) fn contains(command: &Command, f: &mut impl FnMut(&Command) -> bool) -> bool {
    f(command) || command.nested.iter().any(|nested| nested.script.any_command(|visit| f(visit.command)))
}

pub(super) fn urls(command: &Command) -> impl Iterator<Item = Url<'_>> {
    command.arg_texts().filter_map(Url::of)
}

pub(super) fn is_download(command: &Command) -> bool {
    is_download_by(command, command.family())
}

/// Whether the program of this family fetches something.
fn is_download_by(command: &Command, name: &str) -> bool {
    if DOWNLOADERS.contains(&name) {
        return command.arg_texts().any(|arg| !arg.starts_with('-'));
    }
    if let Some(code) = &command.code {
        let fetches = [
            "urlopen",
            "urllib",
            "requests.get",
            "urlretrieve",
            "LWP::",
            "HTTP::Tiny",
            "file_get_contents(\"http",
            "file_get_contents('http",
            "open-uri",
            "Net::HTTP",
            "http.get(",
            "https.get(",
            "getstore(",
        ];
        return fetches.iter().any(|part| code.text.contains(part));
    }
    command.redirections.iter().any(|r| r.target.text.starts_with("/dev/tcp/") && !r.kind.writes())
}

pub(super) fn runs_input(command: &Command) -> bool {
    runs_input_by(command, command.family())
}

fn runs_input_by(command: &Command, name: &str) -> bool {
    let mut operands = command.arg_texts().filter(|arg| !arg.starts_with('-'));
    if is_shell(name) {
        let from_input = operands.next().is_none() || command.has_arg("-s") || command.has_arg("/dev/stdin");
        return (from_input || command.has_arg("-")) && !command.has_arg("--version") && !command.has_arg("-c");
    }
    match name {
        "python" | "perl" | "ruby" | "node" | "php" | "lua" => {
            command.code.is_none()
                && (operands.next().is_none() || command.has_arg("/dev/stdin"))
                && !command.arg_texts().any(|arg| matches!(arg, "-m" | "-V" | "--version" | "-v"))
        }
        "source" | "." => command.arg_texts().any(|arg| arg == "/dev/stdin"),
        "xargs" | "parallel" => command
            .nested
            .iter()
            .any(|nested| nested.script.any_command(|visit| visit.command.is_shell() && visit.command.has_arg("-c"))),
        "at" | "batch" => true,
        _ => false,
    }
}

pub(super) fn output_path(command: &Command) -> Option<&str> {
    output_path_of(command, command.family())
}

fn output_path_of<'a>(command: &'a Command, family: &str) -> Option<&'a str> {
    let mut args = command.arg_texts();
    while let Some(arg) = args.next() {
        let wants = match family {
            "curl" => {
                arg == "--output"
                    || (arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with('o') && arg.len() < 8)
            }
            "wget" => {
                arg == "--output-document"
                    || (arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with('O') && arg.len() < 8)
            }
            "aria2c" | "axel" | "fetch" | "tftp" => arg == "-o" || arg == "-l",
            _ => false,
        };
        if wants {
            return args.next();
        }
        for prefix in ["--output=", "--output-document="] {
            if let Some(path) = arg.strip_prefix(prefix) {
                return Some(path);
            }
        }
        let attached = match family {
            "wget" => arg.strip_prefix("-O").filter(|path| !path.is_empty()),
            "curl" => arg.strip_prefix("-o").filter(|path| path.contains('/')),
            _ => None,
        };
        if attached.is_some() {
            return attached;
        }
    }
    command
        .redirections
        .iter()
        .find(|r| r.kind.writes() && r.descriptor.is_none_or(|d| d == 1))
        .map(|r| r.target.text.as_str())
}
