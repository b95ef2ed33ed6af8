//! Searching and gathering keys and passwords.

use super::credentials::any_text;
use super::seen::Seen;
use super::words::{holds_any, parts};
use super::{Finds, Hit, Indicator};

pub(super) const ROWS: &[Indicator] = &[
    Indicator {
        id: "key-search-everywhere",
        finds: Finds::Command(&["grep", "egrep", "fgrep", "rg", "ag", "find", "locate", "mlocate"], |seen| {
            searches_secrets(seen) && is_wide(seen)
        }),
        weight: 75,
        techniques: &["T1552.001", "T1552.004"],
        reason: "It searches the whole file system for keys or passwords; a check of one's own files stays in one's own directory.",
        refuted_by: "A secret scanner of yours that was started at this time.",
        example: &[("proc.cmdline", "grep -r aws_secret_access_key / --include=*.env")],
        look_alike: &[("proc.cmdline", "grep -rn aws_secret_access_key ./src")],
    },
    Indicator {
        id: "private-key-file-search",
        finds: Finds::Command(&["find", "locate", "mlocate", "fd"], |seen| {
            seen.holds_any(parts![
                "id_rsa",
                "id_dsa",
                "id_ed25519",
                "id_ecdsa",
                ".aws/credentials",
                "kubeconfig",
                ".kdbx",
                ".git-credentials",
                ".pgpass",
                "wp-config.php",
                ".docker/config.json",
                "authorized_keys",
            ]) && !seen.has_arg(&["-delete"])
        }),
        weight: 70,
        techniques: &["T1552.004"],
        reason: "It looks for files that are known to hold keys, by their names, not knowing where they are.",
        refuted_by: "An inventory or compliance tool of yours that was started at this time.",
        example: &[("proc.cmdline", "find . -name *id_rsa*")],
        look_alike: &[("proc.cmdline", "find . -name *.rs")],
    },
    Indicator {
        id: "key-search",
        finds: Finds::Command(&["grep", "egrep", "fgrep", "rg", "ag", "git"], |seen| {
            searches_secrets(seen) && !is_wide(seen)
        }),
        weight: 35,
        techniques: &["T1552.001"],
        reason: "It searches files for keys or passwords.",
        refuted_by: "A secret scanner in a build, or a developer looking through a checkout.",
        example: &[("proc.cmdline", "grep -rn aws_secret_access_key ."), ("proc.cwd", "/builds/acme/infra")],
        look_alike: &[("proc.cmdline", "grep -rn aws_region .")],
    },
    Indicator {
        id: "link-to-sensitive-file",
        finds: Finds::Facts(|facts| {
            let from = facts.get("evt.arg.target").or_else(|| facts.get("evt.arg.oldpath"))?;
            let to = facts.get("evt.arg.linkpath").or_else(|| facts.get("evt.arg.newpath"))?;
            let secret = is_sensitive_target(from)
                && (super::execution::is_scratch(to) || to.starts_with("/home/") || to.starts_with("/var/www"));
            secret.then(|| Hit::of("evt.arg.target", from)).flatten()
        }),
        weight: 70,
        techniques: &["T1555", "T1222.002"],
        reason: "A link to a file of secrets is put where any user may read: programs that run as root follow it.",
        refuted_by: "An installer that links this file on purpose.",
        example: &[("evt.arg.target", "/etc/shadow"), ("evt.arg.linkpath", "/tmp/x")],
        look_alike: &[("evt.arg.target", "/etc/ssl/certs"), ("evt.arg.linkpath", "/tmp/certs")],
    },
    Indicator {
        id: "link-command-to-sensitive-file",
        finds: Finds::Command(&["ln"], |seen| {
            seen.operands().next().is_some_and(is_sensitive_target)
                && seen.operands().nth(1).is_some_and(super::execution::is_scratch)
        }),
        weight: 70,
        techniques: &["T1555"],
        reason: "A link to a file of secrets is put where any user may read.",
        refuted_by: "An installer that links this file on purpose.",
        example: &[("proc.cmdline", "ln -s /etc/shadow /tmp/.s")],
        look_alike: &[("proc.cmdline", "ln -s /etc/localtime /tmp/tz")],
    },
    Indicator {
        id: "login-keys-collected",
        finds: Finds::Command(&["cp", "tar", "zip", "rsync", "mv", "7z", "scp", "cat", "base64"], |seen| {
            let keys = |text: &str| {
                let text = text.trim_end_matches('/');
                text.ends_with("/.ssh") || text.contains("/.ssh/id_") || text.ends_with("/.ssh/*")
            };
            let away = seen.operands().chain(seen.written()).any(super::execution::is_scratch)
                || seen.operands().any(|arg| arg.contains("://"));
            any_text(seen, keys) && away
        }),
        weight: 72,
        techniques: &["T1552.004", "T1074.001"],
        reason: "Login keys are copied together in scratch space: the step before they are taken away.",
        refuted_by: "A backup or migration of this account that you run.",
        example: &[("proc.cmdline", "cp -r /root/.ssh /tmp/.s")],
        look_alike: &[("proc.cmdline", "cp -r /root/.ssh /root/.ssh.bak")],
    },
];

/// Whether its pattern is the name of a key or the beginning of one.
fn searches_secrets(seen: &Seen<'_, '_>) -> bool {
    let words = parts![
        "aws_access_key",
        "aws_secret_access",
        "AKIA",
        "BEGIN RSA",
        "BEGIN OPENSSH",
        "BEGIN PRIVATE",
        "BEGIN DSA",
        "BEGIN EC",
        "PRIVATE KEY",
        "id_rsa",
        "id_dsa",
        "id_ed25519",
        "id_ecdsa",
        "password=",
        "passwd=",
        "ghp_",
        "xoxb-",
        "secret_key",
        "api_key",
        "apikey",
        "_TOKEN",
        "client_secret",
    ];
    let text: String = seen.args().collect::<Vec<_>>().join(" ");
    holds_any(&text, words)
        || (seen.name != "git"
            && seen.command.has_option('r', "recursive")
            && seen.operands().next().is_some_and(|p| matches!(p, "password" | "passwd" | "secret" | "token" | "pass")))
}

/// Whether it goes through the whole file system, and not a directory of one's own.
fn is_wide(seen: &Seen<'_, '_>) -> bool {
    let top = [
        "/", "/root", "/home", "/etc", "/var", "/opt", "/usr", "/mnt", "/srv", "/proc", "/run", "/root/", "/home/",
        "/etc/", "/var/", "/*",
    ];
    let relative = ["bin", "boot", "dev", "etc", "home", "lib", "proc", "root", "sbin", "var", "usr"];
    let operands = seen.operands();
    let named = operands.clone().filter(|word| relative.contains(word)).count();
    let here = seen.facts.process.cwd == Some("/") && (seen.has_arg(&[".", "./", "*"]));
    operands.clone().any(|word| top.contains(&word)) || named >= 3 || here
}

/// A file of secrets, or a directory that holds such.
pub(super) fn is_sensitive_target(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    matches!(
        path,
        "/etc"
            | "/"
            | "/root"
            | "/root/.ssh"
            | "/etc/shadow"
            | "/etc/gshadow"
            | "/etc/sudoers"
            | "/etc/sudoers.d"
            | "/etc/passwd"
            | "/etc/pam.conf"
            | "/etc/pam.d"
            | "/etc/security"
    ) || path.contains("/.ssh/id_")
        || path.ends_with("/.aws/credentials")
        || path.ends_with("/.kube/config")
}
