//! Alerts in, analyses out: dedup and analysis joined, without a clock, a journal or a thread.
//!
//! The sidecar and the offline commands run this same code, so a replay gives what live gave.

use crate::alert::{Alert, Context, Time};
use crate::analysis::past::{Opening, Past};
use crate::analysis::rules::files::RuleBook;
use crate::analysis::{self, Analysis, Findings, History, Input, Level, Revision};
use crate::dedup::{Changes, Decision, Dedup, GroupId, GroupView, Reason, Reduced};

/// What became of one alert.
pub struct Taken {
    /// The group that it joined, by number: the sequence of the alert that opened it.
    pub number: u64,
    /// The group's id.
    pub group: GroupId,
    /// Whether it opened the group.
    pub decision: Decision,
    /// Revisions that it gave rise to, in order: its own group's, and those of groups that were closed early for it.
    pub revisions: Vec<(u64, Revision)>,
    /// What history is to remember, where it opened a group.
    pub opening: Option<(u64, Opening)>,
    /// An alert of lanner's own that it gave rise to.
    pub notice: Option<Alert>,
}

/// Finds what was said last about a group that is already out; its counts may be older than the newest.
pub type Newest<'a> = &'a mut dyn FnMut(u64) -> Option<Analysis>;

/// Dedup, history and knowledge: the state of the pipeline. One owner.
pub struct Engine {
    dedup: Dedup,
    past: Past,
    book: RuleBook,
}

impl Engine {
    /// An engine that continues where this state was left.
    pub fn new(dedup: Dedup, past: Past, book: RuleBook) -> Self {
        Self { dedup, past, book }
    }

    /// Takes the next alert of the stream.
    pub fn take(&mut self, alert: &Alert, context: &Context, seq: u64, received: Time, newest: Newest) -> Taken {
        let ready = self.dedup.reduce(alert, context, seq);
        self.take_reduced(alert, context, seq, received, &ready, newest)
    }

    /// The same, of an alert that a reducer of the same settings has made ready.
    pub fn take_reduced(
        &mut self,
        alert: &Alert,
        context: &Context,
        seq: u64,
        received: Time,
        reduced: &Reduced,
        newest: Newest,
    ) -> Taken {
        let seen = self.dedup.observe_reduced(alert, context, seq, received, reduced);
        let mut taken = Taken {
            number: seen.number,
            group: seen.group,
            decision: seen.decision,
            revisions: Vec::new(),
            opening: None,
            notice: seen.notice,
        };
        taken.revisions.extend(seen.evicted.into_iter().map(|(number, view)| (number, Revision::Recount(view))));
        match seen.decision {
            Decision::Opened => {
                if let Some(view) = self.dedup.announce(seen.number, Reason::First) {
                    let opening = Opening::new(seen.number, alert, context, &view);
                    let history = Some(self.past.recall(&opening));
                    let analysis = self.analyse(alert, context, view, history);
                    self.dedup.raise(seen.number, rank(analysis.verdict.level), analysis.verdict.score);
                    let opening = opening.analysed(&analysis);
                    self.past.remember(&opening);
                    taken.opening = Some((seen.number, opening));
                    taken.revisions.push((seen.number, analysis.into()));
                }
            }
            Decision::Repeat => {
                let risen = if seen.new_variant { self.rise(alert, context, seen.number, newest) } else { None };
                let revision = risen.or_else(|| self.repeat(alert, context, seen.number, seen.due?, newest));
                taken.revisions.extend(revision.map(|analysis| (seen.number, analysis.into())));
            }
        }
        taken
    }

    fn analyse(&self, alert: &Alert, context: &Context, group: GroupView, history: Option<History>) -> Analysis {
        self.write(alert, context, group, history, &analysis::find(alert))
    }

    fn write(
        &self,
        alert: &Alert,
        context: &Context,
        group: GroupView,
        history: Option<History>,
        findings: &Findings<'_>,
    ) -> Analysis {
        analysis::write(Input { alert, context, group, history, book: Some(&self.book) }, findings)
    }

