//! lanner
pub mod alert;
pub mod analysis;
pub mod dedup;
