use super::*;
use crate::alert::{AlertBuilder, Priority, Time};
use crate::analysis::Strength;
use proptest::prelude::*;

fn alert(fields: &[(&str, &str)]) -> Alert {
    let mut builder = AlertBuilder::new().rule("R").time(Time::from_nanos(1)).priority(Priority::Notice);
    for (key, value) in fields {
        builder = match *key {
            "rule" => builder.rule(*value),
            "source" => builder.source(*value),
            _ => builder.field(*key, *value),
        };
    }
    builder.build().unwrap()
}

fn tuned(fields: &[(&str, &str)], level: Level) -> Tuning {
    let alert = alert(fields);
    let facts = Facts::of(&alert);
    tune(&facts, level, &benign::find(&facts, &benign::Line::of(&facts)), &[])
}

const CONTROLLER: &[(&str, &str)] = &[
    ("rule", "Contact K8S API Server From Container"),
    ("container.image.repository", "quay.io/jetstack/cert-manager-controller"),
    ("k8s.ns.name", "cert-manager"),
    ("fd.name", "10.244.1.23:50512->10.0.0.1:443"),
    ("proc.cmdline", "controller --v=2 --leader-election-namespace=kube-system"),
    ("proc.exepath", "/app/cmd/controller/controller"),
    ("proc.name", "controller"),
    ("proc.pname", "containerd-shim"),
];

#[test]
fn an_exception_names_who_did_it_and_what_was_done_and_matches_its_alert() {
    let Tuning::Exception(exception) = tuned(CONTROLLER, Level::Expected) else { panic!("refused") };
    let fields: Vec<&str> = exception.conditions.iter().map(|c| c.field.as_ref()).collect();
    assert_eq!(fields, ["container.image.repository", "k8s.ns.name", "proc.exepath", "proc.cmdline"]);
    assert!(exception.name.starts_with("lanner_controller_calls_api_"));
    assert!(matches(&exception, &alert(CONTROLLER)));
    let mut other = CONTROLLER.to_vec();
    other[4].1 = "controller --v=2; id";
    assert!(!matches(&exception, &alert(&other)));
    assert_eq!(evaluate(&exception, &alert(&CONTROLLER[..5])), None);
    let yaml = to_yaml(&exception);
    assert!(yaml.contains("override:\n    exceptions: append"), "{yaml}");
    assert!(yaml.contains("\"=\"") || yaml.contains("'='"), "{yaml}");
    assert!(!yaml.contains('#'));
}

#[test]
fn what_looks_like_an_attack_is_never_silenced() {
    assert!(matches!(tuned(CONTROLLER, Level::Malicious), Tuning::Refused(_)));
}

#[test]
fn a_parent_that_races_is_left_out() {
    for parent in ["runc:[1:CHILD]", "runc", "containerd-shim"] {
        let mut fields = CONTROLLER.to_vec();
        fields[7].1 = parent;
        fields.push(("proc.pexepath", "/usr/bin/runc"));
        let Tuning::Exception(exception) = tuned(&fields, Level::Expected) else { panic!("refused") };
        let is_parent = |c: &Condition| matches!(c.field.as_ref(), "proc.pname" | "proc.pexepath");
        assert!(!exception.conditions.iter().any(is_parent), "{exception:?}");
    }
}

#[test]
fn what_would_be_too_broad_is_refused() {
    for fields in [
        &[("proc.cmdline", "curl http://x")][..],
        &[("container.image.repository", "nginx")],
        &[
            ("container.image.repository", "nginx"),
            ("proc.exepath", "/bin/bash"),
            ("proc.cmdline", "bash"),
            ("proc.pname", "runc"),
        ],
        &[
            ("container.image.repository", "nginx"),
            ("proc.exepath", "/bin/bash"),
            ("proc.cmdline", "bash \"a\""),
            ("proc.pname", "runc"),
        ],
        &[("proc.exepath", "/tmp/agent"), ("proc.cmdline", "agent run"), ("proc.pname", "bash")],
        &[("source", "internal"), ("n_drops", "5")],
        &[("k8s.ns.name", "x"), ("container.id", "host")],
        // Everybody who reads that file by hand.
        &[
            ("container.id", "host"),
            ("proc.exepath", "/usr/bin/cat"),
            ("proc.name", "cat"),
            ("proc.pname", "bash"),
            ("proc.pexepath", "/usr/bin/bash"),
            ("proc.cmdline", "cat /etc/shadow"),
            ("fd.name", "/etc/shadow"),
        ],
        &[
            ("container.id", "host"),
            ("proc.exepath", "/usr/bin/python3.11"),
            ("proc.pexepath", "/usr/bin/sudo"),
            ("proc.cmdline", "python3.11 -m http.server"),
        ],
    ] {
        assert!(matches!(tuned(fields, Level::Review), Tuning::Refused(_)), "{fields:?}");
    }
    let text = AlertBuilder::new()
        .rule("R")
        .time(Time::from_nanos(1))
        .priority(Priority::Notice)
        .output("x (command=ls parent=runc)")
        .build()
        .unwrap();
    assert!(matches!(tune(&Facts::of(&text), Level::Review, &[], &[]), Tuning::Refused(_)));
}

