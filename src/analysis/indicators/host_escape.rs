//! Ways from a container, or from a user, to the whole machine.

use super::kinds::Kinds;
use super::seen::Seen;
use super::words::parts;
use super::{Finds, Hit, Indicator};
use crate::analysis::facts::Facts;
use crate::analysis::paths::base_name;
use crate::cmdline::{base_name as program_name, is_shell};

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "shell-in-host-namespaces",
        finds: Finds::Kind(Kinds::WRAPPED, &[], |seen| {
            let Some(args) = seen.wrapper("nsenter") else { return false };
            in_container_or_unknown(seen.facts)
                && enters_host(args)
                && (seen.is_shell() || seen.program.is_empty())
                && !runs_given_text(seen)
        }),
        weight: 75,
        techniques: &["T1611"],
        reason: "From a container, a shell is started in the host's namespaces: that is the machine, not the container any more.",
        refuted_by: "A node shell that an administrator opened (kubectl debug node, node-shell) at this time.",
        example: &[
            ("container.id", "c1"),
            ("proc.name", "nsenter"),
            ("proc.cmdline", "nsenter -t 1 -m -u -i -n -p -- bash"),
        ],
        look_alike: &[
            ("container.id", "c1"),
            ("proc.name", "nsenter"),
            ("proc.cmdline", "nsenter --mount=/host/proc/1/ns/mnt iscsiadm -m session"),
        ],
    },
    Indicator {
        id: "command-in-host-namespaces",
        finds: Finds::Kind(Kinds::WRAPPED, &[], |seen| {
            seen.wrapper("nsenter").is_some_and(|args| {
                seen.facts.in_container() && enters_host(args) && !seen.is_shell() && !seen.program.is_empty()
            })
        }),
        weight: 20,
        techniques: &["T1611"],
        reason: "From a container, a command runs in the host's namespaces: storage and network agents do it, and so does an escape.",
        refuted_by: "The image is an agent of yours that manages the node by this command.",
        example: &[("container.id", "c1"), ("proc.cmdline", "nsenter --mount=/host/proc/1/ns/mnt iscsiadm -m session")],
        look_alike: &[("container.id", "host"), ("proc.cmdline", "nsenter -t 812 -n ip addr")],
    },
    Indicator {
        id: "container-runtime-used-from-container",
        finds: Finds::Command(
            &["curl", "docker", "ctr", "crictl", "nerdctl", "podman", "nc", "socat", "python"],
            |seen| {
                in_container_or_unknown(seen.facts)
                    && uses_runtime_socket(seen)
                    && (creates_containers(seen) || seen.name == "curl")
            },
        ),
        weight: 72,
        techniques: &["T1611", "T1610"],
        reason: "From a container, the host's container runtime is told what to do by its socket: it can start anything as root.",
        refuted_by: "A build or management container of yours whose purpose this is.",
        example: &[
            ("container.id", "c1"),
            ("proc.cmdline", "curl --unix-socket /var/run/docker.sock http://localhost/containers/json"),
        ],
        look_alike: &[
            ("container.id", "c1"),
            ("proc.cmdline", "curl --unix-socket /run/app.sock http://localhost/status"),
        ],
    },
    Indicator {
        id: "container-with-host-rights",
        finds: Finds::Command(&["docker", "podman", "nerdctl", "ctr", "kubectl"], |seen| {
            let starts = seen.has_arg(&["run", "create", "exec"]);
            let host = seen.any_arg(|arg| {
                let arg = arg.trim_start_matches("--volume=").trim_start_matches("-v");
                arg.starts_with("/:/")
                    || arg.contains("source=/,")
                    || arg.contains("src=/,")
                    || arg.contains("\"hostPID\":true")
                    || arg.contains("\"hostPID\": true")
                    || arg.starts_with("type=bind,src=/:")
            });
            let privileged = seen.has_arg(&["--privileged"])
                && seen
                    .any_arg(|arg| matches!(arg, "--pid=host" | "host" | "--net=host") || is_shell(program_name(arg)));
            starts && (host || privileged)
        }),
        weight: 75,
        techniques: &["T1611", "T1610"],
        reason: "A container is started with the host's file system or processes in it: whoever is in it owns the machine.",
        refuted_by: "A maintenance container that an administrator started at this time.",
        example: &[("proc.cmdline", "docker run --rm -it -v /:/host alpine chroot /host sh")],
        look_alike: &[("proc.cmdline", "docker run --rm -v /srv/data:/data alpine ls /data")],
    },
    Indicator {
        id: "cgroup-release-agent",
        finds: Finds::Kind(Kinds::WRITES, &["mount"], |seen| {
            let kernel_file = |path: &str| matches!(base_name(path), "release_agent" | "notify_on_release");
            seen.writes(kernel_file)
                || (seen.name == "mount"
                    && seen.has_arg(&["cgroup"])
                    && seen.holds_any(parts!["rdma", "memory"])
                    && seen.facts.in_container())
        }),
        weight: 85,
        techniques: &["T1611"],
        reason: "A control group is told which program the host shall run as root: the release_agent escape.",
        refuted_by: "Nothing that is known to be harmless does this in a container.",
        example: &[("proc.cmdline", "sh -c echo /cmd > /tmp/cgrp/release_agent")],
        look_alike: &[("proc.cmdline", "sh -c cat /sys/fs/cgroup/cgroup.controllers")],
    },
    Indicator {
        id: "chroot-into-host",
        finds: Finds::Kind(Kinds::WRAPPED, &[], |seen| {
            let root = seen.wrapper("chroot").and_then(|args| args.iter().find(|arg| !arg.starts_with('-')));
            let host = root.is_some_and(|root| is_host_root(root, seen.facts));
            host && seen.facts.in_container() && (seen.is_shell() || seen.program.is_empty()) && !runs_given_text(seen)
        }),
        weight: 70,
        techniques: &["T1611"],
        reason: "From a container, a shell is started in the host's file system.",
        refuted_by: "A debugging container (kubectl debug node) that an administrator opened at this time.",
        example: &[("container.id", "c1"), ("proc.cmdline", "chroot /host /bin/bash")],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "chroot /host systemctl is-active kubelet")],
    },
    Indicator {
        id: "below-chroot-into-host",
        finds: Finds::Facts(|facts| {
            let chroot = facts
                .lineage()
                .find_map(|program| program.name.filter(|name| matches!(*name, "chroot" | "nsenter")))?;
            (facts.in_container()
                && facts
                    .process
                    .program
                    .name
                    .is_some_and(|name| is_shell(name) || super::credentials::touches_secrets(facts).is_some()))
            .then(|| Hit::of("proc.aname", chroot))
            .flatten()
        }),
        weight: 70,
        techniques: &["T1611"],
        reason: "A shell below chroot or nsenter in a container works on another file system: the host's.",
        refuted_by: "A debugging container (kubectl debug node) that an administrator opened at this time.",
        example: &[("container.id", "c1"), ("proc.name", "bash"), ("proc.pname", "chroot")],
        look_alike: &[("container.id", "c1"), ("proc.name", "iptables"), ("proc.pname", "chroot")],
    },
    Indicator {
        id: "working-directory-through-descriptor",
        finds: Finds::Facts(|facts| {
            let cwd = facts.process.cwd?;
            (facts.in_container() && (cwd.starts_with("/proc/self/fd/") || cwd.contains("/../../../")))
                .then(|| Hit::of("proc.cwd", cwd))
                .flatten()
        }),
        weight: 76,
        techniques: &["T1611"],
        reason: "The container's working directory leads through a leaked descriptor to the host's files (CVE-2024-21626).",
        refuted_by: "A patched runc (1.1.12 or newer), which refuses this.",
        example: &[("container.id", "c1"), ("proc.cwd", "/proc/self/fd/8/../../../")],
        look_alike: &[("container.id", "c1"), ("proc.cwd", "/proc/1/fd/")],
    },
    Indicator {
        id: "new-namespaces-for-shell",
        finds: Finds::Kind(Kinds::WRAPPED, &[], |seen| {
            seen.wrapper("unshare").is_some_and(|args| {
                let user = args.iter().any(|arg| {
                    arg.starts_with("--user") || arg.starts_with("--map-root") || has_letter(arg, &['U', 'r'])
                });
                seen.facts.in_container() && user && (seen.is_shell() || seen.program.is_empty())
            })
        }),
        weight: 55,
        techniques: &["T1611", "T1068"],
        reason: "A shell gives itself new namespaces, and with them rights that a kernel exploit needs.",
        refuted_by: "A rootless build tool (buildah, podman, rootlesskit) that starts itself so.",
        example: &[("container.id", "c1"), ("proc.cmdline", "unshare -Ur bash")],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "unshare -m mount --make-rslave /")],
    },
    Indicator {
        id: "kubelet-or-etcd-asked-by-hand",
        finds: Finds::Command(&["curl", "wget", "etcdctl", "python"], |seen| {
            let kubelet = seen.any_arg(|arg| arg.contains(":10250/") || arg.contains(":10255/"))
                && seen.any_arg(|arg| {
                    ["/run", "/exec", "/pods", "/runningpods", "/containerLogs"].iter().any(|part| arg.contains(part))
                });
            let etcd = seen.name == "etcdctl"
                && seen.has_arg(&["get"])
                && (seen.has_arg(&["--prefix", "--keys-only"]) || seen.any_arg(|arg| arg.starts_with("/registry")));
            kubelet || etcd || seen.any_arg(|arg| arg.contains(":2379/v2/keys") || arg.contains(":2379/v3/kv"))
        }),
        weight: 76,
        techniques: &["T1613", "T1552.007"],
        reason: "The kubelet or etcd is asked directly, past the API server and its permissions.",
        refuted_by: "A monitoring or backup job of yours that asks it so.",
        example: &[("proc.cmdline", "curl -sk https://10.0.0.5:10250/run/kube-system/p/c -d cmd=id")],
        look_alike: &[("proc.cmdline", "curl -sk https://127.0.0.1:10250/healthz")],
    },
    Indicator {
        id: "new-control-groups-for-shell",
        finds: Finds::Kind(Kinds::WRAPPED, &[], |seen| {
            seen.wrapper("unshare").is_some_and(|args| {
                let cgroup = args.iter().any(|arg| arg.starts_with("--cgroup") || has_letter(arg, &['C']));
                seen.facts.in_container() && cgroup && (seen.is_shell() || seen.program.is_empty())
            })
        }),
        weight: 74,
        techniques: &["T1611", "T1068"],
        reason: "A shell in a container gives itself control groups of its own: how CVE-2022-0492 gets at release_agent.",
        refuted_by: "A rootless container tool that starts itself so.",
        example: &[("container.id", "c1"), ("proc.cmdline", "unshare -UrmC --propagation=unchanged bash")],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "unshare -m bash")],
    },
];

