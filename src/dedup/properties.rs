//! What holds for every stream.

use super::testing::{SECOND, alert, at, observe, same};
use super::{
    Change, Decision, Dedup, Mode, Observed, Reason, Reducer, RuleSettings, Scope, Settings, SharedState, State,
};
use crate::alert::{Alert, AlertBuilder, Context, Priority, Time};
use proptest::prelude::*;
use std::collections::BTreeMap;

const VOLATILE: &[&str] = &[
    "container.start_ts",
    "evt.num",
    "evt.rawtime",
    "evt.time",
    "evt.time.iso8601",
    "fd.ino",
    "fd.num",
    "proc.exe_ino",
    "proc.exe_ino.ctime",
    "proc.exe_ino.mtime",
    "proc.pid",
    "proc.ppid",
    "proc.vpid",
    "thread.tid",
    "thread.vtid",
];
const IDENTITY: &[&str] = &[
    "container.id",
    "evt.arg.mode",
    "evt.type",
    "fd.name",
    "fd.sip",
    "fd.sport",
    "group.name",
    "proc.cmdline",
    "proc.exepath",
    "proc.name",
    "proc.pname",
    "something.new",
    "user.loginuid",
    "user.name",
    "user.uid",
];

/// One alert of a stream: seconds, host, and a few choices per field.
fn stream() -> impl Strategy<Value = Vec<Alert>> {
    let times = prop_oneof![8 => 0i64..2_000, 1 => 90_000i64..90_100, 1 => 31_536_000i64..31_536_100];
    let one =
        (times, 0..3u8, 0..4usize, 0..4usize, 0..4usize, 0..3u8).prop_map(|(time, host, parent, line, file, kind)| {
            let mut builder = AlertBuilder::new()
                .rule(["Shell", "Exact rule", "Falco internal: syscall event drop"][usize::from(kind)])
                .priority(Priority::Notice)
                .time(Time::from_nanos(time * SECOND))
                .hostname(format!("node-{host}"));
            if kind < 2 {
                builder = builder
                    .field("proc.pname", ["<NA>", "runc", "nginx", "sshd"][parent])
                    .field("proc.cmdline", ["sh -c id", "sh -c id | wc -l", "sh -c id | sort", "sh -c id | sh"][line])
                    .field("fd.name", ["/x", "/y", "/tmp/a-qX7fLm2P", "/tmp/a-aZ3kQ9xB"][file])
                    .field("proc.pid", time.to_string());
            } else {
                builder =
                    builder.output(format!("Falco internal: {line} events dropped")).field("n_drops", file.to_string());
            }
            builder.build().unwrap()
        });
    proptest::collection::vec(one, 1..120)
}

fn settings() -> impl Strategy<Value = Settings> {
    (1usize..40, any::<bool>(), 1u32..6).prop_map(|(max_groups, small, flood)| Settings {
        max_groups: if small { max_groups } else { 1000 },
        flood_groups: flood,
        longest: 1_200 * SECOND,
        repeat_interval: 300 * SECOND,
        rules: vec![RuleSettings { pattern: "Exact*".to_owned(), mode: Mode::Exact, ..RuleSettings::default() }],
        ..Settings::default()
    })
}

/// The same, and alerts of one rule are not grouped at all.
fn some_off(settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    settings.rules.push(RuleSettings { pattern: "Shell".to_owned(), mode: Mode::Off, ..RuleSettings::default() });
    settings
}

