//! Applying items in load order: definitions, appends, overrides.

use super::exceptions;
use super::item::{Item, Problem};
use super::node::{self, Value, line};
use super::{MAX_FILE_BYTES, MAX_ITEMS, MAX_PROBLEMS, MAX_TEXT_BYTES, RuleBook, RuleFileError, RuleText, condition};

/// Keys of a rule that `override` knows, and whether they can be appended to.
const OVERRIDES: &[(&str, bool)] = &[
    ("capture", false),
    ("capture_duration", false),
    ("condition", true),
    ("desc", true),
    ("enabled", false),
    ("exceptions", true),
    ("items", true),
    ("output", true),
    ("priority", false),
    ("skip-if-unknown-filter", false),
    ("tags", true),
    ("warn_evttypes", false),
];

/// What an item does with what is already there.
enum Mode {
    Define,
    /// The old `append: true`.
    Append,
    /// `override`: keys, and whether each is appended (or else replaced).
    Override(Vec<(String, bool)>),
}

impl Mode {
    /// Whether `key` is to be appended (`Some(true)`), replaced (`Some(false)`) or left alone.
    fn of(&self, key: &str) -> Option<bool> {
        match self {
            Self::Define => Some(false),
            Self::Append => matches!(key, "condition" | "exceptions" | "items").then_some(true),
            Self::Override(keys) => keys.iter().find(|(name, _)| name == key).map(|(_, append)| *append),
        }
    }
}

#[derive(Default)]
pub(super) struct Loader {
    book: RuleBook,
    errors: Vec<RuleFileError>,
    file: String,
}

