//! Secrets that stand between markers: user and password in a URL, an authorisation header, a private key, SQL.

use super::{Sample, value_end};
use std::ops::Range;

/// One way to mark a secret.
struct Row {
    find: fn(&str, &mut Vec<Range<usize>>),
    sample: Sample,
}

const ROWS: &[Row] = &[
    Row {
        find: urls,
        sample: Sample {
            reason: "a password in a URL",
            found: ("psql postgres://app:s3cr3t@db:5432/app", "psql postgres://app:[redacted]@db:5432/app"),
            untouched: "curl http://host:8080/a@b ssh://git@host:22/x",
        },
    },
    Row {
        find: schemes,
        sample: Sample {
            reason: "an authorisation header's credentials",
            found: (
                "curl -H Authorization: Bearer abc.def http://x",
                "curl -H Authorization: Bearer [redacted] http://x",
            ),
            untouched: "the bearer of this letter, basic training",
        },
    },
    Row {
        find: headers,
        sample: Sample {
            reason: "a header that authenticates",
            found: ("curl -H 'X-Vault-Token: s.abc' x", "curl -H 'X-Vault-Token: [redacted]' x"),
            untouched: "curl -H 'X-Request-Id: 17' x",
        },
    },
    Row {
        find: private_keys,
        sample: Sample {
            reason: "a private key",
            found: ("echo -----BEGIN RSA PRIVATE KEY----- MIIB -----END RSA PRIVATE KEY----- x", "echo [redacted] x"),
            untouched: "grep -r BEGIN.PRIVATE.KEY -----BEGIN CERTIFICATE-----",
        },
    },
    Row {
        find: sql,
        sample: Sample {
            reason: "a password in an SQL statement",
            found: (
                "CREATE USER a IDENTIFIED BY 'pw' REQUIRE SSL",
                "CREATE USER a IDENTIFIED BY '[redacted]' REQUIRE SSL",
            ),
            untouched: "SELECT password FROM users; rows identified by id",
        },
    },
    Row {
        find: prefixed,
        sample: Sample {
            reason: "a pass phrase that openssl reads from its arguments",
            found: ("openssl rsa -passin pass:hunter2 -in k", "openssl rsa -passin pass:[redacted] -in k"),
            untouched: "openssl rsa -passin file:/run/pw -in k",
        },
    },
];

/// Finds secrets between markers.
pub(super) fn find(text: &str, secrets: &mut Vec<Range<usize>>) {
    for row in ROWS {
        (row.find)(text, secrets);
    }
}

/// Bytes of a URL's authority that are looked at.
const MAX_AUTHORITY: usize = 512;

/// `scheme://user:password@host`.
fn urls(text: &str, secrets: &mut Vec<Range<usize>>) {
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let authority = text.as_bytes()[start..].iter().take(MAX_AUTHORITY);
        let end = start
            + authority
                .take_while(|b| {
                    !b.is_ascii_whitespace() && !matches!(b, b'/' | b'"' | b'\'' | b'<' | b'>' | b'?' | b'#')
                })
                .count();
        let bytes = &text.as_bytes()[start..end];
        let Some(host) = bytes.iter().rposition(|b| *b == b'@') else { continue };
        match bytes[..host].iter().position(|b| *b == b':') {
            Some(colon) => secrets.push(start + colon + 1..start + host),
            // A token as the only user information: long, or it is a user's name.
            None if host >= 20 => secrets.push(start..start + host),
            None => {}
        }
    }
}

/// `Bearer x`, `Basic x` on their own where what follows is long enough; whatever is after `Authorization:`.
fn schemes(text: &str, secrets: &mut Vec<Range<usize>>) {
    const SCHEMES: &[&str] = &["bearer", "basic", "token", "apikey", "negotiate", "ntlm", "aws4-hmac-sha256"];
    let mut authorises = false;
    let mut scheme = false;
    // After `Authorization:`, a word that may be a scheme that is not known, or the secret itself.
    let mut unknown: Option<Range<usize>> = None;
    for range in super::words(text) {
        let inner = super::unquoted(text, range.clone());
        let closes = inner.end < range.end;
        let word = &text[inner.clone()];
        let lower = word.to_ascii_lowercase();
        let header = after_header(&lower).map(|at| inner.start + at);
        let of_word = |start: usize| start..value_end(text, start).min(inner.end).max(start);
        if let Some(first) = unknown.take() {
            let other = word.is_empty() || word.starts_with('-') || word.contains("://");
            secrets.push(if other { first } else { of_word(inner.start) });
        } else if scheme && (authorises || (inner.len() >= 16 && word.bytes().any(|b| b.is_ascii_digit()))) {
            secrets.push(of_word(inner.start));
        }
        let after = lower.rsplit([':', '=']).next().unwrap_or(&lower);
        let is_scheme = SCHEMES.contains(&after);
        let value = match header {
            Some(start) if start < inner.end => Some(start),
            None if authorises && !scheme => Some(inner.start),
            _ => None,
        };
        if let Some(start) = value.filter(|_| !is_scheme && !word.is_empty()) {
            let may_be_scheme = text[start..inner.end].bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
            if may_be_scheme && !closes {
                unknown = Some(of_word(start));
            } else {
                secrets.push(of_word(start));
            }
        }
        authorises =
            header.is_some_and(|start| start == inner.end || is_scheme) || (authorises && is_scheme && !scheme);
        scheme = is_scheme;
    }
    secrets.extend(unknown);
}

