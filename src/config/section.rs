//! Reads one mapping of the YAML key by key, and collects everything that is wrong with it.
//!
//! serde stops at the first thing that it does not like; a user who edits a file wants to hear of all of them, each
//! with its path. So the YAML is read as plain values, each room of the configuration takes its keys by name and type,
//! and what nobody took is an unknown key.

use serde_json::{Map, Value};
use std::cell::RefCell;
use std::str::FromStr;
use std::time::Duration;

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: keys joined by dots, list places in brackets (`dedup.rules[2].mode`).
    pub path: String,
    /// What is wrong and what was expected.
    pub what: String,
    /// Whether it is a key that nobody knows: a slip of the pen, perhaps, in the name of one that is needed.
    pub unknown_key: bool,
}

impl Problem {
    /// Anything but an unknown key.
    pub(super) fn new(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into(), unknown_key: false }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() { f.write_str(&self.what) } else { write!(f, "{}: {}", self.path, self.what) }
    }
}

/// Everything that was found wrong so far.
pub type Problems = RefCell<Vec<Problem>>;

/// Looks environment variables up; a parameter, so that tests need not change the process's own.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// One mapping, and where it stands.
pub struct Section<'a> {
    path: String,
    map: Map<String, Value>,
    known: Vec<&'static str>,
    problems: &'a Problems,
    env: Env<'a>,
}

impl<'a> Section<'a> {
    /// The whole file.
    pub fn root(value: Value, problems: &'a Problems, env: Env<'a>) -> Self {
        Self::of(String::new(), value, problems, env)
    }

    fn of(path: String, value: Value, problems: &'a Problems, env: Env<'a>) -> Self {
        let map = match value {
            Value::Object(map) => map,
            Value::Null => Map::new(),
            other => {
                let what = format!("expected a mapping, not {}", kind(&other));
                problems.borrow_mut().push(Problem::new(path.as_str(), what));
                Map::new()
            }
        };
        Self { path, map, known: Vec::new(), problems, env }
    }

    /// Adds a problem at one of this section's keys (at the section itself where `key` is empty).
    pub fn problem(&self, key: &str, what: impl Into<String>) {
        self.problems.borrow_mut().push(Problem::new(self.path_of(key), what));
    }

    fn path_of(&self, key: &str) -> String {
        match (self.path.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (_, true) => self.path.clone(),
            _ => format!("{}.{key}", self.path),
        }
    }

    fn take(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        self.map.remove(key).filter(|value| !value.is_null())
    }

    /// A mapping below; empty where it is not there.
    pub fn section(&mut self, key: &'static str) -> Section<'a> {
        let value = self.take(key).unwrap_or(Value::Null);
        Section::of(self.path_of(key), value, self.problems, self.env)
    }

    /// As [`section`](Self::section); `None` where it is not there.
    pub fn optional_section(&mut self, key: &'static str) -> Option<Section<'a>> {
        let value = self.take(key)?;
        Some(Section::of(self.path_of(key), value, self.problems, self.env))
    }

    /// A list of mappings.
    pub fn sections(&mut self, key: &'static str) -> Vec<Section<'a>> {
        let path = self.path_of(key);
        match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(items)) => items
                .into_iter()
                .enumerate()
                .map(|(n, item)| Section::of(format!("{path}[{n}]"), item, self.problems, self.env))
                .collect(),
            Some(other) => {
                self.problem(key, format!("expected a list, not {}", kind(&other)));
                Vec::new()
            }
        }
    }

    /// A text, in which `${NAME}` stands for an environment variable; numbers and booleans count as their text.
    pub fn text(&mut self, key: &'static str) -> Option<String> {
        let value = self.take(key)?;
        self.as_text(key, value)
    }

    fn as_text(&self, key: &str, value: Value) -> Option<String> {
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            other => {
                self.problem(key, format!("expected a text, not {}", kind(&other)));
                return None;
            }
        };
        match expand(&text, self.env) {
            Ok(text) => Some(text),
            Err(what) => {
                self.problem(key, what);
                None
            }
        }
    }

