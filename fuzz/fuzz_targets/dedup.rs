//! A stream of alerts: four texts each, parts separated by 0xff.
#![no_main]

#[allow(dead_code, reason = "each target uses its part of it")]
#[path = "../../tests/support/checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let texts = checks::texts_of(bytes);
    let alerts: Vec<_> = texts.chunks(4).map(|own| checks::alert_of(own, own.len() as u64)).collect();
    checks::dedup(&alerts);
});
