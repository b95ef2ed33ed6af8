//! What an alert is made of, part by part: the one place that decides what identifies. Grouping hashes the parts,
//! explanations show them, so the two cannot disagree.

use super::command::{self, Form, Tail};
use super::fields::{self, Class};
use super::hash::Digest;
use super::network::Connection;
use super::settings::{Mode, RuleSettings, Scope, Settings};
use super::wild::{INSTANCE, LATE, parent_number};
use super::{mask, parents, spellings, workload};

use crate::alert::{Alert, Context};
use std::borrow::Cow;
use std::sync::Arc;

/// How one part counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Must be equal.
    Identity,
    /// Must be equal where both alerts have it.
    Wild(u8),
    /// Does not count.
    Left,
}

/// One part of an alert.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    pub field: Cow<'a, str>,
    pub kind: Kind,
    /// Why it counts, or not.
    pub rule: &'static str,
    /// The value as Falco sent it.
    pub raw: &'a str,
    /// What is compared, and how it was made, so that no value can pass for a masked one.
    pub key: Key<'a>,
    pub class: Class,
    /// Whether something was taken out of it, so that it is worth showing.
    pub masked: bool,
}

/// What is compared of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key<'a> {
    /// How it was made.
    pub tag: u8,
    pub bytes: Cow<'a, [u8]>,
}

/// All parts of an alert.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub list: Vec<Part<'a>>,
    /// The command line's filters that may be missing.
    pub tail: Option<Tail>,
    /// The workload's key, for floods.
    pub workload: Vec<u8>,
}

/// What holds for one rule, from the settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy<'s> {
    pub mode: Mode,
    pub scope: Scope,
    pub row: Option<&'s RuleSettings>,
}

impl<'s> Policy<'s> {
    /// What holds for a rule.
    pub fn of(settings: &'s Settings, rule: &str) -> Self {
        let row = settings.rule(rule);
        Self {
            mode: row.map(|row| row.mode).unwrap_or_default(),
            scope: row.and_then(|row| row.scope).unwrap_or(settings.scope),
            row,
        }
    }

    /// The class of a field under this rule's settings.
    pub fn class(&self, field: &str, internal: bool) -> (Class, &'static str) {
        let (class, reason) = fields::classify(field);
        if class == Class::Place || (self.scope != Scope::Container && workload::OWNER.contains(&field)) {
            return (class, reason);
        }
        let lists = |list: fn(&RuleSettings) -> &Vec<String>| {
            self.row.is_some_and(|row| list(row).iter().any(|name| name == field))
        };
        if lists(|row| &row.volatile) {
            return (Class::Volatile, "configured as volatile for this rule");
        }
        if lists(|row| &row.identity) {
            return (Class::Identity, "configured as identity for this rule");
        }
        let time = matches!(class, Class::Volatile | Class::Shown);
        if self.mode == Mode::Near && !internal || time { (class, reason) } else { (Class::Identity, reason) }
    }
}

/// Gives forms of command lines; a cache stands behind it.
pub(super) type Read<'r> = dyn FnMut(&str) -> Arc<Form> + 'r;

/// The rule of the workload's part.
pub(super) const WORKLOAD: &str = "where it ran always counts";

/// The first byte of a key.
const RAW: u8 = b'=';
const MASKED: u8 = b'*';
const SPELLED: u8 = b's';
const COMMAND: u8 = b'c';

/// Takes an alert apart.
pub(super) fn take<'a>(alert: &'a Alert, context: &'a Context, policy: &Policy, read: &mut Read) -> Parts<'a> {
    let place = workload::of(alert, context, policy.scope);
    let internal = alert.is_internal();
    // No table makes these volatile; a rule's settings may.
    let tells = |field| {
        let volatile = |_: &&str| policy.row.is_some() && policy.class(field, internal).0 == Class::Volatile;
        alert.field(field).filter(|value| !volatile(value))
    };
    let line = tells("proc.cmdline").unwrap_or_default();
    let mut parts = Taking {
        // Falco's command line begins with the process's name.
        process: tells("proc.name").or(line.split(' ').next()).unwrap_or_default(),
        line,
        stream: tells("fd.l4proto") == Some("tcp"),
        near: policy.mode == Mode::Near,
        connection: connection(alert),
        wide: place.wide,
        class: Class::Identity,
        content: 0,
        parts: Parts { list: Vec::with_capacity(alert.fields().len() + 6), tail: None, workload: place.key.clone() },
    };
    parts.fixed("rule", alert.rule());
    parts.fixed("priority", alert.priority().name());
    parts.fixed("source", alert.source());
    let raw = if place.field == "hostname" {
        workload::host(alert, context)
    } else {
        alert.field(place.field).unwrap_or_default()
    };
    parts.push(place.field.into(), Kind::Identity, WORKLOAD, raw, made_key(RAW, place.key), false);
    for (field, value) in alert.fields() {
        let (class, reason) = policy.class(field, internal);
        if internal && policy.mode == Mode::Near && spellings::internal_counter(field, value) {
            parts.left(field, "a counter of Falco's own notice", value);
        } else {
            parts.field(field, value, class, reason, read);
        }
    }
    if alert.fields_inferred() || parts.content == 0 {
        let message = alert.message();
        let key = if parts.near { made_key(MASKED, mask::message(message, internal)) } else { raw_key(message) };
        parts.class = Class::Identity;
        let why = "no fields tell what happened, so the whole message counts";
        parts.push("(message)".into(), Kind::Identity, why, message, key, false);
    }
    parts.parts
}

