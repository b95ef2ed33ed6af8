//! What the kernel says of a process: `proc(5)`.

use anyhow::Context as _;
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

/// CPU time of a process's threads that live, to the nanosecond: for a process that does next to nothing.
pub fn cpu_of_threads(pid: u32) -> anyhow::Result<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task")).context("the process has ended")? {
        let text = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
        nanos += text.split(' ').next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanos))
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