    /// A list of texts; a single text counts as a list of one.
    pub fn texts(&mut self, key: &'static str) -> Vec<String> {
        match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(items)) => items
                .into_iter()
                .enumerate()
                .filter_map(|(n, item)| self.as_text(&format!("{key}[{n}]"), item))
                .collect(),
            Some(one) => self.as_text(key, one).into_iter().collect(),
        }
    }

    /// A mapping of names to texts, sorted by name.
    pub fn table(&mut self, key: &'static str) -> Vec<(String, String)> {
        let mut table = Vec::new();
        match self.take(key) {
            None => {}
            Some(Value::Object(map)) => {
                for (name, value) in map {
                    if let Some(text) = self.as_text(&format!("{key}.{name}"), value) {
                        table.push((name, text));
                    }
                }
            }
            Some(other) => self.problem(key, format!("expected a mapping, not {}", kind(&other))),
        }
        table.sort();
        table
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str, default: bool) -> bool {
        match self.take(key) {
            None => default,
            Some(Value::Bool(flag)) => flag,
            Some(other) => {
                self.problem(key, format!("expected true or false, not {}", kind(&other)));
                default
            }
        }
    }

    /// A text that `T` understands; the default where it is not there or makes no sense.
    pub fn parsed<T: FromStr>(&mut self, key: &'static str, default: T) -> T
    where
        T::Err: std::fmt::Display,
    {
        self.parsed_optional(key).unwrap_or(default)
    }

    /// As [`parsed`](Self::parsed), without a default.
    pub fn parsed_optional<T: FromStr>(&mut self, key: &'static str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let text = self.text(key)?;
        text.parse().map_err(|error| self.problem(key, format!("{text:?}: {error}"))).ok()
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)], default: T) -> T {
        let Some(text) = self.text(key) else { return default };
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return *value;
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        self.problem(key, format!("{text:?}: expected one of {}", names.join(", ")));
        default
    }

    /// A whole number within bounds.
    pub fn number(&mut self, key: &'static str, default: u64, bounds: std::ops::RangeInclusive<u64>) -> u64 {
        let Some(text) = self.text(key) else { return default };
        match text.parse() {
            Ok(number) if bounds.contains(&number) => number,
            _ => {
                let (low, high) = (bounds.start(), bounds.end());
                self.problem(key, format!("{text:?}: expected a whole number from {low} to {high}"));
                default
            }
        }
    }

    /// A span of time (`250ms`, `10m`, `24h`, `7d`), at least `least`.
    pub fn duration(&mut self, key: &'static str, default: Duration, least: Duration) -> Duration {
        self.optional_duration(key, least).unwrap_or(default)
    }

    /// As [`duration`](Self::duration), without a default.
    pub fn optional_duration(&mut self, key: &'static str, least: Duration) -> Option<Duration> {
        let text = self.text(key)?;
        let span = text.parse::<jiff::Span>().ok();
        let total =
            span.and_then(|span| span.total((jiff::Unit::Second, jiff::SpanRelativeTo::days_are_24_hours())).ok());
        let duration = total.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        match duration {
            Some(duration) if duration >= least => Some(duration),
            Some(_) => {
                self.problem(key, format!("{text:?}: expected at least {least:?}"));
                None
            }
            None => {
                self.problem(key, format!("{text:?}: expected a span of time such as 250ms, 10m, 24h or 7d"));
                None
            }
        }
    }

    /// A count of bytes (`512MiB`, `1GiB`), at least `least`.
    pub fn bytes(&mut self, key: &'static str, default: u64, least: u64) -> u64 {
        let Some(text) = self.text(key) else { return default };
        match text.parse::<bytesize::ByteSize>() {
            Ok(size) if size.as_u64() >= least => size.as_u64(),
            Ok(_) => {
                self.problem(key, format!("{text:?}: expected at least {}", bytesize::ByteSize(least)));
                default
            }
            Err(_) => {
                self.problem(key, format!("{text:?}: expected a size such as 512MiB or 1GiB"));
                default
            }
        }
    }

    /// Everything is taken: what is left are keys that nobody knows.
    pub fn finish(self) {
        for key in self.map.keys() {
            let near = self.known.iter().find(|known| alike(known, key));
            let hint = near.map_or_else(
                || format!("known here: {}", self.known.join(", ")),
                |known| format!("did you mean `{known}`?"),
            );
            let problem = Problem::new(self.path_of(key), format!("unknown key; {hint}"));
            self.problems.borrow_mut().push(Problem { unknown_key: true, ..problem });
        }
    }
}

/// True where two keys are one slip apart: the same but for case and the characters between words, or the one the
/// other's start.
fn alike(known: &str, key: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let (known, key) = (plain(known), plain(key));
    !key.is_empty() && (known == key || known.starts_with(&key) || key.starts_with(&known))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// Puts environment variables in for `${NAME}`; `$$` is a dollar sign. The text of the error names the variable only.
fn expand(text: &str, env: Env<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let (name, after) = after.split_once('}').ok_or("`${` without its `}`")?;
            out.push_str(&env(name).ok_or_else(|| format!("the environment variable {name:?} is not set"))?);
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(yaml: &str, read: impl FnOnce(&mut Section)) -> Vec<String> {
        let problems = Problems::default();
        let env = |name: &str| (name == "HOME").then(|| "/root".to_owned());
        let mut section = Section::root(serde_saphyr::from_str(yaml).unwrap(), &problems, &env);
        read(&mut section);
        section.finish();
        problems.into_inner().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_problem_is_reported_with_its_path() {
        let found = problems_of("a: {b: soon, c: 5}\nd: x\nlist: [{n: 900}]", |root| {
            let mut a = root.section("a");
            assert_eq!(a.duration("b", Duration::from_secs(1), Duration::ZERO), Duration::from_secs(1));
            a.finish();
            assert!(root.flag("d", true));
            for mut item in root.sections("list") {
                assert_eq!(item.number("n", 3, 1..=100), 3);
                item.finish();
            }
        });
        assert_eq!(
            found,
            [
                "a.b: \"soon\": expected a span of time such as 250ms, 10m, 24h or 7d",
                "a.c: unknown key; known here: b",
                "d: expected true or false, not a text",
                "list[0].n: \"900\": expected a whole number from 1 to 100",
            ]
        );
    }

    #[test]
    fn values_are_read_in_the_units_that_people_write() {
        let found = problems_of("t: 7d\ns: 1GiB\nu: 250ms\np: ${HOME}/x\nq: ${NONE}\ncost: $$5", |root| {
            assert_eq!(root.duration("t", Duration::ZERO, Duration::ZERO), Duration::from_hours(7 * 24));
            assert_eq!(root.duration("u", Duration::ZERO, Duration::ZERO), Duration::from_millis(250));
            assert_eq!(root.bytes("s", 0, 0), 1 << 30);
            assert_eq!(root.text("p").as_deref(), Some("/root/x"));
            assert_eq!(root.text("q"), None);
            assert_eq!(root.text("cost").as_deref(), Some("$5"));
        });
        assert_eq!(found, ["q: the environment variable \"NONE\" is not set"]);
    }

    #[test]
    fn a_slip_of_the_pen_gets_a_hint() {
        let found = problems_of("Max-Age: 1d", |root| {
            root.duration("max_age", Duration::ZERO, Duration::ZERO);
        });
        assert_eq!(found, ["Max-Age: unknown key; did you mean `max_age`?"]);
    }
}
