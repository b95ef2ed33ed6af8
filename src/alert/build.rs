//! The one way to make an alert, whichever way it came.

use super::{
    Alert, AlertId, DecodeError, MAX_FIELDS, MAX_TAGS, MAX_TEXT_BYTES, MAX_VALUE_BYTES, Priority, Time, bounds, text,
};
use std::borrow::Cow;

/// Collects what a decoder finds and makes the [`Alert`] of it: normalised, bounded, identified.
///
/// Text is borrowed where the input allows it. A field whose value is `<NA>` is dropped: to Falco it means "none".
#[derive(Debug, Default)]
pub struct AlertBuilder<'a> {
    rule: Cow<'a, str>,
    time: Option<Time>,
    priority: Option<Priority>,
    source: Cow<'a, str>,
    hostname: Cow<'a, str>,
    output: Cow<'a, str>,
    tags: Vec<Cow<'a, str>>,
    fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// Falco's way to write that a field has no value.
const ABSENT: &str = "<NA>";
/// The one field that gRPC leaves out and JSON has: the alert's time once more. Dropped, so that both give one alert.
const EVENT_TIME: &str = "evt.time";
/// What Falco means where it names no source.
const DEFAULT_SOURCE: &str = "syscall";

impl<'a> AlertBuilder<'a> {
    /// An alert of nothing yet.
    pub fn new() -> Self {
        // Room for what Falco's own rules print.
        Self { fields: Vec::with_capacity(24), tags: Vec::with_capacity(8), ..Self::default() }
    }

    /// The rule's name.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<Cow<'a, str>>) -> Self {
        self.rule = rule.into();
        self
    }

    /// The event's time.
    #[must_use]
    pub fn time(mut self, time: Time) -> Self {
        self.time = Some(time);
        self
    }

    /// The rule's priority.
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = Some(priority);
        self
    }

    /// The event source; `syscall` where none is given.
    #[must_use]
    pub fn source(mut self, source: impl Into<Cow<'a, str>>) -> Self {
        self.source = source.into();
        self
    }

    /// The host that Falco runs on.
    #[must_use]
    pub fn hostname(mut self, hostname: impl Into<Cow<'a, str>>) -> Self {
        self.hostname = hostname.into();
        self
    }

    /// The rendered text. With `json_output: true` Falco sends a whole JSON line here: a decoder takes the text out of
    /// it first, see [`embedded_json_output`](super::embedded_json_output).
    #[must_use]
    pub fn output(mut self, output: impl Into<Cow<'a, str>>) -> Self {
        self.output = output.into();
        self
    }

    /// One more tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Cow<'a, str>>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// One more field; the last of a name counts.
    #[must_use]
    pub fn field(mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        self.push_field(key.into(), value.into());
        self
    }

    /// As [`field`](Self::field), for decoders that loop.
    pub fn push_field(&mut self, key: Cow<'a, str>, value: Cow<'a, str>) {
        self.fields.push((key, value));
    }

    /// As [`tag`](Self::tag), for decoders that loop.
    pub fn push_tag(&mut self, tag: Cow<'a, str>) {
        self.tags.push(tag);
    }

    /// The alert.
    ///
    /// # Errors
    /// [`DecodeError::Missing`] without a rule, a priority or a time.
    pub fn build(mut self) -> Result<Alert, DecodeError> {
        let time = self.time.ok_or(DecodeError::Missing("time"))?;
        let priority = self.priority.ok_or(DecodeError::Missing("priority"))?;
        if self.rule.trim().is_empty() {
            return Err(DecodeError::Missing("rule"));
        }
        if self.source.is_empty() {
            self.source = Cow::Borrowed(DEFAULT_SOURCE);
        }
        sort_last_wins(&mut self.fields);
        self.fields.retain(|(key, value)| value != ABSENT && key != EVENT_TIME);
        let has_content = !self.fields.is_empty();
        let id = if has_content {
            let parts = self.fields.iter().flat_map(|(key, value)| [key.as_ref(), value.as_ref()]);
            AlertId::of(&self.rule, time, &self.hostname, &self.source, parts)
        } else {
            let message = text::strip_prefix(&self.output);
            AlertId::of(&self.rule, time, &self.hostname, &self.source, std::iter::once(message))
        };
        let inferred: Vec<(Cow<'a, str>, Cow<'a, str>)> = if has_content {
            Vec::new()
        } else {
            let found = text::key_values(text::strip_prefix(&self.output));
            found.into_iter().map(|(key, value)| (Cow::Borrowed(key), Cow::Owned(value.to_owned()))).collect()
        };
        let fields_inferred = !inferred.is_empty();
        if fields_inferred {
            self.fields.extend(inferred);
            self.fields.sort_by(|a, b| a.0.cmp(&b.0));
        }
        self.tags.sort();
        self.tags.dedup();
        Ok(self.assemble(id, time, priority, fields_inferred))
    }

    /// Lays all text out in one buffer, within the bounds.
    fn assemble(mut self, id: AlertId, time: Time, priority: Priority, fields_inferred: bool) -> Alert {
        let mut cut = self.tags.len() > MAX_TAGS;
        self.tags.truncate(MAX_TAGS);
        if self.fields.len() > MAX_FIELDS {
            cut = true;
            let mut hasher = blake3::Hasher::new();
            let folded = self.fields.split_off(MAX_FIELDS - 1);
            for (key, value) in &folded {
                for text in [key, value] {
                    hasher.update(&(text.len() as u64).to_le_bytes());
                    hasher.update(text.as_bytes());
                }
            }
            let mark = format!("{} fields, blake3 {}", folded.len(), &hasher.finalize().to_hex()[..32]);
            let place = self.fields.partition_point(|(key, _)| key.as_ref() < "lanner.cut");
            self.fields.insert(place, (Cow::Borrowed("lanner.cut"), Cow::Owned(mark)));
        }
        let parts = FIRST_PARTS + self.tags.len() + 2 * self.fields.len();
        let mut text = String::with_capacity(self.text_len().min(MAX_TEXT_BYTES + 4096));
        let mut ends = Vec::with_capacity(parts);
        let limit = if self.text_len() > MAX_TEXT_BYTES { bounds::limit(&self.lengths()) } else { MAX_VALUE_BYTES };
        let mut push = |value: &str| {
            let kept = bounds::cut(value, limit);
            cut |= matches!(kept, Cow::Owned(_));
            text.push_str(&kept);
            ends.push(text.len() as u32);
        };
        for value in [&self.rule, &self.source, &self.hostname, &self.output].into_iter().chain(&self.tags) {
            push(value);
        }
        for (key, value) in &self.fields {
            push(key);
            push(value);
        }
        Alert {
            id,
            time,
            priority,
            cut,
            fields_inferred,
            tags: self.tags.len() as u32,
            text: text.into_boxed_str(),
            ends: ends.into_boxed_slice(),
        }
    }

    fn text_len(&self) -> usize {
        self.lengths().sum()
    }

    fn lengths(&self) -> impl Iterator<Item = usize> + Clone {
        let first = [&self.rule, &self.source, &self.hostname, &self.output];
        let fields = self.fields.iter().flat_map(|(key, value)| [key.len(), value.len()]);
        first.into_iter().chain(&self.tags).map(|text| text.len()).chain(fields)
    }
}

