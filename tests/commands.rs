//! The commands as a user runs them: what they print, and how they end.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

const SHELL: &str = r#"{"time":"2026-01-02T03:04:05.1Z","rule":"Terminal shell in container","priority":"Notice","source":"syscall","hostname":"n1","output":"x","unknown":{"kept":[1,2.50]},"output_fields":{"container.id":"1a2b3c4d5e6f","proc.name":"bash","proc.cmdline":"bash","user.name":"root","proc.pid":7}}"#;
const READ: &str = r#"{"time":"2026-01-02T03:04:06Z","rule":"Read sensitive file untrusted","priority":"Warning","source":"syscall","hostname":"n1","output":"y","output_fields":{"container.id":"host","proc.name":"cat","proc.cmdline":"cat /etc/shadow --password=hunter2","fd.name":"/etc/shadow","user.name":"root"}}"#;

/// The shell again, with another time and pid.
fn again() -> String {
    SHELL.replace("05.1Z", "05.2Z").replace("\"proc.pid\":7", "\"proc.pid\":8")
}

fn lanner(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lanner"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads its input");
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn dedup_passes_on_only_what_opens_a_group() {
    let done = lanner(&["dedup", "-"], &format!("{SHELL}\n{}\n{READ}\n", again()));
    assert_eq!(text(&done.stdout), format!("{SHELL}\n{READ}\n"));
    assert_eq!(done.status.code(), Some(0));
}

#[test]
fn annotated_lines_are_the_lines_and_one_member_more_and_no_line_is_lost() {
    let done = lanner(&["dedup", "--annotate"], &format!("{SHELL}\nnot an alert\n{}\n", again()));
    let out = text(&done.stdout);
    let lines: Vec<_> = out.lines().collect();
    assert!(lines[0].starts_with(SHELL.strip_suffix('}').unwrap()), "everything else is unchanged: {}", lines[0]);
    let decision = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["lanner"].clone();
    assert_eq!(decision(lines[0])["decision"], "opened");
    assert_eq!(decision(lines[2])["decision"], "repeat");
    assert_eq!(decision(lines[0])["group"], decision(lines[2])["group"]);
    assert_eq!(lines[1], "not an alert");
    assert!(text(&done.stderr).contains("<stdin>:2: not a JSON object"), "{}", text(&done.stderr));
    assert_eq!(done.status.code(), Some(1));
}

#[test]
fn analyze_gives_one_analysis_a_group_in_opening_order() {
    let input = format!("{SHELL}\n{READ}\n{}\n", again());
    let done = lanner(&["analyze", "--format", "json", "-"], &input);
    let out = text(&done.stdout);
    let rows: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row["openingAlert"]["rule"].as_str().unwrap(), row["count"].as_str().unwrap()))
        .collect();
    assert_eq!(seen, [("Terminal shell in container", "2"), ("Read sensitive file untrusted", "1")]);
    assert!(rows.iter().all(|row| row["state"] == "STATE_CLOSED" && row["reason"] == "REASON_END_OF_INPUT"));
    let alone = lanner(&["analyze", "--per-alert", "-"], &input);
    assert_eq!(text(&alone.stdout).lines().count(), 3, "one result a line, in input order");
    let markdown = lanner(&["analyze", "--format", "markdown"], &input);
    assert_eq!(text(&markdown.stdout).matches("## Summary").count(), 2);
}

#[test]
fn explain_says_which_field_and_which_rule() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, line: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, line).unwrap();
        path.display().to_string()
    };
    let (a, b, c) = (file("a", SHELL), file("b", &again()), file("c", READ));
    let same = lanner(&["explain", &a, &b], "");
    assert!(text(&same.stdout).starts_with("one group"), "{}", text(&same.stdout));
    assert!(text(&same.stdout).contains("proc.pid"));
    let other = lanner(&["explain", &a, &c], "");
    assert!(text(&other.stdout).starts_with("two groups"));
    assert!(text(&other.stdout).contains("fd.name"));
}

#[test]
fn redact_shows_what_would_leave() {
    let done = lanner(&["redact"], READ);
    let out = text(&done.stdout);
    assert!(out.contains("/etc/shadow") && !out.contains("hunter2"), "{out}");
}

#[test]
fn wrong_usage_ends_with_2_and_a_missing_file_with_1() {
    assert_eq!(lanner(&["analyze", "--format", "xml"], "").status.code(), Some(2));
    assert_eq!(lanner(&["frobnicate"], "").status.code(), Some(2));
    let missing = lanner(&["dedup", "/nonexistent/alerts.jsonl"], "");
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("cannot open /nonexistent/alerts.jsonl"));
}

#[test]
fn offline_commands_need_only_their_part_of_a_configuration_and_of_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lanner.yaml");
    let config = file.to_str().unwrap();
    // No socket, and a secret that only the sidecar has.
    let others = format!(
        "falco: {{address: 'unix://{config}'}}\nanalysis: {{llm: {{endpoint: 'http://h/', model: m, \
         key: '${{LANNER_NOT_SET}}', tokens_per_hour: 5000}}}}\n"
    );
    std::fs::write(&file, &others).unwrap();
    for command in ["dedup", "analyze"] {
        let done = lanner(&[command, "--config", config], SHELL);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    }
    let check = lanner(&["check", "--config", config], "");
    let said = text(&check.stderr);
    assert_eq!(check.status.code(), Some(78));
    assert!(said.contains("LANNER_NOT_SET") && said.contains("tokens_per_hour: one question"), "{said}");
    std::fs::write(&file, format!("{others}dedup: {{idle: soon}}\n")).unwrap();
    let done = lanner(&["dedup", "--config", config], SHELL);
    assert_eq!(done.status.code(), Some(78));
    assert!(text(&done.stderr).contains("dedup.idle") && !text(&done.stderr).contains("LANNER_NOT_SET"));
    for slip in ["analysis: {rule_files: [x]}", "analysis: [x]", "labls: {a: b}"] {
        std::fs::write(&file, slip).unwrap();
        assert_eq!(lanner(&["analyze", "--config", config], SHELL).status.code(), Some(78), "{slip}");
    }
    std::fs::write(&file, format!("falco: {{address: 'unix://{config}'}}\n")).unwrap();
    let check = lanner(&["check", "--config", config], "");
    assert_eq!(check.status.code(), Some(78));
    assert!(text(&check.stderr).contains("falco.address") && text(&check.stderr).contains("is a file, not a socket"));
}

#[test]
fn the_demo_tells_its_story_and_ends() {
    let done = lanner(&["demo", "--exit", "--port", "0", "--speed", "300"], "");
    let out = text(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(out.contains("64 alerts became 11 groups"), "{out}");
    assert!(out.contains("grpcurl -plaintext") && out.contains("Falco's driver loader"), "{out}");
}
