//! Alerts made ready for grouping, one by one: all that needs no group. Caches make it quick and decide nothing, so any
//! number of reducers, on any thread, give the same for the same alert and settings; but for whether one like it was known.

use super::command::{self, Form};
use super::exemplars::Cache;
use super::group::Window;
use super::hash::Digests;
use super::normal::{self, Normal};
use super::rules::{Rules, Shown};
use super::settings::{Mode, Settings};
use crate::alert::{Alert, Context};
use std::sync::Arc;

/// Results kept for alerts that come again as they were, and for command lines.
const EXEMPLARS: usize = 2048;

/// Reduces alerts to what grouping compares.
pub struct Reducer {
    settings: Settings,
    rules: Rules,
    exemplars: Cache<Arc<Normal>>,
    commands: Cache<Arc<Form>>,
    digests: Digests,
    scratch: Vec<u8>,
}

/// An alert as grouping sees it.
#[derive(Debug)]
pub struct Reduced {
    pub(super) normal: Arc<Normal>,
    pub(super) window: Arc<Window>,
    pub(super) shown: Shown,
    /// Whether one like it had come before, so that nothing had to be parsed.
    pub(super) known: bool,
}

impl Reducer {
    /// One that has seen no alert yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            rules: Rules::default(),
            exemplars: Cache::new(EXEMPLARS),
            commands: Cache::new(EXEMPLARS),
            digests: Digests::kept(),
            scratch: Vec::new(),
        }
    }

    /// Reduces an alert. `seq` is its sequence number in the journal.
    pub fn reduce(&mut self, alert: &Alert, context: &Context, seq: u64) -> Reduced {
        let (rule, next) = self.rules.of(alert, &self.settings);
        let shown = rule.exemplar(alert, context, &self.settings, next, &mut self.scratch);
        let key = self.exemplars.key(&self.scratch);
        let policy = rule.policy(&self.settings);
        let found = self.exemplars.get(key);
        let known = found.is_some();
        let normal = found.unwrap_or_else(|| {
            let (commands, digests) = (&mut self.commands, &mut self.digests);
            let normal = Arc::new(normal::reduce(alert, context, &policy, &mut |line| read(commands, line), digests));
            self.exemplars.put(key, Arc::clone(&normal));
            normal
        });
        let normal = if policy.mode == Mode::Off { Arc::new(normal::alone(&normal, alert.id(), seq)) } else { normal };
        Reduced { normal, window: Arc::clone(&rule.window), shown, known }
    }
}

/// Reads a command line, or finds it read.
fn read(commands: &mut Cache<Arc<Form>>, line: &str) -> Arc<Form> {
    let key = commands.key(line.as_bytes());
    if let Some(form) = commands.get(key) {
        return form;
    }
    let form = Arc::new(command::read(line));
    commands.put(key, Arc::clone(&form));
    form
}
