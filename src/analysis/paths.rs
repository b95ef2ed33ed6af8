//! What kind of place a path is in: who can write there decides what a program or file there proves.

/// The kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// Where packages and images install programs and libraries (`/usr`, `/bin`, `/lib`, `/opt`, `/snap`): written by
    /// root at install time.
    System,
    /// World-writable scratch space: `/tmp`, `/var/tmp`, `/dev/shm`, `/run/user`, `/var/lock`.
    Temporary,
    /// Memory only: `memfd:`, `/dev/fd/`, `/proc/self/fd/`.
    Memory,
    /// A user's home, `/root` included.
    Home,
    /// Anywhere else: application directories, mounted volumes, `/`.
    Other,
}

/// Directories that anyone may write to.
const TEMPORARY: &[&str] = &[
    "/tmp/",
    "/var/tmp/",
    "/dev/shm/",
    "/run/shm/",
    "/dev/mqueue/",
    "/run/user/",
    "/var/run/user/",
    "/run/lock/",
    "/var/lock/",
    "/usr/tmp/",
    "/var/crash/",
    "/private/tmp/",
];
/// Where programs are installed.
const SYSTEM: &[&str] = &[
    "/usr/",
    "/bin/",
    "/sbin/",
    "/lib/",
    "/lib64/",
    "/opt/",
    "/snap/",
    "/nix/store/",
    "/libexec/",
    "/home/kubernetes/bin/",
];
/// Where homes are.
const HOME: &[&str] = &["/root/", "/home/", "/var/www/", "/Users/"];

impl Location {
    /// The location of an absolute path; a host's file system mounted into a container (`/host/usr/bin/x`,
    /// `/proc/1/root/usr/bin/x`) counts as the path below it. A path with `..` in it is [`Location::Other`] or worse.
    pub fn of(path: &str) -> Self {
        if !path.starts_with('/') {
            return if path.starts_with("memfd:") { Self::Memory } else { Self::Other };
        }
        let path = below_host(path);
        // Most prefixes differ in their first letter.
        let first = path.as_bytes().get(1);
        let starts =
            |set: &[&str]| set.iter().any(|prefix| prefix.as_bytes().get(1) == first && path.starts_with(prefix));
        if path.starts_with("/memfd:")
            || path.starts_with("/dev/fd/")
            || path.starts_with("/proc/self/fd/")
            || (path.starts_with("/proc/") && path.contains("/fd/"))
        {
            Self::Memory
        } else if starts(TEMPORARY) || (path.starts_with("/dev/") && !path.starts_with("/dev/pts/")) {
            Self::Temporary
        } else if path.contains("/../") {
            Self::Other
        } else if starts(SYSTEM) {
            if path.split('/').any(is_hidden_name) { Self::Other } else { Self::System }
        } else if starts(HOME) {
            Self::Home
        } else {
            Self::Other
        }
    }

    /// True where any user of the machine, not just its administrator, can have put the file.
    pub fn is_writable_by_anyone(self) -> bool {
        matches!(self, Self::Temporary | Self::Memory)
    }
}

/// The path inside a mounted host file system.
pub fn below_host(path: &str) -> &str {
    // Most paths begin otherwise, and this is asked often.
    let first = path.as_bytes().get(1);
    let prefixes = ["/proc/1/root", "/host", "/hostfs", "/rootfs", "/mnt/host", "/host-root"];
    for prefix in prefixes.into_iter().filter(|prefix| prefix.as_bytes().get(1) == first) {
        if let Some(rest) = path.strip_prefix(prefix)
            && rest.starts_with('/')
        {
            return rest;
        }
    }
    path
}

/// A path component that starts with a dot, `.` and `..` aside, or hides as blanks.
fn is_hidden_name(name: &str) -> bool {
    (name.starts_with('.') && name != "." && name != "..") || (!name.is_empty() && name.trim().is_empty())
}

/// True where a component of the path is hidden (`/tmp/.ICE-unix/x`, `/root/.cache/x`, `/tmp/... /x`).
pub fn is_hidden(path: &str) -> bool {
    path.split('/').any(|name| is_hidden_name(name) || (name == "." && path.starts_with('/')))
        || path.split('/').any(|name| name.len() > 2 && name.bytes().all(|b| b == b'.'))
}

/// What follows the last `/`.
pub fn base_name(path: &str) -> &str {
    // Names are short and this is asked all the time: a loop over bytes beats a searcher.
    path.as_bytes().iter().rposition(|byte| *byte == b'/').map_or(path, |at| &path[at + 1..])
}

/// What follows the last dot of the file's name; `None` without one.
pub fn extension(path: &str) -> Option<&str> {
    base_name(path).rsplit_once('.').map(|(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_write_there_decides_the_location() {
        for (path, location) in [
            ("/usr/bin/curl", Location::System),
            ("/opt/cni/bin/calico", Location::System),
            ("/host/usr/bin/mount", Location::System),
            ("/tmp/falcoctl", Location::Temporary),
            ("/dev/shm/containerd", Location::Temporary),
            ("/host/tmp/x", Location::Temporary),
            ("memfd:kworker", Location::Memory),
            ("/proc/self/fd/4", Location::Memory),
            ("/root/.cache/kswapd0", Location::Home),
            ("/usr/bin/../../tmp/x", Location::Other),
            ("/usr/lib/.hid/x", Location::Other),
            ("/app/server", Location::Other),
            ("", Location::Other),
        ] {
            assert_eq!(Location::of(path), location, "{path}");
        }
        assert!(is_hidden("/tmp/.x/y") && is_hidden("/tmp/.../y") && !is_hidden("/tmp/x.y/z"));
    }
}
