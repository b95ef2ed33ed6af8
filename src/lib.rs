//! lanner: a sidecar for Falco. It takes Falco's alerts, makes them durable, folds near-identical ones into groups,
//! works out for each group what happened, how bad it is, why we think so and what to do, and serves those analyses
//! over a gRPC service of its own.
//!
//! ```text
//!   Falco, gRPC sub ──┐ source        journal        pipeline            journal         serve    gRPC, metrics
//!   Falco, HTTP ──────┴────────▶ Alert ──────▶ (1) ─▶ dedup ─▶ analysis ──────▶ (2) ────▶ report   Markdown, HTML, text
//!                                durable              pure     pure          durable
//! ```
//!
//! Data runs one way, left to right. Everything behind a source is a cursor over one durable journal: the pipeline reads
//! alerts (1) and writes analyses (2); watchers, reports and the language model's narrator read (2) or (1). A slow reader
//! costs a number and no memory; a crash costs a re-read; resuming is the same code as following.
//!
//! `ARCHITECTURE.md` in the repository states the invariants; `tests/architecture.rs` enforces the import rules.

pub mod alert;
pub mod analysis;
pub mod cli;
pub mod cmdline;
pub mod config;
pub mod dedup;
pub mod journal;
pub mod listen;
pub mod narrator;
pub mod pipeline;
pub mod report;
pub mod serve;
pub mod sidecar;
pub mod simulate;
pub mod source;
pub mod telemetry;
