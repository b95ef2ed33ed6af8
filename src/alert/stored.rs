//! An alert as bytes: how the journal keeps it. Reading checks everything, so damaged bytes are an error and never a
//! panic.

use super::{Alert, AlertId, FIRST_TAG, Priority, Time};
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes before the text: id, time, priority, flags, count of tags, count of parts.
const HEAD: usize = 16 + 8 + 1 + 1 + 4 + 4;
const CUT: u8 = 1;
const FIELDS_INFERRED: u8 = 2;

impl Alert {
    /// Appends the alert's bytes: a fixed head, the end of each part as 32 bits, then the text. Little endian.
    pub fn encode(&self, into: &mut Vec<u8>) {
        into.reserve(HEAD + 4 * self.ends.len() + self.text.len());
        into.extend_from_slice(self.id.as_bytes());
        into.extend_from_slice(&self.time.nanos().to_le_bytes());
        into.push(self.priority.number());
        into.push(if self.cut { CUT } else { 0 } | if self.fields_inferred { FIELDS_INFERRED } else { 0 });
        into.extend_from_slice(&self.tags.to_le_bytes());
        into.extend_from_slice(&(self.ends.len() as u32).to_le_bytes());
        for end in &self.ends {
            into.extend_from_slice(&end.to_le_bytes());
        }
        into.extend_from_slice(self.text.as_bytes());
    }

    /// Reads one alert off the front of `bytes`; `None` where they are damaged, and `bytes` is then unspecified.
    pub fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let id = AlertId::from_bytes(take(bytes, 16)?.try_into().ok()?);
        let time = Time::from_nanos(i64::from_le_bytes(take(bytes, 8)?.try_into().ok()?));
        let priority = Priority::from_number(i32::from(*take(bytes, 1)?.first()?))?;
        let flags = *take(bytes, 1)?.first()?;
        let tags = number(bytes)?;
        let parts = number(bytes)? as usize;
        let ends: Box<[u32]> = take(bytes, parts.checked_mul(4)?)?
            .chunks_exact(4)
            .map(|four| u32::from_le_bytes(four.try_into().unwrap_or_default()))
            .collect();
        let text = std::str::from_utf8(take(bytes, *ends.last()? as usize)?).ok()?;
        let whole = ends.is_sorted() && ends.iter().all(|end| text.is_char_boundary(*end as usize));
        let fields = parts.checked_sub(FIRST_TAG)?.checked_sub(tags as usize)?;
        (whole && fields.is_multiple_of(2)).then(|| Self {
            id,
            time,
            priority,
            cut: flags & CUT != 0,
            fields_inferred: flags & FIELDS_INFERRED != 0,
            tags,
            text: text.into(),
            ends,
        })
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (front, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(front)
}

fn number(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes, 4)?.try_into().ok().map(u32::from_le_bytes)
}

impl Serialize for Alert {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Alert {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Alert;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an alert's bytes")
            }
            fn visit_bytes<E: serde::de::Error>(self, mut bytes: &[u8]) -> Result<Alert, E> {
                Alert::decode(&mut bytes).ok_or_else(|| E::custom("damaged alert"))
            }
        }
        deserializer.deserialize_bytes(Bytes).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::super::AlertBuilder;
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Alert {
        let builder = AlertBuilder::new().rule("R").time(Time::from_nanos(-5)).priority(Priority::Error);
        builder.tag("b").tag("a").field("k", "välue").output("o").hostname("h").build().unwrap()
    }

    #[test]
    fn an_alert_survives_its_bytes() {
        let mut bytes = Vec::new();
        sample().encode(&mut bytes);
        sample().encode(&mut bytes);
        let mut rest = bytes.as_slice();
        assert_eq!(Alert::decode(&mut rest), Some(sample()));
        assert_eq!(Alert::decode(&mut rest), Some(sample()));
        assert!(rest.is_empty());
    }

    proptest! {
        #[test]
        fn damaged_bytes_never_panic(at in 0usize..100, byte: u8, cut in 0usize..100) {
            let mut bytes = Vec::new();
            sample().encode(&mut bytes);
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(bytes.len() - cut % bytes.len());
            if let Some(alert) = Alert::decode(&mut bytes.as_slice()) {
                let _ = format!("{alert:?}");
            }
        }
    }
}
