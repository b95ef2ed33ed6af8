//! Secrets that are known by their own shape: a vendor's prefix and a run of the right characters and length.

use super::Sample;
use std::ops::Range;

/// Characters of a secret.
#[derive(Debug, Clone, Copy)]
enum Alphabet {
    /// `A-Z0-9`
    Capitals,
    /// `a-z0-9`
    Smalls,
    /// `0-9a-f`
    Hex,
    /// `A-Za-z0-9`
    Alphanumeric,
    /// `A-Za-z0-9_-`
    Url,
    /// `A-Za-z0-9_-.`
    Dotted,
    /// `A-Za-z0-9+/=_-`
    Base64,
    /// `A-Za-z0-9./$=,` of password hashes
    Crypt,
}

impl Alphabet {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Capitals => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Smalls => byte.is_ascii_lowercase() || byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-'),
            Self::Crypt => byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'$' | b'=' | b','),
        }
    }
}

/// One row: prefixes, and the least length of what follows.
struct Row {
    prefixes: &'static [&'static str],
    rest: Alphabet,
    at_least: usize,
    sample: Sample,
}

const fn row(
    prefixes: &'static [&'static str],
    rest: Alphabet,
    at_least: usize,
    reason: &'static str,
    found: (&'static str, &'static str),
    untouched: &'static str,
) -> Row {
    Row { prefixes, rest, at_least, sample: Sample { reason, found, untouched } }
}

const ROWS: &[Row] = &[
    row(
        &["AKIA", "ASIA", "AROA", "AIDA"],
        Alphabet::Capitals,
        16,
        "an AWS access key id",
        ("x AKIAIOSFODNN7EXAMPLE y", "x [redacted] y"),
        "AKIAFOO AKIA-IOSFODNN7EXAMPLE",
    ),
    row(
        &["AQoDYXdz", "FwoGZXIvYXdz", "IQoJb3JpZ2lu", "AQAEA"],
        Alphabet::Base64,
        16,
        "an AWS session or metadata token",
        ("-H IQoJb3JpZ2luX2VjEXAMPLETOKEN==", "-H [redacted]"),
        "IQoJb3JpZ2lu",
    ),
    row(
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        Alphabet::Alphanumeric,
        30,
        "a GitHub token",
        ("git ghp_000000000000000000000000000000000000 x", "git [redacted] x"),
        "ghp_readme gho_st",
    ),
    row(
        &["github_pat_"],
        Alphabet::Url,
        30,
        "a fine-grained GitHub token",
        ("github_pat_00000000000000000000AA_0000000000", "[redacted]"),
        "github_pat_docs",
    ),
    row(
        &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-", "GR1348941"],
        Alphabet::Url,
        18,
        "a GitLab token",
        ("register glrt-00000000000000000000", "register [redacted]"),
        "glpat-x glrt-runner",
    ),
    row(
        &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xapp-"],
        Alphabet::Url,
        10,
        "a Slack token",
        ("xoxb-000000000000-abcdef", "[redacted]"),
        "xoxb-test",
    ),
    row(
        &[
            "hooks.slack.com/services/",
            "hooks.slack.com/workflows/",
            "discord.com/api/webhooks/",
            "discordapp.com/api/webhooks/",
        ],
        Alphabet::Base64,
        12,
        "a chat webhook, which whoever knows it may post to",
        ("curl https://hooks.slack.com/services/T000/B000/k3Xq9ZaW", "curl https://[redacted]"),
        "curl https://hooks.slack.com/services/",
    ),
    row(
        &["eyJ"],
        Alphabet::Dotted,
        17,
        "a JSON web token",
        ("a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln b", "a [redacted] b"),
        "eyJhIjoxfQ",
    ),
    row(
        &["AIza"],
        Alphabet::Url,
        35,
        "a Google API key",
        ("key AIzaSyA-00000000000000000000000000000_0 x", "key [redacted] x"),
        "AIzawa",
    ),
    row(
        &["ya29.", "GOCSPX-", "1//0"],
        Alphabet::Dotted,
        20,
        "a Google OAuth token or client secret",
        ("ya29.a0AfH6SMBxxxxxxxxxxxxxxxx", "[redacted]"),
        "ya29. 1//0/0",
    ),
    row(
        &["sk_live_", "sk_test_", "rk_live_", "whsec_", "pk_live_"],
        Alphabet::Alphanumeric,
        16,
        "a Stripe key",
        ("sk_test_0000000000000000", "[redacted]"),
        "sk_test_mode",
    ),
    row(
        &["sk-", "sk-proj-", "sk-ant-", "gsk_", "hf_", "r8_"],
        Alphabet::Url,
        24,
        "a key of an AI service",
        ("sk-proj-000000000000000000000000", "[redacted]"),
        "sk-learn hf_hub_download",
    ),
    row(
        &[
            "npm_",
            "pypi-AgE",
            "dckr_pat_",
            "dop_v1_",
            "rubygems_",
            "shpat_",
            "shpss_",
            "NRAK-",
            "glc_",
            "glsa_",
            "ATATT3",
            "tskey-",
            "AGE-SECRET-KEY-1",
            "SG.",
            "xkeysib-",
            "LTAI",
            "dapi",
            "PMAK-",
            "lin_api_",
            "sntrys_",
            "nvapi-",
        ],
        Alphabet::Dotted,
        20,
        "a token of a registry or a cloud service",
        ("npm_000000000000000000000000000000000000", "[redacted]"),
        "npm_config_registry tskey-auth dapi_client",
    ),
    row(
        &["hvs.", "hvb.", "hvr."],
        Alphabet::Dotted,
        20,
        "a Vault token",
        ("vault login hvs.CAESIAAAAAAAAAAAAAAAA", "vault login [redacted]"),
        "hvs.example.org",
    ),
    row(
        &["K10"],
        Alphabet::Hex,
        40,
        "a K3s or Rancher node token",
        ("K10a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4::server:0a", "[redacted]::server:0a"),
        "K10 K10abc",
    ),
    row(
        &[
            "$1$",
            "$5$",
            "$6$",
            "$y$",
            "$gy$",
            "$7$",
            "$2a$",
            "$2b$",
            "$2y$",
            "$apr1$",
            "$argon2id$",
            "$argon2i$",
            "$sha1$",
        ],
        Alphabet::Crypt,
        20,
        "a password's hash, which can be guessed off line",
        ("usermod -x $6$saltsalt$0123456789abcdefghij root", "usermod -x [redacted] root"),
        "awk {print $1$2} $6$x",
    ),
];

