//! Pairs of alerts with the expected answer: must they be one group, or must they stay apart?
//!
//! `pairs/*.txt` are lists by theme. `# ...` says why for what follows; `[field] value` is an alert, `= value` another
//! that must be one group with it, and `! value` one that must not. `[field; name=value] ...` sets more in both, and
//! with `[*]` a value is a list of `field=value`, separated by `;;`. `\u{..}` is that character, `<NA>` no value. What
//! is not set is as in [`testing::alert`](super::testing::alert) where the alert is about a process.

use super::testing::{BASE, SECOND, same};
use crate::alert::{Alert, AlertBuilder, Priority, Time};
use std::borrow::Cow;

#[rustfmt::skip]
const LISTS: &[(&str, &str)] = &[
    ("commands", include_str!("pairs/commands.txt")),
    ("files", include_str!("pairs/files.txt")),
    ("network", include_str!("pairs/network.txt")),
    ("pipelines", include_str!("pairs/pipelines.txt")),
    ("places", include_str!("pairs/places.txt")),
    ("plugins", include_str!("pairs/plugins.txt")),
    ("processes", include_str!("pairs/processes.txt")),
    ("texts", include_str!("pairs/texts.txt")),
    ("workloads", include_str!("pairs/workloads.txt")),
];

#[test]
fn every_pair_is_one_group_or_two_as_its_list_says() {
    let (mut pairs, mut wrong) = (0, Vec::new());
    for (list, text) in LISTS {
        let mut base = ("", "");
        for (number, line) in (1..).zip(text.lines()) {
            let Some((mark, value)) = line.split_at_checked(1).filter(|(mark, _)| *mark != "#") else { continue };
            if mark == "[" {
                base = value.split_once("] ").unwrap();
                continue;
            }
            let expected = match mark {
                "=" => true,
                "!" => false,
                _ => panic!("{list}:{number}: neither `=` nor `!`: {line}"),
            };
            pairs += 1;
            let value = value.strip_prefix(' ').unwrap_or_default();
            if same(&alert(base.0, base.1), &alert(base.0, value)) != expected {
                wrong.push(format!("{list}:{number}: {line}\n    beside [{}] {}", base.0, base.1));
            }
        }
    }
    assert!(pairs > 800, "{pairs}");
    assert!(wrong.is_empty(), "{} of {pairs} pairs are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn alert(head: &str, value: &str) -> Alert {
    let mut parts = head.split("; ");
    let field = parts.next().unwrap_or_default();
    let mut set: Vec<(&str, Cow<str>)> = parts.filter_map(|part| part.split_once('=')).map(plain).collect();
    if field == "*" {
        set.extend(value.split(" ;; ").filter_map(|part| part.split_once('=')).map(plain));
    } else {
        set.push(plain((field, value)));
    }
    let mut builder =
        AlertBuilder::new().rule("Shell").time(Time::from_nanos(SECOND)).priority(Priority::Notice).hostname("node-1");
    // What is no process has none of a process's fields.
    let about = |prefixes: &[&str]| set.iter().any(|(key, _)| prefixes.iter().any(|prefix| key.starts_with(prefix)));
    if !about(&["ka.", "ct.", "okta.", "github.", "gcp.", "n_drops", "output"]) {
        for (key, value) in BASE {
            builder.push_field((*key).into(), (*value).into());
        }
    }
    for (key, value) in set {
        builder = match key {
            "rule" => builder.rule(value),
            "priority" => builder.priority(Priority::from_name(&value).unwrap()),
            "source" => builder.source(value),
            "hostname" => builder.hostname(value),
            "output" => builder.output(value),
            "tags" => builder.tag(value),
            _ => builder.field(key.to_owned(), value),
        };
    }
    builder.build().unwrap()
}

/// A value with its `\u{..}` read.
fn plain<'a>((key, value): (&'a str, &'a str)) -> (&'a str, Cow<'a, str>) {
    let mut parts = value.split("\\u{");
    let mut text = Cow::Borrowed(parts.next().unwrap_or_default());
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap();
        let text = text.to_mut();
        text.push(u32::from_str_radix(code, 16).ok().and_then(char::from_u32).unwrap());
        text.push_str(rest);
    }
    (key, text)
}
