//! An exception as the YAML that Falco loads after the base rule, and back.

use crate::analysis::{Condition, Exception};
use foldhash::{HashMap, HashMapExt};
use serde::{Deserialize, Serialize};
use serde_saphyr::FlowSeq;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Why a text is no list of exceptions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// It is not YAML, or not of the form that Falco takes.
    #[error("not a Falco exception: {0}")]
    Form(String),
    /// Fields, operators and values do not go together.
    #[error("exception `{0}`: fields, comps and each of values need the same length")]
    Lengths(String),
}

#[derive(Serialize, Deserialize)]
struct Rule<'a> {
    #[serde(rename = "rule")]
    name: Cow<'a, str>,
    exceptions: Vec<Entry<'a>>,
    #[serde(rename = "override")]
    overrides: Override<'a>,
}

#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    name: Cow<'a, str>,
    fields: FlowSeq<Vec<Cow<'a, str>>>,
    comps: FlowSeq<Vec<Cow<'a, str>>>,
    values: Vec<FlowSeq<Vec<Value<'a>>>>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Value<'a> {
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
}

#[derive(Serialize, Deserialize)]
struct Override<'a> {
    exceptions: Cow<'a, str>,
}

/// The exception as YAML: one rule with `override: {exceptions: append}`. Without comments: they are for the reader of
/// the report, and hold text that nobody wants to escape. What the alert chose is quoted, whatever it is.
pub fn to_yaml(exception: &Exception) -> String {
    let Around { name, values, end } = &*around(exception);
    let mut yaml = String::with_capacity(name.len() + values.len() + end.len() + 256);
    yaml.push_str(name);
    quote(&mut yaml, &exception.name);
    yaml.push_str(values);
    list(&mut yaml, exception.conditions.iter(), |yaml, condition| {
        if condition.operator == "in" {
            list(yaml, condition.value.split(',').map(str::trim), quote);
        } else {
            quote(yaml, &condition.value);
        }
    });
    yaml.push_str(end);
    yaml
}

fn list<T>(yaml: &mut String, items: impl Iterator<Item = T>, write: impl Fn(&mut String, T)) {
    yaml.push('[');
    for (n, item) in items.enumerate() {
        yaml.push_str(if n == 0 { "" } else { ", " });
        write(yaml, item);
    }
    yaml.push(']');
}

/// As JSON, which is YAML that reads as nothing else: no word of it is taken for a number, a truth or a key.
fn quote(yaml: &mut String, text: &str) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        yaml.extend(["\"", text, "\""]);
        return;
    }
    // A string always serialises.
    let json = serde_json::to_string(text).unwrap_or_default();
    // What JSON leaves as it is and YAML does not take so; all of it has four digits.
    let escaped =
        |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    for c in json.chars() {
        if escaped(c) {
            // Writing to a string does not fail.
            let _ = write!(yaml, "\\u{:04x}", u32::from(c));
        } else {
            yaml.push(c);
        }
    }
}

/// What stands before and behind the name and the values.
struct Around {
    name: String,
    values: String,
    end: String,
}

/// By rule, fields and operators. These are the same in many exceptions, and to write them is most of the work.
static AROUND: LazyLock<Mutex<HashMap<Vec<u8>, Arc<Around>>>> = LazyLock::new(|| Mutex::new(HashMap::new()));
/// The most that are kept; more make it start over.
const MAX_AROUND: usize = 512;
/// Bytes of rule, fields and operators; whoever makes longer ones pays for them each time.
const MAX_KEY: usize = 1024;

fn around(exception: &Exception) -> Arc<Around> {
    let mut key = Vec::with_capacity(512);
    let texts = exception.conditions.iter().flat_map(|condition| [&*condition.field, &*condition.operator]);
    for text in std::iter::once(exception.rule.as_str()).chain(texts) {
        key.extend_from_slice(&(text.len() as u64).to_le_bytes());
        key.extend_from_slice(text.as_bytes());
    }
    if key.len() > MAX_KEY {
        return Arc::new(Around::of(exception));
    }
    let mut known = AROUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(around) = known.get(&key) {
        return Arc::clone(around);
    }
    if known.len() >= MAX_AROUND {
        known.clear();
    }
    let around = Arc::new(Around::of(exception));
    known.insert(key, Arc::clone(&around));
    around
}

