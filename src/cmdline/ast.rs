//! What a command line is made of. Plain owned data; nothing here parses.

use super::family;

/// Something the reader of a [`Script`] has to know about how it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// The text was cut off: by Falco (`...`, its 4096-byte limit) or by our own input bound.
    Cut = 1,
    /// A quote, bracket or keyword has no partner. An opening quote was read as a plain character.
    Unbalanced = 2,
    /// Shell operators stand in an argument vector that no shell reads. See [`Script::as_shell`].
    OperatorsInArgv = 4,
    /// A bound (depth, commands, bytes) was met: what lies beyond was digested, not parsed.
    Bounded = 8,
    /// Text for a shell stood in quotes as a whole, which an argument vector has only where
    /// something put them there: what is inside was read.
    Requoted = 16,
}

/// A set of [`Flag`]s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// Whether `flag` is in the set.
    pub fn has(self, flag: Flag) -> bool {
        self.0 & flag as u8 != 0
    }

    pub(super) fn set(&mut self, flag: Flag) {
        self.0 |= flag as u8;
    }

    pub(super) fn join(&mut self, other: Flags) {
        self.0 |= other.0;
    }

    /// The set as bits, for the canonical form.
    pub(super) fn bits(self) -> u8 {
        self.0
    }
}

/// A command line, or a piece of shell text in one: items in the order in which they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// Pipelines and what joins them.
    pub items: Vec<Item>,
    /// How the text was read.
    pub flags: Flags,
    /// Texts of `#` comments, without the `#`. Where newlines were lost on the way, what looks like
    /// a comment may have been commands: see [`Script::other_readings`].
    pub comments: Vec<String>,
    /// Digest of the text beyond a bound, so that two scripts that differ only there differ.
    pub remainder: Option<[u8; 16]>,
    /// The text, where it may be read in another way (operators in an argument vector).
    pub(super) source: Option<Box<str>>,
}

/// One pipeline of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// Keywords before it (`then`, `do`, `!`, ...), case patterns (ending in `)`), stray operators.
    pub lead: Vec<String>,
    /// The pipeline; without commands where the list ends in a keyword.
    pub pipeline: Pipeline,
    /// What follows it.
    pub connector: Connector,
}

/// What joins an item to the next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Connector {
    /// Nothing follows.
    #[default]
    End,
    /// `;` or a newline.
    Sequence,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `&`
    Background,
    /// `;;` in a `case`.
    CaseEnd,
    /// `;&` in a `case`.
    CaseFall,
    /// `;;&` in a `case`.
    CaseTest,
    /// None, where shell grammar wants one (`a (b)`).
    Missing,
}

/// Commands joined by `|` or `|&`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pipeline {
    /// The stages, first to last.
    pub commands: Vec<Command>,
}

/// How a command's output goes to the next stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pipe {
    /// `|`
    Output,
    /// `|&`
    OutputAndErrors,
}

/// A compound command (one that is not a program with arguments).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compound {
    /// `( ... )`
    Subshell,
    /// `{ ...; }`
    Group,
    /// `if ...; fi`
    If,
    /// `while ...; done`
    While,
    /// `until ...; done`
    Until,
    /// `for x in ...; do ...; done`; the words between are in [`Command::words`].
    For,
    /// `select x in ...; do ...; done`; the words between are in [`Command::words`].
    Select,
    /// `case x in ... esac`; the word is in [`Command::words`].
    Case,
    /// `name() { ... }`; the name is in [`Command::words`].
    Function,
    /// `[[ ... ]]`; the words between are in [`Command::words`].
    Test,
    /// `(( ... ))`; the text is the only word.
    Arithmetic,
}

