//! What each of Falco's fields is to a group. A field that is in no row identifies: mistakes split groups, they never
//! merge them.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a field is to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Must be equal as it is.
    Identity,
    /// Never matters.
    Volatile,
    /// Never matters, and is worth showing (which pids).
    Shown,
    /// Where it ran: the workload's key is made of it, see [`super::workload`].
    Place,
    /// Comes late: absent is a wildcard, two different values are two groups.
    Late(u8),
    /// Tells the direct parent (1) or an ancestor (2 and up): see [`super::parents`].
    Parent(u8),
    /// A process's command line.
    Command,
    /// The command line without its first word.
    Arguments,
    /// A path, masked.
    Path,
    /// A path, or a connection whose client port is masked.
    Target,
    /// A port, masked where it is the client's.
    Port,
    /// The working directory.
    Directory,
    /// A system call by name: spellings of one call are one.
    Call,
    /// How the call ended: denied and then allowed is one attempt.
    Outcome,
    /// Flags of an execution or an opening.
    Flags,
    /// A terminal's number: which one never matters, whether there is one does.
    Terminal,
    /// A process id that was acted upon; 1 is always itself.
    Pid,
    /// A descriptor: its number is handed out, what it leads to is a target.
    Descriptor,
    /// A call's arguments in one text.
    CallArguments,
}

impl Class {
    /// Whether a field of the class always tells something of what happened, rather than where, when or under whom.
    pub fn always_tells(self) -> bool {
        use Class::{Call, CallArguments, Command, Flags, Identity, Outcome, Path, Target, Terminal};
        matches!(self, Identity | Command | Path | Target | Call | Outcome | Flags | Terminal | CallArguments)
    }
}

use Class::{
    Arguments, CallArguments, Command, Descriptor, Directory, Flags, Late, Outcome, Parent, Path, Pid, Place, Port,
    Shown, Target, Terminal, Volatile,
};

/// One row: a field or, in a table of their own, a prefix; what it is; why.
type Row = (&'static str, Class, &'static str);