/// Whether a cluster of single-letter options has one of these.
fn has_letter(arg: &str, letters: &[char]) -> bool {
    arg.starts_with('-') && !arg.starts_with("--") && arg.contains(letters)
}

pub(super) fn in_container_or_unknown(facts: &Facts<'_>) -> bool {
    !facts.on_host()
}

/// A shell that runs a text of its own, as agents do; what it runs is looked at by itself.
fn runs_given_text(seen: &Seen<'_, '_>) -> bool {
    seen.has_arg(&["-c", "-lc"]) && !seen.command.nested.is_empty()
}

/// Whether nsenter's options lead to the first process's namespaces.
fn enters_host(args: &[String]) -> bool {
    let mut all = args.iter().map(String::as_str);
    while let Some(arg) = all.next() {
        if matches!(arg, "-t" | "--target") && all.clone().next() == Some("1") {
            return true;
        }
        if matches!(arg, "-t1" | "--target=1") || arg.contains("/proc/1/ns/") {
            return true;
        }
    }
    false
}

fn uses_runtime_socket(seen: &Seen<'_, '_>) -> bool {
    seen.any_arg(|arg| {
        ["docker.sock", "containerd.sock", "crio.sock", "podman.sock", "dockershim.sock", ":2375", ":2376"]
            .iter()
            .any(|part| arg.contains(part))
    })
}

fn creates_containers(seen: &Seen<'_, '_>) -> bool {
    seen.has_arg(&["run", "create", "exec", "start"])
        || seen.any_arg(|arg| arg.contains("/containers/create") || arg.contains("/exec"))
}

/// Whether a directory is the host's root in this container, by its usual names or by the container's mounts.
fn is_host_root(path: &str, facts: &Facts<'_>) -> bool {
    let path = path.trim_end_matches('/');
    let usual = [
        "/host",
        "/hostfs",
        "/rootfs",
        "/host-root",
        "/mnt",
        "/mnt/host",
        "/proc/1/root",
        "/hostroot",
        "/host-system",
        "/mnt/root",
        "/noderoot",
    ];
    usual.contains(&path) || super::containers::root_mounts(facts).any(|mount| mount == path)
}
