//! Masks: what is left of a value when names and numbers that a program drew are taken out of it.
//!
//! A mask knows where it stands. A random-looking name is masked below a temporary directory and nowhere else, a pid
//! where a pid is meant, a client's port in a connection. An address, a mode, an encoded payload, a container's id or
//! a flag is masked nowhere.

mod pids;
mod random;

pub(super) use pids::is_pid_operand;

/// Stands for what was masked. A value that holds this character already is never masked, so nobody can write a mask.
pub(super) const HOLE: char = '\u{1}';

/// Directories whose files programs name at random.
#[rustfmt::skip]
const TEMPORARY: &[(&str, &str)] = &[
    ("/dev/shm/", "shared memory"),
    ("/private/tmp/", "temporary files on other systems' images"),
    ("/tmp/", "temporary files"),
    ("/var/spool/", "one file a job"),
    ("/var/tmp/", "temporary files that outlive a reboot"),
];

/// What may follow a template's fixed beginning.
#[derive(Debug, Clone, Copy)]
enum Filling {
    /// This many letters and digits (and `_`), as `mkstemp` and its kin draw them.
    Drawn(usize),
    /// A number of at least this many digits, as Go's `os.MkdirTemp` appends it.
    Number(usize),
}

/// Names that well-known programs make up, in any directory: beginning, what is drawn, who does it.
#[rustfmt::skip]
const TEMPLATES: &[(&str, Filling, &str)] = &[
    ("apt-dpkg-install-", Filling::Drawn(6), "apt's directory of packages for one dpkg run"),
    ("go-build", Filling::Number(6), "the Go command's work directory"),
    ("pty", Filling::Number(6), "containerd-shim's console socket directory"),
    ("runc-process", Filling::Number(6), "containerd-shim's process description for runc exec"),
    ("sed", Filling::Drawn(6), "sed -i's new file, beside the old one"),
    ("tmp.", Filling::Drawn(10), "mktemp"),
];

/// The same, only below a temporary directory: shorter beginnings that other names share.
#[rustfmt::skip]
const TEMPORARY_TEMPLATES: &[(&str, Filling, &str)] = &[
    ("tmp", Filling::Drawn(8), "Python's tempfile"),
];

/// The value with its drawn parts taken out; `None` where there is nothing to take.
///
/// `/var/run` becomes `/run`, to which it leads on every system. A path that climbs (`..`) is left alone: where it
/// stands is not where it leads.
pub(super) fn path(value: &str) -> Option<String> {
    let short = value.strip_prefix("/var/run/").map(|rest| format!("/run/{rest}"));
    let text = short.as_deref().unwrap_or(value);
    if !text.contains('/') || text.contains(HOLE) || text.split('/').any(|part| part == "..") {
        return None;
    }
    let temporary = TEMPORARY.iter().find_map(|(root, _)| text.starts_with(root).then_some(root.len()));
    let mut masked = String::with_capacity(text.len());
    // The short spelling is marked as the long one is, so that both are the same.
    let mut changed = text.starts_with("/run/");
    let mut at = 0;
    let mut before = "";
    let last = text.rfind('/').map_or(0, |slash| slash + 1);
    for part in text.split_inclusive('/') {
        let name = part.strip_suffix('/').unwrap_or(part);
        let below = temporary.is_some_and(|root| at >= root);
        let place = Spot { below, last: at == last, before, path: text };
        match component(name, &place) {
            Some(new) => {
                changed = true;
                masked.push_str(&new);
                masked.push_str(&part[name.len()..]);
            }
            None => masked.push_str(part),
        }
        at += part.len();
        before = name;
    }
    changed.then_some(masked)
}

/// Where a part of a path stands.
struct Spot<'a> {
    /// Below a temporary directory.
    below: bool,
    /// The last part.
    last: bool,
    /// The part before it.
    before: &'a str,
    /// The whole path.
    path: &'a str,
}

