//! Where alerts come from.

pub mod falco;
