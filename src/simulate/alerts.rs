//! What the stand-in sends: Falco's own bytes for an alert.
//!
//! An alert is encoded once and stamped with its time when it is sent, so a queue of a million alerts that repeat takes
//! little memory and sending one costs a copy.

use crate::alert::{self, DecodeError, Priority, Time, text};
use crate::source::falco::proto::{outputs, schema};
use bytes::{BufMut, Bytes};
use prost::Message as _;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// `json_output` in falco.yaml: what Falco puts into the gRPC `output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// The rendered text.
    #[default]
    Text,
    /// The whole alert as a line of JSON.
    Json,
}

/// An alert, encoded but for its time.
#[derive(Debug)]
pub struct Template {
    time: Time,
    /// The `falco.outputs.response` without its field 1.
    wire: Box<[u8]>,
    /// Where in `wire` which form of the time belongs, in order.
    stamps: Vec<(usize, Stamp)>,
}

/// A form of the time. Each has a fixed width, so no length changes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stamp {
    /// `08:29:40.689330535`
    Clock,
    /// `1795336180689330535`, Falco's `evt.time`.
    Nanos,
    /// `2026-11-22T08:29:40.689330535Z`
    Rfc3339,
}

/// One alert in the queue.
#[derive(Debug, Clone)]
pub enum Queued {
    /// A template and the time to stamp it with.
    Alert(Arc<Template>, Time),
    /// Bytes to send as they are, be they an alert or not.
    Raw(Bytes),
}

/// Falco's JSON, as far as it is needed to send it again.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    hostname: Option<String>,
    #[serde(default)]
    output: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    output_fields: Option<Map<String, Value>>,
}

/// 2001-09-09: from here to the end of [`Time`], nanoseconds since the epoch have 19 digits.
const EARLIEST: Time = Time::from_nanos(1_000_000_000_000_000_000);

impl Template {
    /// Reads a line of Falco's JSON.
    ///
    /// # Errors
    /// As [`alert::decode_json`], and where the time is before 2001-09-09.
    pub fn from_json(line: &str, form: Form) -> Result<Self, DecodeError> {
        let alert = alert::decode_json(line)?;
        let parts: Line = serde_json::from_str(line).map_err(|error| DecodeError::NotJson(error.to_string()))?;
        if alert.time() < EARLIEST {
            return Err(DecodeError::Invalid {
                field: "time",
                value: alert.time().to_string(),
                reason: "the stand-in knows times from 2001-09-09 on".to_owned(),
            });
        }
        let source = parts.source.unwrap_or_else(|| "syscall".to_owned());
        let message = text::strip_prefix(parts.output.as_deref().unwrap_or(alert.rule()));
        let mut tags = parts.tags.unwrap_or_default();
        tags.sort();
        let mut fields = parts.output_fields.unwrap_or_default();
        fields.remove(EVENT_TIME);
        let hostname = parts.hostname.unwrap_or_default();

        let mut encoder = Encoder { wire: Vec::with_capacity(line.len() + 128), stamps: Vec::new() };
        encoder.message(&outputs::Response {
            priority: i32::from(alert.priority().number()),
            #[allow(deprecated)]
            source_deprecated: deprecated_source(&source),
            rule: alert.rule().to_owned(),
            ..Default::default()
        });
        match form {
            Form::Text => encoder.output(|output| text_output(output, alert.priority(), message)),
            Form::Json => encoder.output(|output| {
                json_output(output, &alert, &source, &hostname, &tags, &fields, message);
            }),
        }
        let output_fields = fields.iter().map(|(key, value)| (key.clone(), on_grpc(value).into_owned())).collect();
        encoder.message(&outputs::Response { output_fields, hostname, tags, source, ..Default::default() });
        Ok(Self { time: alert.time(), wire: encoder.wire.into_boxed_slice(), stamps: encoder.stamps })
    }

    /// The alert with the time that its line has.
    pub fn queued(self: &Arc<Self>) -> Queued {
        Queued::Alert(Arc::clone(self), self.time)
    }

    /// The alert as if it happened at `time` (the first known one, where that is before 2001-09-09).
    pub fn queued_at(self: &Arc<Self>, time: Time) -> Queued {
        Queued::Alert(Arc::clone(self), time.max(EARLIEST))
    }
}

impl Queued {
    /// Writes the `falco.outputs.response`.
    pub fn write(&self, buffer: &mut impl BufMut) {
        match self {
            Self::Raw(bytes) => buffer.put_slice(bytes),
            Self::Alert(template, time) => {
                write_time(*time, buffer);
                let mut from = 0;
                for &(at, stamp) in &template.stamps {
                    buffer.put_slice(&template.wire[from..at]);
                    from = at + stamp.write(*time, buffer);
                }
                buffer.put_slice(&template.wire[from..]);
            }
        }
    }
}

/// Field 1, a `google.protobuf.Timestamp`.
fn write_time(time: Time, buffer: &mut impl BufMut) {
    let (seconds, nanos) = time.parts();
    let time = prost_types::Timestamp { seconds, nanos };
    buffer.put_u8(0x0a);
    buffer.put_u8(time.encoded_len() as u8);
    // Fails only where the buffer cannot grow; the ones used here can.
    let _ = time.encode(buffer);
}