/// A run of one row's characters, kept so that each is read once however many prefixes lie in it.
#[derive(Clone, Copy, Default)]
struct Run {
    start: usize,
    end: usize,
    /// Behind its last digit or capital.
    random: usize,
}

impl Run {
    fn at(bytes: &[u8], start: usize, alphabet: Alphabet) -> Self {
        let end = start + bytes[start..].iter().take_while(|byte| alphabet.has(**byte)).count();
        let last = bytes[start..end].iter().rposition(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        Self { start, end, random: last.map_or(start, |n| start + n + 1) }
    }
}

/// Finds secrets by their shape.
pub(super) fn find(text: &str, secrets: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut runs = [Run::default(); ROWS.len()];
    let mut at = 0;
    while at < bytes.len() {
        let starts_word = at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'_'));
        match starts_word.then(|| shape_at(bytes, at, &mut runs)).flatten() {
            Some(end) => {
                secrets.push(at..end);
                at = end;
            }
            None => at += 1,
        }
    }
    kubeadm_tokens(bytes, secrets);
    telegram_tokens(bytes, secrets);
}

/// Where the secret ends that starts at `at`.
fn shape_at(bytes: &[u8], at: usize, runs: &mut [Run]) -> Option<usize> {
    ROWS.iter().zip(runs).find_map(|(row, run)| {
        let prefix =
            row.prefixes.iter().filter(|prefix| bytes[at..].starts_with(prefix.as_bytes())).max_by_key(|p| p.len())?;
        let start = at + prefix.len();
        if !(run.start..run.end).contains(&start) {
            *run = Run::at(bytes, start, row.rest);
        }
        // Words and host names are not random: a secret of this kind holds a digit or a capital.
        (run.end - start >= row.at_least && run.random > start).then_some(run.end)
    })
}

/// kubeadm's bootstrap tokens: `[a-z0-9]{6}.[a-z0-9]{16}`, with digits in it.
fn kubeadm_tokens(bytes: &[u8], secrets: &mut Vec<Range<usize>>) {
    for (dot, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'.') {
        let (Some(start), end) = (dot.checked_sub(6), dot + 17) else { continue };
        let is_part = |byte: &u8| Alphabet::Smalls.has(*byte);
        let Some(secret) = bytes.get(dot + 1..end) else { continue };
        let whole = bytes[start..dot].iter().all(is_part) && secret.iter().all(is_part);
        let edge = |byte: Option<&u8>| {
            !byte.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/'))
        };
        let random = secret.iter().filter(|byte| byte.is_ascii_digit()).count() >= 2;
        if whole && random && edge(start.checked_sub(1).and_then(|n| bytes.get(n))) && edge(bytes.get(end)) {
            secrets.push(start..end);
        }
    }
}

/// Telegram's bot tokens: eight to ten digits, `:AA`, 33 characters.
fn telegram_tokens(bytes: &[u8], secrets: &mut Vec<Range<usize>>) {
    for (colon, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b':') {
        let digits = bytes[..colon].iter().rev().take(11).take_while(|byte| byte.is_ascii_digit()).count();
        let length = bytes[colon + 1..].iter().take(64).take_while(|byte| Alphabet::Url.has(**byte)).count();
        if (8..=10).contains(&digits) && length >= 33 && bytes[colon + 1..].starts_with(b"AA") {
            secrets.push(colon - digits..colon + 1 + length);
        }
    }
}

const CUSTOM: &[Sample] = &[
    Sample {
        reason: "a kubeadm bootstrap token",
        found: ("kubeadm join 10.0.0.1:6443 abcdef.0123456789abcdef", "kubeadm join 10.0.0.1:6443 [redacted]"),
        untouched: "python3 string.isalphanumerical x.0123456789abcdef",
    },
    Sample {
        reason: "a Telegram bot's token",
        found: (
            "curl https://api.telegram.org/bot123456789:AA000000000000000000000000000000000/x",
            "curl https://api.telegram.org/bot[redacted]/x",
        ),
        untouched: "curl https://api.telegram.org/bot12345:AA/x",
    },
];

/// The samples of every row.
pub(super) fn samples() -> Vec<Sample> {
    ROWS.iter().map(|row| row.sample).chain(CUSTOM.iter().copied()).collect()
}
