use super::*;
use proptest::prelude::*;

const SECOND: i64 = 1_000_000_000;

fn opening(number: u64, kind: u8, scope: u64, seconds: i64) -> Opening {
    let mut group = [0u8; 16];
    group[..8].copy_from_slice(&number.to_le_bytes());
    group[15] = 1;
    Opening {
        number,
        group: GroupId::from_bytes(group),
        fingerprint: Fingerprint::from_bytes([kind; 16]),
        time: Time::from_nanos(seconds * SECOND),
        rule_and_image: u64::from(kind % 3) + 1,
        command_and_host: u64::from(kind % 5),
        scope,
        rule: format!("rule {kind}").into(),
        title: format!("title {number}").into(),
        level: if kind.is_multiple_of(4) { Level::Malicious } else { Level::Review },
        tactic: "Execution".into(),
    }
}

#[test]
fn clocks_that_are_centuries_off_have_no_period() {
    let mut past = Past::new();
    for (n, year) in [0, 290, -290, 290, -290, -290, 290].into_iter().enumerate() {
        past.remember(&opening(n as u64, 1, 7, year * 31_557_600));
    }
    assert_eq!(past.recall(&opening(9, 1, 7, 290 * 31_557_600)).period_seconds, None);
    assert_eq!(past.recall(&opening(9, 1, 7, -290 * 31_557_600)).period_seconds, None);
}

#[test]
fn counts_first_time_and_period_are_those_of_what_was_fed() {
    let mut past = Past::new();
    for n in 0..5 {
        past.remember(&opening(n, 1, 7, 60 * n as i64));
    }
    let history = past.recall(&opening(9, 1, 7, 300));
    assert_eq!((history.same_fingerprint, history.first_seen), (5, Some(Time::from_nanos(0))));
    assert_eq!(history.period_seconds, Some(60));
    assert_eq!((history.same_rule_and_image, history.same_command_and_host), (5, 5));
    assert!(history.related.is_empty(), "the same activity is no neighbour of itself");
    let irregular = past.recall(&opening(9, 1, 7, 400));
    assert_eq!(irregular.period_seconds, None);
    assert_eq!(past.recall(&opening(9, 2, 8, 300)), History { same_rule_and_image: 0, ..History::default() });
}

#[test]
fn a_story_is_told_in_order_within_ten_minutes_and_one_place() {
    let mut past = Past::new();
    past.remember(&opening(0, 1, 7, 0));
    past.remember(&opening(1, 2, 7, 500));
    past.remember(&opening(2, 3, 8, 550));
    past.remember(&opening(3, 4, 7, 590));
    let related = past.recall(&opening(4, 5, 7, 601)).related;
    assert_eq!(related.iter().map(|r| r.title.as_str()).collect::<Vec<_>>(), ["title 1", "title 3"]);
    assert!(past.recall(&opening(4, 5, 0, 601)).related.is_empty(), "an unknown place has no neighbours");
}

#[test]
fn memory_is_bounded_and_forgets_the_oldest_first() {
    let mut past = Past::new();
    for n in 0..(KEPT as u64 + 10) {
        past.remember(&opening(n, (n % 2) as u8, n, n as i64));
    }
    assert_eq!(past.len(), KEPT);
    let history = past.recall(&opening(0, 0, 3, KEPT as i64 + 20));
    assert_eq!(history.same_fingerprint, KEPT as u32 / 2);
    assert_eq!(history.first_seen, Some(Time::from_nanos(10 * SECOND)));
    assert!(past.newest[SCOPE].len() == KEPT);
}

#[test]
fn openings_of_older_journals_are_read() {
    let one = opening(7, 1, 2, 3);
    for bytes in [rmp_serde::to_vec(&one).unwrap(), rmp_serde::to_vec_named(&one).unwrap()] {
        assert_eq!(rmp_serde::from_slice::<Opening>(&bytes).unwrap(), one);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rebuilt_from_the_journal_it_answers_the_same(
        fed in proptest::collection::vec((0u8..6, 0u64..4, 0i64..2_000), 0..80), cut in 0usize..80, asked in (0u8..6, 0u64..4, 0i64..2_500),
    ) {
        let openings: Vec<Opening> =
            fed.iter().enumerate().map(|(n, (kind, scope, time))| opening(n as u64, *kind, *scope, *time)).collect();
        let mut lived = Past::new();
        for each in &openings {
            lived.recall(each);
            lived.remember(each);
        }
        let bytes = rmp_serde::to_vec(&openings).unwrap();
        let read: Vec<Opening> = rmp_serde::from_slice(&bytes).unwrap();
        let mut rebuilt = Past::new();
        for each in read.iter().take(cut.min(openings.len())) {
            rebuilt.remember(each);
        }
        for each in openings.iter().skip(cut.min(openings.len())) {
            rebuilt.remember(each);
        }
        let question = opening(999, asked.0, asked.1, asked.2);
        prop_assert_eq!(lived.recall(&question), rebuilt.recall(&question));
    }
}
