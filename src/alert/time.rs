//! Event time: nanoseconds since the Unix epoch.

use serde::{Deserialize, Serialize};

/// A point in event time, in nanoseconds since 1970-01-01T00:00:00Z. Holds the years 1677 to 2262; a decoder refuses
/// what lies outside, so that arithmetic on times need not be checked for range everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time between the years 1677 and 2262 ({0})")]
pub struct ParseTimeError(String);

impl Time {
    /// The time of a count of nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The time of protobuf's pair; `None` outside the range, or where `nanos` is not below a second.
    pub fn from_parts(seconds: i64, nanos: i32) -> Option<Self> {
        if !(0..1_000_000_000).contains(&nanos) {
            return None;
        }
        seconds.checked_mul(1_000_000_000)?.checked_add(i64::from(nanos)).map(Self)
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Seconds since the epoch and the nanoseconds of the second, as protobuf has them.
    pub const fn parts(self) -> (i64, i32) {
        (self.0.div_euclid(1_000_000_000), self.0.rem_euclid(1_000_000_000) as i32)
    }

    /// Nanoseconds from `earlier` to this, saturating; negative where `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339, as Falco's JSON has it.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        let time: jiff::Timestamp = text.parse().map_err(|error: jiff::Error| ParseTimeError(error.to_string()))?;
        i64::try_from(time.as_nanosecond()).map(Self).map_err(|_| ParseTimeError("outside the range".to_owned()))
    }
}

impl std::fmt::Display for Time {
    /// RFC 3339 with nanoseconds and `Z`, as Falco writes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(time) => write!(f, "{time:.9}"),
            Err(_) => write!(f, "{} ns", self.0),
        }
    }
}

impl std::fmt::Debug for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_text_and_parts() {
        let time = Time::parse("2024-10-29T13:41:35.792272681Z").unwrap();
        assert_eq!(time.to_string(), "2024-10-29T13:41:35.792272681Z");
        let (seconds, nanos) = time.parts();
        assert_eq!(Time::from_parts(seconds, nanos), Some(time));
        assert_eq!(Time::parse("2024-10-29T15:41:35.792272681+02:00"), Ok(time));
    }

    #[test]
    fn what_no_clock_can_mean_is_refused() {
        assert!(Time::parse("9999-01-01T00:00:00Z").is_err());
        assert!(Time::parse("13:41:35").is_err());
        assert_eq!(Time::from_parts(i64::MAX, 0), None);
        assert_eq!(Time::from_parts(0, 1_000_000_000), None);
        assert_eq!(Time::from_nanos(-1).parts(), (-1, 999_999_999));
    }
}
