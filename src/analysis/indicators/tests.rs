use super::*;
use crate::alert::{Alert, AlertBuilder, Priority, Time};

fn alert(fields: Example) -> Alert {
    let rule = fields.iter().find(|(key, _)| *key == "rule").map_or("R", |(_, value)| value);
    let builder = AlertBuilder::new().rule(rule).time(Time::from_nanos(1)).priority(Priority::Notice);
    let mut builder = builder.hostname("node-1");
    let name = |text: &str| crate::cmdline::base_name(text.split(' ').next().unwrap_or("")).to_owned();
    for (key, value) in fields {
        if *key != "rule" {
            builder = builder.field(*key, *value);
        }
    }
    let has = |key: &str| fields.iter().any(|(k, _)| *k == key);
    if !has("proc.name")
        && let Some((_, text)) = fields.iter().find(|(key, _)| *key == "proc.cmdline")
    {
        builder = builder.field("proc.name", name(text));
    }
    builder.build().unwrap()
}

fn ids(fields: Example) -> Vec<&'static str> {
    find(&Facts::of(&alert(fields))).iter().map(|found| found.indicator.id).collect()
}

#[test]
fn every_row_finds_its_example_and_not_its_look_alike() {
    let mut wrong = Vec::new();
    for row in rows() {
        if !ids(row.example).contains(&row.id) {
            wrong.push(format!("{} misses its example (found {:?})", row.id, ids(row.example)));
        }
        if ids(row.look_alike).contains(&row.id) {
            wrong.push(format!("{} finds its look-alike", row.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_weak_rows_look_alike_is_not_taken_for_a_strong_attack_by_another_row() {
    let mut wrong = Vec::new();
    for row in rows() {
        for found in find(&Facts::of(&alert(row.look_alike))) {
            if found.indicator.weight >= 70 {
                wrong.push(format!("look-alike of {}: {} ({})", row.id, found.indicator.id, found.hit.value));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_is_complete_and_named_once() {
    let mut known: Vec<&str> = Vec::new();
    for row in rows() {
        assert!(!known.contains(&row.id), "{} twice", row.id);
        known.push(row.id);
        assert!((1..=100).contains(&row.weight) && !row.techniques.is_empty(), "{}", row.id);
        assert!(row.reason.ends_with('.') && row.refuted_by.ends_with(['.', '?']), "{}", row.id);
        assert!(row.techniques.iter().all(|id| id.starts_with('T') && id.len() >= 5), "{}", row.id);
    }
}

#[test]
fn a_row_that_is_not_asked_about_a_command_would_find_nothing_in_it() {
    let mut wrong = Vec::new();
    for example in rows().flat_map(|row| [row.example, row.look_alike]) {
        let alert = alert(example);
        let facts = Facts::of(&alert);
        for reading in readings::of(&facts) {
            reading.script.for_each_command(|visit| {
                let seen = Seen::of(visit, &facts, Origin::of(&facts));
                let asked: Vec<&str> = INDEX.of_command(&seen).map(|(row, _)| row.id).collect();
                for row in rows() {
                    let Finds::Kind(_, _, looks) = &row.finds else { continue };
                    if looks(&seen) && !asked.contains(&row.id) {
                        wrong.push(format!("{} would find {}", row.id, seen.rendered()));
                    }
                }
            });
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