/// Exact names, sorted.
#[rustfmt::skip]
const FIELDS: &[Row] = &[
    ("container.cni.json", Late(16), "late, as the image"),
    ("container.duration", Volatile, "nanoseconds since the container started"),
    ("container.full_id", Place, "the container, in its long form"),
    ("container.healthcheck", Late(17), "late, as the image"),
    ("container.id", Place, "the container"),
    ("container.image", Late(1), "the container engine answers after the first alerts"),
    ("container.image.digest", Late(2), "late, as the image"),
    ("container.image.full_repository", Late(3), "late, as the image"),
    ("container.image.id", Late(4), "late, as the image"),
    ("container.image.repository", Late(5), "late, as the image"),
    ("container.image.tag", Late(6), "late, as the image"),
    ("container.ip", Late(18), "late, as the image"),
    ("container.labels", Late(19), "late, as the image"),
    ("container.liveness_probe", Late(20), "late, as the image"),
    ("container.mounts", Late(21), "late, as the image"),
    ("container.name", Late(7), "late, as the image"),
    ("container.privileged", Late(22), "late, as the image"),
    ("container.readiness_probe", Late(23), "late, as the image"),
    ("container.start_ts", Volatile, "a start time"),
    ("container.type", Late(8), "late, as the image"),
    ("ct.id", Volatile, "CloudTrail numbers every event"),
    ("ct.request.id", Volatile, "a number per request"),
    ("ct.time", Volatile, "a time"),
    ("evt.arg.dirfd", Descriptor, "a descriptor, and the directory that it leads to"),
    ("evt.arg.fd", Descriptor, "a descriptor, and the file that it leads to"),
    ("evt.arg.filename", Path, "a path"),
    ("evt.arg.flags", Flags, "execution flags vary with the file system's layers"),
    ("evt.arg.linkpath", Path, "a path"),
    ("evt.arg.name", Path, "a path"),
    ("evt.arg.newfd", Descriptor, "a descriptor, and what it leads to"),
    ("evt.arg.newpath", Path, "a path"),
    ("evt.arg.oldfd", Descriptor, "a descriptor, and what it leads to"),
    ("evt.arg.oldpath", Path, "a path"),
    ("evt.arg.path", Path, "a path"),
    ("evt.arg.pathname", Path, "a path"),
    ("evt.arg.pid", Pid, "the process acted upon"),
    ("evt.arg.target", Path, "a path"),
    ("evt.args", CallArguments, "descriptor numbers and pids among arguments"),
    ("evt.cpu", Volatile, "the processor it happened to run on"),
    ("evt.num", Volatile, "a running number"),
    ("evt.rawarg.fd", Volatile, "descriptor numbers are handed out in turn"),
    ("evt.res", Outcome, "denied, then allowed, is one attempt"),
    ("evt.type", Class::Call, "programs choose between spellings of one system call"),
    ("fd.cport", Port, "an ephemeral client port is handed out in turn"),
    ("fd.directory", Path, "a path"),
    ("fd.filename", Path, "a path's last part"),
    ("fd.ino", Volatile, "inode numbers are handed out in turn"),
    ("fd.lport", Port, "the client's port, where this side is the client"),
    ("fd.name", Target, "a path or a connection"),
    ("fd.nameraw", Path, "a path"),
    ("fd.num", Volatile, "descriptor numbers are handed out in turn"),
    ("fd.rport", Port, "the client's port, where this side is the server"),
    ("fd.sport", Port, "the server's port: kept, and tells the client's"),
    ("fd.uid", Volatile, "a pid and a descriptor number"),
    ("fs.path.name", Path, "a path"),
    ("fs.path.nameraw", Path, "a path"),
    ("fs.path.source", Path, "a path"),
    ("fs.path.sourceraw", Path, "a path"),
    ("fs.path.target", Path, "a path"),
    ("fs.path.targetraw", Path, "a path"),
    ("gcp.time", Volatile, "a time"),
    ("k8s.ns.name", Late(9), "late, as the image"),
    ("k8s.pod.cni.json", Late(24), "late, as the image"),
    ("k8s.pod.full_sandbox_id", Late(10), "late, as the image"),
    ("k8s.pod.id", Late(11), "late, as the image"),
    ("k8s.pod.ip", Late(12), "late, as the image"),
    ("k8s.pod.labels", Late(25), "late, as the image"),
    ("k8s.pod.name", Late(13), "late, as the image"),
    ("k8s.pod.sandbox_id", Late(14), "late, as the image"),
    ("k8s.pod.uid", Late(15), "late, as the image"),
    ("k8smeta.deployment.name", Late(26), "late, as the image"),
    ("k8smeta.deployment.uid", Late(27), "late, as the image"),
    ("k8smeta.ns.name", Late(28), "late, as the image"),
    ("k8smeta.ns.uid", Late(29), "late, as the image"),
    ("k8smeta.pod.ip", Late(30), "late, as the image"),
    ("k8smeta.pod.name", Late(31), "late, as the image"),
    ("k8smeta.pod.uid", Late(32), "late, as the image"),
    ("k8smeta.rs.name", Late(33), "late, as the image"),
    ("k8smeta.rs.uid", Late(34), "late, as the image"),
    ("ka.auditid", Volatile, "the API server numbers every request"),
    ("lanner.gone_seconds", Volatile, "a counter of lanner's own notice"),
    ("lanner.groups", Volatile, "a counter of lanner's own notice"),
    ("lanner.lost", Volatile, "a counter of lanner's own notice"),
    ("lanner.silent_seconds", Volatile, "a counter of lanner's own notice"),
    ("okta.published", Volatile, "a time"),
    ("okta.transaction.id", Volatile, "Okta numbers every request"),
    ("proc.args", Arguments, "the command line once more"),
    ("proc.cmdline", Command, "compared as a command, not as text"),
    ("proc.cwd", Directory, "matters where an operand may be relative to it"),
    ("proc.duration", Volatile, "nanoseconds since the process started"),
    ("proc.exe", Path, "a path"),
    ("proc.exe_ino", Volatile, "inode numbers are handed out in turn"),
    ("proc.exeline", Command, "a command line"),
    ("proc.exepath", Path, "a path"),
    ("proc.fdopencount", Volatile, "a counter"),
    ("proc.fdusage", Volatile, "a counter"),
    ("proc.loginshellid", Volatile, "a process id"),
    ("proc.nchilds", Volatile, "a counter"),
    ("proc.nthreads", Volatile, "a counter"),
    ("proc.pcmdline", Parent(1), "the parent's command line"),
    ("proc.pexe", Parent(1), "the parent's executable"),
    ("proc.pexepath", Parent(1), "the parent's executable"),
    ("proc.pgid", Volatile, "a process id"),
    ("proc.pgid.exe", Parent(19), "the process group's leader"),
    ("proc.pgid.exepath", Parent(19), "the process group's leader"),
    ("proc.pgid.name", Parent(19), "the process group's leader"),
    ("proc.pid", Shown, "a process id"),
    ("proc.pname", Parent(1), "the parent"),
    ("proc.ppid", Volatile, "a process id"),
    ("proc.pvpid", Volatile, "a process id"),
    ("proc.sid", Volatile, "a process id"),
    ("proc.sid.exe", Parent(17), "the session's leader"),
    ("proc.sid.exepath", Parent(17), "the session's leader"),
    ("proc.sname", Parent(17), "the session's leader"),
    ("proc.thread.cap_seq", Volatile, "a counter"),
    ("proc.tty", Terminal, "terminals are handed out in turn"),
    ("proc.vmrss", Volatile, "a memory figure"),
    ("proc.vmsize", Volatile, "a memory figure"),
    ("proc.vmswap", Volatile, "a memory figure"),
    ("proc.vpgid", Volatile, "a process id"),
    ("proc.vpgid.exe", Parent(18), "the process group's leader"),
    ("proc.vpgid.exepath", Parent(18), "the process group's leader"),
    ("proc.vpgid.name", Parent(18), "the process group's leader"),
    ("proc.vpid", Volatile, "a process id"),
    ("thread.cpu", Volatile, "a processor figure"),
    ("thread.exectime", Volatile, "a time"),
    ("thread.nametid", Volatile, "a name and a thread id"),
    ("thread.tid", Volatile, "a thread id"),
    ("thread.totexectime", Volatile, "a time"),
    ("thread.vmrss", Volatile, "a memory figure"),
    ("thread.vmsize", Volatile, "a memory figure"),
    ("thread.vtid", Volatile, "a thread id"),
];