const FIRST_PARTS: usize = super::FIRST_TAG;

/// Sorts by key and keeps the last of equal keys, as protobuf maps and JSON readers do.
fn sort_last_wins(fields: &mut Vec<(Cow<'_, str>, Cow<'_, str>)>) {
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            std::mem::swap(&mut later.1, &mut earlier.1);
        }
        same
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minimal<'a>() -> AlertBuilder<'a> {
        AlertBuilder::new().rule("R").time(Time::from_nanos(1)).priority(Priority::Notice)
    }

    #[test]
    fn rule_priority_and_time_are_enough_and_each_is_needed() {
        let alert = minimal().build().unwrap();
        assert_eq!((alert.rule(), alert.source(), alert.hostname()), ("R", "syscall", ""));
        assert_eq!(minimal().rule(" ").build(), Err(DecodeError::Missing("rule")));
        let no_time = AlertBuilder::new().rule("R").priority(Priority::Notice).build();
        assert_eq!(no_time, Err(DecodeError::Missing("time")));
        let no_priority = AlertBuilder::new().rule("R").time(Time::from_nanos(1)).build();
        assert_eq!(no_priority, Err(DecodeError::Missing("priority")));
    }

    #[test]
    fn absent_fields_are_dropped_and_the_last_of_a_name_counts() {
        let alert = minimal().field("b", "1").field("a", "<NA>").field("b", "2").field("c", "").build().unwrap();
        assert_eq!(alert.fields().collect::<Vec<_>>(), [("b", "2"), ("c", "")]);
        assert_eq!(alert.field("b"), Some("2"));
        assert_eq!(alert.field("a"), None);
    }

    #[test]
    fn the_id_ignores_event_time_field_tags_priority_and_output_beside_fields() {
        let base = minimal().field("proc.name", "sh").build().unwrap();
        let same = minimal().field("proc.name", "sh").field("evt.time", "1").tag("x").output("o").build().unwrap();
        assert_eq!(base.id(), same.id());
        let other = minimal().field("proc.name", "bash").build().unwrap();
        assert_ne!(base.id(), other.id());
        let text = |output: &'static str| minimal().output(output).build().unwrap().id();
        assert_ne!(text("a"), text("b"));
        assert_eq!(text("13:41:35.792272681: Warning a"), text("13:41:36.000000000: Warning a"));
    }

    #[test]
    fn an_alert_of_ten_megabytes_is_kept_cut_and_marked() {
        let huge = "x".repeat(10_000_000);
        let alert = minimal().field("proc.cmdline", huge.as_str()).output(huge.as_str()).build().unwrap();
        assert!(alert.is_cut() && alert.size() <= MAX_TEXT_BYTES + 4096);
        let mut many = minimal();
        for n in 0..5000 {
            many.push_field(Cow::Owned(format!("f{n:05}")), Cow::Borrowed("v"));
        }
        let many = many.build().unwrap();
        assert_eq!(many.fields().len(), MAX_FIELDS);
        assert!(many.is_cut() && many.field("lanner.cut").is_some());
    }
}
