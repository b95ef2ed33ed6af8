//! An alert's id: BLAKE3 over its content.

use super::Time;
use serde::{Deserialize, Serialize};

/// 128 bits of BLAKE3 over an alert's content; shown as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AlertId([u8; 16]);

/// A text that is no alert id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an alert id is 32 hexadecimal digits")]
pub struct ParseIdError;

impl AlertId {
    /// The id of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The first half as a number, for tables that only need to tell alerts apart.
    pub fn short(&self) -> u64 {
        u64::from_le_bytes(self.0[..8].try_into().unwrap_or_default())
    }

    /// Hashes the content. Every part is preceded by its length, so no two contents run together alike.
    pub(super) fn of<'a>(
        rule: &str,
        time: Time,
        hostname: &str,
        source: &str,
        content: impl Iterator<Item = &'a str>,
    ) -> Self {
        // One call of the hasher for everything: one for each part costs more than the hashing.
        let mut all = Vec::with_capacity(1024);
        let mut part = |text: &str| {
            all.extend_from_slice(&(text.len() as u64).to_le_bytes());
            all.extend_from_slice(text.as_bytes());
        };
        part(rule);
        part(hostname);
        part(source);
        content.for_each(&mut part);
        all.extend_from_slice(&time.nanos().to_le_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&blake3::hash(&all).as_bytes()[..16]);
        Self(bytes)
    }
}

impl std::str::FromStr for AlertId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ParseIdError);
        }
        u128::from_str_radix(text, 16).map(|n| Self(n.to_be_bytes())).map_err(|_| ParseIdError)
    }
}

impl std::fmt::Display for AlertId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl std::fmt::Debug for AlertId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
