//! Falco's gRPC outputs API (Falco 0.22 to 0.43).

pub mod proto;
