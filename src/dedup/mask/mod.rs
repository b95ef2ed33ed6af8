//! Masks: what is left of a value when names and numbers that a program drew are taken out of it.
//!
//! A mask knows where it stands. A random-looking name is masked below a temporary directory and nowhere else, a pid
//! where a pid is meant, a client's port in a connection. An address, a mode, an encoded payload, a container's id or
//! a flag is masked nowhere.

mod pids;
mod programs;
mod random;
mod templates;
mod text;
mod words;

pub(super) use pids::without_pid;
pub(super) use programs::suffix;
pub(super) use text::{call_arguments, descriptor, message};

use templates::Place;

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

/// Where jobs lie that will run, under their users' names or numbers: nothing there is random but what `crontab` itself
/// draws.
#[rustfmt::skip]
const JOBS: &[(&str, &str)] = &[
    ("/var/spool/at/", "at's jobs"),
    ("/var/spool/cron/", "users' crontabs, and at's jobs"),
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
    let jobs = JOBS.iter().any(|row| text.starts_with(row.0));
    let temporary = TEMPORARY.iter().find_map(|(root, _)| (text.starts_with(root) && !jobs).then_some(root.len()));
    // The short spelling is marked as the long one is, so that both are the same.
    let mut masked = text.starts_with("/run/").then(String::new);
    let mut at = 0;
    let mut before = "";
    let last = text.rfind('/').map_or(0, |slash| slash + 1);
    for part in text.split_inclusive('/') {
        let name = part.strip_suffix('/').unwrap_or(part);
        let kind = match temporary {
            Some(root) if at >= root => Place::Temporary,
            _ if jobs => Place::Jobs,
            _ => Place::Any,
        };
        let place = Spot { kind, last: at == last, before, path: text };
        let new = component(name, &place);
        if new.is_some() && masked.is_none() {
            masked = Some(text[..at].to_owned());
        }
        if let Some(masked) = &mut masked {
            masked.push_str(new.as_deref().unwrap_or(name));
            masked.push_str(&part[name.len()..]);
        }
        at += part.len();
        before = name;
    }
    masked
}

/// Whether letters or digits of a masked path's last part are left: a beginning, an ending. Where there are none, only
/// what was masked said which file it was.
pub(super) fn keeps_a_name(masked: &str) -> bool {
    masked.rsplit('/').next().is_some_and(|name| name.chars().any(char::is_alphanumeric))
}

/// Where a part of a path stands.
struct Spot<'a> {
    kind: Place,
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
    if let Some((begin, length)) = templates::drawn_part(name, spot.kind) {
        return Some(format!("{}{HOLE}{}", &name[..begin], &name[begin + length..]));
    }
    if spot.last && spot.path.starts_with("/run/") {
        return pid_file(name);
    }
    if spot.last && spot.path.starts_with("/var/log/") {
        return rotated(name);
    }
    if let Some(begin) = templates::numbered(name, spot.before, spot.path) {
        return Some(format!("{begin}{HOLE}"));
    }
    if spot.kind == Place::Temporary && !is_container_id(name) { tokens(name) } else { None }
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

/// `access.log.Zk29dJ`: the name under which a log is written anew. A word (`old`, `Backup2`) and a number (`20240101`)
/// say which log it is.
fn rotated(name: &str) -> Option<String> {
    let (stem, drawn) = name.rsplit_once('.')?;
    (stem.strip_suffix(".log").is_some() && random::is_drawn(drawn)).then(|| format!("{stem}.{HOLE}"))
}

/// A container's id, short or long: it says which container is meant.
fn is_container_id(name: &str) -> bool {
    matches!(name.len(), 12 | 64) && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Digits from which a run of them is a drawn number rather than a version or a port.
const LONG_NUMBER: usize = 6;

/// Random-looking words, long numbers and UUIDs within one name, words being what stands between punctuation.
fn tokens(name: &str) -> Option<String> {
    if let Some(at) = uuid(name) {
        let (before, after) = (&name[..at], &name[at + UUID..]);
        let part = |text: &str| tokens(text).unwrap_or_else(|| text.to_owned());
        return Some(format!("{}{HOLE}{}", part(before), part(after)));
    }
    let mut masked = String::with_capacity(name.len());
    let mut changed = false;
    for piece in name.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
        if random::looks_random(word) {
            masked.push(HOLE);
        } else if word.len() - stem.len() >= LONG_NUMBER && !words::numbers_mean(stem, &word[stem.len()..]) {
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

/// The length of a UUID.
const UUID: usize = 36;

/// Where the first UUID within a name begins, nothing else touching it.
fn uuid(name: &str) -> Option<usize> {
    let bytes = name.as_bytes();
    let apart = |at: Option<&u8>| at.is_none_or(|b| !b.is_ascii_alphanumeric());
    (0..(bytes.len() + 1).saturating_sub(UUID)).find(|at| {
        let text = &bytes[*at..at + UUID];
        let dash = |n: usize| matches!(n, 8 | 13 | 18 | 23);
        (0..UUID).all(|n| if dash(n) { text[n] == b'-' } else { text[n].is_ascii_hexdigit() })
            && apart(at.checked_sub(1).and_then(|before| bytes.get(before)))
            && apart(bytes.get(at + UUID))
    })
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
        check("/tmp/a-550e8400-e29b-41d4-a716-446655440000-b.so", Some("/tmp/a-*-b.so"));
        check("/var/spool/app/job-qX7fLm2P", Some("/var/spool/app/job-*"));
        check("/var/log/app/access.log.qX7fLm2P", Some("/var/log/app/access.log.*"));
        check("/tmp/550e8400-e29b-41d4-a716-446655440000", Some("/tmp/*"));
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
    fn nobody_can_write_a_mask() {
        assert_eq!(path("/tmp/build-\u{1}/aZ3kQ9xB"), None);
    }
}
