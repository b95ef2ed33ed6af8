//! Relations between the commands of one script: what is fetched or written, and then run.

use super::seen;
use crate::analysis::paths::base_name;
use crate::cmdline::{Command, Script, is_shell};

/// The file that a script downloads and then runs.
pub(super) fn downloaded_and_executed(script: &Script) -> Option<String> {
    follow(script, fetched_files, runs)
}

/// The file that a script downloads and then makes executable.
pub(super) fn downloaded_and_made_executable(script: &Script) -> Option<String> {
    follow(script, fetched_files, makes_executable)
}

/// The file that a script decodes or writes from text and then runs.
pub(super) fn decoded_and_executed(script: &Script) -> Option<String> {
    follow(script, decoded_files, runs)
}

/// The file that a script runs and then deletes.
pub(super) fn executed_and_deleted(script: &Script) -> Option<String> {
    let started = |command: &Command| {
        let path = command.path();
        let own = path.starts_with("./")
            || path.starts_with("/tmp/")
            || path.starts_with("/dev/shm/")
            || path.starts_with("/var/tmp/");
        if own { vec![base_name(path).to_owned()] } else { Vec::new() }
    };
    let deletes = |command: &Command, file: &str| {
        matches!(command.family(), "rm" | "unlink" | "shred") && command.arg_texts().any(|arg| base_name(arg) == file)
    };
    follow(script, started, deletes)
}

fn follow(
    script: &Script,
    mut files: impl FnMut(&Command) -> Vec<String>,
    then: impl Fn(&Command, &str) -> bool,
) -> Option<String> {
    const MAX_FILES: usize = 16;
    let mut known: Vec<String> = Vec::new();
    let mut found = None;
    script.for_each_command(|visit| {
        if found.is_some() {
            return;
        }
        if let Some(file) = known.iter().find(|file| then(visit.command, file)) {
            found = Some(file.clone());
            return;
        }
        if known.len() < MAX_FILES {
            known.extend(files(visit.command));
        }
    });
    found
}

/// Names of the files that a download leaves behind.
fn fetched_files(command: &Command) -> Vec<String> {
    if !seen::is_download(command) {
        return Vec::new();
    }
    let mut files: Vec<String> =
        seen::output_path(command).map(|path| base_name(path).to_owned()).into_iter().collect();
    if files.is_empty() {
        files.extend(seen::urls(command).map(|url| url.file().to_owned()));
        if matches!(command.family(), "tftp" | "ftpget") {
            files.extend(command.arg_texts().filter(|arg| !arg.starts_with('-')).map(|arg| base_name(arg).to_owned()));
        }
    }
    files.retain(|file| !file.is_empty() && file != "-" && file != "null");
    files
}

/// Names of the files that decoders write.
fn decoded_files(command: &Command) -> Vec<String> {
    let decodes = match command.family() {
        "base64" | "base32" => command.has_option('d', "decode") || command.has_option('D', ""),
        "xxd" => command.has_option('r', "revert"),
        "openssl" => command.has_arg("-d"),
        "uudecode" => true,
        _ => false,
    };
    let written = command.redirections.iter().filter(|r| r.kind.writes() && r.descriptor.is_none_or(|d| d == 1));
    let files = written.map(|r| base_name(&r.target.text).to_owned());
    if decodes { files.filter(|file| !file.is_empty() && file != "null").collect() } else { Vec::new() }
}

/// Whether the command runs the file: as a program, or as an interpreter's script.
fn runs(command: &Command, file: &str) -> bool {
    if command.path().contains('/') && base_name(command.path()) == file {
        return true;
    }
    let interprets = is_shell(command.family())
        || matches!(command.family(), "python" | "perl" | "php" | "ruby" | "node" | "source" | "." | "java" | "insmod");
    interprets && command.arg_texts().any(|arg| !arg.starts_with('-') && base_name(arg) == file)
}

fn makes_executable(command: &Command, file: &str) -> bool {
    let grants = |mode: &str| {
        mode.ends_with("+x")
            || mode.contains("+rx")
            || mode.contains("+rwx")
            || (mode.len() >= 3 && mode.bytes().all(|b| b.is_ascii_digit()) && mode.contains(['7', '5', '1']))
    };
    let mut operands = command.arg_texts().filter(|arg| !arg.starts_with('-'));
    command.family() == "chmod"
        && operands.next().is_some_and(grants)
        && operands.any(|arg| base_name(arg) == file || arg == "*" || arg.ends_with("/*"))
}
