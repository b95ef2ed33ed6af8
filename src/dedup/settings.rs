//! How alerts are grouped, as plain data. The configuration fills it; the defaults are what a node's sidecar wants.

/// Nanoseconds of event time.
pub type Nanos = i64;

const SECOND: Nanos = 1_000_000_000;

/// How alerts are grouped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// A window ends where its activity is silent for longer than this.
    pub idle: Nanos,
    /// A window's longest span; what comes later opens the next one.
    pub longest: Nanos,
    /// How often a group that stays active is announced again.
    pub repeat_interval: Nanos,
    /// The same for Falco's own notices: loss of visibility is never noise.
    pub internal_interval: Nanos,
    /// Groups in memory; beyond it the least recently active one is closed early.
    pub max_groups: usize,
    /// What counts as one workload.
    pub scope: Scope,
    /// How late an alert may come, in event time behind its host's newest, and surely find its group.
    pub disorder: Nanos,
    /// How many new groups of one workload within [`flood_period`](Self::flood_period) are reported; 0 for never.
    pub flood_groups: u32,
    /// The period for it.
    pub flood_period: Nanos,
    /// Exceptions for single rules; an exact name goes before a prefix, a longer prefix before a shorter.
    pub rules: Vec<RuleSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            idle: 600 * SECOND,
            longest: 86_400 * SECOND,
            repeat_interval: 3_600 * SECOND,
            internal_interval: 60 * SECOND,
            max_groups: 100_000,
            scope: Scope::default(),
            disorder: 60 * SECOND,
            flood_groups: 200,
            flood_period: 600 * SECOND,
            rules: Vec::new(),
        }
    }
}

/// What is different for some rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleSettings {
    /// A rule's exact name, or a prefix followed by `*`.
    pub pattern: String,
    /// Fields that must be equal as they are, whatever the tables say.
    pub identity: Vec<String>,
    /// Fields that never matter. They win over [`identity`](Self::identity).
    pub volatile: Vec<String>,
    /// Instead of [`Settings::idle`].
    pub idle: Option<Nanos>,
    /// Instead of [`Settings::longest`].
    pub longest: Option<Nanos>,
    /// How much is normalised.
    pub mode: Mode,
    /// Instead of [`Settings::scope`].
    pub scope: Option<Scope>,
}

/// How much of an alert is normalised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Every alert is a group.
    Off,
    /// Volatile fields are left out; everything else must be equal to the byte.
    Exact,
    /// As [`crate::dedup`] describes.
    #[default]
    Near,
}

/// What counts as one workload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// One container on one host; the host, outside containers.
    #[default]
    Container,
    /// Containers of the same image, namespace and pod owner, on any host; as [`Scope::Container`] where one of the
    /// three is unknown.
    Workload,
    /// As [`Scope::Workload`], and hosts do not count either: for a hub.
    Cluster,
}

impl Settings {
    /// What holds for a rule.
    pub(super) fn rule(&self, name: &str) -> Option<&RuleSettings> {
        let fits = |row: &&RuleSettings| match row.pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => row.pattern == name,
        };
        let weight = |row: &&RuleSettings| (!row.pattern.ends_with('*'), row.pattern.len());
        self.rules.iter().filter(fits).max_by_key(weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_exact_pattern_counts() {
        let row = |pattern: &str| RuleSettings { pattern: pattern.to_owned(), ..RuleSettings::default() };
        let settings = Settings { rules: vec![row("*"), row("Read*"), row("Read x")], ..Settings::default() };
        let pattern = |name| settings.rule(name).map(|row| row.pattern.as_str());
        assert_eq!(pattern("Read x"), Some("Read x"));
        assert_eq!(pattern("Read y"), Some("Read*"));
        assert_eq!(pattern("Write"), Some("*"));
        assert!(Settings::default().rule("Read x").is_none());
    }
}
