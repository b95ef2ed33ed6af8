//! The owner of all live groups: what happens to an alert, in the order in which it happens.

use super::clocks::{Clocks, Track};
use super::flood::{self, Floods};
use super::group::{Group, Line, Member, Window};
use super::hash::Digest;
use super::normal::{self, Normal};
use super::reduce::{Reduced, Reducer};
use super::settings::{Nanos, Settings};
use super::snapshot::KeptShared;
use super::table::Table;
use super::{Decision, GroupView, Joined, Observed, Reason, State, snapshot};
use crate::alert::{Alert, Context, Time};
use std::sync::Arc;

/// Groups of a host that are looked at for forgetting with each of its alerts: more than it can open.
const FORGOTTEN_AT_ONCE: usize = 4;
/// Groups of one core that are tried one by one.
const TRIED: usize = 64;
/// How far an alert may be ahead of its host's clock and still be on the same line of it.
const REACH: Nanos = 3_600_000_000_000;

/// Groups alerts. One owner, no clock, no I/O: the same alerts in the same order give the same groups.
pub struct Dedup {
    pub(super) settings: Settings,
    /// Made for the first alert that nobody else has reduced.
    reducer: Option<Reducer>,
    pub(super) table: Table,
    pub(super) clocks: Clocks,
    pub(super) floods: Floods,
    pub(super) touched_clocks: Vec<u16>,
    pub(super) touched_floods: Vec<u16>,
    /// Tells these settings from others.
    pub(super) settings_digest: u64,
    /// The digest of the settings that the kept records know of.
    pub(super) kept_settings: Option<u64>,
    /// How much of what groups share is kept; `None` before this process has kept any.
    pub(super) kept_shared: Option<KeptShared>,
    stats: Stats,
    reach: Nanos,
}

/// More groups of one core than are tried.
struct TooMany;

/// What dedup has done since the process started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Groups in memory now.
    pub live: usize,
    /// Alerts observed.
    pub observed: u64,
    /// Alerts that opened a group.
    pub opened: u64,
    /// Groups closed early because the table was full.
    pub evicted: u64,
    /// Groups forgotten because no alert can join them any more.
    pub forgotten: u64,
    /// Alerts that came as one before them had come, so that nothing had to be parsed.
    pub exemplar_hits: u64,
    /// Notices of floods.
    pub floods: u64,
}

impl Dedup {
    /// Without any live group.
    pub fn new(settings: Settings) -> Self {
        let idle = settings.rules.iter().filter_map(|row| row.idle).fold(settings.idle, Nanos::max);
        Self {
            reducer: None,
            table: Table::default(),
            clocks: Clocks::default(),
            floods: Floods::default(),
            touched_clocks: Vec::new(),
            touched_floods: Vec::new(),
            settings_digest: snapshot::digest(&settings),
            kept_settings: None,
            kept_shared: None,
            stats: Stats::default(),
            reach: REACH.max(idle),
            settings,
        }
    }

    /// Takes in one alert. `seq` is its sequence number in the journal and rises from call to call; `received` is when
    /// it was received, and decides nothing but when [`idle`](Self::idle) names its group.
    pub fn observe(&mut self, alert: &Alert, context: &Context, seq: u64, received: Time) -> Observed {
        let ready = self.reduce(alert, context, seq);
        self.observe_reduced(alert, context, seq, received, &ready)
    }

    /// Makes an alert ready by a reducer of its own.
    pub fn reduce(&mut self, alert: &Alert, context: &Context, seq: u64) -> Reduced {
        self.reducer.get_or_insert_with(|| Reducer::new(self.settings.clone())).reduce(alert, context, seq)
    }

