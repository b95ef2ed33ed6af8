//! What is known of each rule: its settings, and the classes of its fields in the order in which they come.

use super::fields::Class;
use super::group::Window;
use super::parts::Policy;
use super::settings::{Mode, Scope, Settings};
use super::{fields, parts};
use crate::alert::{Alert, Context};
use std::collections::HashMap;
use std::sync::Arc;

/// Rules known at a time; more make it start over.
const RULES: usize = 4096;
/// Fields known of one rule at a time.
const FIELDS: usize = 2048;

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    /// Never the same for two rules in the life of a process.
    id: u32,
    row: Option<usize>,
    mode: Mode,
    scope: Scope,
    pub window: Arc<Window>,
    internal: bool,
    /// Sorted by name.
    known: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    name: Box<str>,
    id: u32,
    class: Class,
    place: Option<u8>,
}

/// The rules.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Places in the list; apart for Falco's own notices, since anyone may give a rule any name.
    by_name: [HashMap<Box<str>, usize, foldhash::fast::RandomState>; 2],
    list: Vec<Rule>,
    /// The next id of a rule or field.
    next: u32,
}

/// Volatile values of one alert that are worth showing, the first two: the place in the table of fields, and which of the
/// alert's fields it is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shown([Option<(u8, usize)>; 2]);

impl Shown {
    fn add(&mut self, place: Option<u8>, field: usize) {
        if let (Some(place), Some(room)) = (place, self.0.iter_mut().find(|room| room.is_none())) {
            *room = Some((place, field));
        }
    }

    /// The values, out of the alert that they were found in.
    pub fn of<'a>(&self, alert: &'a Alert) -> [Option<(u8, &'a str)>; 2] {
        self.0.map(|shown| shown.and_then(|(place, field)| Some((place, alert.value(field)?))))
    }
}

impl Rules {
    /// The rule of an alert, and where ids come from.
    pub fn of(&mut self, alert: &Alert, settings: &Settings) -> (&mut Rule, &mut u32) {
        let internal = alert.is_internal();
        let known = self.by_name[usize::from(internal)].get(alert.rule()).copied();
        let at = known.unwrap_or_else(|| {
            if self.list.len() >= RULES {
                self.by_name.iter_mut().for_each(HashMap::clear);
                self.list.clear();
            }
            self.next = self.next.wrapping_add(1);
            self.list.push(Rule::new(alert.rule(), internal, self.next, settings));
            self.by_name[usize::from(internal)].insert(alert.rule().into(), self.list.len() - 1);
            self.list.len() - 1
        });
        (&mut self.list[at], &mut self.next)
    }
}

impl Rule {
    fn new(name: &str, internal: bool, id: u32, settings: &Settings) -> Self {
        let Policy { mode, scope, row } = Policy::of(settings, name);
        let window = Window {
            idle: row.and_then(|row| row.idle).unwrap_or(settings.idle).max(0),
            longest: row.and_then(|row| row.longest).unwrap_or(settings.longest).max(0),
            repeat: if internal { settings.internal_interval } else { settings.repeat_interval },
        };
        Self {
            id,
            row: row.and_then(|row| settings.rules.iter().position(|other| std::ptr::eq(other, row))),
            mode,
            scope,
            window: Arc::new(window),
            internal,
            known: Vec::new(),
        }
    }

    /// What holds for the rule.
    pub fn policy<'s>(&self, settings: &'s Settings) -> Policy<'s> {
        Policy { mode: self.mode, scope: self.scope, row: self.row.and_then(|at| settings.rules.get(at)) }
    }

    /// Writes down all that may identify the alert, without understanding it: alerts of one such text have one result.
    /// A client's ephemeral port is left out already here, since it differs from alert to alert.
    pub fn exemplar(
        &mut self,
        alert: &Alert,
        context: &Context,
        settings: &Settings,
        next: &mut u32,
        scratch: &mut Vec<u8>,
    ) -> Shown {
        scratch.clear();
        let near = self.mode == Mode::Near && !self.internal;
        let connection = if near { parts::connection(alert) } else { None };
        let mut shown = Shown::default();
        put(scratch, self.id, &[alert.source(), alert.priority().name(), alert.hostname(), &context.node]);
        let mut telling = 0;
        let mut at = 0;
        for (n, (field, value)) in alert.fields().enumerate() {
            at = self.find(field, at, settings, next);
            let Some(known) = self.known.get(at) else { continue };
            match known.class {
                Class::Volatile => continue,
                Class::Shown => {
                    shown.add(known.place, n);
                    continue;
                }
                Class::Port if field != "fd.sport" && connection.is_some_and(|c| c.masks(value)) => continue,
                Class::Target => {
                    if let Some(connection) = connection.filter(|c| c.masked_in(value)) {
                        shown.add(known.place, n);
                        let (before, after) = connection.around(value);
                        put(scratch, known.id, &[before, after]);
                        telling += 1;
                        continue;
                    }
                }
                _ => {}
            }
            telling += usize::from(known.class.always_tells());
            put(scratch, known.id, &[value]);
        }
        if telling == 0 || alert.fields_inferred() || self.internal {
            put(scratch, 0, &[alert.message()]);
        }
        shown
    }

    /// The place of a field among those known, at or after `from`; it is made known first where it is not.
    fn find(&mut self, field: &str, from: usize, settings: &Settings, next: &mut u32) -> usize {
        let mut at = from;
        while let Some(known) = self.known.get(at) {
            match (*known.name).cmp(field) {
                std::cmp::Ordering::Less => at += 1,
                std::cmp::Ordering::Equal => return at,
                std::cmp::Ordering::Greater => break,
            }
        }
        if self.known.len() >= FIELDS {
            self.known.clear();
            at = 0;
        }
        *next = next.wrapping_add(1);
        let (class, _) = self.policy(settings).class(field, self.internal);
        self.known.insert(at, Known { name: field.into(), id: *next, class, place: fields::place(field) });
        at
    }
}

/// Appends an id and texts, each preceded by its length: one byte where that is enough, since every byte is hashed.
fn put(scratch: &mut Vec<u8>, id: u32, texts: &[&str]) {
    const LONG: u8 = u8::MAX;
    scratch.extend_from_slice(&id.to_le_bytes());
    for text in texts {
        let short = u8::try_from(text.len()).unwrap_or(LONG);
        scratch.push(short);
        if short == LONG {
            scratch.extend_from_slice(&(text.len() as u32).to_le_bytes());
        }
        scratch.extend_from_slice(text.as_bytes());
    }
}
