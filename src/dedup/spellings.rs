//! Values that mean the same in several spellings, and values that mean nothing.

/// Fields of Falco's own notices that are neither counters nor times, and yet change with every restart of Falco.
#[rustfmt::skip]
const INTERNAL: &[(&str, &str)] = &[
    ("falco.host_netinfo.", "the host's addresses, which come and go"),
    ("falco.sha256_config_file", "a digest of a configuration file"),
    ("falco.sha256_rules_file", "a digest of a rules file"),
    ("last_event_time", "a time"),
];

/// Whether a field of one of Falco's own notices is a counter, a time, or one of the above.
pub(super) fn internal_counter(field: &str, value: &str) -> bool {
    let number = value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'%'));
    number || INTERNAL.iter().any(|(prefix, _)| field.starts_with(prefix))
}

/// Spellings of one system call.
#[rustfmt::skip]
pub(super) const CALLS: &[(&str, &str, &str)] = &[
    ("accept4", "accept", "the same, with flags for the new descriptor"),
    ("clone3", "clone", "the C library chooses by version"),
    ("dup2", "dup", "the C library chooses by architecture"),
    ("dup3", "dup", "the C library chooses by architecture"),
    ("execveat", "execve", "the same, from a directory's descriptor"),
    ("fchmodat", "chmod", "the same, from a directory's descriptor"),
    ("fchmodat2", "chmod", "the same, from a directory's descriptor"),
    ("fchownat", "chown", "the same, from a directory's descriptor"),
    ("linkat", "link", "the same, from a directory's descriptor"),
    ("mkdirat", "mkdir", "the same, from a directory's descriptor"),
    ("mknodat", "mknod", "the same, from a directory's descriptor"),
    ("openat", "open", "the C library chooses by version"),
    ("openat2", "open", "the C library chooses by version"),
    ("recvmmsg", "recvfrom", "several messages at once"),
    ("recvmsg", "recvfrom", "the same, into several buffers"),
    ("renameat", "rename", "the same, from a directory's descriptor"),
    ("renameat2", "rename", "the same, from a directory's descriptor"),
    ("sendmmsg", "sendto", "several messages at once"),
    ("sendmsg", "sendto", "the same, from several buffers"),
    ("symlinkat", "symlink", "the same, from a directory's descriptor"),
    ("unlinkat", "unlink", "the same, from a directory's descriptor"),
];

/// The one spelling of a system call. To a peer that is no TCP server, the first datagram is the connection: a
/// datagram's `connect` only notes the address that `sendto` takes along.
pub(super) fn call(name: &str, datagram: bool) -> &str {
    let name = CALLS.binary_search_by_key(&name, |row| row.0).map_or(name, |at| CALLS[at].1);
    if datagram && name == "sendto" { "connect" } else { name }
}

/// How a call ended; `None` for the ends of one attempt that is denied and succeeds a moment later.
pub(super) fn outcome(result: &str) -> Option<&str> {
    (!matches!(result, "SUCCESS" | "0" | "EACCES")).then_some(result)
}

/// Execution flags that say where the file lies, not what was done. Kept: `EXE_FROM_MEMFD` (no file at all) and
/// `EXE_UPPER_LAYER` (a file that the image did not bring).
const QUIET_FLAGS: &[&str] = &["EXE_LOWER_LAYER", "EXE_WRITABLE"];

/// The flags that count.
pub(super) fn flags(value: &str) -> Option<String> {
    let quiet = |flag: &&str| QUIET_FLAGS.contains(flag);
    if !value.split('|').any(|flag| quiet(&flag)) {
        return None;
    }
    Some(value.split('|').filter(|flag| !quiet(flag)).collect::<Vec<_>>().join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_it_can_be_searched() {
        assert!(CALLS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn spellings_of_one_call_are_one_and_two_calls_are_two() {
        assert_eq!(call("openat", false), call("open", false));
        assert_eq!(call("sendto", true), call("connect", true));
        assert_ne!(call("sendto", false), call("connect", false));
        assert_ne!(call("open", false), call("creat", false));
        assert_eq!(flags("EXE_WRITABLE|EXE_LOWER_LAYER").as_deref(), Some(""));
        assert_eq!(flags("EXE_WRITABLE|EXE_FROM_MEMFD").as_deref(), Some("EXE_FROM_MEMFD"));
        assert_eq!(flags("O_RDONLY"), None);
    }
}
