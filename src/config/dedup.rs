//! `dedup`: how alerts are folded.

use super::section::Section;
use crate::dedup::{Mode, RuleSettings, Scope, Settings};
use std::time::Duration;

const SCOPES: [(&str, Scope); 3] =
    [("container", Scope::Container), ("workload", Scope::Workload), ("cluster", Scope::Cluster)];
const MODES: [(&str, Mode); 3] = [("near", Mode::Near), ("exact", Mode::Exact), ("off", Mode::Off)];

pub(super) fn read(mut section: Section) -> Settings {
    let mut settings = Settings::default();
    settings.idle = span(&mut section, "idle", settings.idle);
    settings.longest = span(&mut section, "longest", settings.longest);
    settings.repeat_interval = span(&mut section, "repeat_interval", settings.repeat_interval);
    settings.max_groups = section.number("max_groups", settings.max_groups as u64, 100..=10_000_000) as usize;
    settings.scope = section.choice("scope", &SCOPES, settings.scope);
    for mut rule in section.sections("rules") {
        let pattern = rule.text("rule").unwrap_or_default();
        if pattern.is_empty() {
            rule.problem("rule", "missing: the rule's name, or its start and `*`");
        }
        let scope = rule.text("scope").and_then(|name| {
            let found = SCOPES.iter().find(|(known, _)| *known == name);
            if found.is_none() {
                rule.problem("scope", format!("{name:?}: expected one of container, workload, cluster"));
            }
            found.map(|(_, scope)| *scope)
        });
        let read = RuleSettings {
            pattern,
            identity: rule.texts("identity_fields"),
            volatile: rule.texts("volatile_fields"),
            idle: rule.optional_duration("idle", Duration::from_secs(1)).map(nanos),
            longest: rule.optional_duration("longest", Duration::from_secs(1)).map(nanos),
            mode: rule.choice("mode", &MODES, Mode::Near),
            scope,
        };
        rule.finish();
        settings.rules.push(read);
    }
    if settings.longest < settings.idle {
        section.problem("longest", "less than `idle`: a window would end before it is idle");
    }
    section.finish();
    settings
}

fn span(section: &mut Section, key: &'static str, default: i64) -> i64 {
    section.optional_duration(key, Duration::from_secs(1)).map_or(default, nanos)
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
