//! Losing sight: Falco's own notices and lanner's. They are about what was not seen, so they are never harmless.

use super::facts::Facts;

/// What there is to say about a notice.
pub(super) struct Notice {
    /// What happened, without the place.
    pub title: &'static str,
    /// What that means, in one sentence.
    pub means: &'static str,
    /// A cause without an attacker.
    pub cause: &'static str,
    /// What would confirm it.
    pub confirm: &'static str,
    /// The cause with one.
    pub attack: &'static str,
    /// What follows.
    pub implication: &'static str,
}

/// The notice that the alert is, if it is one.
pub(super) fn notice(facts: &Facts<'_>) -> Option<&'static Notice> {
    if !super::verdict::is_sight_lost(facts) {
        return None;
    }
    let rule = facts.alert.rule();
    let known = NOTICES.iter().find(|(name, _)| rule.eq_ignore_ascii_case(name)).map(|(_, notice)| notice);
    Some(known.unwrap_or(&OTHER))
}

const HOLE: &str = "What happened on this machine in that time may have gone unseen: silence proves nothing.";

const NOTICES: &[(&str, Notice)] = &[
    (
        "Falco internal: syscall event drop",
        Notice {
            title: "Falco dropped system calls",
            means: "The kernel produced events faster than Falco read them, and some were lost before any rule saw them.",
            cause: "The machine was busier than Falco's buffer and processor share allow.",
            confirm: "Compare the drop counters in Falco's metrics with the machine's load; raise `buf_size_preset` or Falco's CPU limit.",
            attack: "Somebody floods the machine with system calls to hide others among them.",
            implication: HOLE,
        },
    ),
    (
        "Falco internal: timeouts notification",
        Notice {
            title: "Falco received no events",
            means: "Falco waited for events and got none, which on a running machine means that its driver does not deliver.",
            cause: "The driver was unloaded or replaced, or the machine was suspended.",
            confirm: "Look at Falco's log and at the driver: `lsmod | grep falco`, or the modern eBPF probe in `bpftool prog`.",
            attack: "Somebody with root's rights unloaded or blinded the driver.",
            implication: HOLE,
        },
    ),
    (
        "Falco internal: hot restart failure",
        Notice {
            title: "Falco failed to take up a new configuration",
            means: "A changed configuration or rule file was refused, and Falco goes on with the old one or stops.",
            cause: "A rule or configuration file has a mistake in it.",
            confirm: "Run `falco --dry-run` with the same files and read what it refuses.",
            attack: "Somebody damaged the rule files to stop detection.",
            implication: "Rules that were meant to be active may not be.",
        },
    ),
    (
        "Falco internal: metrics snapshot",
        Notice {
            title: "Falco reported its metrics",
            means: "A regular report about Falco itself, of interest for its drop counters.",
            cause: "`metrics.output_rule` is on in Falco's configuration.",
            confirm: "Look at the drop counters (`n_drops`, `n_evts`) among the fields.",
            attack: "None by itself; rising drop counters can mean that somebody floods the machine with events.",
            implication: "If drops are rising, what happened in that time may have gone unseen.",
        },
    ),
    (
        "lanner: flood of new groups",
        Notice {
            title: "A workload produces unusually many different alerts",
            means: "More new groups came from one workload than lanner keeps apart at a time, so that some were closed early.",
            cause: "A rule without an exception for this workload, or a roll-out that changes what it does.",
            confirm: "See which rule the groups share: read the groups of this workload that opened at this time (`lanner watch`, `ListAnalyses`).",
            attack: "Somebody makes noise so that one alert in it is not seen.",
            implication: "An important alert may be among them: read the malicious and review groups of this workload first.",
        },
    ),
    (
        "lanner: source silent",
        Notice {
            title: "A source of alerts is silent",
            means: "A Falco that used to report has been disconnected or silent for longer than configured.",
            cause: "The node, its Falco or the network between is down, or nothing happened there.",
            confirm: "Is the node up, is Falco's pod or service running, does it write its own log?",
            attack: "Somebody stopped Falco or cut its connection.",
            implication: HOLE,
        },
    ),
    (
        "lanner: alerts lost",
        Notice {
            title: "Alerts were lost on their way",
            means: "Alerts that Falco gave out did not reach the journal.",
            cause: "A restart of Falco with alerts in its queue, a full disk, or a limit that was met.",
            confirm: "Look at lanner's and Falco's logs at this time, and at the free space of the journal's disk.",
            attack: "Somebody floods the sources to push an alert out.",
            implication: HOLE,
        },
    ),
];

const OTHER: Notice = Notice {
    title: "A notice about detection itself",
    means: "It is about Falco or lanner and not about a workload.",
    cause: "A state of the monitoring that its log explains.",
    confirm: "Look at Falco's and lanner's logs at this time.",
    attack: "Somebody tampers with the monitoring.",
    implication: HOLE,
};
