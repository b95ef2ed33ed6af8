//! Covering tracks and blinding those who watch.

use super::kinds::Kinds;
use super::words::{holds_any, parts};
use super::{Finds, Hit, Indicator};
use crate::analysis::paths::{self, Location, base_name};
use crate::cmdline::{base_name as program_name, is_shell};

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "security-service-stopped",
        finds: Finds::Command(
            &[
                "systemctl",
                "service",
                "rc-service",
                "initctl",
                "pkill",
                "killall",
                "skill",
                "kill",
                "rmmod",
                "apt",
                "apt-get",
                "yum",
                "dnf",
                "rpm",
                "dpkg",
                "auditctl",
                "chkconfig",
            ],
            |seen| {
                let watcher = |arg: &str| {
                    let name = base_name(arg).trim_end_matches(".service");
                    is_watcher(name)
                };
                match seen.name {
                    "systemctl" | "service" | "rc-service" | "initctl" => {
                        seen.any_arg(|arg| matches!(arg, "stop" | "disable" | "mask" | "kill")) && seen.any_arg(watcher)
                    }
                    "pkill" | "killall" | "skill" => seen.any_arg(watcher),
                    "kill" => seen.command.nested.iter().any(|nested| {
                        nested.script.any_command(|visit| {
                            matches!(visit.command.program(), "pgrep" | "pidof")
                                && visit.command.arg_texts().any(watcher)
                        })
                    }),
                    "rmmod" => {
                        seen.any_arg(|arg| arg == "falco")
                            && !seen.facts.lineage().any(|p| p.name.is_some_and(|n| n.starts_with("falco")))
                    }
                    "apt" | "apt-get" | "yum" | "dnf" | "rpm" | "dpkg" => {
                        seen.any_arg(|arg| matches!(arg, "remove" | "purge" | "-e" | "erase" | "--purge"))
                            && seen.any_arg(watcher)
                    }
                    "auditctl" => seen.has_arg(&["-D"]) || (seen.has_arg(&["-e"]) && seen.has_arg(&["0"])),
                    "chkconfig" => seen.has_arg(&["off"]) && seen.any_arg(watcher),
                    _ => false,
                }
            },
        ),
        weight: 76,
        techniques: &["T1562.001", "T1562.012"],
        reason: "A service that watches this machine is stopped or removed.",
        refuted_by: "Maintenance of that service by an administrator at this time.",
        example: &[("proc.cmdline", "systemctl stop auditd")],
        look_alike: &[("proc.cmdline", "systemctl restart falco-modern-bpf.service")],
    },
    Indicator {
        id: "cloud-agent-removed",
        finds: Finds::Command(&[], |seen| {
            seen.holds_any(parts![
                "/aegis",
                "aliyun-service",
                "cloudmonitor",
                "/qcloud/",
                "YunJing",
                "stargate/admin/uninstall",
                "quartz_uninstall",
                "/bcm-agent",
                "cloud-security-agent",
            ]) && (matches!(seen.name, "rm" | "kill" | "pkill" | "killall" | "systemctl" | "chkconfig")
                || seen.is_shell()
                || seen.any_arg(|arg| arg.contains("uninst")))
        }),
        weight: 80,
        techniques: &["T1562.001"],
        reason: "A cloud provider's security agent is removed, as the scripts of known cryptominers do first.",
        refuted_by: "A machine-image build of yours that removes it.",
        example: &[("proc.cmdline", "sh -c /usr/local/qcloud/stargate/admin/uninstall.sh; rm -rf /usr/local/aegis")],
        look_alike: &[("proc.cmdline", "sh -c ls /usr/local/qcloud")],
    },
    Indicator {
        id: "protection-switched-off",
        finds: Finds::Command(
            &[
                "setenforce",
                "aa-teardown",
                "aa-disable",
                "aa-complain",
                "ufw",
                "iptables",
                "ip6tables",
                "nft",
                "sysctl",
                "sed",
                "echo",
                "systemctl",
            ],
            |seen| match seen.name {
                "setenforce" => seen.has_arg(&["0", "Permissive", "permissive"]),
                "aa-teardown" | "aa-disable" | "aa-complain" => true,
                "ufw" => seen.has_arg(&["disable"]),
                "iptables" | "ip6tables" => seen.has_arg(&["-F"]) && seen.args().count() == 1,
                "nft" => seen.has_arg(&["flush"]) && seen.has_arg(&["ruleset"]),
                "sysctl" => seen.holds_any(parts![
                    "randomize_va_space=0",
                    "yama.ptrace_scope=0",
                    "unprivileged_userns_clone=1",
                    "kptr_restrict=0"
                ]),
                "sed" | "echo" => {
                    seen.holds_any(parts!["SELINUX=disabled"])
                        && (seen.any_arg(|arg| arg.contains("selinux")) || seen.writes(|path| path.contains("selinux")))
                }
                "systemctl" => {
                    seen.has_arg(&["stop", "disable"])
                        && seen
                            .any_arg(|arg| ["apparmor", "firewalld", "ufw"].contains(&arg.trim_end_matches(".service")))
                }
                _ => false,
            },
        ),
        weight: 55,
        techniques: &["T1562.001", "T1562.004"],
        reason: "A protection of the whole machine (SELinux, AppArmor, the firewall) is switched off.",
        refuted_by: "A provisioning script of yours: kubeadm guides ask for it, once, at installation.",
        example: &[("proc.cmdline", "setenforce 0")],
        look_alike: &[("proc.cmdline", "iptables -L -n")],
    },
    Indicator {
        id: "falco-files-changed",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| {
                path.starts_with("/etc/falco/")
                    || path.starts_with("/etc/audit/")
                    || path.starts_with("/usr/share/falco/")
            })?;
            let name = facts.process.program.label()?;
            let tool = is_shell(name)
                || matches!(
                    name,
                    "tee" | "cp" | "mv" | "sed" | "curl" | "wget" | "truncate" | "rm" | "python3" | "perl" | "echo"
                );
            let foreign = facts
                .process
                .program
                .location()
                .is_some_and(|place| matches!(place, Location::Temporary | Location::Memory | Location::Home));
            ((tool && facts.in_container()) || foreign).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 74,
        techniques: &["T1562.001"],
        reason: "The rules by which this machine is watched are changed by something that does not own them.",
        refuted_by: "A configuration tool of yours that writes Falco's files so.",
        example: &[
            ("container.id", "host"),
            ("proc.name", "falcoctl"),
            ("proc.exepath", "/dev/shm/falcoctl"),
            ("fd.name", "/etc/falco/falco_rules.local.yaml"),
        ],
        look_alike: &[
            ("container.id", "host"),
            ("proc.name", "falcoctl"),
            ("proc.exepath", "/usr/bin/falcoctl"),
            ("fd.name", "/etc/falco/falco_rules.yaml"),
        ],
    },
    Indicator {
        id: "file-made-immutable",
        finds: Finds::Command(&["chattr", "tntrecht"], |seen| {
            let changes = seen.any_arg(|arg| {
                (arg.starts_with('+') || arg.starts_with('-'))
                    && arg.contains(['i', 'a'])
                    && arg.len() <= 4
                    && arg != "-R"
            });
            let prey = |path: &str| {
                holds_any(
                    path,
                    parts![
                        "/cron",
                        "/.ssh",
                        "/etc/ld.so.preload",
                        "/etc/passwd",
                        "/etc/shadow",
                        "/etc/sudoers",
                        "/systemd/system",
                    ],
                ) || super::execution::is_scratch(path)
                    || path.contains("bin/")
            };
            changes && seen.operands().any(prey)
        }),
        weight: 65,
        techniques: &["T1222.002"],
        reason: "A file that decides who may log in or what runs is made unchangeable, or changeable again: malware guards its own so.",
        refuted_by: "A hardening script of yours that locks this file.",
        example: &[("proc.cmdline", "chattr +ia /root/.ssh/authorized_keys")],
        look_alike: &[("proc.cmdline", "chattr +i /etc/resolv.conf")],
    },
    Indicator {
        id: "hidden-directory-made",
        finds: Finds::Command(&["mkdir"], |seen| {
            seen.operands().any(|path| {
                super::execution::is_scratch(path)
                    && paths::is_hidden(path)
                    && !path.contains("/.X11-unix")
                    && !path.contains("/.ansible")
            })
        }),
        weight: 50,
        techniques: &["T1564.001"],
        reason: "A hidden directory is made in scratch space, where only what hides needs one.",
        refuted_by: "The tool that keeps its files there.",
        example: &[("proc.cmdline", "mkdir -p /tmp/.ICE-unix/.x")],
        look_alike: &[("proc.cmdline", "mkdir -p /tmp/.ansible/tmp")],
    },
    Indicator {
        id: "process-hidden-by-mount",
        finds: Finds::Command(&["mount"], |seen| {
            let process = |arg: &str| {
                arg.strip_prefix("/proc/").is_some_and(|rest| {
                    rest.trim_end_matches('/').bytes().all(|b| b.is_ascii_digit()) && !rest.is_empty()
                        || rest.starts_with('$')
                })
            };
            seen.operands().last().is_some_and(process)
        }),
        weight: 82,
        techniques: &["T1564.013", "T1564"],
        reason: "Something is mounted over a process's entry in /proc, so that nobody sees the process.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.cmdline", "mount -o bind /tmp/empty /proc/4312")],
        look_alike: &[("proc.cmdline", "mount -t proc proc /proc")],
    },
    Indicator {
        id: "trusted-program-copied-and-renamed",
        finds: Finds::Command(&["cp", "mv", "install"], |seen| {
            let mut operands = seen.operands();
            let (Some(from), Some(to)) = (operands.next(), operands.next()) else { return false };
            let name = crate::cmdline::program_family(base_name(from));
            let prey = is_shell(name) || matches!(name, "python" | "perl" | "busybox" | "nc" | "curl" | "wget");
            let renamed = base_name(to) != base_name(from) && !to.ends_with('/');
            prey && from.contains("bin/") && renamed && (super::execution::is_scratch(to) || paths::is_hidden(to))
        }),
        weight: 75,
        techniques: &["T1036.003"],
        reason: "A shell or interpreter is copied under another name: rules that go by names no longer see it.",
        refuted_by: "A test harness that renames its interpreter.",
        example: &[("proc.cmdline", "cp /bin/sh /tmp/crond")],
        look_alike: &[("proc.cmdline", "cp /bin/busybox /out/busybox")],
    },
    Indicator {
        id: "name-forged-at-start",
        finds: Finds::Kind(Kinds::WRAPPED, &[], |seen| {
            let forged = |name: &str| name.starts_with('[') || super::masquerade::is_known_daemon(program_name(name));
            seen.wrapper("exec").is_some_and(|args| {
                args.iter().position(|arg| arg == "-a").and_then(|at| args.get(at + 1)).is_some_and(|name| forged(name))
            })
        }),
        weight: 78,
        techniques: &["T1036.005"],
        reason: "A program is started under the name of a kernel thread or a system service.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.cmdline", "bash -c exec -a [kworker/0:1] ./x")],
        look_alike: &[("proc.cmdline", "bash -c exec -a app ./server")],
    },
    Indicator {
        id: "debugger-refused",
        finds: Finds::Facts(|facts| {
            let path = facts.process.program.exepath?;
            let traces = facts.alert.rule() == "PTRACE anti-debug attempt"
                || facts.get("evt.arg.request").is_some_and(|text| text.contains("TRACEME"));
            (traces && Location::of(path) != Location::System).then(|| Hit::of("proc.exepath", path)).flatten()
        }),
        weight: 40,
        techniques: &["T1622"],
        reason: "A program that no package installed refuses to be debugged.",
        refuted_by: "A licensed or protected application of yours.",
        example: &[("rule", "PTRACE anti-debug attempt"), ("proc.exepath", "/root/x")],
        look_alike: &[("rule", "PTRACE anti-debug attempt"), ("proc.exepath", "/usr/bin/strace")],
    },
    Indicator {
        id: "hidden-directory-in-hidden-or-system-place",
        finds: Finds::Command(&["mkdir"], |seen| {
            seen.operands().any(|path| {
                let hidden =
                    path.split('/').filter(|name| name.starts_with('.') && name.len() > 1 && *name != "..").count();
                let system = Location::of(paths::below_host(path)) != Location::Home
                    && (path.contains("/bin/.")
                        || path.contains("/sbin/.")
                        || path.starts_with("/lib/.")
                        || path.starts_with("/usr/lib/.")
                        || path.starts_with("/dev/."));
                let imitated = path.contains("/.X") && path.contains("-unix") && !path.contains("/.X11-unix");
                system || imitated || (hidden >= 2 && super::execution::is_scratch(path))
            })
        }),
        weight: 70,
        techniques: &["T1564.001"],
        reason: "A hidden directory is made among the system's programs, inside another hidden one, or under a name that imitates the display server's.",
        refuted_by: "Nothing that is known to be harmless does this.",
        example: &[("proc.cmdline", "mkdir -p /tmp/.X25-unix/.rsync")],
        look_alike: &[("proc.cmdline", "mkdir -p /tmp/.X11-unix")],
    },
];

fn is_watcher(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "auditd",
        "rsyslog",
        "rsyslogd",
        "syslog",
        "syslog-ng",
        "falco",
        "falcoctl",
        "osqueryd",
        "osquery",
        "wazuh-agent",
        "ossec",
        "clamd",
        "clamav-daemon",
        "crowdstrike",
        "falcon-sensor",
        "sysdig",
        "tetragon",
        "tracee",
        "datadog-agent",
        "elastic-agent",
        "auditbeat",
        "filebeat",
        "aliyun",
        "aegis",
        "AliYunDun",
        "YDService",
        "cbagentd",
        "sentinelone",
        "ds_agent",
        "mdatp",
        "kubearmor",
        "fail2ban",
        "aide",
        "tripwire",
        "rkhunter",
        "sysmon",
        "amazon-guardduty",
    ];
    NAMES.contains(&name) || name.starts_with("falco-") || name.starts_with("wazuh")
}