/// Prefixes, sorted.
#[rustfmt::skip]
const PREFIXES: &[Row] = &[
    ("evt.abspath", Path, "a path"),
    ("evt.asynctime", Volatile, "a time"),
    ("evt.datetime", Volatile, "a time"),
    ("evt.deltatime", Volatile, "a time"),
    ("evt.latency", Volatile, "a time"),
    ("evt.outputtime", Volatile, "a time"),
    ("evt.pluginname.time", Volatile, "a time"),
    ("evt.rawtime", Volatile, "a time"),
    ("evt.reltime", Volatile, "a time"),
    ("evt.time", Volatile, "a time"),
    ("jevt.rawtime", Volatile, "a time"),
    ("jevt.time", Volatile, "a time"),
    ("okta.mfa.deny.countlast", Volatile, "a counter"),
    ("okta.mfa.failure.countlast", Volatile, "a counter"),
    ("proc.apid[", Volatile, "a process id"),
    ("proc.exe_ino.", Volatile, "inode times, and distances to them"),
    ("proc.pid.ts", Volatile, "a start time"),
    ("proc.ppid.", Volatile, "a start time, and the distance to it"),
    ("proc.vpid.", Volatile, "a start time"),
    ("thread.cpu.", Volatile, "a processor figure"),
    ("thread.vmswap", Volatile, "a memory figure"),
];