/// What a pipeline does with each alert: announce what is due, raise verdicts, close what is idle.
fn drive(dedup: &mut Dedup, alert: &Alert, seq: u64) -> (Observed, Vec<super::GroupView>, bool) {
    let now = Time::from_nanos(seq as i64 * 60 * SECOND);
    let seen = dedup.observe(alert, &Context::default(), seq, now);
    let mut views: Vec<_> = seen.due.and_then(|due| dedup.announce(seen.number, due)).into_iter().collect();
    let rose = dedup.raise(seen.number, (seq % 7 / 3) as u8, seq as u8);
    for number in dedup.idle(now, 3) {
        views.extend(dedup.announce(number, Reason::Idle));
    }
    (seen, views, rose)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn volatile_fields_never_matter(values in proptest::collection::vec("[ -~]{0,12}", VOLATILE.len())) {
        let fields: Vec<_> = VOLATILE.iter().copied().zip(values.iter().map(String::as_str)).collect();
        prop_assert!(same(&alert(&[]), &alert(&fields)));
    }

    #[test]
    fn any_change_to_an_identity_field_splits(field in 0..IDENTITY.len(), a in "[a-z]{1,5}", b in "[a-z]{1,5}") {
        prop_assume!(a != b);
        let with = |value: &str| alert(&[(IDENTITY[field], value)]);
        prop_assert!(!same(&with(&a), &with(&b)));
    }

    #[test]
    fn explanations_and_groups_agree(stream in stream()) {
        for pair in stream.windows(2).take(20) {
            same(&pair[0], &pair[1]);
        }
    }

    #[test]
    fn a_replay_gives_what_was_given_live(stream in stream(), settings in settings()) {
        let run = || observe(&mut Dedup::new(settings.clone()), &stream);
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn which_reducer_makes_an_alert_ready_decides_nothing(
        stream in stream(),
        settings in settings(),
        off: bool,
        every in 1usize..5,
    ) {
        let settings = if off { some_off(&settings) } else { settings };
        let (mut plain, mut dedup) = (Dedup::new(settings.clone()), Dedup::new(settings.clone()));
        let seen = observe(&mut plain, &stream);
        let (context, mut reducer) = (Context::default(), Reducer::new(settings.clone()));
        for (n, (alert, seen)) in stream.iter().zip(seen).enumerate() {
            if n % every == 0 {
                reducer = Reducer::new(settings.clone());
            }
            let seq = n as u64 + 1;
            let one = reducer.reduce(alert, &context, seq);
            prop_assert_eq!(seen, dedup.observe_reduced(alert, &context, seq, alert.time(), &one));
        }
        prop_assert_eq!(plain.take_changes().groups, dedup.take_changes().groups);
    }

    #[test]
    fn when_alerts_are_received_and_groups_closed_decides_nothing(stream in stream(), settings in settings()) {
        let (mut plain, mut driven) = (Dedup::new(settings.clone()), Dedup::new(settings));
        let seen = observe(&mut plain, &stream);
        for (seq, (alert, seen)) in (1..).zip(stream.iter().zip(seen)) {
            let other = drive(&mut driven, alert, seq).0;
            prop_assert_eq!((seen.group, seen.decision, seen.joined), (other.group, other.decision, other.joined));
            prop_assert_eq!((seen.new_variant, seen.notice), (other.new_variant, other.notice));
        }
    }

    #[test]
    fn a_restart_changes_nothing(
        stream in stream(),
        settings in settings(),
        restarts in proptest::collection::vec((any::<bool>(), any::<bool>()), 120),
    ) {
        let (mut never, mut often) = (Dedup::new(settings.clone()), Dedup::new(settings.clone()));
        let mut kept: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        let mut shared: Vec<Vec<u8>> = Vec::new();
        for ((seq, alert), (commit, restart)) in (1..).zip(&stream).zip(restarts) {
            prop_assert_eq!(drive(&mut never, alert, seq), drive(&mut often, alert, seq));
            if commit {
                let changes = often.take_changes();
                for Change { number, state } in changes.groups {
                    match state {
                        Some(state) => kept.insert(number, state),
                        None => kept.remove(&number),
                    };
                }
                if let Some(state) = changes.shared {
                    if matches!(state, SharedState::Whole(_)) {
                        shared.clear();
                    }
                    shared.push(state.records().to_vec());
                }
            }
            if commit && restart {
                often = Dedup::restore(settings.clone(), kept.values(), &shared).0;
                prop_assert_eq!(often.end_of_input(), never.end_of_input());
            }
        }
    }

    #[test]
    fn order_within_the_disorder_changes_no_group(
        gaps in proptest::collection::vec(prop_oneof![0i64..300, 700i64..2_000], 1..40),
        late in proptest::collection::vec(0i64..1_000, 40),
        files in proptest::collection::vec(0..3usize, 40),
    ) {
        let mut time = 0;
        let mut alerts: Vec<(i64, Alert)> = Vec::new();
        for ((gap, late), file) in gaps.iter().zip(late).zip(files) {
            time += gap;
            let name = ["/x", "/y", "/z"][file];
            alerts.push((time * 1000 + late, at(time, &[("fd.name", name), ("proc.pid", &alerts.len().to_string())])));
        }
        let partition = |alerts: &[(i64, Alert)]| {
            let plain: Vec<Alert> = alerts.iter().map(|(_, alert)| alert.clone()).collect();
            let mut members: BTreeMap<u64, Vec<_>> = BTreeMap::new();
            for (seen, alert) in observe(&mut Dedup::new(Settings::default()), &plain).iter().zip(&plain) {
                members.entry(seen.number).or_default().push(alert.id());
            }
            let mut members: Vec<_> = members.into_values().map(|mut ids| { ids.sort(); ids }).collect();
            members.sort();
            members
        };
        let ordered = partition(&alerts);
        alerts.sort_by_key(|(arrival, _)| *arrival);
        prop_assert_eq!(ordered, partition(&alerts));
    }

    #[test]
    fn damaged_records_are_left_out_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = Dedup::restore(Settings::default(), [&bytes], [&bytes]);
    }
}

