//! Masks in text that is more than one value: a call's arguments, a whole message.

use super::{HOLE, path};
use crate::dedup::network::Connection;

/// Descriptor numbers, pids and clients' ports in a call's arguments (`fd=3(<f>/x) pid=77(sh)`): the digits between
/// `=` and `(`, and what a descriptor leads to.
pub(in crate::dedup) fn call_arguments(value: &str) -> Option<String> {
    if value.contains(HOLE) {
        return None;
    }
    let mut masked = String::with_capacity(value.len());
    let mut changed = false;
    for (n, word) in value.split(' ').enumerate() {
        if n > 0 {
            masked.push(' ');
        }
        match word.split_once('=').and_then(|(key, rest)| Some((key, argument(key, rest)?))) {
            Some((key, rest)) => {
                changed = true;
                masked.extend([key, "=", &rest]);
            }
            None => masked.push_str(word),
        }
    }
    changed.then_some(masked)
}

/// One argument with its number taken out.
fn argument(key: &str, rest: &str) -> Option<String> {
    if key == "tuple" {
        return connection(rest);
    }
    let number = rest.bytes().take_while(u8::is_ascii_digit).count();
    let after = rest[number..].starts_with('(').then_some(&rest[number..])?;
    match key {
        _ if number == 0 => None,
        "fd" | "oldfd" | "newfd" | "dirfd" => descriptor(rest),
        "pid" | "tid" if &rest[..number] != "1" => Some(format!("{HOLE}{after}")),
        _ => None,
    }
}

/// What a descriptor leads to (`<f>/etc/shadow`, `3(<4t>10.0.0.1:45000->10.0.0.2:443)`), without its number and what
/// else is handed out; `None` where Falco tells the number only.
pub(in crate::dedup) fn descriptor(value: &str) -> Option<String> {
    let digits = value.strip_prefix('-').unwrap_or(value).trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.is_empty() {
        return None;
    }
    let Some((kind, target)) = digits.split_once('>') else {
        return Some(digits.to_owned());
    };
    let end = target.strip_suffix(')').filter(|_| kind.starts_with('(')).map_or(target.len(), str::len);
    let (target, end) = target.split_at(end);
    let masked = connection(target).or_else(|| path(target));
    Some(format!("{kind}>{}{end}", masked.as_deref().unwrap_or(target)))
}

/// A connection without its client's port.
fn connection(text: &str) -> Option<String> {
    Connection::parse(text).and_then(|connection| connection.masked(text))
}

/// Keys under which rules print a process id.
const PIDS: &[&str] = &["pid", "ppid", "proc.pid", "proc_pid", "proc_ppid", "thread_tid", "tid"];

/// Keys under which rules print a terminal's number.
const TERMINALS: &[&str] = &["proc.tty", "proc_tty", "terminal", "tty"];

/// A whole message, for alerts that have nothing else: its words that are connections, paths, pids or terminals.
pub(in crate::dedup) fn message(value: &str, numbers: bool) -> String {
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
        let value = rest.trim_end_matches([')', ',']);
        let number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        let handed_out = (PIDS.contains(&name) && value != "1") || (TERMINALS.contains(&name) && value != "0");
        if number && handed_out {
            masked.push(HOLE);
            masked.push_str(&rest[value.len()..]);
        } else if numbers && rest.bytes().any(|b| b.is_ascii_digit()) {
            for piece in rest.split_inclusive(|c: char| !c.is_ascii_digit()) {
                let after = piece.trim_start_matches(|c: char| c.is_ascii_digit());
                if after.len() < piece.len() {
                    masked.push(HOLE);
                }
                masked.push_str(after);
            }
        } else if let Some(connection) = connection(value) {
            masked.push_str(&connection);
            masked.push_str(&rest[value.len()..]);
        } else {
            masked.push_str(path(rest).as_deref().unwrap_or(rest));
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_arguments_lose_numbers_that_are_handed_out() {
        assert_eq!(call_arguments("fd=3(<o>) domain=17(AF_PACKET)"), call_arguments("fd=6(<o>) domain=17(AF_PACKET)"));
        assert_ne!(call_arguments("fd=3(<o>) domain=17(A)"), call_arguments("fd=3(<o>) domain=2(A)"));
        assert_eq!(call_arguments("pid=1(init)"), None);
        let to = |port: u32| format!("fd=4(<4t>10.0.0.1:{port}->10.0.0.2:443) tuple=10.0.0.1:{port}->10.0.0.2:443");
        assert_eq!(call_arguments(&to(45_000)), call_arguments(&to(45_001)));
        assert_eq!(call_arguments("fd=\u{1}(x) fd=3(x)"), None);
    }

    #[test]
    fn a_descriptor_is_what_it_leads_to() {
        assert_eq!(descriptor("3"), None);
        assert_eq!(descriptor("-100(AT_FDCWD)"), descriptor("(AT_FDCWD)"));
        assert_eq!(descriptor("3(<f>/x)"), descriptor("7(<f>/x)"));
        assert_ne!(descriptor("3(<f>/x)"), descriptor("3(<f>/y)"));
        assert_ne!(descriptor("<f>/x"), descriptor("<f>/y"));
        assert_eq!(descriptor("<f>/tmp/a-qX7fLm2P"), descriptor("<f>/tmp/a-aZ3kQ9xB"));
    }
}
