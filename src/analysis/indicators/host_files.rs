//! The host's disks and kernel files, reached from a container.

use super::host_escape::in_container_or_unknown;
use super::kinds::Kinds;
use super::seen::Seen;
use super::{Finds, Hit, Indicator};
use crate::analysis::paths::{self, base_name};
use crate::cmdline::is_shell;

pub(super) const ROWS: &[Indicator] = &[
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
        finds: Finds::Kind(Kinds::WRITES, &[], |seen| seen.writes(is_kernel_helper)),
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
];

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
