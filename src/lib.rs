//! lanner

pub mod cmdline;