/// The connection that the alert is about, if it is about one.
pub(super) fn connection(alert: &Alert) -> Option<Connection> {
    alert.field("fd.name").and_then(Connection::parse)
}

fn raw_key(value: &str) -> Key<'_> {
    Key { tag: RAW, bytes: Cow::Borrowed(value.as_bytes()) }
}

fn made_key(tag: u8, value: impl Into<Vec<u8>>) -> Key<'static> {
    Key { tag, bytes: Cow::Owned(value.into()) }
}

/// What all values of one kind are spelled as; no value of Falco's.
const HOLE: &str = "\u{1}";

struct Taking<'a> {
    /// Process, command line and protocol: what other fields are read by.
    process: &'a str,
    line: &'a str,
    stream: bool,
    near: bool,
    connection: Option<Connection>,
    wide: bool,
    /// The class of the field at hand.
    class: Class,
    /// Fields that tell what happened, rather than where or when.
    content: usize,
    parts: Parts<'a>,
}

impl<'a> Taking<'a> {
    fn push(&mut self, field: Cow<'a, str>, kind: Kind, rule: &'static str, raw: &'a str, key: Key<'a>, masked: bool) {
        self.parts.list.push(Part { field, kind, rule, raw, key, class: self.class, masked });
    }

    fn fixed(&mut self, field: &'static str, value: &'a str) {
        self.push(field.into(), Kind::Identity, "always identifies", value, raw_key(value), false);
    }

    fn left(&mut self, field: &'a str, rule: &'static str, value: &'a str) {
        self.push(field.into(), Kind::Left, rule, value, raw_key(""), false);
    }

    fn identity(&mut self, field: &'a str, rule: &'static str, value: &'a str) {
        self.content += 1;
        self.push(field.into(), Kind::Identity, rule, value, raw_key(value), false);
    }

    /// What is left of a value after masking, or the value.
    fn masked(&mut self, field: &'a str, rule: &'static str, value: &'a str, masked: Option<&str>) {
        let Some(masked) = masked else { return self.identity(field, rule, value) };
        self.content += 1;
        let key = made_key(MASKED, masked);
        self.push(field.into(), Kind::Identity, rule, value, key, true);
    }

    fn wild(&mut self, field: &'a str, number: u8, rule: &'static str, value: &'a str, key: Key<'a>) {
        self.push(field.into(), Kind::Wild(number), rule, value, key, false);
    }

    fn late(&mut self, field: &'a str, value: &'a str, number: u8, reason: &'static str) {
        if self.wide && INSTANCE.contains(&number) {
            self.left(field, "names one instance of the workload", value);
        } else if value.is_empty() {
            self.left(field, reason, value);
        } else {
            self.wild(field, LATE + number, reason, value, raw_key(value));
        }
    }

