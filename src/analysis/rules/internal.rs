//! Falco's internal alerts: how well it sees. Losing sight is a finding of its own.

use super::{RuleEntry, TuningAdvice};

/// Sorted by rule name.
pub(super) const INTERNAL: &[RuleEntry] = &[
    RuleEntry {
        rule: "Falco internal: hot restart failure",
        means: "A changed rule or configuration file made Falco restart itself, and the new \
            configuration did not load. Falco keeps running with the old one; the change is not \
            in force.",
        benign: &[
            "A typing error in a rules file, a macro or list that was removed, an unknown field \
             after a version change.",
            "Half-written files: a ConfigMap update, an editor's save or an artifact download \
             caught in the middle.",
            "falcoctl installing rules that need a newer engine or a plugin that is not there.",
        ],
        attacker_gains: "Rules that seem deployed and are not: a detection for today's threat \
            silently missing, or a tampered file that broke loading.",
        questions: &[
            "Which file changed last, and by whom?",
            "Is it the same error on all hosts (a bad release) or on one (a local edit)?",
            "Was the change a new detection that we now believe to have?",
        ],
        first_steps: &[
            "Validate by hand: `falco -c /etc/falco/falco.yaml --validate \
             /etc/falco/rules.d/<file>`; the message names the line.",
            "See the journal: `journalctl -u falco --since \"30 min ago\" | grep -iE \
             \"error|restart\"`.",
            "Put the last good file back, wait for the reload, and confirm it with a test event.",
        ],
        tuning: TuningAdvice {
            advice: "Never silence it; validate rules in CI before they reach a host.",
            fields: &[],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Falco internal: metrics snapshot",
        means: "A periodic report of Falco's own counters (events per second, drops, CPU, \
            memory, rule matches), made because metrics.enabled with output_rule is on. It is a \
            measurement and no incident.",
        benign: &[
            "Regular operation: it comes every metrics.interval, by default each hour.",
            "Shorter intervals during tuning of a deployment.",
            "Fleet dashboards that read these alerts instead of the Prometheus endpoint.",
        ],
        attacker_gains: "Nothing by itself; falling event rates or growing drops in it are how a \
            blinded sensor is noticed afterwards.",
        questions: &[
            "Do scap.n_drops or scap.n_drops_perc rise from one snapshot to the next?",
            "Is the event rate far below that of the same host last week?",
            "Does memory or host CPU of Falco climb steadily?",
        ],
        first_steps: &[
            "Compare two snapshots of the same host: drops and events per second matter, the \
             absolute counters do not.",
            "If drops grow, go on as with a drop alert: CPU limit, buffer size, noisy rules \
             (rules_counters_enabled names them).",
            "Check that the snapshots keep coming; a missing one is worth more than any value in \
             it.",
        ],
        tuning: TuningAdvice {
            advice: "Group it by host and keep the newest; if nobody reads it, set \
                metrics.output_rule: false and scrape the Prometheus endpoint.",
            fields: &[],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Falco internal: syscall event drop",
        means: "The kernel side had events and no room in the ring buffer, so Falco has not seen \
            them. Everything that happened in that time may be missing here; processes first \
            seen afterwards can show <NA>.",
        benign: &[
            "A burst of activity: builds, package upgrades, backups, load tests, a node starting \
             many pods at once.",
            "Falco short of CPU: a low Kubernetes CPU limit (throttling), a busy machine, too \
             few ring buffers for many cores.",
            "Rules that are too broad, with outputs that block (a slow http_output or \
             program_output).",
        ],
        attacker_gains: "Cover: a flood of cheap system calls makes Falco blind while the real \
            work is done, on purpose and without root.",
        questions: &[
            "How many events, and of which kinds (n_drops_buffer_* of open, connect, execve)?",
            "Did a process produce an abnormal number of system calls, and whose was it?",
            "Is Falco's CPU limit reached, or has the machine been slow?",
        ],
        first_steps: &[
            "See the load of that minute: `pidstat 1 5` or the node's metrics, and Falco's own \
             CPU throttling in cgroup cpu.stat.",
            "Close the gap from other sources: audit log, DNS, flow logs and the API server for \
             the time of the loss.",
            "Enlarge `engine.modern_ebpf.buf_size_preset`, raise the CPU limit, or narrow \
             `base_syscalls`; test with the same load.",
        ],
        tuning: TuningAdvice {
            advice: "Do not silence it. Set syscall_event_drops.threshold and rate in falco.yaml \
                so that trifles are not reported, and fix the cause.",
            fields: &[],
            macro_hook: None,
        },
    },
    RuleEntry {
        rule: "Falco internal: timeouts notification",
        means: "Falco received no system call event for many polls in a row \
            (syscall_event_timeouts.max_consecutives). On a living machine that means a dead \
            capture, not silence.",
        benign: &[
            "A virtual machine that was paused, migrated or snapshotted, and a laptop that slept.",
            "A test or CI machine with hardly any activity and a low max_consecutives.",
            "A driver that does not fit after a kernel update or live patch, so that probes \
             attach but deliver nothing.",
        ],
        attacker_gains: "A sensor that runs and reports healthy while it sees nothing: detached \
            probes, an unloaded module, a stopped eBPF program.",
        questions: &[
            "Do other sources on this host (audit, metrics) show activity in that time?",
            "Were kernel, driver or Falco changed just before?",
            "Did someone with root use bpftool, rmmod, or kill -STOP on Falco?",
        ],
        first_steps: &[
            "Provoke an event: run a command that a rule must report, such as `cat /etc/shadow` \
             in a test container, and see whether it comes.",
            "Check the probes: `bpftool prog show | grep -i falco` or `lsmod | grep falco`, and \
             `dmesg | tail`.",
            "Restart Falco if the test fails, and review the host for the time in which it was \
             blind.",
        ],
        tuning: TuningAdvice {
            advice: "Raise max_consecutives for machines that really idle; do not drop the alert \
                on the others.",
            fields: &[],
            macro_hook: None,
        },
    },
];