/// A simple command, or a compound one (then [`Command::compound`] says which, and its body is the
/// first of [`Command::nested`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command {
    /// `NAME=value` before the command.
    pub assignments: Vec<Assignment>,
    /// Every word: wrappers with their options, the program, its arguments.
    pub words: Vec<Word>,
    /// Redirections, in order.
    pub redirections: Vec<Redirection>,
    /// Programs that only start another (`sudo -u x`, `env`, `nohup`), outermost first.
    pub wrappers: Vec<Wrapper>,
    /// Scripts inside.
    pub nested: Vec<Nested>,
    /// Program text given to an interpreter (`python -c`, `perl -e`, awk's program).
    pub code: Option<Code>,
    /// How its output goes to the next stage, if there is one.
    pub piped: Option<Pipe>,
    /// Which compound command it is, if it is one.
    pub compound: Option<Compound>,
    /// Whether the text ended in the middle of it.
    pub cut: bool,
    /// Index of the program in `words`; `words.len()` without one.
    pub(super) program_at: usize,
}

/// A word, quotes removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// What the program sees, as far as the text tells: quotes are gone, expansions stand as
    /// written.
    pub text: String,
    /// Where a character is active (expansion, glob, tilde, brace): the word in one fixed quoting.
    /// Quoted special characters have a backslash; `"$` is an expansion inside double quotes;
    /// `$()` stands for a substitution, which is in the command's `nested`.
    pub(super) shape: Option<Box<str>>,
}

impl Word {
    /// A word in which every character stands for itself.
    pub fn literal(text: impl Into<String>) -> Self {
        Word { text: text.into(), shape: None }
    }

    /// Whether every character stands for itself: no expansion, glob, tilde or brace is left to
    /// the shell.
    pub fn is_literal(&self) -> bool {
        self.shape.is_none()
    }
}

/// `NAME=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The name; with a `+` at its end for `NAME+=value`.
    pub name: String,
    /// The value.
    pub value: Word,
}

/// One redirection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirection {
    /// The descriptor before the operator, where one is written.
    pub descriptor: Option<u32>,
    /// The operator.
    pub kind: Redirect,
    /// What stands after it: a path, a descriptor (for `>&` and `<&`), a here-string's or
    /// heredoc's text.
    pub target: Word,
}

/// Redirection operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirect {
    /// `<`
    Read,
    /// `>` or `>|`
    Write,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `<&`
    CopyInput,
    /// `>&` with a descriptor or `-`
    CopyOutput,
    /// `&>` or `>&` with a file
    WriteAll,
    /// `&>>`
    AppendAll,
    /// `<<<`
    HereString,
    /// `<<` or `<<-`; the target is the body, or the delimiter where the body was lost
    HereDocument,
}

impl Redirect {
    /// Whether the target is a file that gets written.
    pub fn writes(self) -> bool {
        matches!(
            self,
            Redirect::Write | Redirect::Append | Redirect::ReadWrite | Redirect::WriteAll | Redirect::AppendAll
        )
    }

    /// Whether the target is a file that gets read.
    pub fn reads(self) -> bool {
        matches!(self, Redirect::Read | Redirect::ReadWrite)
    }
}

/// A program that was peeled off because it only starts another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapper {
    /// Base name.
    pub name: String,
    /// Its options, assignments and operands.
    pub args: Vec<String>,
}

/// A script inside a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nested {
    /// Why it is one.
    pub kind: NestedKind,
    /// Where it stands in the command.
    pub place: Place,
    /// The script.
    pub script: Script,
}

/// Why a script is nested in a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NestedKind {
    /// Text for a shell: `sh -c`, `su -c`, `watch`.
    ShellC,
    /// `$(...)` or backticks.
    Substitution,
    /// `<(...)` or `>(...)`.
    Process,
    /// `eval`
    Eval,
    /// `sh <<< ...`, or a heredoc that a shell reads.
    HereString,
    /// What `find -exec`, `xargs` or `parallel` starts.
    Exec,
    /// What `ssh`, `docker exec`, `kubectl exec` and the like start elsewhere.
    Remote,
    /// The body of a compound command.
    Body,
}

