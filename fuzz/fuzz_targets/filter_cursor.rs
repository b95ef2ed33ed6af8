//! Bytes as a filter, and as a cursor.
#![no_main]

#[allow(dead_code, reason = "each target uses its part of it")]
#[path = "../../tests/support/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let analysis = checks::analysed(&checks::alert_of(&["output".to_owned(), "bash -i".to_owned()], 3));
    checks::filter_and_cursor(bytes, &analysis);
});
