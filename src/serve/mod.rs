//! lanner's own interfaces: gRPC over TCP and unix sockets, metrics over HTTP.
//!
//! ```text
//!  listen ── accept, TLS, caps ──▶ grpc ── auth ──▶ service ──▶ readers ──▶ journal
//!                                                └▶ watch ──▶ ring (newest) or readers (older)
//!  listen ──▶ http1 ──▶ metrics, source::http
//! ```
//!
//! Constraints and invariants:
//! - What is served is read from the journal; nothing here reaches into the pipeline.
//! - Wire types end here: `convert` makes them, `filter` and `cursor` read them.
//! - Everything a client can make us hold is bounded: connections, streams, watchers, requests, pages, batches.
//! - Errors become statuses in one place, `errors`.

pub mod auth;
pub mod authority;
pub mod convert;
pub mod cursor;
mod errors;
pub mod filter;
pub mod grpc;
pub mod http1;
pub mod listen;
pub mod metrics;
pub mod proto;
pub mod readers;
pub mod service;
pub mod tls;
pub mod watch;

#[cfg(test)]
mod testing;