/// Where a nested script stands in its command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is the words from the first to before the second index.
    Words(usize, usize),
    /// It is a part of this word.
    InWord(usize),
    /// It is a part of this assignment's value.
    InAssignment(usize),
    /// It is, or is a part of, this redirection's target.
    InRedirection(usize),
    /// It is the compound command's body.
    Body,
}

/// Languages of [`Code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Language {
    Python,
    Perl,
    Ruby,
    Php,
    JavaScript,
    Lua,
    Awk,
    Tcl,
    R,
    Groovy,
    PowerShell,
    AppleScript,
    Gdb,
}

/// Program text on a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Its language.
    pub language: Language,
    /// The text. In an argument vector it reaches to the end of the line, since it is not known
    /// where the argument ended.
    pub text: String,
}

impl Command {
    /// Base name of the program; empty without one (assignments, redirections, compounds).
    pub fn program(&self) -> &str {
        family::base_name(self.path())
    }

    /// The program as written, with its path.
    pub fn path(&self) -> &str {
        self.words.get(self.program_at).map_or("", |word| word.text.as_str())
    }

    /// Name without version or distribution suffix: `python3.11` is `python`, `nc.openbsd` `nc`.
    pub fn family(&self) -> &str {
        family::program_family(self.program())
    }

    /// The words after the program.
    pub fn args(&self) -> &[Word] {
        self.words.get(self.program_at + 1..).unwrap_or_default()
    }

    /// Texts of the words after the program.
    pub fn arg_texts(&self) -> impl DoubleEndedIterator<Item = &str> + Clone {
        self.args().iter().map(|word| word.text.as_str())
    }

    /// Whether one of the arguments is `text`.
    pub fn has_arg(&self, text: &str) -> bool {
        self.arg_texts().any(|arg| arg == text)
    }

    /// Whether a cluster of single-letter options (`-xzf`) has `letter`, or an argument is `long`
    /// or starts with `long=`.
    pub fn has_option(&self, letter: char, long: &str) -> bool {
        for arg in self.arg_texts() {
            if arg == "--" {
                return false;
            }
            if let Some(name) = arg.strip_prefix("--") {
                let name = name.split_once('=').map_or(name, |(name, _)| name);
                if !long.is_empty() && name == long {
                    return true;
                }
            } else if let Some(cluster) = arg.strip_prefix('-')
                && cluster.chars().take_while(char::is_ascii_alphanumeric).any(|c| c == letter)
            {
                return true;
            }
        }
        false
    }

    /// Whether a wrapper of this base name was peeled off.
    pub fn has_wrapper(&self, name: &str) -> bool {
        self.wrappers.iter().any(|wrapper| wrapper.name == name)
    }

    /// Variables set for it, by assignments and by wrappers (`env A=b`): names and values.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.assignments.iter().map(|a| (a.name.as_str(), a.value.text.as_str()));
        let given = self.wrappers.iter().flat_map(|wrapper| {
            wrapper.args.iter().filter_map(|arg| arg.split_once('=').filter(|(name, _)| super::launch::is_name(name)))
        });
        own.chain(given)
    }

    /// Whether the program is a shell.
    pub fn is_shell(&self) -> bool {
        family::is_shell(self.family())
    }
}

impl Script {
    /// The same text as a shell would read it, where operators stand in an argument vector:
    /// attack content should be looked for under both readings.
    pub fn as_shell(&self) -> Option<Script> {
        self.source.as_deref().map(super::parse_shell)
    }

    /// Every other way to read the text, or parts of it: [`Script::as_shell`], and comments as
    /// commands (a newline that became a space makes a comment of the lines that followed).
    pub fn other_readings(&self) -> Vec<Script> {
        let comments = self.comments.iter().take(8).map(|text| super::parse_shell(text));
        self.as_shell().into_iter().chain(comments).collect()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.remainder.is_none() && self.comments.is_empty()
    }
}
