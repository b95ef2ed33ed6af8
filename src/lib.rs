//! lanner
pub mod alert;
pub mod analysis;
pub mod dedup;
pub mod journal;
pub mod serve;
pub mod source;
