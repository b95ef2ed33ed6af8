//! Kinds of commands. Most rows can find something only in a command that downloads, writes, runs code or the like, and
//! most commands do none of it: a row that names its kinds is not asked about the others.

use super::seen::Seen;
use crate::cmdline::is_shell;

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds(u16);

impl Kinds {
    /// Fetches something, see [`Seen::is_download`].
    pub const DOWNLOADS: Self = Self(1);
    /// Carries program text, see [`Seen::code`].
    pub const CODE: Self = Self(2);
    /// May write files, see [`Seen::writes`].
    pub const WRITES: Self = Self(4);
    /// Has redirections.
    pub const REDIRECTS: Self = Self(8);
    /// Is started by wrappers, see [`Seen::wrapper`].
    pub const WRAPPED: Self = Self(16);
    /// May be given variables, see [`crate::cmdline::Command::environment`].
    pub const ENVIRONMENT: Self = Self(32);
    /// Has scripts inside.
    pub const NESTED: Self = Self(64);
    /// Runs what it reads, see [`Seen::runs_input`].
    pub const RUNS_INPUT: Self = Self(128);
    /// Its output goes to another command, see [`Seen::feeds`].
    pub const FEEDS: Self = Self(256);
    /// Is named by a path, or runs scripts.
    pub const RUNS_FILE: Self = Self(512);
    /// Comes from a web or database server.
    pub const FROM_SERVER: Self = Self(1024);
    /// Comes from an application's runtime.
    pub const FROM_APPLICATION: Self = Self(2048);

    /// One of these or of those.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is a kind that is in both.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The kinds that the command is of.
    pub fn of(seen: &Seen<'_, '_>) -> Self {
        let command = seen.command;
        let redirects = !command.redirections.is_empty();
        let wrapped = !command.wrappers.is_empty();
        let writes = redirects || seen.is_writer();
        let runs_file = command.path().contains('/') || is_interpreter(seen);
        [
            (seen.is_download(), Self::DOWNLOADS),
            (command.code.is_some(), Self::CODE),
            (writes, Self::WRITES),
            (redirects, Self::REDIRECTS),
            (wrapped, Self::WRAPPED),
            (wrapped || !command.assignments.is_empty(), Self::ENVIRONMENT),
            (!command.nested.is_empty(), Self::NESTED),
            (seen.runs_input(), Self::RUNS_INPUT),
            (seen.visit.next().is_some(), Self::FEEDS),
            (runs_file, Self::RUNS_FILE),
            (seen.origin.server, Self::FROM_SERVER),
            (seen.origin.application, Self::FROM_APPLICATION),
        ]
        .into_iter()
        .fold(Self(0), |all, (is, kind)| if is { all.or(kind) } else { all })
    }
}

/// Whether it runs the script that it is given.
pub(super) fn is_interpreter(seen: &Seen<'_, '_>) -> bool {
    is_shell(seen.name) || matches!(seen.name, "python" | "perl" | "php" | "ruby" | "node" | "source" | ".")
}
