//! What identifies a group, and what makes alerts near-identical.

use super::hash::Digests;
use super::parts::{self, Policy};
use super::{Settings, normal};
use crate::alert::{Alert, AlertId, Context};
use serde::{Deserialize, Serialize};

/// 128 bits of BLAKE3 over an alert's identity fields and normalised content: alerts of one fingerprint within one
/// window are one group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint(#[serde(with = "serde_bytes")] [u8; 16]);

/// Identifies one group: derived from its fingerprint and its opening alert, so a replay gives the same ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupId(#[serde(with = "serde_bytes")] [u8; 16]);

/// A text that is no group id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a group id is 32 hexadecimal digits")]
pub struct ParseGroupIdError;

impl Fingerprint {
    /// The fingerprint of an alert under these settings: that of the group that it opens, or would open.
    pub fn of(alert: &Alert, context: &Context, settings: &Settings) -> Self {
        let policy = Policy::of(settings, alert.rule());
        normal::reduce(alert, context, &policy, &mut parts::read_anew, &mut Digests::default()).fingerprint
    }

    /// The fingerprint of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl GroupId {
    /// The id of the group of this fingerprint that this alert opens.
    pub fn new(fingerprint: Fingerprint, opening: AlertId) -> Self {
        let mut both = [0; 32];
        both[..16].copy_from_slice(fingerprint.as_bytes());
        both[16..].copy_from_slice(opening.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&blake3::hash(&both).as_bytes()[..16]);
        Self(bytes)
    }

    /// The id of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::str::FromStr for GroupId {
    type Err = ParseGroupIdError;

    fn from_str(text: &str) -> Result<Self, ParseGroupIdError> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ParseGroupIdError);
        }
        u128::from_str_radix(text, 16).map(|n| Self(n.to_be_bytes())).map_err(|_| ParseGroupIdError)
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::fmt::Display for GroupId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl std::fmt::Debug for GroupId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::at;
    use super::super::{Dedup, Mode, Reason, RuleSettings};
    use super::*;

    #[test]
    fn an_alert_has_the_fingerprint_of_the_group_that_it_opens() {
        let alert = at(0, &[("proc.cmdline", "shred -u /tmp/upload-aZ3kQ9xB2vWq"), ("proc.pname", "runc")]);
        for mode in [Mode::Near, Mode::Exact, Mode::Off] {
            let rule = RuleSettings { pattern: "*".to_owned(), mode, ..RuleSettings::default() };
            let settings = Settings { rules: vec![rule], ..Settings::default() };
            let mut dedup = Dedup::new(settings.clone());
            let seen = dedup.observe(&alert, &Context::default(), 1, alert.time());
            let group = dedup.announce(seen.number, Reason::First).unwrap();
            assert_eq!(Fingerprint::of(&alert, &Context::default(), &settings), group.fingerprint, "{mode:?}");
        }
    }
}
