//! One Falco output, as received: the unit that everything else is about.
//!
//! Constraints:
//! - An [`Alert`] is immutable, bounded in size, and the same value whichever way it came: Falco's gRPC API (all field
//!   values are strings), Falco's JSON (typed values) or a line of text. [`AlertBuilder`] is the only way to make one,
//!   so every decoder normalises alike.
//! - Its [`AlertId`] is derived from its content, so the same happening delivered twice is one alert.
//! - No I/O, no clock: a decoder takes bytes and gives an alert or a [`DecodeError`].

mod bounds;
mod build;
mod id;
mod json;
mod priority;
mod stored;
pub mod text;
mod time;

pub use bounds::{MAX_FIELDS, MAX_TAGS, MAX_TEXT_BYTES, MAX_VALUE_BYTES};
pub use build::AlertBuilder;
pub use id::{AlertId, ParseIdError};
pub use json::{decode_json, embedded_json_output};
pub use priority::Priority;
pub use time::{ParseTimeError, Time};

use serde::{Deserialize, Serialize};

/// Why bytes are no alert. Says what is wrong and where; the text never contains a whole alert.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The text is not JSON (or not a JSON object).
    #[error("not a JSON object: {0}")]
    NotJson(String),
    /// One of the three things that every alert has is missing or empty.
    #[error("no `{0}`: an alert needs `rule`, `priority` and `time`")]
    Missing(&'static str),
    /// A value is there and makes no sense.
    #[error("`{field}` is {value:?}: {reason}")]
    Invalid {
        /// The key of the value, as Falco spells it.
        field: &'static str,
        /// The value, cut to a readable length.
        value: String,
        /// What was expected.
        reason: String,
    },
    /// The bytes are no protobuf message of Falco's.
    #[error("not a falco.outputs.response: {0}")]
    NotProto(String),
}

/// One Falco alert.
///
/// All text lies in one buffer and the parts are slices of it: an alert costs two allocations however many fields it
/// has. Fields are sorted by key; a field that Falco reports as `<NA>` or `null` is absent.
#[derive(Clone, PartialEq, Eq)]
pub struct Alert {
    id: AlertId,
    time: Time,
    priority: Priority,
    cut: bool,
    fields_inferred: bool,
    tags: u32,
    text: Box<str>,
    /// Where each part ends in `text`: rule, source, hostname, output, each tag, then key and value of each field.
    ends: Box<[u32]>,
}

const RULE: usize = 0;
const SOURCE: usize = 1;
const HOSTNAME: usize = 2;
const OUTPUT: usize = 3;
const FIRST_TAG: usize = 4;

impl Alert {
    /// The id, derived from the content: rule, time, host, source and fields (the output where there are none).
    pub fn id(&self) -> AlertId {
        self.id
    }

    /// When Falco says that it happened.
    pub fn time(&self) -> Time {
        self.time
    }

    /// The rule's priority.
    pub fn priority(&self) -> Priority {
        self.priority
    }

    /// The rule's name. Never empty.
    pub fn rule(&self) -> &str {
        self.part(RULE)
    }

    /// The event source (`syscall`, `k8s_audit`, `internal`, a plugin's name).
    pub fn source(&self) -> &str {
        self.part(SOURCE)
    }

    /// The host that Falco ran on; empty where Falco did not say.
    pub fn hostname(&self) -> &str {
        self.part(HOSTNAME)
    }

    /// The rendered text as Falco sent it, leading time and priority included; empty where it is switched off.
    pub fn output(&self) -> &str {
        self.part(OUTPUT)
    }

    /// [`output`](Self::output) without the leading time and priority, which are no part of what happened.
    pub fn message(&self) -> &str {
        text::strip_prefix(self.output())
    }

    /// The rule's tags, sorted, each once.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        (0..self.tags as usize).map(|n| self.part(FIRST_TAG + n))
    }

    /// The fields that have a value, sorted by key.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone {
        let first = self.first_field();
        (0..self.field_count()).map(move |n| (self.part(first + 2 * n), self.part(first + 2 * n + 1)))
    }

    /// The value of the field of this place among [`fields`](Self::fields).
    pub(crate) fn value(&self, n: usize) -> Option<&str> {
        (n < self.field_count()).then(|| self.part(self.first_field() + 2 * n + 1))
    }

    /// The value of one field; `None` where Falco gave none, `<NA>` or `null`.
    pub fn field(&self, key: &str) -> Option<&str> {
        let first = self.first_field();
        let (mut low, mut high) = (0, self.field_count());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.bytes(first + 2 * middle).cmp(key.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(self.part(first + 2 * middle + 1)),
            }
        }
        None
    }

    /// True where Falco sent no `output_fields` and [`fields`](Self::fields) were read from the output's text, as far
    /// as it goes. Anyone who chooses an argument chooses such text: it identifies nothing.
    pub fn fields_inferred(&self) -> bool {
        self.fields_inferred
    }

    /// True where the alert was larger than lanner keeps and some values were cut; the cut is marked in the values.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// True for notices of Falco and of lanner itself (dropped events, a silent source): about what can be seen, not
    /// about a workload.
    pub fn is_internal(&self) -> bool {
        matches!(self.source(), "internal" | "lanner") || self.rule().starts_with("Falco internal: ")
    }

    /// Whether any part of the alert holds this text: where not, no field needs to be asked for it.
    pub fn mentions(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// Bytes of text in the alert, for budgets.
    pub fn size(&self) -> usize {
        self.text.len()
    }

    fn part(&self, n: usize) -> &str {
        &self.text[self.range(n)]
    }

    /// A part to compare: the bytes need no look at where characters begin.
    fn bytes(&self, n: usize) -> &[u8] {
        &self.text.as_bytes()[self.range(n)]
    }

    fn range(&self, n: usize) -> std::ops::Range<usize> {
        let start = if n == 0 { 0 } else { self.ends[n - 1] as usize };
        start..self.ends[n] as usize
    }

    fn first_field(&self) -> usize {
        FIRST_TAG + self.tags as usize
    }

    fn field_count(&self) -> usize {
        (self.ends.len() - self.first_field()) / 2
    }
}

impl std::fmt::Debug for Alert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Alert")
            .field("id", &self.id)
            .field("time", &self.time)
            .field("priority", &self.priority)
            .field("rule", &self.rule())
            .field("source", &self.source())
            .field("hostname", &self.hostname())
            .field("output", &self.output())
            .field("tags", &self.tags().collect::<Vec<_>>())
            .field("fields", &self.fields().collect::<Vec<_>>())
            .field("cut", &self.cut)
            .finish_non_exhaustive()
    }
}

/// Where an alert was received: what lanner's own configuration adds to it. No part of the alert's identity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The node lanner runs on; empty where not configured.
    pub node: String,
    /// Configured labels (`cluster`, `region`, ...), sorted by name.
    pub labels: Vec<(String, String)>,
}
