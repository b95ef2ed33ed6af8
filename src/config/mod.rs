//! What the YAML says (`section`) and what it means ([`Config`]): validated, with defaults.
//!
//! Every problem of a file is reported at once, each with its path; unknown keys are problems. `${NAME}` in any text
//! stands for an environment variable, so that secrets need not be in the file; no message ever shows a value of one.

mod dedup;
mod section;
mod serve;
mod source;

pub use section::Problem;
pub use serve::Serve;
pub use source::{Falco, Http};

use crate::alert::Context;
use crate::analysis::rules::files::RuleBook;
use crate::journal;
use section::{Env, Problems, Section};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// About what the journal takes for all of history, and for a live group: neither is removed to make room.
const HISTORY_BYTES: u64 = 15 << 20;
const GROUP_BYTES: u64 = 512;

/// A configuration that makes sense.
#[derive(Debug, Clone)]
pub struct Config {
    /// The node's name and labels, attached to every alert.
    pub context: Context,
    /// Falco's gRPC API; `None` where switched off.
    pub falco: Option<Falco>,
    /// Falco's HTTP output; `None` where switched off.
    pub http: Option<Http>,
    /// The durable store.
    pub journal: journal::Settings,
    /// How alerts are folded.
    pub dedup: crate::dedup::Settings,
    /// Falco rule files and folders, in the order in which Falco loads them.
    pub rules_files: Vec<PathBuf>,
    /// The language model; `None` where not configured.
    pub llm: Option<crate::narrator::Settings>,
    /// What lanner serves, and where.
    pub serve: Serve,
    /// What is logged, and how.
    pub log: Log,
    /// How long a shutdown may take.
    pub shutdown_deadline: Duration,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// A filter as `tracing` has it: `info`, `lanner=debug`.
    pub filter: String,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A configuration that makes no sense. Its text has one line a problem.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {}", list(problems))]
pub struct Invalid {
    /// The file.
    pub place: String,
    /// What is wrong, all of it.
    pub problems: Vec<Problem>,
}

fn list(problems: &[Problem]) -> String {
    match problems {
        [one] => one.to_string(),
        many => many.iter().fold(format!("{} problems", many.len()), |text, problem| format!("{text}\n  {problem}")),
    }
}

impl Config {
    /// Reads a file; without one, the defaults.
    ///
    /// # Errors
    /// [`Invalid`], with every problem, where the file cannot be read or makes no sense.
    pub fn load(path: Option<&Path>) -> Result<Self, Invalid> {
        Self::load_parts(path, &[""])
    }

