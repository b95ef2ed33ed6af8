//! A message of Falco's gRPC API as an alert.
//!
//! Lenient where Falco is: text that is not UTF-8 keeps what is valid, a missing `source` is read from its deprecated
//! predecessor, and the JSON line that `json_output: true` puts into `output` gives way to the text inside it. What
//! lacks rule or time, or has a priority that Falco does not, is no alert.

use super::wire::{Fields, Value, WireError};
use crate::alert::{self, Alert, AlertBuilder, DecodeError, Priority, Time};
use std::borrow::Cow;

/// Reads one `falco.outputs.response`.
///
/// # Errors
/// [`DecodeError`] where the bytes are no such message or the message is no alert.
pub fn decode(message: &[u8]) -> Result<Alert, DecodeError> {
    let mut builder = AlertBuilder::new();
    let mut time = None;
    // What is 0 is not on the wire.
    let (mut priority, mut deprecated_source) = (0, 0);
    let (mut rule, mut output, mut source) = (Cow::default(), Cow::default(), Cow::default());
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next().map_err(no_message)? {
        match field {
            (1, Value::Bytes(value)) => time = Some(timestamp(value).map_err(no_message)?),
            (2, Value::Varint(value)) => priority = value,
            (3, Value::Varint(value)) => deprecated_source = value,
            (4, Value::Bytes(value)) => rule = text(value),
            (5, Value::Bytes(value)) => output = text(value),
            (6, Value::Bytes(value)) => {
                let (key, value) = entry(value).map_err(no_message)?;
                builder.push_field(text(key), text(value));
            }
            (7, Value::Bytes(value)) => builder = builder.hostname(text(value)),
            (8, Value::Bytes(value)) => builder.push_tag(text(value)),
            (9, Value::Bytes(value)) => source = text(value),
            (field @ 1..=9, _) => return Err(DecodeError::NotProto(format!("field {field} has another type"))),
            _ => {}
        }
    }
    if let Some(inner) = alert::embedded_json_output(&output, &rule) {
        output = Cow::Owned(inner);
    }
    if source.is_empty() {
        source = Cow::Borrowed(named_source(deprecated_source));
    }
    if let Some((seconds, nanos)) = time {
        builder = builder.time(Time::from_parts(seconds, nanos).ok_or_else(|| DecodeError::Invalid {
            field: "time",
            value: format!("{seconds} s {nanos} ns"),
            reason: "expected a time between the years 1677 and 2262".to_owned(),
        })?);
    }
    let known = i32::try_from(priority).ok().and_then(Priority::from_number);
    let known = known.ok_or_else(|| DecodeError::Invalid {
        field: "priority",
        value: priority.to_string(),
        reason: "expected one of Falco's priorities, 0 to 7".to_owned(),
    })?;
    builder.rule(rule).priority(known).source(source).output(output).build()
}

/// The bytes as text, with U+FFFD for what is not UTF-8.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// `google.protobuf.Timestamp`: seconds since the epoch and nanoseconds.
fn timestamp(message: &[u8]) -> Result<(i64, i32), WireError> {
    let (mut seconds, mut nanos) = (0, 0);
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field {
            (1, Value::Varint(value)) => seconds = value as i64,
            (2, Value::Varint(value)) => nanos = value as i32,
            _ => {}
        }
    }
    Ok((seconds, nanos))
}