    /// Analyses a new variant of a group, and gives the group's revision where the variant is worse than all before.
    /// The findings are the variant's; the opening alert stays the group's.
    fn rise(&mut self, alert: &Alert, context: &Context, number: u64, newest: Newest) -> Option<Analysis> {
        let findings = analysis::find(alert);
        let verdict = analysis::judge(&findings, None);
        if !self.dedup.raise(number, rank(verdict.level), verdict.score) {
            return None;
        }
        let last = newest(number);
        let group = self.dedup.announce(number, Reason::VerdictRose)?;
        let history = last.as_ref().map(|last| last.history.clone());
        let worse = self.write(alert, context, group, history, &findings);
        Some(match last {
            Some(last) => Analysis { opening: last.opening, context: last.context, ..worse },
            None => worse,
        })
    }

    /// The revision that a repeat gives rise to. Where retention has removed all that was said of the group, it is
    /// analysed anew from this member.
    fn repeat(
        &mut self,
        alert: &Alert,
        context: &Context,
        number: u64,
        reason: Reason,
        newest: Newest,
    ) -> Option<Analysis> {
        let last = newest(number);
        let group = self.dedup.announce(number, reason)?;
        Some(match last {
            Some(last) => analysis::revise(last, group),
            None => self.analyse(alert, context, group, None),
        })
    }

    /// Closes groups whose last member was received at least the idle time before `now`; at most `limit` of them.
    pub fn close_idle(&mut self, now: Time, limit: usize) -> Vec<(u64, Revision)> {
        let numbers = self.dedup.idle(now, limit);
        self.recount(numbers, Reason::Idle)
    }

    /// Closes every group: the input has ended. In opening order.
    pub fn close_all(&mut self) -> Vec<(u64, Revision)> {
        let numbers = self.dedup.end_of_input();
        self.recount(numbers, Reason::EndOfInput)
    }

    fn recount(&mut self, numbers: Vec<u64>, reason: Reason) -> Vec<(u64, Revision)> {
        let recount = |number| Some((number, Revision::Recount(self.dedup.announce(number, reason)?)));
        numbers.into_iter().filter_map(recount).collect()
    }

    /// The analysis of one alert that knows of no other: `dedup` is empty, history is not asked.
    pub fn alone(&self, alert: &Alert, context: &Context, mut dedup: Dedup) -> Option<Analysis> {
        let seen = dedup.observe(alert, context, 1, alert.time());
        let group = dedup.announce(seen.number, Reason::First)?;
        Some(self.analyse(alert, context, group, None))
    }

    /// Adds a model's words to a group whose analyses are still kept. Dedup may have forgotten the group by then: it makes
    /// no more revisions, so the next number is free.
    pub fn narrate(
        &mut self,
        number: u64,
        narrative: crate::analysis::Narrative,
        newest: Newest,
    ) -> Option<(u64, Analysis)> {
        let last = newest(number)?;
        let group = self.dedup.announce(number, Reason::Narrative).unwrap_or_else(|| GroupView {
            revision: last.group.revision.saturating_add(1),
            reason: Reason::Narrative,
            ..last.group.clone()
        });
        let mut analysis = analysis::revise(last, group);
        analysis.narrative = Some(narrative);
        Some((number, analysis))
    }

    /// What changed of dedup's state since the last call, to be kept together with the pipeline's cursor.
    pub fn take_changes(&mut self) -> Changes {
        self.dedup.take_changes()
    }

    /// Counts for status and metrics.
    pub fn stats(&self) -> crate::dedup::Stats {
        self.dedup.stats()
    }
}

/// The level as dedup keeps it.
fn rank(level: Level) -> u8 {
    match level {
        Level::Expected => 0,
        Level::Review => 1,
        Level::Malicious => 2,
    }
}