    /// As [`load`](Self::load), for who needs only these sections: problems of others, such as an environment variable
    /// that only the sidecar has, are passed over. Unknown keys are not.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_parts(path: Option<&Path>, sections: &[&str]) -> Result<Self, Invalid> {
        let env = |name: &str| std::env::var(name).ok();
        let Some(path) = path else { return Self::parse("", "<defaults>", &env) };
        let place = path.display().to_string();
        let matters = |Problem { path, unknown_key, .. }: &Problem| {
            let within = |section: &&str| path.starts_with(*section) || section.starts_with(&format!("{path}."));
            path.is_empty() || *unknown_key || sections.iter().any(within)
        };
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse_where(&text, &place, &env, matters),
            Err(error) => {
                let problems = vec![Problem::new("", format!("cannot read it: {error}"))];
                Err(Invalid { place, problems })
            }
        }
    }

    /// Reads a text; `place` names it in errors.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(text: &str, place: &str, env: Env<'_>) -> Result<Self, Invalid> {
        Self::parse_where(text, place, env, |_| true)
    }

    fn parse_where(text: &str, place: &str, env: Env<'_>, matters: impl Fn(&Problem) -> bool) -> Result<Self, Invalid> {
        let invalid = |problems| Invalid { place: place.to_owned(), problems };
        let value = if text.trim().is_empty() {
            serde_json::Value::Null
        } else {
            // Only where and what: the library's own rendering shows neighbouring lines, which may hold secrets.
            serde_saphyr::from_str(text).map_err(|error| {
                let at = error.location().map(|at| format!(" at line {}, column {}", at.line(), at.column()));
                let what = format!("not YAML that can be read{}", at.unwrap_or_default());
                invalid(vec![Problem::new("", what)])
            })?
        };
        let problems = Problems::default();
        let config = Self::read(Section::root(value, &problems, env));
        let mut problems = problems.into_inner();
        problems.retain(matters);
        if problems.is_empty() { Ok(config) } else { Err(invalid(problems)) }
    }

    fn read(mut root: Section) -> Self {
        let context = Context { node: root.text("node").unwrap_or_default(), labels: root.table("labels") };
        let falco = source::falco(root.section("falco"));
        let http = source::http(root.section("http"));
        let journal = journal_settings(root.section("journal"));
        let dedup = dedup::read(root.section("dedup"));
        let least = HISTORY_BYTES + GROUP_BYTES * dedup.max_groups as u64;
        if journal.max_bytes < least {
            let [size, least] = [journal.max_bytes, least].map(bytesize::ByteSize);
            let groups = dedup.max_groups;
            let what = format!(
                "{size} cannot hold history and `dedup.max_groups` ({groups}) live groups: expected at least {least}, or \
                 fewer groups"
            );
            root.problem("journal.max_size", what);
        }
        let mut analysis = root.section("analysis");
        let rules_files = analysis.texts("rules_files").into_iter().map(PathBuf::from).collect();
        let llm = analysis.optional_section("llm").map(source::llm);
        analysis.finish();
        let serve = serve::read(root.section("serve"));
        let log = log_settings(root.section("log"));
        let mut shutdown = root.section("shutdown");
        let shutdown_deadline = shutdown.duration("deadline", Duration::from_secs(10), Duration::from_millis(100));
        shutdown.finish();
        root.finish();
        Self { context, falco, http, journal, dedup, rules_files, llm, serve, log, shutdown_deadline }
    }

    /// Whether Falco can be at its address, as the machine is now: files that are missing, a path that is no socket.
    ///
    /// # Errors
    /// [`Invalid`], where no later start of Falco would help.
    pub fn check_falco(&self) -> Result<(), Invalid> {
        let Some(Falco { settings, .. }) = &self.falco else { return Ok(()) };
        settings.address.check(&settings.tls).map_err(|error| {
            let problems = vec![Problem::new("falco.address", error.to_string())];
            Invalid { place: "configuration".to_owned(), problems }
        })
    }

    /// The users' own rule files.
    ///
    /// # Errors
    /// [`Invalid`], where a rule file cannot be read or makes no sense.
    pub fn rule_book(&self) -> Result<RuleBook, Invalid> {
        let mut problems = Vec::new();
        let mut texts = Vec::new();
        for (n, path) in self.rules_files.iter().enumerate() {
            match rule_files(path) {
                Ok(found) => texts.extend(found),
                Err(error) => problems.push(Problem::new(
                    format!("analysis.rules_files[{n}]"),
                    format!("cannot read {}: {error}", path.display()),
                )),
            }
        }
        let named: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let rules = RuleBook::load(&named).map_err(|errors| {
            let found = errors.iter().map(|e| Problem::new("analysis.rules_files", e.to_string()));
            problems.extend(found);
        });
        match rules {
            Ok(rules) if problems.is_empty() => Ok(rules),
            _ => Err(Invalid { place: "configuration".to_owned(), problems }),
        }
    }
}

/// The rule files of a path: the file, or the YAML files of the folder by name, as Falco takes them.
fn rule_files(path: &Path) -> std::io::Result<Vec<(String, String)>> {
    let mut paths = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            let file = entry?.path();
            if file.is_file() && file.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
                paths.push(file);
            }
        }
        paths.sort();
    } else {
        paths.push(path.to_owned());
    }
    paths.iter().map(|path| Ok((path.display().to_string(), std::fs::read_to_string(path)?))).collect()
}

fn journal_settings(mut section: Section) -> journal::Settings {
    let path = section.text("path").unwrap_or_else(|| "/var/lib/lanner/journal.db".to_owned());
    let mut settings = journal::Settings::new(PathBuf::from(path));
    let syncs = [("normal", journal::Sync::Normal), ("full", journal::Sync::Full)];
    settings.sync = section.choice("sync", &syncs, settings.sync);
    settings.max_age = section.duration("max_age", settings.max_age, Duration::from_mins(1));
    settings.redact = section.flag("redact", settings.redact);
    settings.max_bytes = section.bytes("max_size", settings.max_bytes, 16 << 20);
    section.finish();
    settings
}

fn log_settings(mut section: Section) -> Log {
    let filter = section.text("level").unwrap_or_else(|| "info".to_owned());
    if filter.parse::<tracing_subscriber::EnvFilter>().is_err() {
        section.problem("level", format!("{filter:?}: expected error, warn, info, debug, trace or a tracing filter"));
    }
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    let format = section.choice("format", &formats, LogFormat::Text);
    section.finish();
    Log { filter, format }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_that_cannot_hold_its_live_groups_is_refused() {
        let check = |yaml: &str| Config::parse(yaml, "a test", &|_| None).map(drop).map_err(|error| error.to_string());
        let refused = check("journal: {max_size: 16MiB}").unwrap_err();
        assert!(refused.starts_with("a test: journal.max_size: 16.0 MiB cannot hold"), "{refused}");
        assert!(refused.contains("`dedup.max_groups` (100000)") && refused.contains("at least 63.8 MiB"), "{refused}");
        assert!(check("dedup: {max_groups: 10000000}").unwrap_err().contains("journal.max_size: 1.0 GiB cannot hold"));
        for held in ["", "journal: {max_size: 64MiB}", "{journal: {max_size: 16MiB}, dedup: {max_groups: 100}}"] {
            assert_eq!(check(held), Ok(()), "{held}");
        }
    }
}