/// An entry of a map is a message of its key and its value.
fn entry(message: &[u8]) -> Result<(&[u8], &[u8]), WireError> {
    let (mut key, mut value): (&[u8], &[u8]) = (b"", b"");
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field {
            (1, Value::Bytes(bytes)) => key = bytes,
            (2, Value::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    Ok((key, value))
}

#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn no_message(error: WireError) -> DecodeError {
    DecodeError::NotProto(error.to_string())
}

/// Falco's names for `falco.schema.source`; empty for a number that it does not have.
fn named_source(number: u64) -> &'static str {
    match number {
        0 => "syscall",
        1 => "k8s_audit",
        2 => "internal",
        3 => "plugin",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::falco::proto::outputs::Response;
    use proptest::prelude::*;
    use prost::Message as _;

    fn message() -> Response {
        Response {
            time: Some(prost_types::Timestamp { seconds: 1_730_209_295, nanos: 792_272_681 }),
            priority: 4,
            rule: "Detect Shell in Container".to_owned(),
            output: "13:41:35.792272681: Warning Shell (user=root)".to_owned(),
            output_fields: [("user.name".to_owned(), "root".to_owned())].into(),
            hostname: "k8s-master-01".to_owned(),
            source: "syscall".to_owned(),
            ..Response::default()
        }
    }

    fn decoded(message: &Response) -> Result<Alert, DecodeError> {
        decode(&message.encode_to_vec())
    }

    #[test]
    fn bytes_that_are_not_utf_8_cost_no_alert() {
        let mut odd = message().encode_to_vec();
        odd.extend(b"\x32\x20\x0a\x0cproc.cmdline\x12\x10cat /tmp/\xff\xfe.txt!");
        assert_eq!(decode(&odd).unwrap().field("proc.cmdline"), Some("cat /tmp/\u{fffd}\u{fffd}.txt!"));
    }

    #[test]
    fn the_deprecated_source_counts_where_there_is_no_other() {
        #[allow(deprecated)]
        let old = Response { source: String::new(), source_deprecated: 1, ..message() };
        assert_eq!(decoded(&old).unwrap().source(), "k8s_audit");
        #[allow(deprecated)]
        let both = Response { source: "aws_cloudtrail".into(), source_deprecated: 3, ..message() };
        assert_eq!(decoded(&both).unwrap().source(), "aws_cloudtrail");
    }

    #[test]
    fn what_is_no_alert_says_why() {
        let error = |message: &Response| decoded(message).unwrap_err().to_string();
        assert!(error(&Response { time: None, ..message() }).starts_with("no `time`"));
        assert!(error(&Response { rule: String::new(), ..message() }).starts_with("no `rule`"));
        assert!(error(&Response { priority: 9, ..message() }).contains("`priority` is \"9\""));
        let timeless = Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 });
        assert!(error(&Response { time: timeless, ..message() }).contains("between the years"));
        assert!(decode(b"\xff\xff\xff").unwrap_err().to_string().starts_with("not a falco"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn it_reads_what_a_strict_decoder_reads(
            rule in "[a-zA-Z ]{0,9}x",
            output in ".{0,40}",
            fields in proptest::collection::hash_map("[a-z.]{1,9}", "\\PC{0,300}", 0..6),
            tags in proptest::collection::vec("[a-z_]{1,9}", 0..4),
            (seconds, nanos) in (-9_000_000_000_i64..9_000_000_000, 0..1_000_000_000),
            priority in 0..8,
        ) {
            let output_fields = fields.clone();
            let message = Response {
                time: Some(prost_types::Timestamp { seconds, nanos }),
                rule: rule.clone(), output: output.clone(), tags: tags.clone(), priority, output_fields,
                ..message()
            };
            let mut expected = AlertBuilder::new().rule(rule).output(output).source("syscall").hostname("k8s-master-01");
            expected = expected.time(Time::from_parts(seconds, nanos).unwrap());
            expected = expected.priority(Priority::from_number(priority).unwrap());
            expected = fields.into_iter().fold(expected, |alert, (key, value)| alert.field(key, value));
            expected = tags.into_iter().fold(expected, AlertBuilder::tag);
            prop_assert_eq!(decoded(&message).unwrap(), expected.build().unwrap());
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn a_damaged_message_never_panics(at in 0usize..200, with in any::<u8>(), cut in 0usize..200) {
            let mut bytes = message().encode_to_vec();
            let at = at % bytes.len();
            bytes[at] = with;
            bytes.truncate(bytes.len() - cut % bytes.len());
            let _ = decode(&bytes);
        }
    }
}
