//! lanner
pub mod alert;
pub mod analysis;
pub mod cmdline;
pub mod dedup;
