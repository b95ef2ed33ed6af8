//! Exceptions of rules: their shapes, defaults and what may be appended to them.

use super::RuleException;
use super::item::{Item, Problem, scalar, sequence};
use super::node::{Node, Value, line};

/// An exception as one item gives it, before it meets what the rule has.
pub(super) struct Given {
    exception: RuleException,
    has_fields: bool,
    has_comps: bool,
    line: u64,
}

/// Reads the `exceptions` of a rule item.
pub(super) fn read(item: Item<'_>) -> Result<Vec<Given>, Problem> {
    let Some(node) = item.get("exceptions") else {
        return Ok(Vec::new());
    };
    sequence(node, "exceptions")?.iter().map(read_one).collect()
}

/// The exceptions of a new rule.
pub(super) fn define(given: Vec<Given>) -> Result<Vec<RuleException>, Problem> {
    let mut exceptions = Vec::with_capacity(given.len());
    append(&mut exceptions, given)?;
    Ok(exceptions)
}

/// Adds exceptions to those that a rule has: new ones whole, values alone to known ones.
pub(super) fn append(known: &mut Vec<RuleException>, given: Vec<Given>) -> Result<(), Problem> {
    for one in given {
        let name = &one.exception.name;
        let Some(old) = known.iter_mut().find(|old| old.name == *name) else {
            if !one.has_fields {
                return Err((one.line, format!("exception `{name}` has no fields")));
            }
            check(&one.exception, one.line)?;
            known.push(one.exception);
            continue;
        };
        if one.has_fields || one.has_comps {
            let message = format!("exception `{name}` exists: only values can be added to it");
            return Err((one.line, message));
        }
        let added = RuleException { values: one.exception.values, ..old.clone() };
        check(&added, one.line)?;
        old.values.extend(added.values);
    }
    Ok(())
}

fn read_one(node: &Node) -> Result<Given, Problem> {
    let item = Item::new(node)?;
    let name = item.required("name")?;
    let (fields, one_field) = one_or_many(item, "fields")?;
    let (comps, one_comp) = one_or_many(item, "comps")?;
    let (has_fields, has_comps) = (!fields.is_empty(), !comps.is_empty());
    if has_fields && has_comps && one_field != one_comp {
        let message = "`fields` and `comps` must both be text or both be lists";
        return Err((item.line, message.to_owned()));
    }
    let comps = match (has_comps, one_field) {
        (true, true) if !matches!(comps[0].as_str(), "in" | "pmatch" | "intersects") => {
            let message = "a single field is compared with in, pmatch or intersects";
            return Err((item.line, message.to_owned()));
        }
        (true, _) => comps,
        (false, true) => vec!["in".to_owned()],
        (false, false) => vec!["=".to_owned(); fields.len()],
    };
    let values = match item.get("values") {
        Some(node) => read_values(sequence(node, "values")?)?,
        None => Vec::new(),
    };
    Ok(Given { exception: RuleException { name, fields, comps, values }, has_fields, has_comps, line: item.line })
}

/// The texts of a key that holds one text or a list, and whether it was one text.
fn one_or_many(item: Item<'_>, key: &str) -> Result<(Vec<String>, bool), Problem> {
    match item.get(key).map(|node| &node.value) {
        None => Ok((Vec::new(), false)),
        Some(Value::Scalar(text)) => Ok((vec![text.clone()], true)),
        Some(_) => Ok((item.words(key)?.unwrap_or_default(), false)),
    }
}

/// Tuples of values. Texts that stand side by side without a tuple are one field's values.
fn read_values(nodes: &[Node]) -> Result<Vec<Vec<Vec<String>>>, Problem> {
    let mut tuples = Vec::new();
    let mut loose = Vec::new();
    for node in nodes {
        match &node.value {
            Value::Sequence(parts) => {
                let tuple = parts.iter().map(read_part).collect::<Result<_, _>>()?;
                tuples.push(tuple);
            }
            _ => loose.push(scalar(node, "values")?),
        }
    }
    if !loose.is_empty() {
        tuples.push(vec![loose]);
    }
    Ok(tuples)
}

fn read_part(node: &Node) -> Result<Vec<String>, Problem> {
    match &node.value {
        Value::Sequence(parts) => parts.iter().map(|part| scalar(part, "values")).collect(),
        Value::Mapping(_) => Err((line(node), "`values` holds a mapping".to_owned())),
        _ => Ok(vec![scalar(node, "values")?]),
    }
}

fn check(exception: &RuleException, at: u64) -> Result<(), Problem> {
    let name = &exception.name;
    let count = exception.fields.len();
    if exception.comps.len() != count {
        let message = format!("exception `{name}` has {count} fields, but not as many comps");
        return Err((at, message));
    }
    if exception.values.iter().any(|tuple| tuple.len() != count) {
        let message = format!("exception `{name}` has {count} fields, but not each tuple has");
        return Err((at, message));
    }
    Ok(())
}
