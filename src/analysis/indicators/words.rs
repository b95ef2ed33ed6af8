//! Words of command lines: addresses, names, texts that rows ask about.

use crate::analysis::facts::Endpoint;
pub(super) use crate::analysis::search::{Letters, Part, has_any, holds_any, parts};

/// Bytes of a value that a reader still takes in.
const READABLE: usize = 160;

/// The text, cut to a readable length.
pub(super) fn cut(text: &str) -> String {
    if text.len() <= READABLE {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(READABLE)])
}

/// The path of a program without the kernel's mark that its file is gone.
pub(super) fn undeleted(mut path: &str) -> &str {
    while let Some(stem) = path.strip_suffix(" (deleted)") {
        path = stem;
    }
    path
}

/// `%2Fbin%2Fsh` as `/bin/sh`; what is no such code stays.
pub fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%').then(|| tail.get(..2)).flatten();
        let value = code.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A URL or a `host/path` as download tools take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Url<'a> {
    /// `https`; empty where none is written.
    pub scheme: &'a str,
    /// Without user and port.
    pub host: &'a str,
    /// From the first `/` after the host, without the query; may be empty.
    pub path: &'a str,
}

impl<'a> Url<'a> {
    /// The URL in a word; without a scheme only where the host is an address or has a dot and a path follows.
    pub fn of(word: &'a str) -> Option<Self> {
        // Most words are no URLs, and their bytes say so sooner than a searcher does.
        let colon = word.as_bytes().windows(3).position(|bytes| bytes == b"://");
        if colon.is_none() && (word.starts_with(['/', '.', '-', '~', '@']) || !word.as_bytes().contains(&b'.')) {
            return None;
        }
        let (scheme, rest) = match colon {
            Some(at) => {
                let start = at
                    - word.as_bytes()[..at]
                        .iter()
                        .rev()
                        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'+')
                        .count();
                (&word[start..at], &word[at + 3..])
            }
            None => ("", word),
        };
        let rest = rest.split(['"', '\'', ')', '>', '`', ' ']).next().unwrap_or(rest);
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let path = path.split(['?', '#']).next().unwrap_or(path);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = match host.strip_prefix('[') {
            Some(inner) => inner.split(']').next().unwrap_or(inner),
            None => host
                .rsplit_once(':')
                .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
                .map_or(host, |(h, _)| h),
        };
        let plausible = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:$%{}".contains(&b));
        let bare = scheme.is_empty() && (word.starts_with(['/', '.', '-', '~', '@']) || !host.contains('.'));
        (plausible && !bare && scheme != "file").then_some(Self { scheme, host, path })
    }

    /// The last part of the path.
    pub fn file(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or("")
    }
}

/// Whether the host is an address (not a name) outside the organisation.
pub(super) fn is_public_address(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok() && !Endpoint { address: host, port: None }.is_private()
}

/// Whether the host is this machine, a private address, or a name that no public resolver knows.
pub(super) fn is_internal_host(host: &str) -> bool {
    const SUFFIXES: &[&str] =
        &[".local", ".internal", ".svc", ".lan", ".corp", ".intranet", ".home.arpa", ".localdomain"];
    Endpoint { address: host, port: None }.is_private()
        || (host.parse::<std::net::IpAddr>().is_err()
            && (!host.contains('.') || SUFFIXES.iter().any(|suffix| host.ends_with(suffix))))
}

/// An IPv4 address written as one number or with hexadecimal or octal parts, which only hides it.
pub(super) fn is_obfuscated_address(host: &str) -> bool {
    let number = |part: &str| {
        part.strip_prefix("0x").map_or(!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()), |hex| {
            !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit())
        })
    };
    let parts: Vec<&str> = host.split('.').collect();
    parts.iter().all(|part| number(part))
        && ((parts.len() == 1 && host.len() >= 8) || (parts.len() == 4 && parts.iter().any(|p| p.starts_with("0x"))))
}

/// Whether a host puts a trusted name in front of a foreign domain (`localhost.cdn.example`,
/// `kubernetes.default.svc.evil.example`).
pub(super) fn is_deceptive_host(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    if host.parse::<std::net::IpAddr>().is_ok() || is_internal_host(host) || host.ends_with("localhost") {
        return false;
    }
    let first_is_local = ["localhost.", "127.0.0.1.", "169.254.169.254.", "kubernetes.default."];
    let inner = [".svc.cluster.local.", ".cluster.local.", "metadata.google.internal.", ".docker.io.", "github.com."];
    (first_is_local.iter().any(|label| host.starts_with(label)) && host != "localhost.localdomain")
        || inner.iter().any(|label| host.contains(label))
}

/// A Monero wallet: 95 base-58 characters that begin with 4 or 8.
pub(super) fn is_wallet(word: &str) -> bool {
    let mut parts = word.split(|c: char| !c.is_ascii_alphanumeric());
    word.len() >= 95
        && parts.any(|part| {
            (95..=106).contains(&part.len())
                && part.starts_with(['4', '8'])
                && !part.contains(['0', 'O', 'I', 'l'])
                && part.bytes().any(|b| b.is_ascii_uppercase())
                && part.bytes().any(|b| b.is_ascii_lowercase())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let url = |word| Url::of(word).map(|url| (url.scheme, url.host, url.path));
        assert_eq!(url("http://1.2.3.4:80/a/b.sh?x=1"), Some(("http", "1.2.3.4", "/a/b.sh")));
        assert_eq!(url("--url=https://u:p@h.example/x"), Some(("https", "h.example", "/x")));
        assert_eq!(url("198.51.100.7/x"), Some(("", "198.51.100.7", "/x")));
        assert_eq!(url("http://[2001:db8::1]:8/x"), Some(("http", "2001:db8::1", "/x")));
        assert_eq!(url("/etc/passwd"), None);
        assert_eq!(url("-o"), None);
        assert_eq!(url("file:///etc/x"), None);
    }

    #[test]
    fn hosts_are_judged_by_what_they_are_and_not_by_how_they_begin() {
        assert!(is_public_address("203.0.113.7") && !is_public_address("10.1.1.1") && !is_public_address("a.example"));
        assert!(is_deceptive_host("localhost.healthz.cdn.example") && !is_deceptive_host("localhost"));
        assert!(!is_deceptive_host("kubernetes.default.svc.cluster.local"));
        assert!(is_deceptive_host("api.svc.cluster.local.attacker.example"));
        assert!(is_internal_host("db") && is_internal_host("x.prod.svc") && !is_internal_host("x.example"));
        assert!(is_obfuscated_address("3232235777") && is_obfuscated_address("0x7f.0x0.0x0.0x1"));
        assert!(!is_obfuscated_address("10.0.0.1"));
    }

    #[test]
    fn percent_codes_are_read() {
        assert_eq!(percent_decoded("%2Fbin%2Fsh%2"), "/bin/sh%2");
    }
}