    fn field(&mut self, field: &'a str, value: &'a str, class: Class, reason: &'static str, read: &mut Read) {
        self.class = class;
        match class {
            // Part of the workload's key.
            Class::Place => {}
            Class::Volatile | Class::Shown => self.left(field, reason, value),
            Class::Late(number) => self.late(field, value, number, reason),
            Class::Parent(level) => self.parent(field, value, level, reason, read),
            Class::Command => self.command(field, value, reason, read),
            Class::Arguments => self.arguments(field, value, reason, read),
            Class::Path => {
                // Of a program of a wholly drawn name, nothing but that name says what was run.
                let program = matches!(field, "proc.exe" | "proc.exepath");
                let masked = self.path(value).filter(|masked| !program || mask::keeps_a_name(masked));
                self.masked(field, reason, value, masked.as_deref());
            }
            Class::Target => {
                let masked = match self.connection {
                    Some(connection) => connection.masked(value),
                    None => self.path(value),
                };
                self.masked(field, reason, value, masked.as_deref());
            }
            Class::Descriptor if !value.contains(mask::HOLE) => match mask::descriptor(value) {
                Some(target) => self.masked(field, reason, value, Some(&target)),
                None => self.left(field, "descriptor numbers are handed out in turn", value),
            },
            Class::Port if self.masks_port(field, value) => self.left(field, "the client's ephemeral port", value),
            Class::Port | Class::Descriptor | Class::Identity => self.identity(field, reason, value),
            Class::Directory => self.directory(field, value, read),
            Class::Call => {
                let datagram = self.connection.is_some() && !self.stream;
                self.spelled(field, reason, value, spellings::call(value, datagram));
            }
            Class::Outcome => self.spelled(field, reason, value, spellings::outcome(value).unwrap_or(HOLE)),
            Class::Flags => {
                let flags = spellings::flags(value);
                self.spelled(field, reason, value, flags.as_deref().unwrap_or(value));
            }
            Class::Terminal => {
                let terminal = value.len() <= 10 && value != "0" && value.bytes().all(|b| b.is_ascii_digit());
                self.spelled(field, reason, value, if terminal { HOLE } else { value });
            }
            Class::Pid => self.pid(field, reason, value),
            Class::CallArguments => {
                let masked = mask::call_arguments(value);
                self.masked(field, reason, value, masked.as_deref());
            }
        }
    }

    /// A process id, which Falco may print with the process's name: `4711(sh)`.
    fn pid(&mut self, field: &'a str, rule: &'static str, value: &'a str) {
        let digits = value.bytes().take_while(u8::is_ascii_digit).count();
        let (id, name) = value.split_at(digits);
        let one = (1..=10).contains(&digits) && !matches!(id, "0" | "1");
        match name {
            "" if one => self.left(field, rule, value),
            _ if one && name.starts_with('(') => self.masked(field, rule, value, Some(name)),
            _ => self.identity(field, rule, value),
        }
    }

    /// A value that has several spellings.
    fn spelled(&mut self, field: &'a str, rule: &'static str, value: &'a str, spelling: &str) {
        self.content += 1;
        let key = made_key(SPELLED, spelling);
        self.push(field.into(), Kind::Identity, rule, value, key, false);
    }

    fn path(&self, value: &str) -> Option<String> {
        mask::suffix(value, self.process).or_else(|| mask::path(value))
    }

    fn masks_port(&self, field: &str, value: &str) -> bool {
        field != "fd.sport" && self.connection.is_some_and(|connection| connection.masks(value))
    }

    fn parent(&mut self, field: &'a str, value: &'a str, level: u8, reason: &'static str, read: &mut Read) {
        if parents::is_wild(value, level) {
            return self.left(field, "a container's start shows no particular parent", value);
        }
        let number = parent_number(level, field);
        let key = if field.contains("cmdline") {
            command_key(&read(value))
        } else {
            mask::path(value).map_or_else(|| raw_key(value), |masked| made_key(MASKED, masked))
        };
        self.wild(field, number, reason, value, key);
    }

    fn command(&mut self, field: &'a str, value: &'a str, reason: &'static str, read: &mut Read) {
        let form = read(value);
        self.content += 1;
        let key = if field == "proc.cmdline" {
            self.parts.tail.clone_from(&form.tail);
            made_key(COMMAND, form.head)
        } else {
            command_key(&form)
        };
        self.push(field.into(), Kind::Identity, reason, value, key, true);
    }

    fn arguments(&mut self, field: &'a str, value: &'a str, reason: &'static str, read: &mut Read) {
        let line = self.line;
        let rest = line.strip_suffix(value).is_some_and(|first| {
            first.trim_end().split(' ').count() == 1 && (first.ends_with(' ') || value.is_empty())
        });
        if rest || (value.is_empty() && !line.contains(' ')) {
            return self.left(field, "repeats the command line", value);
        }
        self.content += 1;
        let key = command_key(&read(value));
        self.push(field.into(), Kind::Identity, reason, value, key, true);
    }

    fn directory(&mut self, field: &'a str, value: &'a str, read: &mut Read) {
        let line = self.line;
        if !line.is_empty() && !read(line).relative {
            return self.left(field, "no operand is relative to it", value);
        }
        // Falco writes `./` or nothing where it has lost the directory.
        let masked = if matches!(value, "" | "./") { Some(String::new()) } else { mask::path(value) };
        self.masked(field, "an operand may be relative to it", value, masked.as_deref());
    }
}

/// The key of a command line that is compared whole.
fn command_key(form: &Form) -> Key<'static> {
    let tail: Digest = form.tail.as_ref().map(Tail::digest).unwrap_or_default();
    made_key(COMMAND, [form.head, tail].concat())
}

/// Reads a command line without a cache.
pub(super) fn read_anew(line: &str) -> Arc<Form> {
    Arc::new(command::read(line))
}