    /// The same, of an alert that a reducer of the same settings has made ready.
    pub fn observe_reduced(
        &mut self,
        alert: &Alert,
        context: &Context,
        seq: u64,
        received: Time,
        reduced: &Reduced,
    ) -> Observed {
        let Reduced { normal, window, shown, known } = reduced;
        self.stats.observed += 1;
        self.stats.exemplar_hits += u64::from(*known);
        let mut evicted = Vec::new();
        let late = self.settings.disorder;
        let (line, given_up) = self.clocks.place(normal.host, alert.time(), seq, late, self.reach);
        touch(&mut self.touched_clocks, normal.host);
        if let Some(track) = given_up {
            self.forget_line(track, &mut evicted);
        }
        self.forget_past(line, &mut evicted);
        let member = Member { id: alert.id(), seq, time: alert.time(), received, shown: shown.of(alert) };
        let found = self.find(normal, alert.time());
        let joined = found.as_ref().ok().and_then(|(at, joined)| self.join(*at, *joined, normal, &member, line));
        let core = found.err().unwrap_or(normal.core);
        let mut observed = joined.unwrap_or_else(|| self.open(core, normal, &member, (window, line), &mut evicted));
        if observed.decision == Decision::Opened && alert.source() != flood::SOURCE {
            touch(&mut self.touched_floods, normal.workload);
            observed.notice = self.floods.opened(normal.workload, alert, context, &self.settings);
            self.stats.floods += u64::from(observed.notice.is_some());
        }
        observed.evicted = evicted;
        observed
    }

    /// The earliest opened group that the alert fits; else the core under which to open one.
    ///
    /// Groups of one core differ in wildcards and filters, and are tried one by one. Somebody who varies these at will
    /// would make that slow, so beyond a bound a group is kept under all that it consists of, and only its equals find
    /// it: more groups, not slower ones.
    fn find(&self, normal: &Normal, time: Time) -> Result<(u32, Joined), Digest> {
        let exact = match self.search(&normal.core, normal, time) {
            Some(Ok(found)) => return Ok(found),
            None => return Err(normal.core),
            Some(Err(TooMany)) => normal.exact(),
        };
        match self.search(&exact, normal, time) {
            Some(Ok(found)) => Ok(found),
            _ => Err(exact),
        }
    }

    /// Tries the groups of a core; `None` where it fits none of them.
    fn search(&self, core: &Digest, normal: &Normal, time: Time) -> Option<Result<(u32, Joined), TooMany>> {
        let mut at = self.table.first(core);
        for _ in 0..TRIED {
            let group = self.table.group(at)?;
            if let Some(joined) = group.fits(normal, time) {
                return Some(Ok((at, joined)));
            }
            at = self.table.next(at);
        }
        Some(Err(TooMany))
    }

    fn join(&mut self, at: u32, joined: Joined, normal: &Normal, member: &Member, line: Line) -> Option<Observed> {
        let group = self.table.change(at)?;
        let before = group.line;
        let new_variant = group.join(normal, member, line);
        let due = group.due(member.time);
        if group.state == State::Closed {
            group.state = State::Updated;
        }
        let (number, id) = (group.number, group.id);
        self.table.renew(at, before, &mut self.clocks);
        Some(Observed {
            number,
            group: id,
            decision: Decision::Repeat,
            joined,
            new_variant,
            due,
            evicted: Vec::new(),
            notice: None,
        })
    }

    fn open(
        &mut self,
        core: Digest,
        normal: &Normal,
        member: &Member,
        (window, line): (&Arc<Window>, Line),
        evicted: &mut Vec<(u64, GroupView)>,
    ) -> Observed {
        self.close_outgrown(&core, normal, member.time, evicted);
        while self.table.len() >= self.settings.max_groups.max(1) {
            self.stats.evicted += 1;
            self.drop_group(self.table.oldest(), Reason::Evicted, evicted);
        }
        let group = Group::open(core, normal, member, (Arc::clone(window), line));
        let (number, id) = (group.number, group.id);
        self.table.insert(group, &mut self.clocks, false);
        self.stats.opened += 1;
        Observed {
            number,
            group: id,
            decision: Decision::Opened,
            joined: Joined::Opened,
            new_variant: false,
            due: Some(Reason::First),
            evicted: Vec::new(),
            notice: None,
        }
    }

