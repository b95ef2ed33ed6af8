//! Values that stand beside a name which says that they are secret: `password=...`, `"token": "..."`, `--api-key ...`.

use super::{Sample, value_end};
use std::ops::Range;

/// How a name shows that its value is secret.
#[derive(Debug, Clone, Copy)]
enum Match {
    /// The name, written without separators and in small letters, ends so.
    End(&'static [&'static str]),
    /// The name's last part (`DB_PASS`, `dbPass`, `db.pass`) is one of these.
    Part(&'static [&'static str]),
}

/// One row: names, why, and tests.
struct Row {
    names: Match,
    sample: Sample,
}

const ROWS: &[Row] = &[
    Row {
        names: Match::End(&[
            "password",
            "passwd",
            "passphrase",
            "pgpass",
            "mysqlpwd",
            "userpwd",
            "requirepass",
            "masterauth",
        ]),
        sample: Sample {
            reason: "a password beside its name",
            found: ("app --db-password=hunter2 run", "app --db-password=[redacted] run"),
            untouched: "app --password-file=/etc/app/pw run",
        },
    },
    Row {
        names: Match::Part(&["pass", "pwd", "pw", "psk", "pin", "otp"]),
        sample: Sample {
            reason: "a password beside its short name",
            found: ("env RSYNC_PASS=s3cr3t DB.pwd=abc x", "env RSYNC_PASS=[redacted] DB.pwd=[redacted] x"),
            untouched: "compass=north bypass=yes PWD_DIR=/srv",
        },
    },
    Row {
        names: Match::End(&["storepass", "keypass", "becomepass", "sshpass", "bindpw", "rootpw", "adminpw"]),
        sample: Sample {
            reason: "the password of a key store, a directory or an escalation",
            found: ("keytool -list -storepass changeit", "keytool -list -storepass [redacted]"),
            untouched: "keytool -list -keystore changeit",
        },
    },
    Row {
        names: Match::End(&["token", "authtoken", "accesstoken", "refreshtoken", "idtoken", "bearer"]),
        sample: Sample {
            reason: "a token beside its name",
            found: ("kubectl --token=abc.def get pods", "kubectl --token=[redacted] get pods"),
            untouched: "app --token-ttl=24h --tokens=5",
        },
    },
    Row {
        names: Match::End(&["secret", "clientsecret", "secretkey", "secretaccesskey", "appsecret", "signingkey"]),
        sample: Sample {
            reason: "a client or signing secret beside its name",
            found: (r#"{"client_secret": "abc def"}"#, r#"{"client_secret": "[redacted]"}"#),
            untouched: "kubectl get secret my-secret --secret-name=web-tls",
        },
    },
    Row {
        names: Match::End(&[
            "apikey",
            "accesskey",
            "accesskeyid",
            "authkey",
            "accountkey",
            "sharedaccesskey",
            "sharedaccesssignature",
            "masterkey",
            "encryptionkey",
            "privatekey",
            "sharedkey",
            "licensekey",
            "instrumentationkey",
            "appkey",
            "writekey",
            "servicekey",
            "joinkey",
        ]),
        sample: Sample {
            reason: "a key that authenticates, beside its name",
            found: (
                "AccountName=a;AccountKey=Zm9vYmFyYmF6;EndpointSuffix=x",
                "AccountName=a;AccountKey=[redacted];EndpointSuffix=x",
            ),
            untouched: "sort --key=2 --primary-key=id public_key=abc",
        },
    },
    Row {
        names: Match::Part(&["sig", "signature", "credential", "credentials", "creds", "jwt", "dsn", "webhook"]),
        sample: Sample {
            reason: "a signed URL's signature, or credentials, beside their name",
            found: (
                "curl https://b.example/o?X-Amz-Signature=0a1b2c&x=1",
                "curl https://b.example/o?X-Amz-Signature=[redacted]&x=1",
            ),
            untouched: "gpg --signature-only sigma=5 credentials_dir=/run/x",
        },
    },
    Row {
        names: Match::Part(&[
            "cookie",
            "cookies",
            "session",
            "sessionid",
            "sid",
            "phpsessid",
            "jsessionid",
            "csrftoken",
        ]),
        sample: Sample {
            reason: "a session that can be taken over",
            found: ("curl -b JSESSIONID=0A1B2C http://x", "curl -b JSESSIONID=[redacted] http://x"),
            untouched: "tmux new-session sessions=4 --cookie-jar /tmp/c",
        },
    },
];

/// Values that are no secret, whatever the name.
const PLAIN_VALUES: &[&str] = &["true", "false", "yes", "no", "null", "none", "on", "off", "<NA>"];

/// Bytes of a name that are looked at.
const MAX_NAME: usize = 80;

/// Finds values beside names: `name=value`, `name: value`, `--name value`.
pub(super) fn find(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if at < done {
            continue;
        }
        let assigns = byte == b'=' && bytes.get(at + 1) != Some(&b'=');
        let names = byte == b':' && !bytes[at + 1..].starts_with(b"//") && !bytes[at + 1..].starts_with(b":");
        if !(assigns || names) {
            continue;
        }
        let name = name_before(text, at);
        // A path before a colon is a mount or a file in a message (`/etc/passwd:/mnt`).
        if !is_secret(name) || (names && name.contains('/')) {
            continue;
        }
        if let Some(range) = value_after(text, at + 1) {
            done = range.end;
            secrets.push(range);
        }
    }
    after_options(text, secrets);
}

