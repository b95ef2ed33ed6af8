//! An exception as the YAML that Falco loads after the base rule, and back.

use crate::analysis::{Condition, Exception};
use foldhash::{HashMap, HashMapExt};
use serde::{Deserialize, Serialize};
use serde_saphyr::FlowSeq;
use std::borrow::Cow;
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
/// the report, and hold text that nobody wants to escape.
pub fn to_yaml(exception: &Exception) -> String {
    let Some(around) = around(exception) else { return whole(exception, &exception.name, values(exception)) };
    let own = rendered(&(&exception.name, values(exception)));
    // Both are items of a list, each on a line of its own.
    let mut own = own.lines().map(|line| line.strip_prefix("- ").unwrap_or(line));
    let mut part = || own.next().unwrap_or_default();
    [&around.name, part(), &around.values, part(), &around.end].concat()
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

fn around(exception: &Exception) -> Option<Arc<Around>> {
    let mut key = Vec::with_capacity(512);
    let texts = exception.conditions.iter().flat_map(|condition| [&*condition.field, &*condition.operator]);
    for text in std::iter::once(exception.rule.as_str()).chain(texts) {
        key.extend_from_slice(&(text.len() as u64).to_le_bytes());
        key.extend_from_slice(text.as_bytes());
    }
    if key.len() > MAX_KEY {
        return None;
    }
    let mut known = AROUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(around) = known.get(&key) {
        return Some(Arc::clone(around));
    }
    if known.len() >= MAX_AROUND {
        known.clear();
    }
    let around = Arc::new(Around::of(exception)?);
    known.insert(key, Arc::clone(&around));
    Some(around)
}

impl Around {
    fn of(exception: &Exception) -> Option<Self> {
        let text = whole(exception, "NAME", FlowSeq(vec![Value::One("VALUES".into())]));
        // The rule is all of the first line, and what follows the values is always the same: neither place is mistaken.
        let (rule, rest) = text.split_once('\n')?;
        let (head, rest) = rest.split_once("NAME")?;
        let (values, end) = rest.rsplit_once("[VALUES]")?;
        Some(Self { name: [rule, "\n", head].concat(), values: values.to_owned(), end: end.to_owned() })
    }
}

fn values(exception: &Exception) -> FlowSeq<Vec<Value<'_>>> {
    let values = exception.conditions.iter().map(|condition| {
        if condition.operator == "in" {
            Value::Many(condition.value.split(',').map(|each| each.trim().into()).collect())
        } else {
            Value::One(condition.value.as_str().into())
        }
    });
    FlowSeq(values.collect())
}

/// The YAML of an exception with this name and these values.
fn whole(exception: &Exception, name: &str, values: FlowSeq<Vec<Value<'_>>>) -> String {
    let column = |part: fn(&Condition) -> &str| {
        FlowSeq(exception.conditions.iter().map(|condition| part(condition).into()).collect())
    };
    rendered(&[Rule {
        name: exception.rule.as_str().into(),
        exceptions: vec![Entry {
            name: name.into(),
            fields: column(|condition| &condition.field),
            comps: column(|condition| &condition.operator),
            values: vec![values],
        }],
        overrides: Override { exceptions: "append".into() },
    }])
}

fn rendered(value: &impl Serialize) -> String {
    let options = serde_saphyr::ser_options! { compact_list_indent: false, prefer_block_scalars: false };
    // Strings and lists of strings always serialise.
    serde_saphyr::to_string_with_options(value, options).unwrap_or_default()
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
        fn an_exception_from_its_parts_is_the_exception_at_once(
            rule in TEXT, name in TEXT, rows in prop::collection::vec((TEXT, "=|in|startswith|[ -~]{0,4}", TEXT), 0..5),
        ) {
            let row = |(field, operator, value): (String, String, String)| Condition { field: field.into(), operator: operator.into(), value };
            let exception = Exception { rule, name, conditions: rows.into_iter().map(row).collect(), note: String::new() };
            let whole = whole(&exception, &exception.name, values(&exception));
            prop_assert_eq!(to_yaml(&exception), whole.clone());
            prop_assert_eq!(to_yaml(&exception), whole, "from what is kept");
        }
    }
}