    /// Announces the end of windows that this alert would have joined but for their length.
    fn close_outgrown(&mut self, core: &Digest, normal: &Normal, time: Time, evicted: &mut Vec<(u64, GroupView)>) {
        let mut at = self.table.first(core);
        for _ in 0..TRIED {
            let Some(group) = self.table.group(at) else { return };
            let (number, next) = (group.number, self.table.next(at));
            if group.state != State::Closed && group.outgrown_by(normal, time) {
                evicted.extend(self.table.announce(at, Reason::Longest).map(|view| (number, view)));
            }
            at = next;
        }
    }

    /// Takes a group out; its closing is announced if that has not happened.
    fn drop_group(&mut self, at: u32, reason: Reason, evicted: &mut Vec<(u64, GroupView)>) {
        let Some(group) = self.table.group(at) else { return };
        let number = group.number;
        if group.state != State::Closed {
            evicted.extend(self.table.announce(at, reason).map(|view| (number, view)));
        }
        self.table.remove(at, &mut self.clocks, None);
    }

    /// Forgets the groups of a line that is given up.
    fn forget_line(&mut self, mut track: Track, evicted: &mut Vec<(u64, GroupView)>) {
        while let Some(group) = self.table.group(track.groups.oldest) {
            let (at, number) = (track.groups.oldest, group.number);
            if group.state != State::Closed {
                evicted.extend(self.table.announce(at, Reason::Idle).map(|view| (number, view)));
            }
            self.table.remove(at, &mut self.clocks, Some(&mut track.groups));
            self.stats.forgotten += 1;
        }
    }

    /// Forgets groups whose windows this line has left behind.
    fn forget_past(&mut self, line: Line, evicted: &mut Vec<(u64, GroupView)>) {
        for _ in 0..FORGOTTEN_AT_ONCE {
            let Some(track) = self.clocks.track(line) else { return };
            let (at, head) = (track.groups.oldest, track.head);
            let Some(group) = self.table.group(at) else { return };
            if head.since(group.last) <= group.window.idle.saturating_add(self.settings.disorder) {
                return;
            }
            self.stats.forgotten += 1;
            self.drop_group(at, Reason::Idle, evicted);
        }
    }

    /// Groups, at most `limit`, that are not announced as closed and whose last member was received at least their
    /// idle time ago; least recently active first.
    pub fn idle(&mut self, now: Time, limit: usize) -> Vec<u64> {
        let shortest = self.settings.rules.iter().filter_map(|row| row.idle).fold(self.settings.idle, Nanos::min);
        let mut found = Vec::new();
        let mut at = self.table.oldest_open();
        while let Some(group) = self.table.group(at) {
            let silent = now.since(group.received);
            if silent < shortest || found.len() >= limit {
                break;
            }
            if silent >= group.window.idle {
                found.push(group.number);
            }
            at = self.table.next_open(at);
        }
        found
    }

    /// Makes a group's next revision; `None` for a number that is no live group's.
    pub fn announce(&mut self, number: u64, reason: Reason) -> Option<GroupView> {
        let at = self.table.numbered(number)?;
        self.table.announce(at, reason)
    }

    /// Takes in a member's verdict: its level (0 expected, 1 review, 2 malicious) and score. True if the group's level
    /// has become worse than the worst so far.
    pub fn raise(&mut self, number: u64, level: u8, score: u8) -> bool {
        let at = self.table.numbered(number);
        at.and_then(|at| self.table.change(at)).is_some_and(|group| group.raise(level, score))
    }

    /// Groups that are not announced as closed, in opening order: what is to be announced at the end of the input.
    pub fn end_of_input(&self) -> Vec<u64> {
        let open = |number: &u64| {
            let group = self.table.numbered(*number).and_then(|at| self.table.group(at));
            group.is_some_and(|group| group.state != State::Closed)
        };
        self.table.numbers().into_iter().filter(open).collect()
    }

    /// What was done so far.
    pub fn stats(&self) -> Stats {
        Stats { live: self.table.len(), ..self.stats }
    }
}

/// Notes a changed place, of which there are few.
fn touch(places: &mut Vec<u16>, place: u16) {
    if places.len() >= 4 * usize::from(normal::PLACES) {
        places.sort_unstable();
        places.dedup();
    }
    if places.last() != Some(&place) {
        places.push(place);
    }
}
