//! What is known about Falco rules.

pub mod attack;
