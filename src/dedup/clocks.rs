//! How far each host's clock has come, so that groups can be forgotten once no alert can join them.
//!
//! A group must catch members that come late, yet months of groups must not pile up. So a group is forgotten when its
//! own host's clock has passed its window's end by more than the disorder that is tolerated: from then on an alert
//! that fits would have to be later than that. This is a rule about the stream of alerts alone. It reads no clock of
//! ours and does not ask whether a closing was announced, so a replay forgets the same groups at the same alerts.
//!
//! A clock that jumps must not make the others forget. Hosts have clocks of their own, and a clock is not one point but
//! a few *lines*: an alert near the head of a line (behind it by no more than the disorder, ahead by no more than a
//! reach) moves that line; any other alert starts a new line. A capture that jumps by years and back finds its old
//! line where it left it. Of more than a handful of lines the least recently used one is given up, with its groups.

use super::group::Line;
use super::order::Ends;
use super::settings::Nanos;
use crate::alert::Time;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Lines of one host.
const LINES: usize = 8;

/// One line of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Track {
    id: u32,
    /// The newest event time on it.
    pub head: Time,
    /// Sequence number of the last alert on it.
    used: u64,
    /// Its groups, by activity.
    #[serde(skip)]
    pub groups: Ends,
}

/// One host's clock.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Clock {
    next: u32,
    tracks: Vec<Track>,
}

/// All hosts' clocks. Hosts share a clock where there are more than [`super::normal::PLACES`]; lines keep them apart.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    pub hosts: HashMap<u16, Clock, foldhash::fast::FixedState>,
}

impl Clocks {
    /// The line of an alert, moved forward; and the line that had to be given up for it.
    pub fn place(&mut self, host: u16, time: Time, seq: u64, late: Nanos, reach: Nanos) -> (Line, Option<Track>) {
        let clock = self.hosts.entry(host).or_default();
        let near = |track: &&mut Track| track.head.since(time) <= late && time.since(track.head) <= reach;
        let nearest = clock.tracks.iter_mut().filter(near).min_by_key(|track| time.since(track.head).unsigned_abs());
        if let Some(track) = nearest {
            track.head = track.head.max(time);
            track.used = seq;
            return (Line { host, line: track.id }, None);
        }
        let oldest = (0..clock.tracks.len()).min_by_key(|at| clock.tracks[*at].used);
        let given_up = oldest.filter(|_| clock.tracks.len() >= LINES).map(|at| clock.tracks.remove(at));
        let id = clock.next;
        clock.next = clock.next.wrapping_add(1);
        clock.tracks.push(Track { id, head: time, used: seq, groups: Ends::default() });
        (Line { host, line: id }, given_up)
    }

    /// A line, unless it was given up.
    pub fn track(&mut self, line: Line) -> Option<&mut Track> {
        self.hosts.get_mut(&line.host)?.tracks.iter_mut().find(|track| track.id == line.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn a_jump_starts_a_line_and_the_way_back_finds_the_old_one() {
        let mut clocks = Clocks::default();
        let mut at = |seconds: i64, seq| {
            clocks.place(1, Time::from_nanos(seconds * SECOND), seq, 60 * SECOND, 3600 * SECOND).0.line
        };
        let start = at(1000, 1);
        assert_eq!(at(1010, 2), start);
        assert_eq!(at(960, 3), start, "late, within the disorder");
        let future = at(1000 + 31_536_000, 4);
        assert_ne!(future, start);
        assert_eq!(at(1020, 5), start);
        assert_eq!(at(1001 + 31_536_000, 6), future);
        assert_ne!(at(500, 7), start, "too late");
    }

    #[test]
    fn a_clock_has_a_handful_of_lines() {
        let mut clocks = Clocks::default();
        for n in 0..100 {
            let time = Time::from_nanos(n * 7_000 * SECOND);
            let (line, given_up) = clocks.place(1, time, n as u64, SECOND, SECOND);
            assert_eq!(given_up.is_some(), n >= LINES as i64);
            assert!(clocks.track(line).is_some());
        }
        assert_eq!(clocks.hosts[&1].tracks.len(), LINES);
    }
}
