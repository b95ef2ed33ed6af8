use super::*;
use crate::alert::{Alert, AlertBuilder, Priority, Time};
use crate::cmdline::parse_shell;
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

fn of(fields: &[(&str, &str)], level: Level, rule_steps: &[&str]) -> Vec<Step> {
    let alert = alert(fields);
    steps(&Facts::of(&alert), level, &[], rule_steps)
}

const HOST: &[(&str, &str)] = &[
    ("container.id", "host"),
    ("proc.cmdline", "cat /etc/shadow"),
    ("proc.exepath", "/usr/bin/cat"),
    ("proc.name", "cat"),
    ("proc.pid", "4242"),
    ("fd.name", "/etc/shadow"),
    ("user.loginuid", "1001"),
];
const POD: &[(&str, &str)] = &[
    ("container.id", "e57d789b7bf5"),
    ("container.image.repository", "nginx"),
    ("k8s.ns.name", "web"),
    ("k8s.pod.name", "frontend-0"),
    ("proc.cmdline", "sh"),
    ("proc.exepath", "/bin/sh"),
];
const CONTAINER: &[(&str, &str)] =
    &[("container.id", "e57d789b7bf5"), ("proc.cmdline", "sh"), ("proc.exepath", "/bin/sh")];

#[test]
fn only_what_applies_to_the_place_is_said() {
    let said = |fields, word: &str| {
        [Level::Expected, Level::Review, Level::Malicious].into_iter().any(|level| {
            of(fields, level, &[])
                .iter()
                .any(|step| format!("{} {} {}", step.action, step.command, step.reason).contains(word))
        })
    };
    for word in ["kubectl", "crictl", "docker", "NetworkPolicy"] {
        assert!(!said(HOST, word), "{word} on a host");
    }
    assert!(said(HOST, "ausearch") && said(HOST, "kill -STOP 4242"));
    assert!(!said(CONTAINER, "kubectl") && said(CONTAINER, "crictl inspect e57d789b7bf5"));
    assert!(said(POD, "kubectl -n web get pod frontend-0") && !said(POD, "kill -STOP"));
}

fn ends_looks(step: &Step) -> bool {
    step.command.contains("docker pause") || step.command.contains(" delete pod ")
}

#[test]
fn nothing_looks_into_a_container_that_was_frozen_or_deleted() {
    for fields in [POD, CONTAINER] {
        let all = of(fields, Level::Malicious, &["Copy it: `crictl exec <container.id> cat /tmp/x > x`."]);
        let ends = all.iter().position(ends_looks).unwrap();
        let kept = all.iter().position(|step| step.kind == StepKind::Contain).unwrap();
        assert!(kept < ends && all[kept].command.contains(if fields == POD { "checkpoint" } else { "commit" }));
        assert!(all[..ends].iter().any(|step| step.command.contains("exec")));
        assert!(all[ends + 1..].iter().all(|step| step.command.is_empty()), "{all:?}");
    }
}

#[test]
fn an_account_s_rights_are_taken_where_they_are_bound() {
    let account = [("source", "k8s_audit"), ("ka.user.name", "system:serviceaccount:web:deployer")];
    let all = of(&account, Level::Malicious, &[]);
    let list = "kubectl get rolebindings,clusterrolebindings -A -o wide \
                | grep -F -e web/deployer -e system:serviceaccount:web:deployer";
    let lists = all.iter().position(|step| step.command == list).unwrap();
    let deletes = all.iter().position(|step| step.command == "kubectl -n web delete serviceaccount deployer").unwrap();
    assert!(lists < deletes);
    assert!(
        all[lists].action.contains("delete rolebinding") && all[lists].action.contains("delete clusterrolebinding")
    );
}

#[test]
fn ss_is_given_ipv6_addresses_in_brackets() {
    for (address, word) in [("2001:db8::1", "'[2001:db8::1]'"), ("198.51.100.7", "198.51.100.7")] {
        let mut fields = HOST.to_vec();
        let tuple = if address.contains(':') {
            format!("2001:db8::9:40000->{address}:443")
        } else {
            format!("10.0.0.9:40000->{address}:443")
        };
        fields[5].1 = &tuple;
        fields.extend([("fd.sip", address), ("fd.type", if address.contains(':') { "ipv6" } else { "ipv4" })]);
        let all = of(&fields, Level::Review, &["Ask `tcpdump -n host <fd.sip>`.", "See `ss -tnp dst <fd.sip>`."]);
        let has = |command: String| all.iter().any(|step| step.command == command);
        assert!(has(format!("ss -tnp dst {word}")) && has(format!("tcpdump -n host {address}")), "{all:?}");
        let all = of(&fields, Level::Review, &[]);
        assert!(all.iter().any(|step| step.command == format!("ss -tunap dst {word}")), "{all:?}");
    }
}

