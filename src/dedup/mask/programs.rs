//! Names that a program gives to files while it writes them, beside the files they will become: for that program only,
//! since anyone may write a file of such a name.

use super::{HOLE, random};

/// Editors that keep a swap file beside the file (`.passwd.swp`, then `.swo`, `.swx` while it is looked for).
const EDITORS: &[&str] = &["gvim", "nvim", "rvim", "vi", "view", "vim", "vim.basic", "vim.tiny", "vimdiff"];

/// Package managers that write through librpm.
const RPM: &[&str] = &["dnf", "dnf5", "microdnf", "rpm", "tdnf", "yum", "zypper"];

/// Tools that write the account files of the system anew.
const ACCOUNTS: &[&str] = &[
    "adduser", "chage", "chfn", "chpasswd", "chsh", "deluser", "gpasswd", "groupadd", "groupdel", "groupmod",
    "newusers", "passwd", "pwck", "pwconv", "useradd", "userdel", "usermod", "vipw",
];

/// Kubernetes clients, which write their cache of the API anew all the time.
const KUBERNETES: &[&str] = &["argocd", "flux", "helm", "k9s", "kubectl", "oc"];

/// The path with what the program appends or draws reduced to one spelling.
pub(in crate::dedup) fn suffix(value: &str, process: &str) -> Option<String> {
    if value.contains(HOLE) {
        return None;
    }
    let (directory, name) = value.rsplit_once('/').unwrap_or(("", value));
    if EDITORS.contains(&process) {
        let (stem, swap) = name.rsplit_once(".sw")?;
        let one_letter = swap.len() == 1 && swap.bytes().all(|b| b.is_ascii_lowercase());
        return (stem.starts_with('.') && one_letter).then(|| format!("{directory}/{stem}.sw{HOLE}"));
    }
    if process.starts_with("dpkg") {
        let stem = value.strip_suffix(".dpkg-new").or_else(|| value.strip_suffix(".dpkg-tmp"))?;
        return Some(format!("{stem}.dpkg-{HOLE}"));
    }
    if RPM.contains(&process) {
        // The new file of a package, by the transaction's time.
        let (stem, time) = value.rsplit_once(';')?;
        return (time.len() == 8 && hexadecimal(time)).then(|| format!("{stem};{HOLE}"));
    }
    if process == "sed" {
        // `sed -i` writes beside the file and renames.
        let drawn = name.strip_prefix("sed").filter(|drawn| drawn.len() == 6)?;
        let fits = drawn.bytes().all(|b| b.is_ascii_alphanumeric()) && !random::is_word(drawn);
        return fits.then(|| format!("{directory}/sed{HOLE}"));
    }
    if ACCOUNTS.contains(&process) {
        // The lock of an account file, by the pid of who holds it.
        let (stem, pid) = value.rsplit_once('.')?;
        return (directory == "/etc" && number(pid)).then(|| format!("{stem}.{HOLE}"));
    }
    if process == "redis-server" {
        // A child's dump, by its pid, until it is whole.
        let pid = name.strip_prefix("temp-")?.strip_suffix(".rdb")?;
        return number(pid).then(|| format!("{directory}/temp-{HOLE}.rdb"));
    }
    if process == "bash" {
        // The history, by the shell's pid, until it is whole.
        let pid = name.strip_prefix(".bash_history-")?.strip_suffix(".tmp")?;
        return number(pid).then(|| format!("{directory}/.bash_history-{HOLE}.tmp"));
    }
    if KUBERNETES.contains(&process) && value.contains("/.kube/") {
        // `servergroups.json1234567890`: Go's number after the file's name.
        let stem = value.trim_end_matches(|c: char| c.is_ascii_digit());
        return (value.len() - stem.len() >= 6).then(|| format!("{stem}{HOLE}"));
    }
    None
}

fn number(text: &str) -> bool {
    (1..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn hexadecimal(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_belong_to_their_programs() {
        for (a, b, program) in [
            ("/etc/cron.d/.backup.swp", "/etc/cron.d/.backup.swx", "vi"),
            ("/etc/x.dpkg-new", "/etc/x.dpkg-tmp", "dpkg"),
            ("/usr/bin/x;65a1b2c3", "/usr/bin/x;65f00d11", "rpm"),
            ("/etc/sedAbCdEf", "/etc/sedZk29dJ", "sed"),
            ("/etc/passwd.12345", "/etc/passwd.777", "useradd"),
            ("/data/temp-12345.rdb", "/data/temp-777.rdb", "redis-server"),
            ("/root/.bash_history-12345.tmp", "/root/.bash_history-777.tmp", "bash"),
            (
                "/root/.kube/cache/x/servergroups.json123456789",
                "/root/.kube/cache/x/servergroups.json987654",
                "kubectl",
            ),
        ] {
            assert!(suffix(a, program).is_some() && suffix(a, program) == suffix(b, program), "{a}");
            assert_eq!(suffix(a, "sh"), None, "{a}");
        }
        for (path, program) in [
            ("/etc/cron.d/backup", "vi"),
            ("/etc/x.dpkg-old", "dpkg"),
            ("/usr/bin/x;evil", "rpm"),
            ("/etc/sedbackup", "sed"),
            ("/etc/cron.d/x.12345", "useradd"),
            ("/etc/passwd.bak", "useradd"),
            ("/data/dump.rdb", "redis-server"),
            ("/root/.bash_history", "bash"),
            ("/root/.kube/config", "kubectl"),
            ("/etc/x.json123456789", "kubectl"),
        ] {
            assert_eq!(suffix(path, program), None, "{path}");
        }
        assert_ne!(suffix("/etc/cron.d/.backup.swp", "vi"), suffix("/etc/cron.d/.other.swp", "vi"));
    }
}
