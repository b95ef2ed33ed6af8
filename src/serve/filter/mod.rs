//! What a request's filter means: checked once, then asked of every analysis.
//!
//! A filter is an allow list minus a deny list. It looks at the group's opening alert (members of a group share what a
//! filter can name, but for names that come late), its verdict and its times. Everything is bounded: a filter is evaluated
//! for every analysis of every watcher.

mod matching;

use crate::alert::{Priority, Time};
use crate::analysis::{Analysis, Level};
use crate::journal::Floor;
use crate::serve::proto;
use matching::List;

/// The most entries of `allow` and of `deny`.
pub const MAX_MATCHES: usize = 64;
/// The most values of one repeated field.
pub const MAX_VALUES: usize = 256;
/// The longest value, in bytes.
pub const MAX_VALUE_BYTES: usize = 1024;

/// A filter that makes no sense: where, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}`: {reason}")]
pub struct FilterError {
    /// The field, as the request spells it (`filter.allow[0].techniques[1]`).
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A checked filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    allow: Vec<Match>,
    deny: Vec<Match>,
}

/// One entry: everything that is set must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Match {
    min_priority: Option<Priority>,
    min_level: Option<Level>,
    rules: Vec<Pattern>,
    hostnames: Vec<Pattern>,
    namespaces: Vec<String>,
    pods: Vec<Pattern>,
    containers: Vec<String>,
    tags: Vec<String>,
    techniques: Vec<String>,
    sources: Vec<String>,
    after: Option<Time>,
    before: Option<Time>,
    labels: Vec<(String, String)>,
}

/// A value, or with a trailing `*` the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Exact(String),
    Prefix(String),
}

impl Filter {
    /// Checks a request's filter; none, or one without entries, lets everything through.
    ///
    /// # Errors
    /// [`FilterError`] for too much, for values that are not what the field holds, and for an entry that sets nothing.
    pub fn new(filter: Option<&proto::Filter>) -> Result<Self, FilterError> {
        let Some(filter) = filter else { return Ok(Self::default()) };
        Ok(Self { allow: matches(&filter.allow, "filter.allow")?, deny: matches(&filter.deny, "filter.deny")? })
    }

    /// True where the filter lets this analysis through.
    pub fn matches(&self, analysis: &Analysis) -> bool {
        let allowed = self.allow.is_empty() || self.allow.iter().any(|entry| entry.matches(analysis, List::Allow));
        allowed && !self.deny.iter().any(|entry| entry.matches(analysis, List::Deny))
    }

    /// What the journal can leave out unread: nothing below this matches. Only a hint, `matches` still decides.
    pub fn floor(&self) -> Floor {
        let level = self.allow.iter().map(|entry| entry.min_level).min().flatten();
        let priority = self.allow.iter().map(|entry| entry.min_priority).min().flatten();
        Floor { level, priority }
    }

    /// True where the filter lets everything through.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }
}

fn matches(entries: &[proto::Match], path: &str) -> Result<Vec<Match>, FilterError> {
    if entries.len() > MAX_MATCHES {
        return Err(error(path, format!("{} entries; at most {MAX_MATCHES} are allowed", entries.len())));
    }
    entries.iter().enumerate().map(|(n, entry)| one_match(entry, &format!("{path}[{n}]"))).collect()
}

fn one_match(entry: &proto::Match, path: &str) -> Result<Match, FilterError> {
    let result = Match {
        min_priority: priority(entry.min_priority, path)?,
        min_level: level(entry.min_level, path)?,
        rules: patterns(&entry.rules, path, "rules")?,
        hostnames: patterns(&entry.hostnames, path, "hostnames")?,
        namespaces: values(&entry.namespaces, path, "namespaces")?,
        pods: patterns(&entry.pods, path, "pods")?,
        containers: values(&entry.containers, path, "containers")?,
        tags: values(&entry.tags, path, "tags")?,
        techniques: techniques(&entry.techniques, path)?,
        sources: values(&entry.sources, path, "sources")?,
        after: time(entry.after.as_ref(), path, "after")?,
        before: time(entry.before.as_ref(), path, "before")?,
        labels: labels(entry, path)?,
    };
    if result == Match::default() {
        return Err(error(path, "sets nothing, so it would match everything: leave it out".to_owned()));
    }
    Ok(result)
}

