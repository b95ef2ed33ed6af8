//! A message of Falco's gRPC API as an alert.
//!
//! Lenient where Falco is: text that is not UTF-8 keeps what is valid, a missing `source` is read from its deprecated
//! predecessor, and the JSON line that `json_output: true` puts into `output` gives way to the text inside it. What
//! lacks rule or time, or has a priority that Falco does not, is no alert.

use super::proto::lenient::outputs::Response;
use crate::alert::{self, Alert, AlertBuilder, DecodeError, Priority, Time};
use bytes::Bytes;
use prost::Message as _;
use std::borrow::Cow;

/// Reads one `falco.outputs.response`.
///
/// # Errors
/// [`DecodeError`] where the bytes are no such message or the message is no alert.
pub fn decode(message: Bytes) -> Result<Alert, DecodeError> {
    let message = Response::decode(message).map_err(|error| DecodeError::NotProto(error.to_string()))?;
    let rule = text(&message.rule);
    let output = text(&message.output);
    let output = match alert::embedded_json_output(&output, &rule) {
        Some(inner) => Cow::Owned(inner),
        None => output,
    };
    let source = text(&message.source);
    let source = if source.is_empty() { Cow::Borrowed(deprecated_source(&message)) } else { source };
    let mut builder =
        AlertBuilder::new().rule(rule).priority(priority(&message)?).source(source).hostname(text(&message.hostname));
    builder = builder.output(output);
    if let Some(time) = &message.time {
        let read = Time::from_parts(time.seconds, time.nanos).ok_or_else(|| DecodeError::Invalid {
            field: "time",
            value: format!("{} s {} ns", time.seconds, time.nanos),
            reason: "expected a time between the years 1677 and 2262".to_owned(),
        })?;
        builder = builder.time(read);
    }
    for tag in &message.tags {
        builder.push_tag(text(tag));
    }
    for entry in &message.output_fields {
        builder.push_field(text(&entry.key), text(&entry.value));
    }
    builder.build()
}

/// The bytes as text, with U+FFFD for what is not UTF-8.
fn text(bytes: &Bytes) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn priority(message: &Response) -> Result<Priority, DecodeError> {
    Priority::from_number(message.priority).ok_or_else(|| DecodeError::Invalid {
        field: "priority",
        value: message.priority.to_string(),
        reason: "expected one of Falco's priorities, 0 to 7".to_owned(),
    })
}

/// Falco's names for `falco.schema.source`; empty for a number that it does not have.
#[allow(deprecated)]
fn deprecated_source(message: &Response) -> &'static str {
    match message.source_deprecated {
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
    use crate::source::falco::proto::lenient::outputs::response::OutputFieldsEntry;
    use proptest::prelude::*;

    fn message() -> Response {
        Response {
            time: Some(prost_types::Timestamp { seconds: 1_730_209_295, nanos: 792_272_681 }),
            priority: 4,
            rule: Bytes::from_static(b"Detect Shell in Container"),
            output: Bytes::from_static(b"13:41:35.792272681: Warning Shell (user=root)"),
            output_fields: vec![OutputFieldsEntry { key: "user.name".into(), value: "root".into() }],
            hostname: Bytes::from_static(b"k8s-master-01"),
            source: Bytes::from_static(b"syscall"),
            ..Response::default()
        }
    }

    fn decoded(message: &Response) -> Result<Alert, DecodeError> {
        decode(message.encode_to_vec().into())
    }

    #[test]
    fn bytes_that_are_not_utf_8_cost_no_alert() {
        let value = Bytes::from_static(b"cat /tmp/\xff\xfe.txt");
        let odd =
            Response { output_fields: vec![OutputFieldsEntry { key: "proc.cmdline".into(), value }], ..message() };
        assert_eq!(decoded(&odd).unwrap().field("proc.cmdline"), Some("cat /tmp/\u{fffd}\u{fffd}.txt"));
    }

    #[test]
    fn the_deprecated_source_counts_where_there_is_no_other() {
        #[allow(deprecated)]
        let old = Response { source: Bytes::new(), source_deprecated: 1, ..message() };
        assert_eq!(decoded(&old).unwrap().source(), "k8s_audit");
        #[allow(deprecated)]
        let both = Response { source: "aws_cloudtrail".into(), source_deprecated: 3, ..message() };
        assert_eq!(decoded(&both).unwrap().source(), "aws_cloudtrail");
    }

    #[test]
    fn what_is_no_alert_says_why() {
        let error = |message: &Response| decoded(message).unwrap_err().to_string();
        assert!(error(&Response { time: None, ..message() }).starts_with("no `time`"));
        assert!(error(&Response { rule: Bytes::new(), ..message() }).starts_with("no `rule`"));
        assert!(error(&Response { priority: 9, ..message() }).contains("`priority` is \"9\""));
        let timeless = Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 });
        assert!(error(&Response { time: timeless, ..message() }).contains("between the years"));
        assert!(decode(Bytes::from_static(b"\xff\xff\xff")).unwrap_err().to_string().starts_with("not a falco"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = decode(bytes.into());
        }

        #[test]
        fn a_damaged_message_never_panics(at in 0usize..200, with in any::<u8>(), cut in 0usize..200) {
            let mut bytes = message().encode_to_vec();
            let at = at % bytes.len();
            bytes[at] = with;
            bytes.truncate(bytes.len() - cut % bytes.len());
            let _ = decode(bytes.into());
        }
    }
}
