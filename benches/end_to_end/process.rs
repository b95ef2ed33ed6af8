//! Processes of this run, which end with it.

use super::procfs;
use anyhow::{Context as _, bail};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The executable that is measured.
pub fn lanner() -> Command {
    Command::new(env!("CARGO_BIN_EXE_lanner"))
}

/// A process that is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

/// How long a process may take to end in order.
const END: Duration = Duration::from_secs(15);

impl Process {
    /// Starts it, without input.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let child = command.stdin(Stdio::null()).spawn();
        Ok(Self { child: child.with_context(|| format!("cannot start {}", command.get_program().display()))? })
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// An error where it has ended.
    pub fn lives(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("a process ended before it was measured: {status}"),
        }
    }

    /// Asks it to end, and waits.
    pub fn end(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg("-TERM").arg(self.id().to_string()).status()?;
        let deadline = Instant::now() + END;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                bail!("a process did not end within {} s of SIGTERM", END.as_secs());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command that ran to its end has taken.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    /// From start to end.
    pub wall: Duration,
    /// User and system. Within 10 ms.
    pub cpu: Duration,
    /// The most memory that was resident, looked at every few milliseconds, in KiB.
    pub peak: u64,
}

/// Runs a command to its end, one at a time. Blocks.
pub fn run(command: &mut Command) -> anyhow::Result<Spent> {
    let before = procfs::cpu_of_ended_children()?;
    let start = Instant::now();
    let mut process = Process::start(command)?;
    let mut peak = 0;
    let status = loop {
        if let Some(status) = process.child.try_wait()? {
            break status;
        }
        peak = procfs::memory(process.id()).map_or(peak, |memory| memory.peak.max(peak));
        std::thread::sleep(Duration::from_millis(5));
    };
    let wall = start.elapsed();
    if !status.success() {
        bail!("{} failed: {status}", command.get_program().display());
    }
    Ok(Spent { wall, cpu: procfs::cpu_of_ended_children()?.saturating_sub(before), peak })
}

/// Waits until a file is there.
pub async fn appears(path: &Path, process: &mut Process) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_mins(2);
    while !path.exists() {
        process.lives()?;
        if Instant::now() > deadline {
            bail!("{} did not appear", path.display());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}
