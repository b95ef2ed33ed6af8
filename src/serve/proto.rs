//! lanner's own wire types, generated from `proto/lanner/v1`. Only this room and the client commands use them.
#![allow(missing_docs, clippy::pedantic, clippy::all)]

use serde::{Deserialize, Deserializer, Serialize, Serializer};

tonic::include_proto!("lanner.v1");
include!(concat!(env!("OUT_DIR"), "/lanner.v1.serde.rs"));

/// The descriptors of `lanner.v1` and what it imports, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lanner_descriptor.bin"));

/// `google.protobuf.Timestamp`, with the canonical JSON form (RFC 3339 and `Z`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Timestamp {
    /// Seconds since the epoch.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// Nanoseconds of the second, 0 to 999,999,999.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = jiff::Timestamp::new(self.seconds, self.nanos).map_err(serde::ser::Error::custom)?;
        serializer.collect_str(&time)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        let nanos = time.as_nanosecond();
        let seconds = nanos.div_euclid(1_000_000_000) as i64;
        Ok(Self { seconds, nanos: nanos.rem_euclid(1_000_000_000) as i32 })
    }
}

impl From<crate::alert::Time> for Timestamp {
    fn from(time: crate::alert::Time) -> Self {
        let (seconds, nanos) = time.parts();
        Self { seconds, nanos }
    }
}