#[test]
fn a_known_cause_lends_its_identity_where_the_alert_has_none() {
    let dkms =
        "bash -c /usr/sbin/dkms status -m \"falco\" | tr -d \",\" | tr -d \":\" | tr \"/\" \" \" | cut -d' ' -f2";
    let fields =
        [("container.id", "185304d1bba4"), ("proc.cmdline", dkms), ("proc.name", "bash"), ("user.name", "root")];
    let Tuning::Exception(exception) = tuned(&fields, Level::Expected) else { panic!("refused") };
    assert!(exception.conditions.iter().any(|c| c.field == "container.image.repository" && c.operator == "endswith"));
    assert!(
        exception
            .conditions
            .iter()
            .any(|c| c.field == "proc.cmdline" && c.operator == "startswith" && !c.value.contains('"'))
    );
    assert_eq!(evaluate(&exception, &alert(&[("rule", "R"), fields[0], fields[1]])), None);
}

#[test]
fn fields_of_another_event_source_never_come_in() {
    let audit = [
        ("source", "k8s_audit"),
        ("ka.user.name", "system:kube-controller-manager"),
        ("ka.verb", "create"),
        ("ka.target.name", "endpoint-controller"),
        ("ka.target.namespace", "kube-system"),
        ("proc.cmdline", "x"),
    ];
    let Tuning::Exception(exception) = tuned(&audit, Level::Expected) else { panic!("refused") };
    assert!(exception.conditions.iter().all(|condition| condition.field.starts_with("ka.")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_exception_parses_back_and_holds_only_loadable_values(
        line in "\\PC{0,60}", image in "[a-z./\"'=: -]{1,30}", file in "(/[\\PC]{0,8}){1,4}", parent in "\\PC{0,15}",
    ) {
        let fields = [
            ("proc.cmdline", line.as_str()), ("container.image.repository", image.as_str()), ("fd.name", file.as_str()),
            ("proc.pname", parent.as_str()), ("proc.exepath", "/usr/bin/agent"),
        ];
        let alert = alert(&fields);
        if let Tuning::Exception(exception) = tune(&Facts::of(&alert), Level::Review, &[], &[("fd.name", "startswith")]) {
            prop_assert!(matches(&exception, &alert));
            prop_assert!(exception.conditions.iter().all(|c| value::is_loadable(&c.value)));
            let parsed = from_yaml(&to_yaml(&exception)).unwrap();
            prop_assert_eq!(parsed.len(), 1);
            prop_assert_eq!(&parsed[0].conditions, &exception.conditions);
            prop_assert_eq!((&parsed[0].rule, &parsed[0].name), (&exception.rule, &exception.name));
        }
    }

    #[test]
    fn any_conditions_parse_back_from_yaml(values in prop::collection::vec("\\PC{0,40}|[\\x00-\\x7f]{0,20}", 1..5), rule in "\\PC{1,30}") {
        let conditions = values.into_iter().map(|value| Condition { field: "proc.name".into(), operator: "=".into(), value }).collect();
        let exception = Exception { rule, name: "lanner_x".into(), conditions, note: String::new() };
        let parsed = from_yaml(&to_yaml(&exception)).unwrap();
        prop_assert_eq!(&parsed[0], &exception);
    }
}

#[test]
fn a_weak_hit_without_tuning_of_its_own_changes_nothing() {
    let hit = BenignHit {
        id: "no-such-row",
        activity: String::new(),
        strength: Strength::Weak,
        field: String::new(),
        value: String::new(),
        reason: String::new(),
        confirm: String::new(),
        imitation: String::new(),
    };
    let alert = alert(&[("proc.cmdline", "curl x")]);
    assert!(matches!(tune(&Facts::of(&alert), Level::Expected, &[hit], &[]), Tuning::Refused(_)));
}
