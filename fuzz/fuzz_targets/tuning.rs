//! An exception for any rule and any values, as YAML and back.
#![no_main]

#[allow(dead_code, reason = "each target uses its part of it")]
#[path = "../../tests/support/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let texts = checks::texts_of(bytes);
    checks::tuning_yaml(&texts[0], &texts[1..]);
});
