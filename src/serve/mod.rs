//! lanner's own interfaces: gRPC over TCP and unix sockets, metrics over HTTP.
//!
//! ```text
//!  listen ─────────────────────▶ grpc ── auth ──▶ service ──▶ readers ──▶ journal
//!                                                └▶ watch ──▶ ring (newest) or readers (older)
//!  listen ──▶ metrics
//! ```
//!
//! Constraints and invariants:
//! - What is served is read from the journal; nothing here reaches into the pipeline.
//! - Wire types end here: `convert` makes them, `filter` and `cursor` read them.
//! - Everything a client can make us hold is bounded: connections, streams, watchers, requests, pages, batches.
//! - Errors become statuses in one place, `errors`.

pub mod auth;
pub mod convert;
pub mod cursor;
mod errors;
pub mod filter;
pub mod grpc;
pub mod metrics;
pub mod proto;
pub mod readers;
pub mod service;
pub mod watch;

#[cfg(test)]
mod testing;