impl Around {
    fn of(exception: &Exception) -> Self {
        let column = |part: fn(&Condition) -> &str| {
            FlowSeq(exception.conditions.iter().map(|condition| part(condition).into()).collect())
        };
        let rule = Rule {
            name: exception.rule.as_str().into(),
            exceptions: vec![Entry {
                name: "NAME".into(),
                fields: column(|condition| &condition.field),
                comps: column(|condition| &condition.operator),
                values: vec![FlowSeq(vec![Value::One("VALUES".into())])],
            }],
            overrides: Override { exceptions: "append".into() },
        };
        let options = serde_saphyr::ser_options! { compact_list_indent: false, prefer_block_scalars: false };
        let text = serde_saphyr::to_string_with_options(&[rule], options).unwrap_or_default();
        // The rule is all of the first line, and what follows the values is always the same: neither place is mistaken.
        let (rule, rest) = text.split_once('\n').unwrap_or_default();
        let (head, rest) = rest.split_once("NAME").unwrap_or_default();
        let (values, end) = rest.rsplit_once("[VALUES]").unwrap_or_default();
        Self { name: [rule, "\n", head].concat(), values: values.to_owned(), end: end.to_owned() }
    }
}

/// The exceptions of such a YAML text; the note is empty.
///
/// # Errors
/// [`ParseError`] where the text has another form.
pub fn from_yaml(text: &str) -> Result<Vec<Exception>, ParseError> {
    let rules: Vec<Rule<'static>> =
        serde_saphyr::from_str(text).map_err(|error| ParseError::Form(error.to_string()))?;
    let mut exceptions = Vec::new();
    for rule in rules {
        for entry in rule.exceptions {
            let (fields, comps) = (entry.fields.0, entry.comps.0);
            for values in entry.values {
                let values = values.0;
                if fields.len() != comps.len() || fields.len() != values.len() {
                    return Err(ParseError::Lengths(entry.name.into_owned()));
                }
                let conditions = fields.iter().zip(&comps).zip(values).map(|((field, operator), value)| Condition {
                    field: field.clone(),
                    operator: operator.clone(),
                    value: match value {
                        Value::One(value) => value.into_owned(),
                        Value::Many(values) => values.join(","),
                    },
                });
                exceptions.push(Exception {
                    rule: rule.name.clone().into_owned(),
                    name: entry.name.clone().into_owned(),
                    conditions: conditions.collect(),
                    note: String::new(),
                });
            }
        }
    }
    Ok(exceptions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "\\PC{0,40}|[\\x00-\\x7f]{0,20}|[-?:,\\[\\]{}#&*!|>'\"%@` a\n]{0,6}|[0-9:._x+e-]{1,8}|yes|null|~|RULE|\\[COMPS\\]|[ \u{85}\u{2028}\u{feff}a]{1,4}";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn an_exception_is_itself_again_whether_what_is_around_it_is_kept_or_not(
            rule in TEXT, name in TEXT, rows in prop::collection::vec((TEXT, "=|in|startswith|[ -~]{0,4}", TEXT), 1..5),
        ) {
            let row = |(field, operator, value): (String, String, String)| {
                let value = if operator == "in" { value.replace(',', ";").trim().to_owned() } else { value };
                Condition { field: field.into(), operator: operator.into(), value }
            };
            let exception = Exception { rule, name, conditions: rows.into_iter().map(row).collect(), note: String::new() };
            let first = to_yaml(&exception);
            prop_assert_eq!(from_yaml(&first), Ok(vec![exception.clone()]), "{}", first);
            prop_assert_eq!(to_yaml(&exception), first, "from what is kept");
        }
    }
}
