//! lanner
pub mod alert;
pub mod analysis;
pub mod cli;
pub mod dedup;
pub mod serve;
pub mod simulate;
pub mod source;