#[test]
fn years_of_jumping_clocks_harm_nobody_else() {
    let mut dedup = Dedup::new(Settings::default());
    let jump = 31_536_000;
    let mut opened = 0;
    for (seq, n) in (1u64..).zip(0..1_000i64) {
        let years = [0, 5, -20][(n % 3) as usize] * jump;
        let alert = at(years + n / 3, &[("fd.name", ["/x", "/y", "/z"][(n % 3) as usize])]);
        let seen = dedup.observe(&alert, &Context::default(), seq, alert.time());
        opened += usize::from(seen.decision == Decision::Opened);
    }
    assert_eq!(opened, 3);
}

#[test]
fn months_of_groups_do_not_pile_up() {
    let mut dedup = Dedup::new(Settings::default());
    for (seq, n) in (1u64..).zip(0..20_000i64) {
        let alert = at(n * 60, &[("fd.name", &format!("/opt/{n}"))]);
        dedup.observe(&alert, &Context::default(), seq, alert.time());
    }
    let stats = dedup.stats();
    assert!(stats.live < 20, "{stats:?}");
    assert_eq!(stats.forgotten + stats.live as u64, 20_000);
}

#[test]
fn a_late_member_of_a_closed_group_updates_it() {
    let mut dedup = Dedup::new(Settings::default());
    let first = observe(&mut dedup, &[at(0, &[])])[0].number;
    dedup.announce(first, Reason::First);
    assert!(dedup.idle(Time::from_nanos(i64::MAX), 10).contains(&first));
    assert_eq!(dedup.announce(first, Reason::Idle).unwrap().state, State::Closed);
    assert!(dedup.idle(Time::from_nanos(i64::MAX), 10).is_empty());
    let late = at(5, &[]);
    let seen = dedup.observe(&late, &Context::default(), 2, late.time());
    assert_eq!((seen.number, seen.due), (first, Some(Reason::LateMember)));
    assert_eq!(dedup.announce(first, Reason::LateMember).unwrap().state, State::Updated);
    assert_eq!(dedup.idle(Time::from_nanos(i64::MAX), 10), [first]);
}

#[test]
fn updates_come_at_powers_of_ten_and_by_the_hour() {
    let mut dedup = Dedup::new(Settings::default());
    let mut due = Vec::new();
    for n in 0..200 {
        let alert = at(n * 60, &[]);
        let seen = dedup.observe(&alert, &Context::default(), n as u64 + 1, alert.time());
        if let Some(reason) = seen.due {
            due.push((n, reason));
            dedup.announce(seen.number, reason);
        }
    }
    let expect = [
        (0, Reason::First),
        (10, Reason::Milestone),
        (70, Reason::StillActive),
        (100, Reason::Milestone),
        (160, Reason::StillActive),
    ];
    assert_eq!(due, expect);
}

#[test]
fn a_window_at_its_longest_is_closed_and_the_next_one_opens() {
    let mut dedup = Dedup::new(Settings { longest: 1_000 * SECOND, ..Settings::default() });
    let seen = observe(&mut dedup, &[at(0, &[]), at(500, &[]), at(1_000, &[]), at(1_001, &[]), at(1_100, &[])]);
    assert_eq!(seen.iter().map(|seen| seen.number).collect::<Vec<_>>(), [1, 1, 1, 4, 4]);
    let (number, view) = &seen[3].evicted[0];
    assert_eq!((*number, view.reason, view.count), (1, Reason::Longest, 3));
}

