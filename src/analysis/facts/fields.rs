//! An alert's fields, found by name.
//!
//! An analysis asks for about two hundred fields, and an alert has a dozen: what counts is that an absent one costs
//! nothing.

use crate::alert::{Alert, text};

/// The fields of an alert, and behind them what its text gives beyond them.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    all: Vec<(&'a str, &'a str)>,
    /// How many of them are the alert's own.
    own: usize,
    /// Where the field of a [`place`] is among all, counted from one.
    places: [u8; PLACES],
}

const PLACES: usize = 256;
/// No field has this place.
const NONE: u8 = 0;
/// Several have it, or one that is too far behind.
const SEARCH: u8 = u8::MAX;

impl<'a> Fields<'a> {
    pub fn of(alert: &'a Alert) -> Self {
        let all: Vec<(&str, &str)> = alert.fields().collect();
        let mut fields = Self { own: all.len(), all, places: [NONE; PLACES] };
        fields.note(0);
        if fields.lack_what_text_has(alert) {
            let mut pairs = text::key_values(alert.message());
            pairs.retain(|(key, _)| fields.position(key).is_none());
            fields.all.extend(pairs);
            fields.note(fields.own);
        }
        fields
    }

    /// The value as it is, empty ones included.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.position(name).map(|at| self.all[at].1)
    }

    /// The value as it is, if it is the alert's own.
    pub fn own(&self, name: &str) -> Option<&'a str> {
        self.position(name).filter(|at| *at < self.own).map(|at| self.all[at].1)
    }

    /// Whether the value is read from the text.
    pub fn is_from_text(&self, name: &str) -> bool {
        self.position(name).is_some_and(|at| at >= self.own)
    }

    /// Whether the alert itself has a field that begins so.
    pub fn any_own(&self, prefix: &str) -> bool {
        self.all[..self.own].iter().any(|(key, _)| key.starts_with(prefix))
    }

    /// Whether something is missing that the text may have.
    fn lack_what_text_has(&self, alert: &Alert) -> bool {
        const TELLING: &[&str] = &["container.id", "fd.name", "proc.cmdline", "proc.pname", "user.name"];
        !alert.output().is_empty()
            && !alert.fields_inferred()
            && TELLING.iter().any(|name| self.position(name).is_none())
    }

    fn note(&mut self, from: usize) {
        for (at, (key, _)) in self.all.iter().enumerate().skip(from) {
            let known = &mut self.places[usize::from(place(key))];
            *known = match u8::try_from(at + 1) {
                Ok(at) if *known == NONE => at,
                _ => SEARCH,
            };
        }
    }

    #[inline]
    fn position(&self, name: &str) -> Option<usize> {
        match self.places[usize::from(place(name))] {
            NONE => None,
            SEARCH => self.all.iter().position(|(key, _)| *key == name),
            at => Some(usize::from(at) - 1).filter(|at| self.all[*at].0 == name),
        }
    }
}

/// Names that differ have different places, mostly.
#[inline]
fn place(name: &str) -> u8 {
    let bytes = name.as_bytes();
    let (Some(middle), Some(last)) = (bytes.get(bytes.len() / 2), bytes.last()) else { return 0 };
    (bytes.len() as u8).wrapping_mul(43).wrapping_add(middle.wrapping_mul(47)).wrapping_add(*last)
}
