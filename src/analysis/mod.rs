//! What lanner knows and concludes about a group of alerts.

pub mod rules;