#[test]
fn internal_notices_are_one_group_that_speaks_every_minute() {
    let mut dedup = Dedup::new(Settings::default());
    let mut due = Vec::new();
    for n in 0..200 {
        let alert = AlertBuilder::new()
            .rule("Falco internal: syscall event drop")
            .source("internal")
            .priority(Priority::Debug)
            .time(Time::from_nanos(n * SECOND))
            .output(format!("Falco internal: syscall event drop. {n} system calls dropped in last second."))
            .field("n_drops", n.to_string())
            .field("n_drops_buffer", "0")
            .build()
            .unwrap();
        let seen = dedup.observe(&alert, &Context::default(), n as u64 + 1, alert.time());
        assert_eq!(seen.number, 1);
        if let Some(reason) = seen.due {
            due.push((n, reason));
            dedup.announce(1, reason);
        }
    }
    let still = due.iter().filter(|(_, reason)| *reason == Reason::StillActive).count();
    assert!(still >= 2 && due.windows(2).all(|pair| pair[1].0 - pair[0].0 <= 60), "{due:?}");
}

#[test]
fn what_was_folded_is_shown() {
    let mut dedup = Dedup::new(Settings::default());
    let alerts: Vec<_> = (0..12)
        .map(|n| {
            let drawn = &blake3::hash(&[n]).to_hex()[..9].replace(['a', 'c'], "Z");
            at(0, &[("fd.name", &format!("/tmp/x-{drawn}4kQx9B")), ("proc.pid", &format!("{n}"))])
        })
        .collect();
    observe(&mut dedup, &alerts);
    let view = dedup.announce(1, Reason::Milestone).unwrap();
    let fields: Vec<_> =
        view.distinct.iter().map(|one| (one.field.as_str(), one.values.len(), one.estimated)).collect();
    assert_eq!(fields, [("fd.name", 4, true), ("proc.pid", 4, true)]);
    assert!(view.distinct.iter().all(|one| (9..=16).contains(&one.count)), "{:?}", view.distinct);
}

#[test]
fn settings_of_a_rule_hold_for_it() {
    let row = |change: fn(&mut RuleSettings)| {
        let mut row = RuleSettings { pattern: "She*".to_owned(), ..RuleSettings::default() };
        change(&mut row);
        Settings { rules: vec![row], ..Settings::default() }
    };
    let numbers = |settings: Settings, a: &[(&str, &str)], b: &[(&str, &str)]| {
        observe(&mut Dedup::new(settings), &[at(0, a), at(20, b)]).iter().map(|seen| seen.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(row(|_| {}), &[], &[]), [1, 1]);
    assert_eq!(numbers(row(|row| row.mode = Mode::Off), &[], &[]), [1, 2]);
    assert_eq!(numbers(row(|row| row.idle = Some(10 * SECOND)), &[], &[]), [1, 2]);
    assert_eq!(numbers(row(|row| row.volatile = vec!["user.name".into()]), &[], &[("user.name", "x")]), [1, 1]);
    assert_eq!(numbers(row(|row| row.identity = vec!["proc.pid".into()]), &[], &[("proc.pid", "1")]), [1, 2]);
    let parents: (&[_], &[_]) = (&[("proc.pname", "runc")], &[("proc.pname", "<NA>")]);
    assert_eq!(numbers(row(|row| row.mode = Mode::Exact), parents.0, parents.1), [1, 2]);
    assert_eq!(numbers(row(|row| row.mode = Mode::Exact), &[("proc.pid", "1")], &[("proc.pid", "2")]), [1, 1]);
    let pod = |pod, id| [("container.id", id), ("k8s.ns.name", "shop"), ("k8s.pod.name", pod)];
    let (a, b) = (pod("web-0", "185304d1bba4"), pod("web-1", "285304d1bba4"));
    assert_eq!(numbers(row(|row| row.scope = Some(Scope::Workload)), &a, &b), [1, 1]);
    assert_eq!(numbers(row(|_| {}), &a, &b), [1, 2]);
}