fn priority(number: i32, path: &str) -> Result<Option<Priority>, FilterError> {
    match number {
        0 => Ok(None),
        // `lanner.v1.Priority` is Falco's number plus one, see `convert::priority`.
        1..=8 => Ok(Priority::from_number(number - 1)),
        _ => Err(error(&format!("{path}.min_priority"), format!("{number} is no Priority"))),
    }
}

fn level(number: i32, path: &str) -> Result<Option<Level>, FilterError> {
    match proto::Level::try_from(number) {
        Ok(proto::Level::Unspecified) => Ok(None),
        Ok(proto::Level::Expected) => Ok(Some(Level::Expected)),
        Ok(proto::Level::Review) => Ok(Some(Level::Review)),
        Ok(proto::Level::Malicious) => Ok(Some(Level::Malicious)),
        Err(_) => Err(error(&format!("{path}.min_level"), format!("{number} is no Level"))),
    }
}

fn values(values: &[String], path: &str, field: &str) -> Result<Vec<String>, FilterError> {
    if values.len() > MAX_VALUES {
        let reason = format!("{} values; at most {MAX_VALUES} are allowed", values.len());
        return Err(error(&format!("{path}.{field}"), reason));
    }
    for (n, value) in values.iter().enumerate() {
        check_value(value, || format!("{path}.{field}[{n}]"))?;
    }
    Ok(values.to_vec())
}

fn check_value(value: &str, path: impl Fn() -> String) -> Result<(), FilterError> {
    if value.is_empty() {
        return Err(error(&path(), "is empty".to_owned()));
    }
    if value.len() > MAX_VALUE_BYTES {
        return Err(error(&path(), format!("{} bytes; at most {MAX_VALUE_BYTES} are allowed", value.len())));
    }
    Ok(())
}

fn patterns(texts: &[String], path: &str, field: &str) -> Result<Vec<Pattern>, FilterError> {
    let pattern = |(n, text): (usize, String)| match text.strip_suffix('*') {
        Some(prefix) if prefix.contains('*') => Err(star(path, field, n)),
        Some(prefix) => Ok(Pattern::Prefix(prefix.to_owned())),
        None if text.contains('*') => Err(star(path, field, n)),
        None => Ok(Pattern::Exact(text)),
    };
    values(texts, path, field)?.into_iter().enumerate().map(pattern).collect()
}

fn star(path: &str, field: &str, n: usize) -> FilterError {
    error(&format!("{path}.{field}[{n}]"), "`*` may only stand at the end".to_owned())
}

fn techniques(texts: &[String], path: &str) -> Result<Vec<String>, FilterError> {
    let ids = values(texts, path, "techniques")?;
    for (n, id) in ids.iter().enumerate() {
        if !is_technique(id) {
            let reason = "is no ATT&CK technique id (`T1059` or `T1059.004`)".to_owned();
            return Err(error(&format!("{path}.techniques[{n}]"), reason));
        }
    }
    Ok(ids)
}

fn is_technique(id: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let Some(number) = id.strip_prefix('T') else { return false };
    match number.split_once('.') {
        Some((technique, sub)) => digits(technique, 4) && digits(sub, 3),
        None => digits(number, 4),
    }
}

fn time(time: Option<&proto::Timestamp>, path: &str, field: &str) -> Result<Option<Time>, FilterError> {
    let Some(time) = time else { return Ok(None) };
    match Time::from_parts(time.seconds, time.nanos) {
        Some(time) => Ok(Some(time)),
        None => Err(error(&format!("{path}.{field}"), "is no time between 1678 and 2262".to_owned())),
    }
}

fn labels(entry: &proto::Match, path: &str) -> Result<Vec<(String, String)>, FilterError> {
    if entry.labels.len() > MAX_VALUES {
        let reason = format!("{} labels; at most {MAX_VALUES} are allowed", entry.labels.len());
        return Err(error(&format!("{path}.labels"), reason));
    }
    for (name, value) in &entry.labels {
        check_value(name, || format!("{path}.labels"))?;
        if value.len() > MAX_VALUE_BYTES {
            let reason = format!("a value of {} bytes; at most {MAX_VALUE_BYTES} are allowed", value.len());
            return Err(error(&format!("{path}.labels"), reason));
        }
    }
    Ok(entry.labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn error(path: &str, reason: String) -> FilterError {
    FilterError { path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests;