impl Loader {
    pub(super) fn file(&mut self, name: &str, text: &str) {
        name.clone_into(&mut self.file);
        if text.len() > MAX_FILE_BYTES {
            let message = format!("larger than {MAX_FILE_BYTES} bytes");
            return self.error((0, message));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match node::parse(text) {
            Ok(documents) => documents.iter().for_each(|document| self.document(document)),
            Err(problem) => self.error(problem),
        }
    }

    pub(super) fn finish(mut self) -> Result<RuleBook, Vec<RuleFileError>> {
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        let RuleBook { rules, macros, .. } = &mut self.book;
        for rule in rules.values_mut() {
            rule.macros = condition::macros_in(&rule.condition, macros);
        }
        Ok(self.book)
    }

    fn document(&mut self, document: &node::Node) {
        let items = match &document.value {
            Value::Null => return,
            Value::Sequence(items) => items,
            other => {
                let message = format!("expected a list of rules, macros and lists, got {}", other.kind());
                return self.error((line(document), message));
            }
        };
        for item in items {
            if let Err(problem) = Item::new(item).and_then(|item| self.item(item)) {
                self.error(problem);
            }
        }
    }

    fn item(&mut self, item: Item<'_>) -> Result<(), Problem> {
        let has = |key| item.keys().any(|name| name == key);
        if has("required_engine_version") || has("required_plugin_versions") {
            return Ok(());
        }
        let book = &self.book;
        let full = book.rules.len() + book.macros.len() + book.lists.len() >= MAX_ITEMS;
        match ["macro", "list", "rule"].into_iter().find(|kind| has(kind)) {
            Some(_) if full => Err((item.line, format!("more than {MAX_ITEMS} items"))),
            Some("macro") => self.macro_item(item),
            Some("list") => self.list_item(item),
            Some(_) => self.rule_item(item),
            None => {
                let key: String = item.keys().next().unwrap_or("{}").chars().take(60).collect();
                self.warn(item.line, format!("unknown item `{key}`: skipped"));
                Ok(())
            }
        }
    }

    fn macro_item(&mut self, item: Item<'_>) -> Result<(), Problem> {
        let name = name_of(item, "macro")?;
        let mode = self.mode(item)?;
        let text = item.required("condition")?;
        let text = match (&mode, mode.of("condition"), self.book.macros.get(&name)) {
            (Mode::Define, _, _) | (_, Some(false), Some(_)) => text,
            (_, Some(true), Some(old)) => join(old, &text),
            (_, Some(_), None) => {
                self.missing(item, "macro", &name);
                return Ok(());
            }
            (_, None, _) => return Ok(()),
        };
        let text = self.bounded(item.line, text);
        self.book.macros.insert(name, text);
        Ok(())
    }

    fn list_item(&mut self, item: Item<'_>) -> Result<(), Problem> {
        let name = name_of(item, "list")?;
        let mode = self.mode(item)?;
        let items = item.words("items")?.unwrap_or_default();
        match (mode.of("items"), self.book.lists.get_mut(&name)) {
            (Some(true), Some(old)) => old.extend(items),
            (Some(false), _) if matches!(mode, Mode::Define) => {
                self.book.lists.insert(name, items);
            }
            (Some(false), Some(old)) => *old = items,
            (Some(_), None) => self.missing(item, "list", &name),
            (None, _) => {}
        }
        Ok(())
    }

    fn rule_item(&mut self, item: Item<'_>) -> Result<(), Problem> {
        let name = name_of(item, "rule")?;
        let mode = self.mode(item)?;
        if matches!(mode, Mode::Define) {
            let describes = ["condition", "output", "desc", "priority"];
            let enables_only = describes.iter().all(|key| item.get(key).is_none());
            if !enables_only || item.get("enabled").is_none() {
                let rule = self.definition(item)?;
                self.book.rules.insert(name, rule);
                return Ok(());
            }
        }
        let Some(mut rule) = self.book.rules.get(&name).cloned() else {
            self.missing(item, "rule", &name);
            return Ok(());
        };
        self.change(&mut rule, item, &mode)?;
        self.book.rules.insert(name, rule);
        Ok(())
    }

    fn definition(&mut self, item: Item<'_>) -> Result<RuleText, Problem> {
        Ok(RuleText {
            description: self.bounded(item.line, item.required("desc")?),
            condition: self.bounded(item.line, item.required("condition")?),
            output: self.bounded(item.line, item.required("output")?),
            priority: item.required("priority")?,
            source: item.text("source")?.unwrap_or_else(|| "syscall".to_owned()),
            tags: each_once(item.words("tags")?.unwrap_or_default()),
            enabled: item.flag("enabled")?.unwrap_or(true),
            macros: Vec::new(),
            exceptions: exceptions::define(exceptions::read(item)?)?,
            file: self.file.clone(),
            line: item.line,
        })
    }

    /// Changes a known rule by an append, an override or a bare `enabled`.
    fn change(&mut self, rule: &mut RuleText, item: Item<'_>, mode: &Mode) -> Result<(), Problem> {
        for (key, text) in [
            ("desc", &mut rule.description),
            ("condition", &mut rule.condition),
            ("output", &mut rule.output),
            ("priority", &mut rule.priority),
        ] {
            if let (Some(append), Some(new)) = (mode.of(key), item.text(key)?) {
                let new = if append { join(text, &new) } else { new };
                *text = self.bounded(item.line, new);
            }
        }
        if let (Some(append), Some(tags)) = (mode.of("tags"), item.words("tags")?) {
            let old = if append { std::mem::take(&mut rule.tags) } else { Vec::new() };
            rule.tags = each_once(old.into_iter().chain(tags).collect());
        }
        if let (Some(append), Some(_)) = (mode.of("exceptions"), item.get("exceptions")) {
            let given = exceptions::read(item)?;
            if append {
                exceptions::append(&mut rule.exceptions, given)?;
            } else {
                rule.exceptions = exceptions::define(given)?;
            }
        }
        if let (Some(_), Some(enabled)) = (mode.of("enabled"), item.flag("enabled")?) {
            rule.enabled = enabled;
        }
        Ok(())
    }

    fn mode(&mut self, item: Item<'_>) -> Result<Mode, Problem> {
        let appends = item.flag("append")?.unwrap_or(false);
        let Some(node) = item.get("override") else {
            return Ok(if appends { Mode::Append } else { Mode::Define });
        };
        if appends {
            let message = "`append` and `override` cannot be used together";
            return Err((item.line, message.to_owned()));
        }
        let overrides = Item::new(node)?;
        let mut keys = Vec::new();
        for key in overrides.keys() {
            let append = match overrides.required(key)?.as_str() {
                "append" => true,
                "replace" => false,
                _ => {
                    return Err((line(node), "an override is `append` or `replace`".to_owned()));
                }
            };
            let Some((key, can_append)) = OVERRIDES.iter().find(|(known, _)| *known == key) else {
                self.warn(line(node), "unknown key under `override`: ignored".to_owned());
                continue;
            };
            if append && !can_append {
                return Err((line(node), format!("`{key}` can only be replaced")));
            }
            if item.get(key).is_none() {
                return Err((line(node), format!("`{key}` is overridden but not given")));
            }
            keys.push(((*key).to_owned(), append));
        }
        Ok(Mode::Override(keys))
    }

    /// The text, cut at the limit; a cut is warned of.
    fn bounded(&mut self, line: u64, mut text: String) -> String {
        if text.len() > MAX_TEXT_BYTES {
            let boundary = (0..=MAX_TEXT_BYTES).rev().find(|end| text.is_char_boundary(*end));
            text.truncate(boundary.unwrap_or(0));
            self.warn(line, format!("text cut at {MAX_TEXT_BYTES} bytes"));
        }
        text
    }

    fn missing(&mut self, item: Item<'_>, kind: &str, name: &str) {
        let name: String = name.chars().take(120).collect();
        self.warn(item.line, format!("changes the {kind} `{name}`, which no file before defines"));
    }

    fn warn(&mut self, line: u64, message: String) {
        if self.book.warnings.len() < MAX_PROBLEMS {
            let file = self.file.clone();
            self.book.warnings.push(RuleFileError { file, line, message });
        }
    }

    fn error(&mut self, (line, message): Problem) {
        if self.errors.len() < MAX_PROBLEMS {
            let file = self.file.clone();
            self.errors.push(RuleFileError { file, line, message });
        }
    }
}

fn name_of(item: Item<'_>, kind: &str) -> Result<String, Problem> {
    let name = item.required(kind)?;
    if name.trim().is_empty() {
        return Err((item.line, format!("the {kind} has no name")));
    }
    Ok(name)
}

/// As Falco joins an appended text: with a blank.
fn join(old: &str, new: &str) -> String {
    format!("{old} {new}")
}

fn each_once(words: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    words.into_iter().filter(|word| seen.insert(word.clone())).collect()
}
