//! Programs that do what their arguments say: who they are says nothing about who uses them, or for what.

use crate::analysis::{Facts, paths};
use crate::cmdline::is_shell;

#[rustfmt::skip]
const TOOLS: &[&str] = &[
    // Multi-call programs, interpreters and what starts another program.
    "busybox", "toybox", "env", "python", "perl", "ruby", "node", "php", "lua", "java", "xargs", "find", "sudo", "su",
    "nsenter", "chroot", "gdb", "strace", "systemctl", "crontab",
    // Clients.
    "curl", "wget", "nc", "ncat", "socat", "ssh", "scp", "rsync", "openssl", "git", "kubectl", "docker", "crictl", "ctr",
    // What reads, changes and moves any file.
    "cat", "head", "tail", "less", "more", "tac", "od", "xxd", "base64", "strings", "sed", "awk", "gawk", "mawk", "grep",
    "vi", "vim", "nano", "ed", "cp", "mv", "rm", "ln", "tee", "dd", "tar", "touch", "install", "chmod", "chown",
    "mount", "umount", "insmod", "modprobe",
];

/// They tell who did it, since they have one purpose; what they are told to install may be anything.
const PACKAGE_MANAGERS: &[&str] = &["apt", "apt-get", "dpkg", "apk", "yum", "dnf", "rpm", "pip", "npm"];

/// Whether the alert's process does whatever its command says.
pub(super) fn runs_anything(facts: &Facts<'_>) -> bool {
    let program = facts.process.program;
    let path = program.exepath.or(program.name).unwrap_or_default();
    is_general(path) || is_in(PACKAGE_MANAGERS, paths::base_name(path))
}

/// Whether a program, by its path or name, is one that anybody uses for anything.
pub(super) fn is_general(path: &str) -> bool {
    let name = paths::base_name(path);
    is_shell(name) || is_in(TOOLS, name)
}

/// Whether the table has the name, its version aside (`python3.11`).
fn is_in(table: &[&str], name: &str) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    table.contains(&name) || table.contains(&stem)
}
