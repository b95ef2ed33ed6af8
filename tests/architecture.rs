//! The import rules of ARCHITECTURE.md, as tests: what is deliberately absent stays absent.

use std::fs;
use std::path::{Path, PathBuf};

/// One source file: its path below `src/`, and its code without comments and unit tests.
struct Source {
    path: String,
    code: String,
    lines: usize,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 50, "the sources were not found");
    let tests = test_modules(&files);
    files
        .into_iter()
        .filter(|file| !tests.iter().any(|test| file.starts_with(test) || *file == test.with_extension("rs")))
        .map(|file| {
            let text = fs::read_to_string(&file).expect("a source file is text");
            let path = file.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
            let lines = text.lines().count();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let code: Vec<_> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            Source { path, code: code.join("\n"), lines }
        })
        .collect()
}

/// Where the modules are that exist in tests only: `#[cfg(test)]` and `mod NAME;`, without an ending.
fn test_modules(files: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).expect("a source file is text");
        let folder = match file.file_stem().and_then(|stem| stem.to_str()) {
            Some("mod" | "lib" | "main") => file.parent().expect("a file has a folder").to_owned(),
            _ => file.with_extension(""),
        };
        for rest in text.split("#[cfg(test)]\nmod ").skip(1) {
            let name = rest.split([';', ' ', '\n']).next().unwrap_or_default();
            if rest[name.len()..].starts_with(';') {
                found.push(folder.join(name));
            }
        }
    }
    found
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be listed") {
        let path = entry.expect("src can be listed").path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// Fails with every place in `rooms` (paths that begin so) whose code holds one of `words`.
fn absent(rooms: &[&str], except: &[&str], words: &[&str], why: &str) {
    let mut found = Vec::new();
    for source in sources() {
        let inside = rooms.iter().any(|room| source.path.starts_with(room));
        if !inside || except.iter().any(|path| source.path.starts_with(path)) {
            continue;
        }
        for word in words {
            if source.code.contains(word) {
                found.push(format!("{}: `{word}`", source.path));
            }
        }
    }
    assert!(found.is_empty(), "{why}:\n  {}", found.join("\n  "));
}

const PURE: &[&str] = &["alert/", "cmdline/", "dedup/", "analysis/", "report/", "pipeline/engine.rs"];

#[test]
fn pure_rooms_have_no_io_no_async_and_no_clock() {
    let io = ["tokio", "async ", ".await", "std::fs", "std::io", "std::env", "net::Tcp", "net::Udp", "rusqlite"];
    let words: Vec<_> = io.into_iter().chain(["SystemTime", "Instant"]).collect();
    absent(PURE, &["analysis/llm"], &words, "pure rooms take values and give values");
}

/// A wall clock jumps; what is measured by one is wrong then. These places show a time to people, or begin one.
#[test]
fn the_wall_clock_is_shown_and_nothing_is_measured_by_it() {
    let shown =
        ["sidecar/intake.rs", "source/falco/", "source/http.rs", "serve/watch/follow.rs", "simulate/", "cli/demo/"];
    let begun = ["journal/clock.rs"];
    let words = ["SystemTime::now", "Timestamp::now", "Zoned::now", "UNIX_EPOCH.elapsed"];
    absent(&[""], &[shown.as_slice(), &begun].concat(), &words, "time is the journal's (`Journal::now`), or monotonic");
}

#[test]
fn data_flows_one_way() {
    let later = ["crate::journal", "crate::pipeline", "crate::serve", "crate::source", "crate::config", "crate::cli"];
    absent(PURE, &["analysis/llm", "pipeline/"], &later, "pure rooms know nothing of what feeds or follows them");
    absent(&["alert/"], &[], &["crate::dedup", "crate::analysis", "crate::report"], "the alert is the first room");
    absent(&["cmdline/"], &[], &["crate::dedup", "crate::analysis", "crate::alert"], "the command line stands alone");
    absent(&["dedup/"], &[], &["crate::analysis", "crate::report"], "dedup comes before analysis");
    absent(&["analysis/"], &[], &["crate::report"], "analysis comes before the report");
    absent(&["journal/"], &[], &["crate::pipeline", "crate::serve", "crate::source"], "the journal knows no reader");
    absent(
        &["source/"],
        &[],
        &["crate::pipeline", "crate::dedup", "crate::serve"],
        "a source hands alerts over and knows no more",
    );
    absent(&["listen/"], &[], &["crate::serve", "crate::journal", "crate::source"], "a listener knows no service");
    absent(&["serve/"], &[], &["crate::cli"], "commands use rooms, not the other way round");
}

#[test]
fn wire_types_stay_at_the_edges() {
    let falco = ["falco::proto", "proto::outputs"];
    absent(&[""], &["source/falco", "simulate/", "serve/falco_compat"], &falco, "Falco's protos stay in its source");
    absent(&[""], &["serve/", "cli/"], &["serve::proto", "lanner_v1"], "lanner's protos stay in serve and the client");
}

#[test]
fn readers_read_the_journal_and_state_has_one_owner() {
    absent(&[""], &[], &["sync::broadcast"], "readers read the journal: no broadcast channels");
    absent(&[""], &["simulate/"], &["Arc<Mutex", "Arc<RwLock", "Arc<std::sync::Mutex"], "each state has one owner");
}

#[test]
fn files_stay_readable() {
    let long: Vec<_> =
        sources().into_iter().filter(|s| s.lines > 450).map(|s| format!("{} has {} lines", s.path, s.lines)).collect();
    assert!(long.is_empty(), "a file that outgrows a room becomes a folder:\n  {}", long.join("\n  "));
    let names = ["utils", "common", "helpers", "manager"];
    let vague: Vec<_> = sources()
        .into_iter()
        .filter(|s| names.iter().any(|n| s.path.split(['/', '.']).any(|part| part == *n)))
        .map(|s| s.path)
        .collect();
    assert!(vague.is_empty(), "a name tells what is inside: {vague:?}");
}
