//! Parents that tell nothing: while a container's process starts, its parent is `<NA>`, then runc, then the shim,
//! depending on who is scheduled first.

/// Container runtimes, their shims and helpers: names as the kernel shows them, cut at 15 characters.
#[rustfmt::skip]
pub(super) const RUNTIMES: &[(&str, &str)] = &[
    (".runc", "Docker's runc, started from memory"),
    ("conmon", "CRI-O's and Podman's monitor"),
    ("conmonrs", "CRI-O's monitor"),
    ("containerd-shim", "containerd's shim, in all its versions"),
    ("crio", "CRI-O"),
    ("crun", "a runtime"),
    ("docker-containe", "Docker's older shim"),
    ("docker-init", "Docker's --init"),
    ("docker-runc", "Docker's older runc"),
    ("exe", "runc started over from /proc/self/exe"),
    ("runc", "a runtime"),
    ("runsc", "gVisor's runtime"),
    ("youki", "a runtime"),
];

/// Ancestors that everything descends from: orphans get them as parents.
const ORPHANAGES: &[&str] = &["catatonit", "dumb-init", "init", "systemd", "tini"];

/// Directories that a runtime is installed in. A `runc` elsewhere is somebody's own program.
pub(super) const INSTALLED: &[&str] = &[
    "/bin/",
    "/home/kubernetes/bin/",
    "/opt/containerd/",
    "/opt/kata/",
    "/run/k3s/",
    "/sbin/",
    "/snap/",
    "/usr/",
    "/var/lib/k0s/",
    "/var/lib/rancher/",
    "/var/vcap/",
];

/// Whether a value names no particular parent: empty, or a runtime. Values are names, paths or command lines.
///
/// `level` is 1 for the direct parent: there systemd and init are parents like any other, since a service's shell is
/// not that of a container.
pub fn is_wild(value: &str, level: u8) -> bool {
    let program = value.split(' ').next().unwrap_or_default();
    let (directory, name) =
        program.rsplit_once('/').map_or(("", program), |(_, name)| (&program[..program.len() - name.len()], name));
    if name.is_empty() {
        return value.is_empty();
    }
    let placed = directory.is_empty() || INSTALLED.iter().any(|root| directory.starts_with(root));
    if !placed && value != "/proc/self/exe" {
        return false;
    }
    runtime(name) || (level > 1 && ORPHANAGES.contains(&name))
}

/// Whether a process's name is a runtime's.
pub(super) fn runtime(name: &str) -> bool {
    let name = if name.starts_with("containerd-shim") { "containerd-shim" } else { name };
    RUNTIMES.iter().any(|row| row.0 == name) || name.starts_with("runc:[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_are_wildcards_and_programs_are_not() {
        for value in [
            "",
            "runc",
            "containerd-shim",
            "containerd-shim-runc-v2",
            "/usr/bin/containerd-shim-runc-v2",
            "containerd-shim -namespace moby -id 185304d1bba4",
            "runc:[2:INIT]",
            "/proc/self/exe",
        ] {
            assert!(is_wild(value, 1), "{value}");
        }
        for value in ["nginx", "sshd", "/tmp/runc", "/home/x/containerd-shim", "bash -c runc", "systemd", "/"] {
            assert!(!is_wild(value, 1), "{value}");
        }
        assert!(is_wild("systemd", 2));
        assert!(!is_wild("sshd", 2));
    }
}
