//! The report of an alert of any texts, in all formats.
#![no_main]

#[allow(dead_code, reason = "each target uses its part of it")]
#[path = "../../tests/support/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let seed = bytes.first().copied().unwrap_or_default();
    checks::report(&checks::alert_of(&checks::texts_of(bytes), seed.into()));
});