/// Where the value may start in a word that holds `authorization:` or, as JSON has it, `"authorization":"`.
fn after_header(lower: &str) -> Option<usize> {
    const NAME: &str = "authorization";
    let quotes = ['"', '\'', '\\'];
    let rest = &lower[lower.rfind(NAME)? + NAME.len()..];
    let value = rest.trim_start_matches(quotes).strip_prefix(':')?.trim_start_matches(quotes);
    Some(lower.len() - value.len())
}

/// `X-Api-Key: x`, `Cookie: a=b; c=d`, `PRIVATE-TOKEN: x`, `Authorization: x`.
fn headers(text: &str, secrets: &mut Vec<Range<usize>>) {
    const HEADERS: &[&str] = &[
        "cookie",
        "set-cookie",
        "x-api-key",
        "x-auth-token",
        "x-vault-token",
        "private-token",
        "job-token",
        "deploy-token",
        "x-amz-security-token",
        "x-aws-ec2-metadata-token",
        "x-access-token",
        "x-csrf-token",
        "api-key",
        "apikey",
        "x-consul-token",
        "x-gitlab-token",
        "x-github-token",
        "proxy-authorization",
        "dd-api-key",
        "x-figma-token",
    ];
    let bytes = text.as_bytes();
    for (colon, _) in text.match_indices(": ") {
        let length = bytes[..colon]
            .iter()
            .rev()
            .take(40)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            .count();
        let name = text[colon - length..colon].to_ascii_lowercase();
        if !HEADERS.contains(&name.as_str()) {
            continue;
        }
        let start = colon + 2;
        let quote = (colon - length).checked_sub(1).map(|n| bytes[n]).filter(|b| matches!(b, b'"' | b'\''));
        let end = match quote {
            Some(quote) => {
                bytes[start..].iter().position(|b| *b == quote).map_or_else(|| value_end(text, start), |n| start + n)
            }
            None if name.ends_with("cookie") => cookies_end(text, start),
            None => value_end(text, start),
        };
        secrets.push(start..end);
    }
}

/// Cookies without quotes: words that end in `;`, and the one after them.
fn cookies_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    loop {
        while at < bytes.len() && !bytes[at].is_ascii_whitespace() && !matches!(bytes[at], b'"' | b'\'') {
            at += 1;
        }
        let goes_on = at > start && bytes[at - 1] == b';' && at + 1 < bytes.len() && bytes[at] == b' ';
        if !goes_on {
            return at;
        }
        at += 1;
    }
}

/// `-----BEGIN ... PRIVATE KEY-----` to its end, or to the end of the text.
fn private_keys(text: &str, secrets: &mut Vec<Range<usize>>) {
    const BEGIN: &str = "-----BEGIN ";
    const KEY: &str = "PRIVATE KEY";
    let mut from = 0;
    while let Some(found) = text[from..].find(BEGIN) {
        let start = from + found;
        let label = start + BEGIN.len();
        let dashes = text.as_bytes()[label..].iter().take(48).position(|b| *b == b'-');
        let is_key = dashes.is_some_and(|n| text[label..label + n].contains(KEY));
        if !is_key {
            from = label;
            continue;
        }
        let body = label + dashes.unwrap_or(0) + 5;
        let end = text.get(body..).and_then(|rest| {
            let end = rest.find("-----END ")?;
            let close = rest[end + 9..].find("-----")?;
            Some(body + end + 9 + close + 5)
        });
        let end = end.unwrap_or(text.len());
        secrets.push(start..end);
        from = end;
    }
}

/// `IDENTIFIED BY 'x'`, `PASSWORD 'x'`, `PASSWORD('x')`.
fn sql(text: &str, secrets: &mut Vec<Range<usize>>) {
    let lower = text.to_ascii_lowercase();
    let bytes = text.as_bytes();
    for marker in
        ["identified by ", "password ", "password(", "password for ", "identified with mysql_native_password by "]
    {
        for (at, _) in lower.match_indices(marker) {
            let mut start = at + marker.len();
            for skipped in [b'(', b'\\'] {
                if bytes.get(start) == Some(&skipped) {
                    start += 1;
                }
            }
            let Some(&quote @ (b'\'' | b'"')) = bytes.get(start) else { continue };
            if let Some(length) = bytes[start + 1..].iter().position(|b| *b == quote) {
                secrets.push(start + 1..start + 1 + length);
            }
        }
    }
}

/// `pass:x`, openssl's way to give a pass phrase.
fn prefixed(text: &str, secrets: &mut Vec<Range<usize>>) {
    for (at, found) in text.match_indices("pass:") {
        if at == 0 || text.as_bytes()[at - 1].is_ascii_whitespace() {
            let start = at + found.len();
            secrets.push(start..value_end(text, start));
        }
    }
}

/// The samples of every row.
pub(super) fn samples() -> Vec<Sample> {
    ROWS.iter().map(|row| row.sample).collect()
}
