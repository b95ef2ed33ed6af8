//! Any text as a command line.
#![no_main]

#[allow(dead_code, reason = "each target uses its part of it")]
#[path = "../../tests/support/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::command_line(&String::from_utf8_lossy(bytes));
});
