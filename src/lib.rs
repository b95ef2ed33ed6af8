//! lanner

pub mod analysis;
