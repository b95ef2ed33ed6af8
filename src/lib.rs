//! lanner
pub mod alert;
pub mod analysis;
pub mod cmdline;
pub mod dedup;
pub mod journal;
pub mod report;
pub mod serve;
pub mod simulate;
pub mod source;
