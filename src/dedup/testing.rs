//! Alerts for tests.

use super::{Dedup, Observed, Settings};
use crate::alert::{Alert, AlertBuilder, Context, Priority, Time};

pub(super) const SECOND: i64 = 1_000_000_000;

/// The fields of a shell in a container.
pub(super) const BASE: &[(&str, &str)] = &[
    ("container.id", "185304d1bba4"),
    ("container.image.repository", "nginx"),
    ("container.name", "web"),
    ("evt.type", "execve"),
    ("proc.cmdline", "sh -c id"),
    ("proc.exepath", "/bin/sh"),
    ("proc.name", "sh"),
    ("proc.pid", "4711"),
    ("proc.pname", "runc"),
    ("user.name", "root"),
];

/// A shell in a container, with these fields set anew; `<NA>` takes one out.
pub(super) fn alert(fields: &[(&str, &str)]) -> Alert {
    at(0, fields)
}

/// The same at a time, in seconds.
pub(super) fn at(seconds: i64, fields: &[(&str, &str)]) -> Alert {
    let mut builder = AlertBuilder::new()
        .rule("Shell")
        .time(Time::from_nanos(1_730_000_000 * SECOND + seconds * SECOND))
        .priority(Priority::Notice)
        .hostname("node-1");
    for (key, value) in BASE.iter().chain(fields) {
        builder.push_field((*key).to_owned().into(), (*value).to_owned().into());
    }
    builder.build().unwrap()
}

/// Observes alerts in order, numbered from 1.
pub(super) fn observe(dedup: &mut Dedup, alerts: &[Alert]) -> Vec<Observed> {
    let context = Context::default();
    (1..).zip(alerts).map(|(seq, alert)| dedup.observe(alert, &context, seq, alert.time())).collect()
}

/// The number of each alert's group.
pub(super) fn groups(alerts: &[Alert]) -> Vec<u64> {
    observe(&mut Dedup::new(Settings::default()), alerts).iter().map(|seen| seen.number).collect()
}

/// Whether two alerts are one group, by observing and by explaining, which must agree.
pub(super) fn same(a: &Alert, b: &Alert) -> bool {
    let numbers = groups(&[a.clone(), b.clone()]);
    let context = Context::default();
    let explained = super::explain(&Settings::default(), a, &context, b, &context);
    assert_eq!(explained.same, numbers[0] == numbers[1], "{explained:#?}");
    explained.same
}
