//! Imitations: programs that bear a trusted name and lie where the trusted program does not.

use super::{Finds, Hit, Indicator};
use crate::analysis::facts::{Facts, Program};
use crate::analysis::paths::{self, Location, base_name};

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "imitated-program",
        finds: Finds::Facts(|facts| {
            each(facts, |program| {
                program
                    .exepath
                    .filter(|path| Location::of(path) == Location::Temporary && is_named_as_daemon(program, path))
            })
        }),
        weight: 82,
        techniques: &["T1036.005"],
        reason: "It bears the name of a system service or agent, and its program lies where any user may write: it is not that service.",
        refuted_by: "A test of that service that runs it from there.",
        example: &[("proc.name", "falcoctl"), ("proc.exepath", "/tmp/falcoctl")],
        look_alike: &[("proc.name", "falcoctl"), ("proc.exepath", "/usr/bin/falcoctl")],
    },
    Indicator {
        id: "misplaced-program",
        finds: Finds::Facts(|facts| {
            each(facts, |program| {
                program.exepath.filter(|path| {
                    let place = Location::of(path);
                    (place == Location::Home || (place == Location::Other && paths::is_hidden(path)))
                        && is_named_as_daemon(program, path)
                        && !path.contains("linuxbrew")
                        && !path.contains("/go/bin/")
                        && !path.contains("/kubernetes/bin/")
                })
            })
        }),
        weight: 65,
        techniques: &["T1036.005"],
        reason: "It bears the name of a system service or agent, and its program lies in a home or a hidden directory.",
        refuted_by: "A user of yours who installed this program for himself.",
        example: &[("proc.name", "containerd"), ("proc.exepath", "/root/.config/containerd")],
        look_alike: &[("proc.name", "containerd"), ("proc.exepath", "/usr/local/bin/containerd")],
    },
    Indicator {
        id: "imitated-kernel-thread",
        finds: Finds::Facts(|facts| {
            let program = &facts.process.program;
            let path = program.exepath.filter(|path| !path.is_empty() && path.starts_with('/'))?;
            let text = program.cmdline.unwrap_or("");
            let bracketed =
                text.starts_with('[') && !text.starts_with("[ ") && text.contains(']') && base_name(path) != "[";
            let named = program.name.is_some_and(is_kernel_thread)
                || text.split_ascii_whitespace().next().is_some_and(is_kernel_thread);
            (bracketed || named).then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 85,
        techniques: &["T1036.004", "T1036.005"],
        reason: "It bears the name of a kernel thread and has a program on disk, which no kernel thread has.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.cmdline", "[kworker/0:0]"), ("proc.exepath", "/dev/shm/.k/kworker")],
        look_alike: &[("proc.cmdline", "[ -f /etc/x ]"), ("proc.exepath", "/usr/bin/[")],
    },
    Indicator {
        id: "odd-program-name",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath?;
            let name = base_name(path);
            let odd = name.ends_with(' ') || name.ends_with('.') || (name.len() > 1 && name.bytes().all(|b| b == b'.' || b == b' ')) || name.chars().any(|c| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}'));
            (odd && !name.is_empty()).then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 72,
        techniques: &["T1036.006"],
        reason: "The program's name is made to be overlooked: blanks, dots or invisible characters.",
        refuted_by: "Nothing that is known to be harmless is named so.",
        example: &[("proc.exepath", "/usr/lib/... ")],
        look_alike: &[("proc.exepath", "/usr/bin/node.real")],
    },
    Indicator {
        id: "data-file-runs",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath?;
            let data = [
                ".jpg", ".jpeg", ".png", ".gif", ".txt", ".pdf", ".log", ".conf", ".css", ".ico", ".html", ".mp3",
                ".doc",
            ];
            data.iter().any(|end| path.ends_with(end)).then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 72,
        techniques: &["T1036.008"],
        reason: "A program runs whose name says that it is an image, a document or a log.",
        refuted_by: "Nothing that is known to be harmless is named so.",
        example: &[("proc.exepath", "/var/www/uploads/logo.jpg")],
        look_alike: &[("proc.exepath", "/usr/bin/php8.2")],
    },
];

