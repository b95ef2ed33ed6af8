//! Where alerts come from.

pub mod falco;
pub mod http;