fn component(name: &str, spot: &Spot) -> Option<String> {
    if name.len() < 2 && !name.bytes().all(|b| b.is_ascii_digit()) || name.is_empty() {
        return None;
    }
    if let Some(masked) = in_proc(name, spot) {
        return Some(masked);
    }
    let templates = TEMPLATES.iter().chain(if spot.below { TEMPORARY_TEMPLATES } else { &[] });
    for (begin, filling, _) in templates {
        if name.strip_prefix(begin).is_some_and(|rest| fills(rest, *filling)) {
            return Some(format!("{begin}{HOLE}"));
        }
    }
    if spot.last && spot.path.starts_with("/run/") {
        return pid_file(name);
    }
    if spot.last && spot.path.starts_with("/var/log/") {
        return rotated(name);
    }
    if NUMBERED.iter().any(|(root, parent, _)| spot.path.starts_with(root) && spot.before == *parent) && is_long(name) {
        return Some(HOLE.to_string());
    }
    if spot.below && !is_container_id(name) { tokens(name) } else { None }
}

fn fills(rest: &str, filling: Filling) -> bool {
    match filling {
        Filling::Drawn(count) => rest.len() == count && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
        Filling::Number(least) => (least..=20).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// Directories in which a program numbers what it stores: root, parent of the numbers, what they are.
#[rustfmt::skip]
const NUMBERED: &[(&str, &str, &str)] = &[
    ("/var/lib/pgsql/", "base", "a database's directory, by an object number"),
    ("/var/lib/postgresql/", "base", "a database's directory, by an object number"),
];

/// Whether a name is a number that a person would not give.
fn is_long(name: &str) -> bool {
    (5..=10).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_digit())
}

/// `/proc/1234`, `/proc/1234/task/1234`, `/proc/self/fd/3` and `/dev/fd/3`; pid 1 is the host or the container itself, and stays.
fn in_proc(name: &str, spot: &Spot) -> Option<String> {
    let descriptor = spot.path.starts_with("/dev/fd/");
    if !descriptor && (!spot.path.starts_with("/proc/") || spot.path.starts_with("/proc/sys/")) {
        return None;
    }
    let number = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
    let place = spot.before == "proc" || spot.before == "task" || spot.before == "fd";
    (number && place && (name != "1" || spot.before == "fd")).then(|| HOLE.to_string())
}

/// `0a1b2c3d.pid` and the like: the id of one execution in a container, drawn anew each time.
fn pid_file(name: &str) -> Option<String> {
    let id = name.strip_suffix(".pid")?;
    let drawn = matches!(id.len(), 8..=64) && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    drawn.then(|| format!("{HOLE}.pid"))
}

/// `access.log.Zk29dJ`: the name under which a log is written anew.
fn rotated(name: &str) -> Option<String> {
    let (stem, drawn) = name.rsplit_once('.')?;
    (stem.strip_suffix(".log").is_some() && (random::looks_random(drawn) || random::no_word(drawn)))
        .then(|| format!("{stem}.{HOLE}"))
}

/// A container's id, short or long: it says which container is meant.
fn is_container_id(name: &str) -> bool {
    matches!(name.len(), 12 | 64) && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Digits from which a run of them is a drawn number rather than a version or a port.
const LONG_NUMBER: usize = 6;

/// Random-looking words and long numbers within one name, words being what stands between punctuation.
fn tokens(name: &str) -> Option<String> {
    if is_uuid(name) {
        return Some(HOLE.to_string());
    }
    let mut masked = String::with_capacity(name.len());
    let mut changed = false;
    for piece in name.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
        if random::looks_random(word) {
            masked.push(HOLE);
        } else if word.len() - stem.len() >= LONG_NUMBER {
            masked.push_str(stem);
            masked.push(HOLE);
        } else {
            masked.push_str(piece);
            continue;
        }
        changed = true;
        masked.push_str(&piece[word.len()..]);
    }
    changed.then_some(masked)
}

fn is_uuid(name: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    name.len() == 36
        && name.split('-').map(str::len).eq(lengths)
        && name.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// Editors that keep a swap file beside the file (`.passwd.swp`, then `.swo`, `.swx` while it is looked for).
const EDITORS: &[&str] = &["gvim", "nvim", "rvim", "vi", "view", "vim", "vim.basic", "vim.tiny", "vimdiff"];

/// The path with the suffix that a well-known program appends while it writes, reduced to one spelling; only for that
/// program.
pub(super) fn suffix(value: &str, process: &str) -> Option<String> {
    if value.contains(HOLE) {
        return None;
    }
    if EDITORS.contains(&process) {
        let (directory, name) = value.rsplit_once('/').unwrap_or(("", value));
        let (stem, swap) = name.rsplit_once(".sw")?;
        let one_letter = swap.len() == 1 && swap.bytes().all(|b| b.is_ascii_lowercase());
        return (stem.starts_with('.') && one_letter).then(|| format!("{directory}/{stem}.sw{HOLE}"));
    }
    if process.starts_with("dpkg") {
        let stem = value.strip_suffix(".dpkg-new").or_else(|| value.strip_suffix(".dpkg-tmp"))?;
        return Some(format!("{stem}.dpkg-{HOLE}"));
    }
    None
}

/// Descriptor numbers and pids in a call's arguments (`fd=3(<o>) pid=77(sh)`): the digits between `=` and `(`.
pub(super) fn call_arguments(value: &str) -> Option<String> {
    if value.contains(HOLE) {
        return None;
    }
    let mut masked = String::with_capacity(value.len());
    let mut changed = false;
    for (n, word) in value.split(' ').enumerate() {
        if n > 0 {
            masked.push(' ');
        }
        let parts = word.split_once('=').and_then(|(key, rest)| {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number = matches!(key, "fd" | "oldfd" | "newfd" | "dirfd" | "pid" | "tid") && digits > 0;
            let init = key == "pid" && &rest[..digits] == "1";
            (number && !init && rest[digits..].starts_with('(')).then(|| (key, &rest[digits..]))
        });
        match parts {
            Some((key, rest)) => {
                changed = true;
                masked.extend([key, "="]);
                masked.push(HOLE);
                masked.push_str(rest);
            }
            None => masked.push_str(word),
        }
    }
    changed.then_some(masked)
}

/// A whole message, for alerts that have nothing else: its words that are connections, paths or `pid=` numbers.
pub(super) fn message(value: &str, numbers: bool) -> String {
    let mut masked = String::with_capacity(value.len());
    for (n, word) in value.split(' ').enumerate() {
        if n > 0 {
            masked.push(' ');
        }
        let (key, rest) = match word.split_once('=') {
            Some((key, rest)) if key.bytes().all(|b| b.is_ascii_alphanumeric() || b"._(,".contains(&b)) => {
                (&word[..=key.len()], rest)
            }
            _ => ("", word),
        };
        masked.push_str(key);
        let name = key.trim_matches(|c| matches!(c, '(' | ',' | '='));
        let is_pid = matches!(name, "pid" | "ppid" | "tid" | "proc_pid" | "proc_ppid" | "thread_tid" | "proc.pid");
        let number = rest.trim_end_matches([')', ',']);
        if is_pid && number != "1" && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
            masked.push(HOLE);
            masked.push_str(&rest[number.len()..]);
        } else if numbers && rest.bytes().any(|b| b.is_ascii_digit()) {
            for piece in rest.split_inclusive(|c: char| !c.is_ascii_digit()) {
                let after = piece.trim_start_matches(|c: char| c.is_ascii_digit());
                if after.len() < piece.len() {
                    masked.push(HOLE);
                }
                masked.push_str(after);
            }
        } else if let Some(connection) = super::network::Connection::parse(rest).and_then(|c| c.masked(rest)) {
            masked.push_str(&connection);
        } else {
            masked.push_str(path(rest).as_deref().unwrap_or(rest));
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expect: Option<&str>) {
        assert_eq!(path(value).map(|masked| masked.replace(HOLE, "*")).as_deref(), expect, "{value}");
    }

    #[test]
    fn drawn_names_in_temporary_directories_are_taken_out() {
        check("/tmp/build-aZ3kQ9xB/etc_link", Some("/tmp/build-*/etc_link"));
        check("/tmp/go-build123456789/b001/exe/main", Some("/tmp/go-build*/b001/exe/main"));
        check("/tmp/apt-dpkg-install-abcdef", Some("/tmp/apt-dpkg-install-*"));
        check("/dev/shm/run-31415926.sh", Some("/dev/shm/run-*.sh"));
        check("/var/spool/app/job-qX7fLm2P", Some("/var/spool/app/job-*"));
        check("/var/log/app/access.log.qX7fLm2P", Some("/var/log/app/access.log.*"));
        check("/tmp/550e8400-e29b-41d4-a716-446655440000", Some("/tmp/*"));
        check("/etc/sedAbCdEf", Some("/etc/sed*"));
        check("/var/run/app.sock", Some("/run/app.sock"));
        check("/run/1a2b3c4d.pid", Some("/run/*.pid"));
    }

    #[test]
    fn what_says_something_stays() {
        for path in [
            "/tmp/kdevtmpfsi",
            "/tmp/.cache/tar",
            "/dev/shm/.xmrig",
            "/tmp/payload2",
            "/etc/aZ3kQ9xB",
            "/var/lib/postgresql/data/base/1",
            "/srv/base/12345",
            "/var/log/auth.log",
            "/tmp/../etc/aZ3kQ9xB",
            "/root/.ssh/id_rsa",
            "/tmp/185304d1bba4",
            "aZ3kQ9xB",
        ] {
            check(path, None);
        }
    }

    #[test]
    fn pids_are_taken_out_of_proc_and_pid_1_never() {
        check("/proc/4711/environ", Some("/proc/*/environ"));
        check("/proc/self/fd/7", Some("/proc/self/fd/*"));
        check("/dev/fd/63", Some("/dev/fd/*"));
        check("/proc/1/environ", None);
        check("/proc/1/root/etc/shadow", None);
        check("/proc/sys/kernel/5", None);
    }

    #[test]
    fn suffixes_belong_to_their_programs() {
        assert_eq!(suffix("/etc/cron.d/.backup.swp", "vi"), suffix("/etc/cron.d/.backup.swx", "vi"));
        assert_ne!(suffix("/etc/cron.d/.backup.swp", "vi"), suffix("/etc/cron.d/.other.swp", "vi"));
        assert_eq!(suffix("/etc/cron.d/.backup.swp", "sh"), None);
        assert_eq!(suffix("/etc/cron.d/backup", "vi"), None);
        assert_eq!(suffix("/etc/x.dpkg-new", "dpkg"), suffix("/etc/x.dpkg-tmp", "dpkg"));
        assert_eq!(suffix("/etc/x.dpkg-new", "sh"), None);
    }

    #[test]
    fn nobody_can_write_a_mask() {
        assert_eq!(path("/tmp/build-\u{1}/aZ3kQ9xB"), None);
        assert_eq!(call_arguments("fd=\u{1}(x) fd=3(x)"), None);
    }

    #[test]
    fn call_arguments_lose_numbers_that_are_handed_out() {
        assert_eq!(call_arguments("fd=3(<o>) domain=17(AF_PACKET)"), call_arguments("fd=6(<o>) domain=17(AF_PACKET)"));
        assert_ne!(call_arguments("fd=3(<o>) domain=17(A)"), call_arguments("fd=3(<o>) domain=2(A)"));
        assert_eq!(call_arguments("pid=1(init)"), None);
    }
}
