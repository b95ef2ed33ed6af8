//! Evidence from what was seen before and beside: modest, since a clever attacker is patient and a new release is new.

use super::benign::Line;
use super::facts::Facts;
use super::model::{Evidence, History, Level};

/// The evidence that history gives; none where no journal was asked: then nothing is first or usual.
pub fn evidence(history: Option<&History>) -> Vec<Evidence> {
    let mut all = Vec::new();
    let Some(history) = history else { return all };
    let mut add = |id: &'static str, value: String, weight: i32, reason: &'static str, check: &'static str| {
        all.push(Evidence {
            id: id.into(),
            field: "".into(),
            value,
            weight,
            reason: reason.into(),
            check: check.into(),
        });
    };
    if let Some(worst) = history.related.iter().rfind(|related| related.level == Level::Malicious) {
        add(
            "story",
            worst.title.clone(),
            30,
            "A step of an attack was seen in the same place within the ten minutes before.",
            "Read the groups of the story in order; does one lead to the other?",
        );
    } else {
        let mut tactics: Vec<&str> = Vec::new();
        for related in history.related.iter().filter(|related| related.level == Level::Review) {
            if !related.tactic.is_empty() && !tactics.contains(&related.tactic.as_str()) {
                tactics.push(&related.tactic);
            }
        }
        if tactics.len() >= 2 {
            add(
                "story",
                tactics.join(", "),
                15,
                "Several different tactics were seen in the same place within the ten minutes before.",
                "Read the groups of the story in order; does one lead to the other?",
            );
        }
    }
    if let Some(seconds) = history.period_seconds {
        add(
            "periodic",
            format!("every {}", duration(seconds)),
            -5,
            "It comes at regular intervals, as probes and scheduled jobs do; implants that call home do too.",
            "Find the schedule: a probe of the pod, a cron job, a timer.",
        );
    } else if history.same_fingerprint >= 3 {
        add(
            "seen-before",
            format!("{} times", history.same_fingerprint),
            -3,
            "The same was seen before in other windows of time.",
            "Look at what the earlier groups turned out to be.",
        );
    } else if history.same_fingerprint == 0 && history.same_rule_and_image == 0 {
        add(
            "first-seen",
            String::new(),
            3,
            "No alert of this rule was seen in this image (outside containers: on this host) before, as far back as the journal goes.",
            "A new version or a new job that began at this time.",
        );
    }
    all
}

/// Evidence that the alert looks like a known activity and is not it.
pub fn imitation(facts: &Facts<'_>, line: &Line<'_>) -> Option<Evidence> {
    let found = super::benign::imitation(facts, line)?;
    Some(Evidence {
        id: "not-the-known-activity".into(),
        field: found.field.into(),
        value: found.value,
        weight: 10,
        reason: format!(
            "Its command or its program's name is that of known activity ({}), but {}.",
            found.activity,
            found.reason.trim_end_matches('.')
        )
        .into(),
        check: "The executable, its parent and the image are those of the known activity.".into(),
    })
}

/// Seconds as a reader says them.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", (seconds + 30) / 60),
        7_200..172_800 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Time;
    use crate::analysis::model::Related;
    use crate::dedup::GroupId;

    fn related(level: Level, tactic: &str) -> Related {
        Related {
            group: GroupId::from_bytes([0; 16]),
            time: Time::from_nanos(0),
            rule: "R".into(),
            title: "t".into(),
            level,
            tactic: tactic.into(),
        }
    }

    fn ids(history: &History) -> Vec<String> {
        evidence(Some(history)).into_iter().map(|evidence| evidence.id.into_owned()).collect()
    }

    #[test]
    fn without_a_journal_nothing_is_first() {
        assert!(evidence(None).is_empty());
        assert_eq!(ids(&History::default()), ["first-seen"]);
    }

    #[test]
    fn a_step_of_an_attack_nearby_raises_the_score_and_repetition_does_not_excuse() {
        let history = History {
            related: vec![related(Level::Malicious, "Execution")],
            same_fingerprint: 5,
            ..History::default()
        };
        let all = evidence(Some(&history));
        assert!(all.iter().any(|e| e.id == "story" && e.weight > 0) && all.iter().all(|e| e.weight > -10));
        let two = vec![related(Level::Review, "Execution"), related(Level::Review, "Discovery")];
        assert!(ids(&History { related: two, ..History::default() }).contains(&"story".to_owned()));
        let one = vec![related(Level::Expected, "Execution"), related(Level::Review, "Discovery")];
        assert!(!ids(&History { related: one, ..History::default() }).contains(&"story".to_owned()));
    }

    #[test]
    fn durations_read_well() {
        assert_eq!([duration(60), duration(300), duration(7_300)], ["60 s", "5 min", "2 h"]);
    }
}