/// `--name value`, `-name value` and `set name value`.
fn after_options(text: &str, secrets: &mut Vec<Range<usize>>) {
    let mut named = false;
    let mut setting = false;
    for range in super::words(text) {
        let inner = super::unquoted(text, range.clone());
        let word = &text[inner.clone()];
        if named && !word.starts_with('-') && !is_plain(word) && !is_operator(word) {
            secrets.push(inner.clone());
        }
        let option = !word.contains('/') && word.strip_prefix('-').is_some_and(|rest| rest.len() > 2);
        named = (setting || (option && !word.contains(':'))) && !word.contains('=') && is_secret(word);
        setting = word == "set";
    }
}

/// Whether a word only joins commands.
pub(super) fn is_operator(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| matches!(b, b'|' | b'&' | b';' | b'<' | b'>' | b'(' | b')'))
}

/// Whether a value is none: empty, a switch, a variable whose value is not here.
fn is_plain(value: &str) -> bool {
    value.is_empty() || PLAIN_VALUES.contains(&value) || is_elsewhere(value)
}

/// Whether a value only names where the secret is: a variable, a template.
fn is_elsewhere(value: &str) -> bool {
    let variable = value.strip_prefix('$').is_some_and(|name| !name.starts_with(|c: char| c.is_ascii_digit()));
    variable || value.starts_with("%{") || value.starts_with("{{")
}

/// The name that ends before `at`, quotes and spaces between them left out.
fn name_before(text: &str, at: usize) -> &str {
    let bytes = text.as_bytes();
    let mut end = at;
    if end > 0 && matches!(bytes[end - 1], b' ') {
        end -= 1;
    }
    if end > 0 && matches!(bytes[end - 1], b'"' | b'\'') {
        end -= 1;
    }
    let mut start = end;
    while start > 0 && end - start < MAX_NAME && is_name_byte(bytes[start - 1]) {
        start -= 1;
    }
    &text[start..end]
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'[' | b']')
}

/// The value that starts at `start`: quoted to its closing quote, or unquoted to its end.
fn value_after(text: &str, start: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = start;
    while at < bytes.len() && at < start + 4 && bytes[at] == b' ' {
        at += 1;
    }
    // `name= value` is an empty value, `name: value` is none.
    if at > start && bytes[start - 1] == b'=' {
        return None;
    }
    if bytes[at..].starts_with(b"\\\"") {
        at += 1;
    }
    if is_elsewhere(&text[at..]) {
        return None;
    }
    let range = match bytes.get(at) {
        Some(&quote @ (b'"' | b'\'')) => {
            let rest = &bytes[at + 1..];
            match rest.iter().position(|b| *b == quote) {
                Some(length) => at + 1..at + 1 + length,
                None => at + 1..value_end(text, at + 1),
            }
        }
        _ => at..value_end(text, at),
    };
    let value = &text[range.clone()];
    (!is_plain(value.trim_end_matches([',', '.']))).then_some(range)
}

/// Whether a name says that its value is secret.
fn is_secret(name: &str) -> bool {
    let name = name.trim_start_matches(['-', '[', '/', '.']);
    if name.is_empty() {
        return false;
    }
    let flat: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let last = last_part(name);
    ROWS.iter().any(|row| match row.names {
        Match::End(ends) => ends.iter().any(|end| flat.ends_with(end)),
        Match::Part(parts) => parts.iter().any(|part| last.eq_ignore_ascii_case(part)),
    })
}

/// The last part of a name: after the last separator, or after the last change from small to capital letter.
fn last_part(name: &str) -> &str {
    let bytes = name.as_bytes();
    let mut start = 0;
    for at in 1..bytes.len() {
        let separates = matches!(bytes[at - 1], b'_' | b'-' | b'.' | b'/' | b'[' | b']');
        let humps = bytes[at - 1].is_ascii_lowercase() && bytes[at].is_ascii_uppercase();
        if separates || humps {
            start = at;
        }
    }
    &name[start..]
}

/// The samples of every row.
pub(super) fn samples() -> Vec<Sample> {
    ROWS.iter().map(|row| row.sample).collect()
}