/// Families of fields about one ancestor, `name[n]`.
const ANCESTORS: &[&str] = &["proc.acmdline[", "proc.aexe[", "proc.aexepath[", "proc.aname["];

/// The most distant ancestor that gets a wildcard; a more distant one identifies as it is.
const OLDEST_ANCESTOR: u8 = 15;

/// Places of rows by their names.
static BY_NAME: LazyLock<HashMap<&'static str, u8, foldhash::fast::RandomState>> =
    LazyLock::new(|| FIELDS.iter().zip(0..).map(|(row, at)| (row.0, at)).collect());

/// What a field is, and why; [`Class::Identity`] without a row.
pub(super) fn classify(field: &str) -> (Class, &'static str) {
    if let Some(at) = BY_NAME.get(field) {
        let row = &FIELDS[usize::from(*at)];
        return (row.1, row.2);
    }
    // The rows are sorted and none begins another, so only the last one that is not beyond the field can begin it.
    let until = PREFIXES.partition_point(|row| row.0 <= field);
    if let Some(row) = PREFIXES[..until].last().filter(|row| field.starts_with(row.0)) {
        return (row.1, row.2);
    }
    let ancestor = ANCESTORS.iter().find_map(|family| field.strip_prefix(family)?.strip_suffix(']'));
    if let Some(level) = ancestor.and_then(|level| level.parse().ok()).filter(|n| (1..=OLDEST_ANCESTOR).contains(n)) {
        return (Parent(level), "an ancestor");
    }
    (Class::Identity, "no row of the table: it identifies")
}

/// Every field that has a row of its own, and one for each prefix and family.
#[cfg(test)]
pub(super) fn examples() -> Vec<(String, Class)> {
    let rows = FIELDS.iter().map(|row| (row.0.to_owned(), row.1));
    let prefixes = PREFIXES.iter().map(|row| (format!("{}x]", row.0), row.1));
    let ancestors = ANCESTORS.iter().map(|family| (format!("{family}3]"), Parent(3)));
    rows.chain(prefixes).chain(ancestors).collect()
}

/// The name of a late field by its number.
pub(super) fn late_name(number: u8) -> &'static str {
    FIELDS.iter().find(|row| row.1 == Late(number)).map_or("", |row| row.0)
}

/// The place of a field in the table, for samples.
pub(super) fn place(field: &str) -> Option<u8> {
    BY_NAME.get(field).copied()
}

/// The name of the field at a place; empty beyond the table.
pub(super) fn name(place: u8) -> &'static str {
    FIELDS.get(usize::from(place)).map_or("", |row| row.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_so_that_they_can_be_searched() {
        assert!(FIELDS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(PREFIXES.is_sorted_by(|a, b| a.0 < b.0 && !b.0.starts_with(a.0)));
    }

    #[test]
    fn late_fields_have_a_number_each() {
        let mut numbers: Vec<u8> =
            FIELDS.iter().filter_map(|row| if let Late(n) = row.1 { Some(n) } else { None }).collect();
        let count = numbers.len();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
    }

    #[test]
    fn fields_are_known_by_name_prefix_and_level() {
        assert_eq!(classify("proc.pid").0, Shown);
        assert_eq!(classify("evt.time.iso8601").0, Volatile);
        assert_eq!(classify("proc.aname[2]").0, Parent(2));
        assert_eq!(classify("proc.aname[99]").0, Class::Identity);
        assert_eq!(classify("proc.aname[x]").0, Class::Identity);
        assert_eq!(classify("proc.exe_ino.ctime_duration_proc_start").0, Volatile);
        assert_eq!(classify("proc.is_exe_writable").0, Class::Identity);
        assert_eq!(classify("user.name").0, Class::Identity);
    }
}