/// The process, then those that started it.
fn each<'a>(facts: &Facts<'a>, mut finds: impl FnMut(&Program<'a>) -> Option<&'a str>) -> Option<Hit> {
    if let Some(path) = finds(&facts.process.program) {
        return Hit::of("proc.exepath", path);
    }
    if let Some(path) = finds(&facts.parent) {
        return Hit::of("proc.pexepath", path);
    }
    facts.ancestors.iter().find_map(finds).and_then(|path| Hit::of("proc.aexepath", path))
}

/// Whether the program, or its file, bears the name of a known service.
fn is_named_as_daemon(program: &Program<'_>, path: &str) -> bool {
    [program.name, Some(base_name(path))].into_iter().flatten().any(is_known_daemon)
}

/// Services and agents that packages or images install, whose names malware likes to bear.
const DAEMONS: &[&str] = &[
    "acpid",
    "agetty",
    "amazon-ssm-agen",
    "amazon-ssm-agent",
    "apache2",
    "atd",
    "auditd",
    "aws-node",
    "calico-node",
    "chronyd",
    "cilium-agent",
    "cloud-init",
    "cloudwatch-agent",
    "conmon",
    "containerd",
    "containerd-shim",
    "containerd-shim-runc-v2",
    "coredns",
    "crio",
    "cron",
    "crond",
    "crun",
    "cupsd",
    "datadog-agent",
    "dbus-daemon",
    "docker",
    "docker-proxy",
    "dockerd",
    "etcd",
    "falco",
    "falco-driver-loader",
    "falcoctl",
    "filebeat",
    "firewalld",
    "flanneld",
    "fluent-bit",
    "fluentd",
    "gdm",
    "getty",
    "google_guest_agent",
    "haproxy",
    "httpd",
    "init",
    "irqbalance",
    "journald",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubelet",
    "lightdm",
    "logrotate",
    "lsphp",
    "lvmetad",
    "mdadm",
    "metricbeat",
    "multipathd",
    "mysqld",
    "networkd",
    "NetworkManager",
    "nginx",
    "node_exporter",
    "node-exporter",
    "ntpd",
    "pm2",
    "polkitd",
    "postgres",
    "prometheus",
    "puppet",
    "rcu_sched",
    "redis-server",
    "rpcbind",
    "rsyslogd",
    "runc",
    "salt-minion",
    "sendmail",
    "snapd",
    "sshd",
    "sssd",
    "syslogd",
    "systemd",
    "systemd-journald",
    "systemd-journal",
    "systemd-logind",
    "systemd-network",
    "systemd-networkd",
    "systemd-resolve",
    "systemd-resolved",
    "systemd-timesyncd",
    "systemd-udevd",
    "telegraf",
    "tuned",
    "udevd",
    "udisksd",
    "vector",
    "waagent",
    "watchdog",
    "wazuh-agentd",
    "xinetd",
    "zabbix_agentd",
];

/// Whether a name is a known service's.
pub(super) fn is_known_daemon(name: &str) -> bool {
    DAEMONS.contains(&super::words::undeleted(name)) || is_kernel_thread(name)
}

fn is_kernel_thread(name: &str) -> bool {
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let stem = name.split(['/', ':']).next().unwrap_or(name);
    matches!(
        stem,
        "kworker"
            | "kswapd"
            | "kswapd0"
            | "ksoftirqd"
            | "kthreadd"
            | "migration"
            | "khugepaged"
            | "kcompactd0"
            | "kauditd"
            | "khungtaskd"
            | "kdevtmpfs"
            | "kintegrityd"
            | "kblockd"
            | "scsi_eh_0"
            | "rcu_preempt"
            | "watchdogd"
            | "cpuhp"
            | "kthrotld"
            | "bioset"
            | "jbd2"
    )
}