impl Stamp {
    const fn width(self) -> usize {
        match self {
            Self::Clock => 18,
            Self::Nanos => 19,
            Self::Rfc3339 => 30,
        }
    }

    /// Writes the time in this form, and gives its width.
    fn write(self, time: Time, buffer: &mut impl BufMut) -> usize {
        match self {
            Self::Clock => {
                let (seconds, nanos) = time.parts();
                let day = seconds.rem_euclid(86_400) as u64;
                let mut text = *b"00:00:00.000000000";
                digits(&mut text[0..2], day / 3600);
                digits(&mut text[3..5], day / 60 % 60);
                digits(&mut text[6..8], day % 60);
                digits(&mut text[9..18], u64::from(nanos.unsigned_abs()));
                buffer.put_slice(&text);
            }
            Self::Nanos => {
                let mut text = [b'0'; 19];
                digits(&mut text, time.nanos().unsigned_abs());
                buffer.put_slice(&text);
            }
            Self::Rfc3339 => buffer.put_slice(time.to_string().as_bytes()),
        }
        self.width()
    }
}

fn digits(into: &mut [u8], mut number: u64) {
    for digit in into.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

const EVENT_TIME: &str = "evt.time";

/// Collects the message, and where the times go.
struct Encoder {
    wire: Vec<u8>,
    stamps: Vec<(usize, Stamp)>,
}

impl Encoder {
    /// Adds fields. Messages one behind the other are one message with all their fields.
    fn message(&mut self, part: &outputs::Response) {
        self.wire.extend(part.encode_to_vec());
    }

    /// Adds field 5, the output, which has times in it.
    fn output(&mut self, write: impl FnOnce(&mut Self)) {
        let mut output = Self { wire: Vec::new(), stamps: Vec::new() };
        write(&mut output);
        self.wire.push(5 << 3 | 2);
        let mut length = output.wire.len();
        while length >= 0x80 {
            self.wire.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        self.wire.push(length as u8);
        let start = self.wire.len();
        self.stamps.extend(output.stamps.into_iter().map(|(at, stamp)| (start + at, stamp)));
        self.wire.extend(output.wire);
    }

    fn text(&mut self, text: &str) {
        self.wire.extend_from_slice(text.as_bytes());
    }

    fn stamp(&mut self, stamp: Stamp) {
        self.stamps.push((self.wire.len(), stamp));
        self.wire.resize(self.wire.len() + stamp.width(), b'0');
    }

    fn json(&mut self, value: &(impl serde::Serialize + ?Sized)) {
        self.text(&serde_json::to_string(value).unwrap_or_default());
    }
}

fn text_output(output: &mut Encoder, priority: Priority, message: &str) {
    output.stamp(Stamp::Clock);
    output.text(": ");
    output.text(priority.name());
    output.text(" ");
    output.text(message);
}

/// The line that Falco makes with `json_output: true`: keys sorted, `evt.time` among the fields, absent values null.
fn json_output(
    output: &mut Encoder,
    alert: &alert::Alert,
    source: &str,
    hostname: &str,
    tags: &[String],
    fields: &Map<String, Value>,
    message: &str,
) {
    output.text("{\"hostname\":");
    output.json(hostname);
    output.text(",\"output\":\"");
    output.stamp(Stamp::Clock);
    let rest = serde_json::to_string(&format!(": {} {message}", alert.priority())).unwrap_or_default();
    output.text(rest.strip_prefix('"').unwrap_or_default());
    output.text(",\"output_fields\":{");
    let mut keys: Vec<&str> = fields.keys().map(String::as_str).chain([EVENT_TIME]).collect();
    keys.sort_unstable();
    for (n, key) in keys.into_iter().enumerate() {
        output.text(if n == 0 { "" } else { "," });
        output.json(key);
        output.text(":");
        match fields.get(key) {
            None => output.stamp(Stamp::Nanos),
            Some(Value::String(text)) if text == ABSENT => output.text("null"),
            Some(value) => output.json(value),
        }
    }
    output.text("},\"priority\":");
    output.json(alert.priority().name());
    output.text(",\"rule\":");
    output.json(alert.rule());
    output.text(",\"source\":");
    output.json(source);
    output.text(",\"tags\":");
    output.json(tags);
    output.text(",\"time\":\"");
    output.stamp(Stamp::Rfc3339);
    output.text("\"}");
}

const ABSENT: &str = "<NA>";

/// A field's value as gRPC has it: always text, and `<NA>` where there is none.
fn on_grpc(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(ABSENT),
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(on_grpc).collect();
            Cow::Owned(format!("({})", items.join(",")))
        }
        other => Cow::Owned(other.to_string()),
    }
}

/// The enum that came before the text: everything that it does not know is a plugin.
fn deprecated_source(source: &str) -> i32 {
    let source = match source {
        "syscall" => schema::Source::Syscall,
        "k8s_audit" => schema::Source::K8sAudit,
        "internal" => schema::Source::Internal,
        _ => schema::Source::Plugin,
    };
    source as i32
}

#[cfg(test)]
mod tests;
