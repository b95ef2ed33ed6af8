use super::*;
use crate::alert::AlertBuilder;
use crate::serve::testing::{START, sample};
use proptest::prelude::*;

/// Fills an entry.
type Edit = fn(&mut proto::Match);

fn entry(edit: impl FnOnce(&mut proto::Match)) -> proto::Match {
    let mut entry = proto::Match::default();
    edit(&mut entry);
    entry
}

fn allows(edit: impl FnOnce(&mut proto::Match)) -> bool {
    let filter = proto::Filter { allow: vec![entry(edit)], deny: Vec::new() };
    Filter::new(Some(&filter)).unwrap().matches(&sample("Detect Shell in Container", 2))
}

fn refuses(edit: impl FnOnce(&mut proto::Match)) -> String {
    let filter = proto::Filter { allow: vec![entry(edit)], deny: Vec::new() };
    Filter::new(Some(&filter)).unwrap_err().to_string()
}

fn one(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

#[test]
fn each_field_selects_what_it_names() {
    let cases: &[(bool, Edit)] = &[
        (true, |m| m.set_min_priority(proto::Priority::Warning)),
        (true, |m| m.set_min_priority(proto::Priority::Debug)),
        (false, |m| m.set_min_priority(proto::Priority::Error)),
        (true, |m| m.set_min_level(proto::Level::Review)),
        (false, |m| m.set_min_level(proto::Level::Malicious)),
        (true, |m| m.rules = one("Detect Shell in Container")),
        (true, |m| m.rules = one("Detect Shell*")),
        (false, |m| m.rules = one("Detect Shell")),
        (true, |m| m.hostnames = one("k8s-*")),
        (false, |m| m.hostnames = one("k8s-master-02")),
        (true, |m| m.namespaces = one("falco")),
        (false, |m| m.namespaces = one("default")),
        (true, |m| m.pods = one("falco-*")),
        (false, |m| m.pods = one("falco")),
        (true, |m| m.containers = one("185304d1")),
        (true, |m| m.containers = one("185304d1bba4ffffffff")),
        (true, |m| m.containers = one("falco-loader")),
        (false, |m| m.containers = one("185")),
        (true, |m| m.tags = one("container")),
        (false, |m| m.tags = one("host")),
        (true, |m| m.techniques = one("T1059")),
        (true, |m| m.techniques = one("T1059.004")),
        (false, |m| m.techniques = one("T1059.001")),
        (false, |m| m.techniques = one("T1055")),
        (true, |m| m.sources = one("syscall")),
        (false, |m| m.sources = one("k8s_audit")),
        (true, |m| m.labels = [("cluster".to_owned(), "prod".to_owned())].into()),
        (false, |m| m.labels = [("cluster".to_owned(), "test".to_owned())].into()),
        (true, |m| m.after = Some(Time::from_nanos(START + 600_000_000_000).into())),
        (false, |m| m.after = Some(Time::from_nanos(START + 600_000_000_001).into())),
        (true, |m| m.before = Some(Time::from_nanos(START + 1).into())),
        (false, |m| m.before = Some(Time::from_nanos(START).into())),
    ];
    for (n, (expected, edit)) in cases.iter().enumerate() {
        assert_eq!(allows(edit), *expected, "case {n}");
    }
}

#[test]
fn all_fields_of_an_entry_must_match_and_one_entry_is_enough() {
    assert!(!allows(|m| {
        m.rules = one("Detect*");
        m.namespaces = one("default");
    }));
    let filter = proto::Filter {
        allow: vec![entry(|m| m.namespaces = one("default")), entry(|m| m.rules = one("Detect*"))],
        deny: Vec::new(),
    };
    assert!(Filter::new(Some(&filter)).unwrap().matches(&sample("Detect", 1)));
}

#[test]
fn deny_wins_over_allow() {
    let filter = proto::Filter {
        allow: vec![entry(|m| m.rules = one("*"))],
        deny: vec![entry(|m| m.namespaces = one("falco"))],
    };
    assert!(!Filter::new(Some(&filter)).unwrap().matches(&sample("R", 1)));
    let deny_only = proto::Filter { allow: Vec::new(), deny: vec![entry(|m| m.namespaces = one("default"))] };
    assert!(Filter::new(Some(&deny_only)).unwrap().matches(&sample("R", 1)));
}

#[test]
fn what_a_container_engine_has_not_told_yet_hides_nothing() {
    let named: [(Edit, bool); 6] = [
        (|m| m.namespaces = one("payments"), true),
        (|m| m.pods = one("payments-*"), true),
        (|m| m.containers = one("payments"), true),
        (|m| m.containers = one("185304d1bba4"), false),
        (|m| m.containers = one("185304d1bba5"), false),
        (|m| m.rules = one("Other"), false),
    ];
    let mut group = sample("R", 1);
    let builder = || AlertBuilder::new().rule("R").time(Time::from_nanos(START)).priority(Priority::Warning);
    for (container, late) in [(Some("185304d1bba4"), true), (Some("host"), false), (None, false)] {
        let built = container.map_or_else(builder, |id| builder().field("container.id", id)).build().unwrap();
        group.opening = built;
        for (n, (edit, name)) in named.iter().enumerate() {
            let id = n == 3 && late;
            let filter = |allow, deny| Filter::new(Some(&proto::Filter { allow, deny })).unwrap();
            assert_eq!(filter(vec![entry(edit)], Vec::new()).matches(&group), late && *name || id, "allow {n}");
            assert_eq!(filter(Vec::new(), vec![entry(edit)]).matches(&group), !id, "deny {n}");
        }
    }
}

#[test]
fn no_filter_lets_everything_through() {
    for filter in [None, Some(proto::Filter::default())] {
        let filter = Filter::new(filter.as_ref()).unwrap();
        assert!(filter.is_empty() && filter.matches(&sample("R", 1)));
    }
}

#[test]
fn the_floor_is_below_every_entry_that_allows() {
    let high = entry(|m| m.set_min_level(proto::Level::Malicious));
    let low = entry(|m| {
        m.set_min_level(proto::Level::Review);
        m.set_min_priority(proto::Priority::Error);
    });
    let none = entry(|m| m.tags = one("t"));
    let floor = |allow: &[&proto::Match]| {
        let allow = allow.iter().map(|entry| (*entry).clone()).collect();
        Filter::new(Some(&proto::Filter { allow, deny: Vec::new() })).unwrap().floor()
    };
    assert_eq!(floor(&[&high]).level, Some(Level::Malicious));
    assert_eq!(floor(&[&high, &low]), Floor { level: Some(Level::Review), priority: None });
    assert_eq!(floor(&[&low]).priority, Some(Priority::Error));
    assert_eq!(floor(&[&high, &none]), Floor::default());
    assert_eq!(Filter::default().floor(), Floor::default());
}

#[test]
fn what_makes_no_sense_is_refused_by_its_path() {
    assert!(
        refuses(|m| m.techniques = vec!["T1059".to_owned(), "shell".to_owned()])
            .starts_with("`filter.allow[0].techniques[1]`")
    );
    assert_eq!(refuses(|m| m.rules = one("a*b")), "`filter.allow[0].rules[0]`: `*` may only stand at the end");
    assert_eq!(refuses(|m| m.min_priority = 9), "`filter.allow[0].min_priority`: 9 is no Priority");
    assert_eq!(refuses(|m| m.min_level = -1), "`filter.allow[0].min_level`: -1 is no Level");
    assert_eq!(refuses(|m| m.tags = one("")), "`filter.allow[0].tags[0]`: is empty");
    assert!(refuses(|m| m.sources = one(&"x".repeat(2000))).contains("2000 bytes"));
    assert!(refuses(|m| m.pods = vec!["p".to_owned(); 257]).contains("257 values"));
    assert!(refuses(|m| m.after = Some(proto::Timestamp { seconds: i64::MAX, nanos: 0 })).contains(".after`"));
    assert!(refuses(|_| ()).contains("sets nothing"));
    let many = proto::Filter { allow: Vec::new(), deny: vec![entry(|m| m.tags = one("t")); 65] };
    assert!(Filter::new(Some(&many)).unwrap_err().to_string().starts_with("`filter.deny`: 65 entries"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever the bytes of a request say, its filter is checked and asked without a panic.
    #[test]
    fn any_filter_is_an_answer_or_an_error(texts in prop::collection::vec(".{0,12}", 0..5), number: i32, seconds: i64, nanos: i32) {
        let texts: Vec<String> = texts;
        let entry = proto::Match {
            min_priority: number,
            rules: texts.clone(),
            containers: texts.clone(),
            techniques: texts.clone(),
            labels: texts.iter().map(|t| (t.clone(), t.clone())).collect(),
            after: Some(proto::Timestamp { seconds, nanos }),
            ..proto::Match::default()
        };
        let lists = [vec![entry.clone()], vec![proto::Match { min_priority: 0, techniques: Vec::new(), ..entry }]];
        for allow in lists {
            if let Ok(filter) = Filter::new(Some(&proto::Filter { deny: Vec::new(), allow })) {
                let _ = filter.matches(&sample("R", 1));
            }
        }
    }
}
