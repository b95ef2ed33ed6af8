//! Ways from a container, or from a user, to the whole machine.

use super::seen::Seen;
use super::words::holds_any;
use super::{Finds, Hit, Indicator};
use crate::analysis::facts::Facts;
use crate::analysis::paths::{self, Location, base_name};
use crate::cmdline::{base_name as program_name, is_shell};

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "shell-in-host-namespaces",
        finds: Finds::Command(&[], |seen| {
            let Some(args) = seen.wrapper("nsenter") else { return false };
            in_container_or_unknown(seen.facts)
                && enters_host(args)
                && (seen.is_shell() || seen.command.program().is_empty())
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
        finds: Finds::Command(&[], |seen| {
            seen.wrapper("nsenter").is_some_and(|args| {
                seen.facts.in_container() && enters_host(args) && !seen.is_shell() && !seen.command.program().is_empty()
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
        finds: Finds::Command(&[], |seen| {
            let kernel_file = |path: &str| matches!(base_name(path), "release_agent" | "notify_on_release");
            seen.writes(kernel_file)
                || (seen.name == "mount"
                    && seen.has_arg(&["cgroup"])
                    && seen.any_arg(|arg| holds_any(arg, &["rdma", "memory"]))
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
        id: "release-agent-file",
        finds: Finds::Facts(|facts| {
            facts.file.paths.iter().find(|(_, path)| base_name(path) == "release_agent").and_then(|(field, path)| {
                (facts.file.written != Some(false) && facts.in_container()).then(|| Hit::of(field, path)).flatten()
            })
        }),
        weight: 80,
        techniques: &["T1611"],
        reason: "A container writes the file that tells the kernel which program the host shall run as root.",
        refuted_by: "Nothing that is known to be harmless does this in a container.",
        example: &[("container.id", "c1"), ("fd.name", "/sys/fs/cgroup/rdma/release_agent")],
        look_alike: &[("container.id", "c1"), ("fd.name", "/sys/fs/cgroup/memory.max")],
    },
    Indicator {
        id: "kernel-helper-replaced",
        finds: Finds::Command(&[], |seen| seen.writes(is_kernel_helper)),
        weight: 80,
        techniques: &["T1611", "T1547.006"],
        reason: "The kernel is told to run a program of the writer's as root (core dumps, module loading, device events).",
        refuted_by: "A crash collector of yours that sets core_pattern, and its documentation.",
        example: &[("container.id", "c1"), ("proc.cmdline", "sh -c echo |/tmp/x > /proc/sys/kernel/core_pattern")],
        look_alike: &[("proc.cmdline", "sh -c cat /proc/sys/kernel/core_pattern")],
    },
    Indicator {
        id: "kernel-helper-file",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| is_kernel_helper(path))?;
            (facts.in_container() && facts.file.written == Some(true)).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 78,
        techniques: &["T1611"],
        reason: "A container writes a kernel setting that names a program to run as root on the host.",
        refuted_by: "A crash collector of yours that sets core_pattern, and its documentation.",
        example: &[("container.id", "c1"), ("fd.name", "/proc/sys/kernel/core_pattern"), ("evt.arg.flags", "O_WRONLY")],
        look_alike: &[
            ("container.id", "c1"),
            ("fd.name", "/proc/sys/kernel/core_pattern"),
            ("evt.arg.flags", "O_RDONLY"),
        ],
    },
    Indicator {
        id: "chroot-into-host",
        finds: Finds::Command(&[], |seen| {
            let root = seen.wrapper("chroot").and_then(|args| args.iter().find(|arg| !arg.starts_with('-')));
            let host = root.is_some_and(|root| is_host_root(root, seen.facts));
            host && seen.facts.in_container()
                && (seen.is_shell() || seen.command.program().is_empty())
                && !runs_given_text(seen)
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
        id: "host-disk-used-from-container",
        finds: Finds::Command(
            &["mount", "debugfs", "dd", "fdisk", "mknod", "cat", "strings", "e2fsck", "xxd"],
            |seen| in_container_or_unknown(seen.facts) && uses_host_disk(seen),
        ),
        weight: 72,
        techniques: &["T1611", "T1006"],
        reason: "A container reaches for the machine's own disk: past the file system it reads and writes everything.",
        refuted_by: "A storage driver (CSI) of yours that mounts volumes for pods.",
        example: &[("container.id", "c1"), ("proc.cmdline", "mount /dev/sda1 /mnt/host")],
        look_alike: &[
            ("container.id", "c1"),
            ("proc.cmdline", "mount -t ext4 /dev/xvdba /var/lib/kubelet/plugins/kubernetes.io/csi/pv/globalmount"),
        ],
    },
    Indicator {
        id: "raw-device-read",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts
                .file
                .paths
                .iter()
                .find(|(_, path)| is_disk(path) || matches!(*path, "/dev/mem" | "/dev/kmem" | "/dev/port"))?;
            let name = facts.process.program.name?;
            let tool = is_shell(name)
                || matches!(
                    name,
                    "cat"
                        | "dd"
                        | "strings"
                        | "xxd"
                        | "od"
                        | "head"
                        | "debugfs"
                        | "python3"
                        | "python"
                        | "perl"
                        | "grep"
                        | "mount"
                        | "cp"
                );
            (facts.in_container() && tool).then(|| Hit::of(field, path)).flatten()
        }),
        weight: 72,
        techniques: &["T1611", "T1006"],
        reason: "A general tool in a container opens the machine's raw disk or memory.",
        refuted_by: "A storage driver or disk monitor of yours; those have programs of their own.",
        example: &[("container.id", "c1"), ("proc.name", "dd"), ("fd.name", "/dev/sda1")],
        look_alike: &[("container.id", "c1"), ("proc.name", "smartctl"), ("fd.name", "/dev/sda")],
    },
    Indicator {
        id: "debugfs-in-container",
        finds: Finds::Command(&["debugfs"], |seen| in_container_or_unknown(seen.facts) && seen.args().next().is_some()),
        weight: 72,
        techniques: &["T1611"],
        reason: "The file system debugger runs in a container: it edits the host's disk below all permissions.",
        refuted_by: "An administrator who repaired a disk so at this time.",
        example: &[("container.id", "c1"), ("proc.cmdline", "debugfs -w /dev/vda1")],
        look_alike: &[("container.id", "host"), ("proc.cmdline", "debugfs -R stats /dev/vda1")],
    },
    Indicator {
        id: "module-from-scratch-space",
        finds: Finds::Command(&["insmod", "modprobe", "kmod"], |seen| {
            seen.any_arg(|arg| {
                let scratch = Location::of(arg).is_writable_by_anyone();
                arg.ends_with(".ko")
                    && (scratch
                        || (paths::is_hidden(arg) && !arg.starts_with("/root/.falco/"))
                        || !arg.starts_with('/'))
            })
        }),
        weight: 80,
        techniques: &["T1547.006", "T1014"],
        reason: "A kernel module is loaded from where no package puts one: it runs as the kernel itself.",
        refuted_by: "A developer who tests this module on this machine.",
        example: &[("proc.cmdline", "insmod /tmp/.x/d.ko")],
        look_alike: &[("proc.cmdline", "insmod /lib/modules/6.1.0/extra/falco.ko")],
    },
    Indicator {
        id: "module-from-home",
        finds: Finds::Command(&["insmod", "modprobe", "kmod"], |seen| {
            let by_falco = seen.facts.parent.name.is_some_and(|name| matches!(name, "falcoctl" | "falco-driver-lo"))
                || seen.facts.container.image.is_some_and(|image| image.contains("falcosecurity/"));
            !by_falco && seen.any_arg(|arg| arg.ends_with(".ko") && Location::of(arg) == Location::Home)
        }),
        weight: 45,
        techniques: &["T1547.006"],
        reason: "A kernel module is loaded from a home directory: it runs as the kernel itself.",
        refuted_by: "A developer who tests this module on this machine, or a driver loader that keeps its builds there.",
        example: &[("proc.pname", "bash"), ("proc.cmdline", "insmod /root/.falco/x.ko")],
        look_alike: &[("proc.pname", "falcoctl"), ("proc.cmdline", "insmod /root/.falco/falco_x.ko")],
    },
    Indicator {
        id: "module-loaded-in-container",
        finds: Finds::Facts(|facts| {
            let loads = facts.event.kind.is_some_and(|kind| kind.ends_with("init_module"))
                || facts.alert.rule().starts_with("Linux Kernel Module Injection");
            (loads && facts.in_container())
                .then(|| Hit::of("proc.cmdline", facts.process.program.cmdline.unwrap_or("init_module")))
                .flatten()
        }),
        weight: 20,
        techniques: &["T1547.006"],
        reason: "A container loads a kernel module, which works on the whole machine.",
        refuted_by: "A driver or network component of yours whose purpose this is.",
        example: &[("container.id", "c1"), ("evt.type", "finit_module"), ("proc.cmdline", "modprobe wireguard")],
        look_alike: &[("container.id", "host"), ("evt.type", "finit_module"), ("proc.cmdline", "modprobe wireguard")],
    },
    Indicator {
        id: "rootkit-module",
        finds: Finds::Command(&["insmod", "modprobe", "kmod", "rmmod"], |seen| {
            seen.any_arg(|arg| {
                holds_any(
                    base_name(arg),
                    &[
                        "diamorphine",
                        "reptile",
                        "suterusu",
                        "adore",
                        "rootkit",
                        "azazel",
                        "kovid",
                        "singularity",
                        "bdvl",
                        "puszek",
                        "brokepkg",
                        "khook",
                        "symbiote",
                    ],
                )
            })
        }),
        weight: 90,
        techniques: &["T1014", "T1547.006"],
        reason: "The module has the name of a public rootkit.",
        refuted_by: "A security exercise that is announced.",
        example: &[("proc.cmdline", "insmod diamorphine.ko")],
        look_alike: &[("proc.cmdline", "modprobe nf_conntrack")],
    },
    Indicator {
        id: "runtime-overwritten",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts.file.paths.iter().find(|(_, path)| {
                *path == "/proc/self/exe"
                    || path.starts_with("/proc/self/fd/")
                    || (matches!(base_name(path), "runc" | "docker-runc" | "containerd-shim-runc-v2" | "kubelet")
                        && path.contains("bin/"))
            })?;
            let writes = facts.file.written == Some(true) || facts.alert.rule() == "Modify Container Entrypoint";
            (facts.in_container() && writes && facts.process.program.name.is_none_or(|name| !name.starts_with("runc")))
                .then(|| Hit::of(field, path))
                .flatten()
        }),
        weight: 76,
        techniques: &["T1611"],
        reason: "A container writes to the program that started it: the way of CVE-2019-5736 to replace the host's runtime.",
        refuted_by: "A patched runtime, and a program that is known to open this file.",
        example: &[
            ("rule", "Modify Container Entrypoint"),
            ("container.id", "c1"),
            ("proc.name", "sh"),
            ("fd.name", "/proc/self/exe"),
            ("evt.arg.flags", "O_WRONLY"),
        ],
        look_alike: &[
            ("container.id", "c1"),
            ("proc.name", "runc:[2:INIT]"),
            ("fd.name", "/proc/self/exe"),
            ("evt.arg.flags", "O_WRONLY"),
        ],
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
        id: "host-reached-through-proc-root",
        finds: Finds::Command(&[], |seen| {
            let through = |text: &str| {
                text.strip_prefix("/proc/1/root").is_some_and(|rest| rest.starts_with('/') || rest.is_empty())
            };
            in_container_or_unknown(seen.facts) && (seen.any_arg(through) || seen.written().any(through))
        }),
        weight: 70,
        techniques: &["T1611"],
        reason: "The first process's root directory is used as a way to the host's files.",
        refuted_by: "A node agent that shares the host's processes by design.",
        example: &[("container.id", "c1"), ("proc.cmdline", "ls /proc/1/root/home")],
        look_alike: &[("container.id", "c1"), ("proc.cmdline", "cat /proc/1/status")],
    },
    Indicator {
        id: "new-namespaces-for-shell",
        finds: Finds::Command(&[], |seen| {
            seen.wrapper("unshare").is_some_and(|args| {
                let user = args.iter().any(|arg| {
                    arg.starts_with("--user") || arg.starts_with("--map-root") || has_letter(arg, &['U', 'r'])
                });
                seen.facts.in_container() && user && (seen.is_shell() || seen.command.program().is_empty())
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
        id: "loader-tunables-exploit",
        finds: Finds::Facts(|facts| {
            let env = facts.process.environment?;
            let overflow = env.split("GLIBC_TUNABLES=").nth(1).is_some_and(|rest| {
                let value = rest.split(' ').next().unwrap_or(rest);
                value.matches('=').count() >= 2 && value.matches("glibc.").count() >= 2
            });
            (overflow || env.contains("GCONV_PATH=.")).then(|| Hit::of("proc.env", env)).flatten()
        }),
        weight: 80,
        techniques: &["T1068", "T1574.006"],
        reason: "The environment has the form of a known exploit of the loader (CVE-2023-4911) or of pkexec (CVE-2021-4034).",
        refuted_by: "A tuning of glibc that happens to repeat its names; ordinary ones have one `=` a name.",
        example: &[("proc.env", "GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=AAAA HOME=/root")],
        look_alike: &[("proc.env", "GLIBC_TUNABLES=glibc.malloc.arena_max=2 HOME=/root")],
    },
    Indicator {
        id: "sudoedit-overflow",
        finds: Finds::Command(&[], |seen| {
            let is_sudo = matches!(seen.facts.process.program.name, Some("sudoedit" | "sudo"));
            let text = seen.facts.process.program.cmdline.unwrap_or("");
            is_sudo
                && seen.visit.depth == 0
                && text.trim_end().ends_with('\\')
                && (text.contains(" -s") || text.contains(" -i"))
        }),
        weight: 85,
        techniques: &["T1068", "T1548.003"],
        reason: "sudoedit with a lone backslash at its end is the exploit of CVE-2021-3156, and nothing else.",
        refuted_by: "A vulnerability check of yours that tries this.",
        example: &[("proc.name", "sudoedit"), ("proc.cmdline", "sudoedit -s AAAA\\")],
        look_alike: &[("proc.name", "sudoedit"), ("proc.cmdline", "sudoedit /etc/hosts")],
    },
    Indicator {
        id: "pkexec-without-arguments",
        finds: Finds::Facts(|facts| {
            let name = facts.process.program.name?;
            let text = facts.process.program.cmdline?;
            (name == "pkexec" && text.trim() == "pkexec" && !facts.user.loginuid.is_some_and(|id| id == "0"))
                .then(|| Hit::of("proc.cmdline", text))
                .flatten()
        }),
        weight: 76,
        techniques: &["T1068"],
        reason: "pkexec without any argument is how CVE-2021-4034 is exploited; it has no other use.",
        refuted_by: "Somebody typed `pkexec` alone to see its help.",
        example: &[("proc.name", "pkexec"), ("proc.cmdline", "pkexec")],
        look_alike: &[("proc.name", "pkexec"), ("proc.cmdline", "pkexec systemctl restart x")],
    },
    Indicator {
        id: "backdoored-liblzma",
        finds: Finds::Facts(|facts| {
            let (field, path) = facts
                .file
                .paths
                .iter()
                .find(|(_, path)| path.contains("liblzma.so.5.6.0") || path.contains("liblzma.so.5.6.1"))?;
            Hit::of(field, path)
        }),
        weight: 80,
        techniques: &["T1195.002", "T1556"],
        reason: "The SSH daemon loads a release of liblzma that carries a backdoor (CVE-2024-3094).",
        refuted_by: "The package's version: some distributions rebuilt 5.6.1 without the backdoor.",
        example: &[("proc.name", "sshd"), ("fd.name", "/usr/lib/x86_64-linux-gnu/liblzma.so.5.6.1")],
        look_alike: &[("proc.name", "sshd"), ("fd.name", "/usr/lib/x86_64-linux-gnu/liblzma.so.5.4.1")],
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
        finds: Finds::Command(&[], |seen| {
            seen.wrapper("unshare").is_some_and(|args| {
                let cgroup = args.iter().any(|arg| arg.starts_with("--cgroup") || has_letter(arg, &['C']));
                seen.facts.in_container() && cgroup && (seen.is_shell() || seen.command.program().is_empty())
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

fn in_container_or_unknown(facts: &Facts<'_>) -> bool {
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

fn is_kernel_helper(path: &str) -> bool {
    let path = paths::below_host(path);
    matches!(
        path,
        "/proc/sys/kernel/core_pattern"
            | "/proc/sys/kernel/modprobe"
            | "/proc/sys/kernel/hotplug"
            | "/sys/kernel/uevent_helper"
            | "/proc/sysrq-trigger"
    )
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

fn is_disk(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/dev/") else { return false };
    ["sd", "vd", "xvd", "nvme", "hd", "dm-", "mmcblk", "mapper/", "md"].iter().any(|start| name.starts_with(start))
        && name.len() > 2
}

fn uses_host_disk(seen: &Seen<'_, '_>) -> bool {
    let disk = seen.args().any(|arg| is_disk(arg.trim_start_matches("if=").trim_start_matches("of=")));
    match seen.name {
        "mount" => {
            disk && !seen.any_arg(|arg| {
                arg.starts_with("/var/lib/kubelet")
                    || arg.starts_with("/var/lib/rancher")
                    || arg.starts_with("/var/lib/longhorn")
                    || arg.contains("/globalmount")
                    || arg.contains("kubernetes.io~csi")
            })
        }
        "mknod" => seen.has_arg(&["b"]),
        "fdisk" | "e2fsck" => false,
        _ => disk,
    }
}
