//! An exception as the YAML that Falco loads after the base rule, and back.

use crate::analysis::{Condition, Exception};
use serde::{Deserialize, Serialize};
use serde_saphyr::FlowSeq;
use std::borrow::Cow;

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
    let conditions = &exception.conditions;
    let values = conditions.iter().map(|condition| {
        if condition.operator == "in" {
            Value::Many(condition.value.split(',').map(|each| each.trim().into()).collect())
        } else {
            Value::One(condition.value.as_str().into())
        }
    });
    let rule = Rule {
        name: exception.rule.as_str().into(),
        exceptions: vec![Entry {
            name: exception.name.as_str().into(),
            fields: FlowSeq(conditions.iter().map(|condition| Cow::Borrowed(&*condition.field)).collect()),
            comps: FlowSeq(conditions.iter().map(|condition| Cow::Borrowed(&*condition.operator)).collect()),
            values: vec![FlowSeq(values.collect())],
        }],
        overrides: Override { exceptions: "append".into() },
    };
    let options = serde_saphyr::ser_options! { compact_list_indent: false, prefer_block_scalars: false };
    // Strings and lists of strings always serialise.
    serde_saphyr::to_string_with_options(&[rule], options).unwrap_or_default()
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
