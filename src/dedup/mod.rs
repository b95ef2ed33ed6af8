//! Folds near-identical alerts into groups: what is the same is said once, and no difference that matters is hidden.
//!
//! # The rules, on one page
//!
//! Two alerts are one group where every field says so. There is no similarity and no threshold: an alert is taken
//! apart field by field (`parts`), each field is compared by the rule of its row (`fields`), and **a field without a
//! row must be equal**. A mistake in a table therefore splits a group; it does not merge two.
//!
//! 1. **Always equal**: rule, priority, source, the workload, and every field that is in no row below: user, process,
//!    executable, addresses, service ports, modes, flags, exit codes, audit and plugin fields.
//! 2. **The workload** is the container on its host, or the host. `scope: workload` widens it to image, namespace and
//!    pod owner (falling back to the container where one is unknown), `cluster` drops the host.
//! 3. **Never compared**: times, pids, thread ids, inode numbers and times, descriptor numbers, counters, ids that a
//!    source gives to each event, an ephemeral client port (32768 and up, on the client's side of a connection that
//!    names both sides), `EXE_WRITABLE` and `EXE_LOWER_LAYER`. `EXE_UPPER_LAYER` and `EXE_FROM_MEMFD` count, and so does
//!    what a descriptor leads to.
//! 4. **Wildcards**: what a container engine tells late (image, name, pod) may be absent on one side. So may a parent
//!    or ancestor that is `<NA>`, runc, a shim or another runtime, if it lies where runtimes are installed; for
//!    ancestors beyond the parent also init and systemd. The first real value binds the group: a shell under nginx
//!    joins a group whose parent was lost, and from then on a shell under sshd does not.
//! 5. **Masks know where they stand** (`mask`). Random-looking names below `/tmp`, `/var/tmp`, `/dev/shm` and
//!    `/var/spool` (not among crontabs, which have users' names); the templates of well-known programs; a rotated log's
//!    last part; a pid in `/proc/<pid>` or where a program takes one, never pid 1; what editors, package managers, `sed`
//!    and others append while they write, for those programs only. A word is never masked, nor a name with a piece that
//!    means something (`pwn`, `b4ckd00r`), nor a path with `..`. Whatever else is in the path must be equal, and a
//!    process's name is never masked.
//! 6. **Command lines** are compared as commands (`command`, by [`crate::cmdline`]): white space and quoting do not
//!    matter, every word, operator and redirection does. One thing may be missing: the last stages of a shell's
//!    pipeline, if they only filter text. The longest pipeline seen binds the group. The working directory counts
//!    unless the program is known to touch its operands alone and they are absolute.
//! 7. **Spellings**: `open`, `openat` and `openat2` are one call, and so on; `EACCES` and success are one attempt; one
//!    terminal is as good as another, and none is none.
//! 8. **Text alone**: without fields, what can be read from the text counts, and the whole text as well, since whoever
//!    chooses an argument chooses part of it.
//! 9. **Falco's own notices** are grouped without their counters, and speak up every minute while they last.
//!
//! What is folded in spite of a difference that an analysis could tell (a bound wildcard, other filters, a success
//! after denials) is a *new variant* and is analysed: the group's verdict is the worst of its members'. What was
//! masked is shown as a bounded sample with the number of distinct values. [`explain`] says for any two alerts which
//! field and which rule make them one group or two; it reads the same parts that grouping hashes.
//!
//! # Time
//!
//! Event time alone decides: an alert joins a group if it lies within `idle` of the group's first-to-last span and the
//! span stays within `longest`; else it opens a new one. An alert that fits several groups joins the earliest opened.
//! That is safe: it can fit several only by a wildcard or a cut pipeline, that is by what it does *not* say, and
//! whichever it joins has been announced and has an equal of it in all that it does say. Groups are never joined
//! together. Closings only announce: a late member joins a closed group and updates it.
//!
//! Order matters nowhere else. Two alerts that arrive in the wrong order give the same groups unless a gap between
//! activities is within the disorder of `idle` itself: there, whether the gap is bridged is known only afterwards.
//!
//! # Bounds
//!
//! A group is forgotten once its own host's clock has passed every time at which it could be joined (`clocks` says
//! how that survives clocks that jump). At most `max_groups` are kept; beyond, the least recently active is closed
//! early, and its next alert opens a new group. Both are rules about the stream, so a replay forgets alike. A flood of
//! new groups from one workload gives a notice of its own.
//!
//! Fingerprints are BLAKE3: whoever writes a command line writes the input. A [`Reducer`] makes an alert ready for grouping:
//! it needs no group, so it may do so on another thread. It keeps results under a keyed hash of all values that may
//! identify, so a repeat parses nothing; what it keeps decides nothing.
//!
//! `adversary` (tests) says for every normalisation how an attacker would hide by it and why that fails; `pairs` (tests)
//! lists alerts that must be one group and alerts that must not.

mod clocks;
mod command;
mod engine;
mod exemplars;
mod explain;
mod fields;
mod flood;
mod group;
mod hash;
mod ids;
mod mask;
mod network;
mod normal;
mod observed;
mod order;
mod parents;
mod parts;
mod reduce;
mod revision;
mod rules;
mod sample;
mod settings;
mod snapshot;
mod spellings;
mod table;
mod wild;
mod workload;

#[cfg(test)]
mod adversary;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod testing;

pub use engine::{Dedup, Stats};
pub use explain::{Difference, Explanation, explain};
pub use ids::{Fingerprint, GroupId, ParseGroupIdError};
pub use observed::{Decision, Joined, Observed, WildField};
pub use parents::is_wild as is_wild_parent;
pub use reduce::{Reduced, Reducer};
pub use revision::{Distinct, GroupView, Reason, State};
pub use settings::{Mode, Nanos, RuleSettings, Scope, Settings};
pub use snapshot::{Change, Changes, Damage, SharedState};
