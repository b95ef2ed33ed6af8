//! The user's own Falco rule files (`analysis.rules_files`), read for what they say about a rule:
//! description, priority, tags, condition, macros and exceptions. So a custom rule reads as well
//! as a stock one.
//!
//! Files are applied in the order given, as `falco.yaml`'s `rules_files` are: a later item of the
//! same name replaces the earlier one, unless it says `append: true` or `override`. The semantics
//! are those of Falco 0.44's rule loader, with one difference: what changes a rule, macro or list
//! that no file defines is a warning here and an error there, since a user may well give lanner
//! the local file only.
//!
//! Constraints: pure (text in, value out); never panics on any text; sizes are bounded; every
//! error and warning names file and line, and none quotes the file.

mod apply;
mod condition;
mod exceptions;
mod item;
mod node;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 4 << 20;
/// Most rules, macros and lists together that a book keeps.
pub const MAX_ITEMS: usize = 20_000;
/// Longest text (a condition after all appends, a description) that is kept, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 << 10;
/// Most problems that are kept of one kind; the first ones are the ones to mend.
pub const MAX_PROBLEMS: usize = 100;

/// Something wrong in a rule file, or worth knowing: where, and what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct RuleFileError {
    /// The file's name, as given to [`RuleBook::load`].
    pub file: String,
    /// The line, from 1; 0 when the problem concerns the whole file.
    pub line: u64,
    /// What is wrong, without any of the file's text but names of keys and items.
    pub message: String,
}

/// What the files say about one rule, after all appends and overrides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText {
    /// `desc`.
    pub description: String,
    /// `condition`, as written: macros and lists are not expanded.
    pub condition: String,
    /// `output`.
    pub output: String,
    /// `priority`, as written (`WARNING`); empty when no file gives it.
    pub priority: String,
    /// `source`; `syscall` when not given.
    pub source: String,
    /// `tags`, in the file's order, each once.
    pub tags: Vec<String>,
    /// Whether Falco runs the rule.
    pub enabled: bool,
    /// The known macros that the condition names, sorted, each once.
    pub macros: Vec<String>,
    /// `exceptions`, in the file's order.
    pub exceptions: Vec<RuleException>,
    /// The file that defined the rule.
    pub file: String,
    /// The line on which the definition begins, from 1.
    pub line: u64,
}

/// One exception of a rule. Fields and comparisons have the same length, and so has each tuple
/// of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleException {
    /// The exception's name, unique in its rule.
    pub name: String,
    /// The fields compared.
    pub fields: Vec<String>,
    /// The comparison of each field (`=` for several fields and `in` for one, unless given).
    pub comps: Vec<String>,
    /// Tuples: for each field the values it is compared with (one for `=`, any number for `in`).
    /// For an exception on one scalar field, a single tuple holds all the values.
    pub values: Vec<Vec<Vec<String>>>,
}

/// Everything that a set of rule files says.
#[derive(Debug, Clone, Default)]
pub struct RuleBook {
    rules: BTreeMap<String, RuleText>,
    macros: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<String>>,
    warnings: Vec<RuleFileError>,
}

impl RuleBook {
    /// Reads files, given as (name, text), in that order.
    ///
    /// # Errors
    /// All problems for which Falco would refuse the files: what is no YAML, an item without a
    /// name, a key with a value of the wrong kind, an exception whose parts do not fit together.
    /// Files that are too large, and more items than [`MAX_ITEMS`], are errors too.
    pub fn load(files: &[(&str, &str)]) -> Result<Self, Vec<RuleFileError>> {
        let mut loader = apply::Loader::default();
        for (name, text) in files {
            loader.file(name, text);
        }
        loader.finish()
    }

    /// The rule with exactly this name.
    pub fn get(&self, rule: &str) -> Option<&RuleText> {
        self.rules.get(rule)
    }

    /// The names of all rules, sorted.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.rules.keys().map(String::as_str)
    }

    /// A macro's condition, as written.
    pub fn macro_condition(&self, name: &str) -> Option<&str> {
        self.macros.get(name).map(String::as_str)
    }

    /// A list's items, as written: an item may be another list's name.
    pub fn list_items(&self, name: &str) -> Option<&[String]> {
        self.lists.get(name).map(Vec::as_slice)
    }

    /// What was skipped or looks like a mistake, in file order.
    pub fn warnings(&self) -> &[RuleFileError] {
        &self.warnings
    }
}
