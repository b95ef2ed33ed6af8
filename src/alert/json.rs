//! Falco's JSON (`json_output: true`, `http_output`, `file_output`).

use super::{Alert, AlertBuilder, DecodeError, Priority, Time};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// An alert as Falco writes it. Keys that lanner does not know (`uuid` of falcosidekick, `message`) are passed over.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    time: Option<&'a RawValue>,
    #[serde(borrow, default)]
    rule: Option<&'a RawValue>,
    #[serde(borrow, default)]
    priority: Option<&'a RawValue>,
    #[serde(borrow, default)]
    source: Option<&'a RawValue>,
    #[serde(borrow, default)]
    hostname: Option<&'a RawValue>,
    #[serde(borrow, default)]
    output: Option<&'a RawValue>,
    #[serde(borrow, default)]
    tags: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    output_fields: Option<BTreeMap<Cow<'a, str>, &'a RawValue>>,
}

/// Reads one alert as Falco's JSON has it.
///
/// Values keep no type: numbers and booleans become the text that Falco's gRPC API sends for them, `null` is absent.
///
/// # Errors
/// [`DecodeError`] where the text is no JSON object or lacks rule, priority or time.
pub fn decode_json(text: &str) -> Result<Alert, DecodeError> {
    if !text.trim_start().starts_with('{') {
        return Err(DecodeError::NotJson(format!("it begins with {:?}", excerpt(text))));
    }
    let line: Line = serde_json::from_str(text).map_err(|error| DecodeError::NotJson(error.to_string()))?;
    let mut builder = AlertBuilder::new();
    if let Some(rule) = line.rule.and_then(scalar) {
        builder = builder.rule(rule);
    }
    if let Some(priority) = line.priority.and_then(scalar) {
        builder = builder.priority(Priority::from_name(&priority).ok_or_else(|| DecodeError::Invalid {
            field: "priority",
            value: excerpt(&priority),
            reason: "expected one of Falco's priorities, Emergency to Debug".to_owned(),
        })?);
    }
    if let Some(time) = line.time.and_then(scalar) {
        builder = builder.time(Time::parse(&time).map_err(|error| DecodeError::Invalid {
            field: "time",
            value: excerpt(&time),
            reason: error.to_string(),
        })?);
    }
    if let Some(source) = line.source.and_then(scalar) {
        builder = builder.source(source);
    }
    if let Some(hostname) = line.hostname.and_then(scalar) {
        builder = builder.hostname(hostname);
    }
    if let Some(output) = line.output.and_then(scalar) {
        builder = builder.output(output);
    }
    for tag in line.tags.into_iter().flatten().filter_map(scalar) {
        builder.push_tag(tag);
    }
    for (key, value) in line.output_fields.into_iter().flatten() {
        if let Some(value) = scalar(value) {
            builder.push_field(key, value);
        }
    }
    builder.build()
}

/// With `json_output: true` Falco's gRPC `output` is a whole JSON line. Gives the text inside it, or `None` where
/// `output` is ordinary text (or JSON that is no alert of this rule: a rule may print JSON of its own).
pub fn embedded_json_output(output: &str, rule: &str) -> Option<String> {
    if !output.starts_with('{') {
        return None;
    }
    let line: Line = serde_json::from_str(output).ok()?;
    let same_rule = line.rule.and_then(scalar)? == rule;
    (same_rule && line.time.is_some() && line.priority.is_some())
        .then(|| line.output.and_then(scalar).unwrap_or_default().into_owned())
}

/// The text of a JSON value as Falco's gRPC API would send it; `None` for null.
fn scalar(value: &RawValue) -> Option<Cow<'_, str>> {
    let raw = value.get();
    match raw.as_bytes().first()? {
        b'"' => Some(string(raw)),
        b'n' => None,
        b'[' => {
            // Falco prints a list as "(a,b)".
            let items: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
            let items: Vec<_> = items.into_iter().map(|item| scalar(item).unwrap_or(Cow::Borrowed("<NA>"))).collect();
            Some(Cow::Owned(format!("({})", items.join(","))))
        }
        _ => Some(Cow::Borrowed(raw)),
    }
}