#[test]
fn steps_are_few_ordered_and_each_has_a_reason() {
    for fields in [
        HOST,
        POD,
        CONTAINER,
        &[("source", "k8s_audit"), ("ka.user.name", "system:serviceaccount:a:b")],
        &[("x.y", "z")],
        &[("source", "internal"), ("n", "1")],
    ] {
        for level in [Level::Expected, Level::Review, Level::Malicious] {
            let all = of(fields, level, &["Look at `stat <fd.name>`.", "Ask the owner."]);
            assert!((2..=7).contains(&all.len()), "{fields:?} {level:?} {}", all.len());
            assert!(all.iter().all(|step| !step.action.is_empty() && !step.reason.is_empty()));
            // Of an attack: one look, what keeps evidence, the other looks, what ends them, and prevention.
            let rank = |step: &Step| match step.kind {
                StepKind::Contain if level == Level::Malicious && !ends_looks(step) => 0,
                StepKind::Investigate => 1,
                StepKind::Contain => 2,
                StepKind::Prevent => 3,
            };
            assert_eq!(all[0].kind, StepKind::Investigate);
            assert!(all[1..].is_sorted_by_key(rank));
        }
    }
}

#[test]
fn a_rule_s_step_takes_the_alert_s_values_or_is_left_out() {
    let rule_steps = ["Hash it: `sha256sum <fd.name>`.", "Ask for `<fd.missing>`.", "Attach to `gdb -p <pid>`."];
    let all = of(HOST, Level::Review, &rule_steps);
    assert!(all.iter().any(|step| step.command == "sha256sum /etc/shadow"));
    assert!(!all.iter().any(|step| step.action.contains("missing")));
    assert!(!all.iter().any(|step| step.command.contains("<pid>")));
    let mut hostile = HOST.to_vec();
    hostile[5].1 = "/tmp/$(reboot)";
    assert!(of(&hostile, Level::Review, &rule_steps).iter().any(|step| step.command == "sha256sum '/tmp/$(reboot)'"));
    hostile[5].1 = "-rf/x";
    assert!(!of(&hostile, Level::Review, &rule_steps).iter().any(|step| step.command.contains("-rf/x")));
}

/// Every program that a suggested command may run.
const KNOWN: &[&str] = &[
    "kubectl",
    "crictl",
    "docker",
    "ps",
    "grep",
    "stat",
    "sha256sum",
    "rpm",
    "dpkg",
    "ausearch",
    "ss",
    "last",
    "head",
    "journalctl",
    "ls",
    "pgrep",
    "kill",
    "iptables",
    "ip6tables",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]
    #[test]
    fn hostile_values_never_break_out_of_a_command(value in "[ '\"\\\\$`;&|<>(){}*?!#~=a/-]{1,24}") {
        let calm = "abcdef";
        for base in [HOST, POD, CONTAINER] {
            for key in ["proc.name", "proc.exepath", "fd.name", "k8s.pod.name", "k8s.ns.name", "container.id", "user.loginuid", "proc.pid"] {
                let with = |text: &str| {
                    let path = if matches!(key, "proc.exepath" | "fd.name") { format!("/{text}") } else { text.to_owned() };
                    let fields: Vec<(&str, &str)> = base.iter().copied().filter(|(name, _)| *name != key).chain([(key, path.as_str())]).collect();
                    of(&fields, Level::Malicious, &["Hash it: `sha256sum <fd.name>`."])
                };
                let shapes: Vec<usize> = with(calm).iter().map(|step| parse_shell(&step.command).count_commands()).collect();
                let most = shapes.iter().max().copied().unwrap_or(0);
                for step in with(&value) {
                    let script = parse_shell(&step.command);
                    prop_assert!(script.count_commands() <= most.max(5), "{}", step.command);
                    let mut names = Vec::new();
                    script.for_each_command(|visit| names.push(visit.command.program().to_owned()));
                    prop_assert!(names.iter().all(|name| KNOWN.contains(&name.as_str())), "{} {:?}", step.command, names);
                }
            }
        }
    }
}
