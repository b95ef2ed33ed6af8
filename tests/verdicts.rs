//! Published attack techniques come out malicious, and what an engineer does by hand comes out as review: alerts of our
//! own making, rendered from stock rules' templates around public command lines.

use lanner::alert::decode_json;
use lanner::analysis::{Level, find, judge};

fn wrong(lines: &str, wanted: Level) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let alert = decode_json(line).expect("a well-formed alert");
        let findings = find(&alert);
        let level = judge(&findings, None).level;
        if level != wanted {
            let found: Vec<&str> = findings.found.iter().map(|found| found.indicator.id).collect();
            let known: Vec<&str> = findings.benign.iter().map(|hit| hit.id).collect();
            let command = alert.field("proc.cmdline").unwrap_or_default();
            wrong.push(format!("{level:?} {found:?} {known:?}: {} | {command}", alert.rule()));
        }
    }
    wrong
}

#[test]
fn published_attack_techniques_are_malicious() {
    let wrong = wrong(include_str!("verdicts/attacks.jsonl"), Level::Malicious);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_an_engineer_does_by_hand_is_for_review() {
    let wrong = wrong(include_str!("verdicts/ambiguous.jsonl"), Level::Review);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
