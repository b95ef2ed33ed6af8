//! lanner
pub mod alert;
pub mod analysis;
pub mod cli;
pub mod cmdline;
pub mod config;
pub mod dedup;
pub mod journal;
pub mod narrator;
pub mod pipeline;
pub mod report;
pub mod serve;
pub mod sidecar;
pub mod simulate;
pub mod source;
pub mod telemetry;