/// The text of a JSON string. Half a surrogate pair, as some write bytes that are no UTF-8, becomes what the gRPC API's
/// decoder makes of such bytes: whoever chooses a value cannot have it disappear.
fn string(raw: &str) -> Cow<'_, str> {
    if let Ok(Text(text)) = serde_json::from_str(raw) {
        return text;
    }
    let bytes = serde_json::from_str::<serde_bytes::ByteBuf>(raw).map(serde_bytes::ByteBuf::into_vec);
    bytes.map_or(Cow::Borrowed(raw), |bytes| Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
}

/// A JSON string, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn excerpt(value: &str) -> String {
    value.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"time":"2024-10-29T13:41:35.792272681Z","rule":"Detect Shell in Container","priority":"Warning",
        "source":"syscall","hostname":"k8s-master-01","output":"13:41:35.792272681: Warning Shell (user=root)","uuid":"x",
        "tags":["shell","container"],"output_fields":{"user.name":"root","user.uid":0,"proc.tty":-1,"k8s.ns.name":null,
        "evt.time":1730209295792272681,"ok":true,"list":["a",1]}}"#;

    #[test]
    fn typed_values_become_the_text_that_grpc_sends() {
        let alert = decode_json(LINE).unwrap();
        assert_eq!(alert.field("user.uid"), Some("0"));
        assert_eq!(alert.field("proc.tty"), Some("-1"));
        assert_eq!(alert.field("ok"), Some("true"));
        assert_eq!(alert.field("list"), Some("(a,1)"));
        assert_eq!(alert.field("k8s.ns.name"), None);
        assert_eq!(alert.tags().collect::<Vec<_>>(), ["container", "shell"]);
        assert_eq!(alert.message(), "Shell (user=root)");
        assert!(!alert.fields_inferred());
    }

    #[test]
    fn a_value_with_half_a_surrogate_pair_is_kept() {
        let line = r#"{"time":"2024-10-29T13:41:35Z","rule":"R\ud800","priority":"Debug",
            "output_fields":{"proc.cmdline":"rm \udcff\n-rf \ud83d\ude00"}}"#;
        let alert = decode_json(line).unwrap();
        assert_eq!(alert.field("proc.cmdline"), Some("rm \u{fffd}\u{fffd}\u{fffd}\n-rf 😀"));
        assert!(alert.rule().starts_with('R'));
    }

    #[test]
    fn what_is_no_alert_says_why() {
        let error = |text: &str| decode_json(text).unwrap_err().to_string();
        assert!(error("hello").starts_with("not a JSON object"));
        assert!(error("[1]").starts_with("not a JSON object"));
        assert_eq!(error("{}"), "no `time`: an alert needs `rule`, `priority` and `time`");
        assert!(error(r#"{"priority":"Loud"}"#).contains("expected one of Falco's priorities"));
        assert!(error(r#"{"priority":"Debug","time":"yesterday"}"#).contains("`time` is \"yesterday\""));
        let null = r#"{"time":null,"rule":"R","priority":"Debug"}"#;
        assert!(error(null).starts_with("no `time`"));
    }

    #[test]
    fn output_tags_and_fields_may_be_switched_off() {
        let alert = decode_json(r#"{"time":"2024-10-29T13:41:35Z","rule":"R","priority":"Debug"}"#).unwrap();
        assert_eq!((alert.output(), alert.tags().count(), alert.fields().len()), ("", 0, 0));
    }

    #[test]
    fn json_inside_output_is_taken_only_where_it_is_this_alert() {
        let inner = r#"{"output":"text","rule":"R","priority":"Debug","time":"2024-10-29T13:41:35Z"}"#;
        assert_eq!(embedded_json_output(inner, "R").as_deref(), Some("text"));
        assert_eq!(embedded_json_output(inner, "Other"), None);
        assert_eq!(embedded_json_output(r#"{"json":true}"#, "R"), None);
        assert_eq!(embedded_json_output("plain", "R"), None);
    }
}
