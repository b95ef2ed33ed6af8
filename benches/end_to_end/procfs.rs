//! What the kernel says of a process: `proc(5)`.

use anyhow::Context as _;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::time::Duration;

/// `sysconf(_SC_CLK_TCK)`, which is 100 on every Linux that lanner runs on.
const TICKS_PER_SECOND: u32 = 100;

/// CPU time of a process so far, user and system, threads that have ended included. Within 10 ms.
pub fn cpu(pid: u32) -> anyhow::Result<Duration> {
    Ok(times(&fs::read_to_string(format!("/proc/{pid}/stat")).context("the process has ended")?, 14))
}

/// CPU time of this process's children that have ended.
pub fn cpu_of_ended_children() -> anyhow::Result<Duration> {
    Ok(times(&fs::read_to_string("/proc/self/stat")?, 16))
}

/// Two neighbouring fields of `stat`, counted from 1 as the manual does, in ticks.
fn times(stat: &str, field: usize) -> Duration {
    // The second field is the name, in parentheses, which may hold anything.
    let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: u32 = fields.split(' ').skip(field - 3).take(2).filter_map(|text| text.parse::<u32>().ok()).sum();
    Duration::from_secs(1) * ticks / TICKS_PER_SECOND
}

/// What each thread of a process has used of a processor, in nanoseconds, by its id: finer than the process's own count,
/// which goes by ticks.
#[derive(Debug)]
pub struct Threads(HashMap<OsString, u64>);

/// The threads of a process as they are now.
pub fn threads(pid: u32) -> anyhow::Result<Threads> {
    let mut threads = HashMap::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).context("the process has ended")? {
        let task = task?;
        let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        let nanos = text.split(' ').next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        threads.insert(task.file_name(), nanos);
    }
    Ok(Threads(threads))
}

impl Threads {
    /// What they have used since. Threads that ended meanwhile are not there to be counted, and threads that idle do
    /// end.
    pub fn since(&self, before: &Self) -> Duration {
        let each = self.0.iter().map(|(id, nanos)| nanos.saturating_sub(before.0.get(id).copied().unwrap_or(0)));
        Duration::from_nanos(each.sum())
    }
}

/// Memory of a process, in KiB.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// Resident now.
    pub resident: u64,
    /// The most that was resident.
    pub peak: u64,
}

/// Memory of a process.
pub fn memory(pid: u32) -> anyhow::Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the process has ended")?;
    let value = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Ok(Memory { resident: value("VmRSS:").unwrap_or(0), peak: value("VmHWM:").unwrap_or(0) })
}

/// The machine, in a line.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let memory = read("/proc/meminfo");
    let kib = memory.split_whitespace().nth(1).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    format!(
        "{cores} cores, {}, {} GiB, Linux {}",
        field("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        kib >> 20,
        read("/proc/sys/kernel/osrelease").trim()
    )
}
