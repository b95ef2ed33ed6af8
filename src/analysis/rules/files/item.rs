//! One item of a rule file, and typed access to its keys.

use super::node::{Node, Value, line};

/// A problem at a line.
pub(super) type Problem = (u64, String);

/// A mapping of the file and the line that it begins on.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    entries: &'a [(String, Node)],
    pub(super) line: u64,
}

impl<'a> Item<'a> {
    pub(super) fn new(node: &'a Node) -> Result<Self, Problem> {
        let entries = match &node.value {
            Value::Mapping(entries) => entries,
            other => {
                return Err((line(node), format!("expected a mapping, got {}", other.kind())));
            }
        };
        Ok(Self { entries, line: line(node) })
    }

    pub(super) fn keys(self) -> impl Iterator<Item = &'a str> {
        self.entries.iter().map(|(key, _)| key.as_str())
    }

    /// The key's value; a key with nothing behind it counts as absent.
    pub(super) fn get(self, key: &str) -> Option<&'a Node> {
        let (_, node) = self.entries.iter().find(|(name, _)| name == key)?;
        (!matches!(node.value, Value::Null)).then_some(node)
    }

    pub(super) fn text(self, key: &str) -> Result<Option<String>, Problem> {
        self.get(key).map(|node| scalar(node, key)).transpose()
    }

    pub(super) fn required(self, key: &str) -> Result<String, Problem> {
        let text = self.text(key)?;
        text.ok_or_else(|| (self.line, format!("`{key}` is missing")))
    }

    pub(super) fn words(self, key: &str) -> Result<Option<Vec<String>>, Problem> {
        let Some(node) = self.get(key) else {
            return Ok(None);
        };
        let items = sequence(node, key)?;
        items.iter().map(|item| scalar(item, key)).collect::<Result<_, _>>().map(Some)
    }

    pub(super) fn flag(self, key: &str) -> Result<Option<bool>, Problem> {
        let Some(node) = self.get(key) else {
            return Ok(None);
        };
        match scalar(node, key)?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Ok(Some(true)),
            "false" | "no" | "off" | "n" => Ok(Some(false)),
            _ => Err((line(node), format!("`{key}` must be true or false"))),
        }
    }
}

pub(super) fn scalar(node: &Node, key: &str) -> Result<String, Problem> {
    match &node.value {
        Value::Scalar(text) => Ok(text.clone()),
        Value::Null => Ok(String::new()),
        other => Err((line(node), format!("`{key}` must be text, not {}", other.kind()))),
    }
}

pub(super) fn sequence<'a>(node: &'a Node, key: &str) -> Result<&'a [Node], Problem> {
    match &node.value {
        Value::Sequence(items) => Ok(items),
        Value::Null => Ok(&[]),
        other => Err((line(node), format!("`{key}` must be a list, not {}", other.kind()))),
    }
}
