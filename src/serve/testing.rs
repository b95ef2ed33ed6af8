//! Sample values for this room's tests.

use crate::alert::{Alert, AlertBuilder, Context, Priority, Time};
use crate::analysis::{Analysis, Evidence, History, Level, Technique, Tuning, Verdict};
use crate::dedup::{Fingerprint, GroupId, GroupView, Reason, State};

/// 2024-10-29T13:41:35.792272681Z
pub(super) const START: i64 = 1_730_209_295_792_272_681;

/// An alert as Falco's stock rules give it.
pub(super) fn alert(rule: &str) -> Alert {
    AlertBuilder::new()
        .rule(rule)
        .priority(Priority::Warning)
        .time(Time::from_nanos(START))
        .hostname("k8s-master-01")
        .output("13:41:35.792272681: Warning Shell (user=root)")
        .tag("container")
        .tag("T1059.004")
        .field("container.id", "185304d1bba4")
        .field("container.name", "falco-loader")
        .field("k8s.ns.name", "falco")
        .field("k8s.pod.name", "falco-x7f2k")
        .build()
        .unwrap()
}

/// The given revision of an analysis of a group of eleven alerts over ten minutes, opened by [`alert`].
pub(super) fn sample(rule: &str, revision: u32) -> Analysis {
    let opening = alert(rule);
    let fingerprint = Fingerprint::from_bytes([7; 16]);
    Analysis {
        group: GroupView {
            id: GroupId::new(fingerprint, opening.id()),
            fingerprint,
            revision,
            state: if revision == 1 { State::Opened } else { State::Updated },
            reason: if revision == 1 { Reason::First } else { Reason::Milestone },
            count: 11,
            first: Time::from_nanos(START),
            last: Time::from_nanos(START + 600_000_000_000),
            gap: None,
            distinct: Vec::new(),
        },
        opening,
        context: Context { node: "node-1".to_owned(), labels: vec![("cluster".to_owned(), "prod".to_owned())] },
        verdict: Verdict {
            level: Level::Review,
            score: 50,
            evidence: vec![Evidence {
                id: "shell-in-container".into(),
                field: "proc.name".into(),
                value: "bash".to_owned(),
                weight: 20,
                reason: "A shell ran.".into(),
                check: "Ask who ran it.".into(),
            }],
        },
        title: "Shell in container".to_owned(),
        summary: "A shell ran in a container.".to_owned(),
        explanations: Vec::new(),
        implications: Vec::new(),
        steps: Vec::new(),
        tuning: Tuning::Refused("nothing to rest an exception on".into()),
        techniques: vec![Technique { id: "T1059.004".into(), name: "Unix Shell".into(), tactic: "Execution".into() }],
        history: History::default(),
        narrative: None,
    }
}
