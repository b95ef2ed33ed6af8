//! From evidence to a verdict. The whole of it:
//!
//! 1. Attack evidence adds up as independent chances do: weights `a` and `b` give `1 - (1-a)(1-b)`. Evidence from
//!    context (history, neighbours) counts with it, but cannot by itself reach [`MALICIOUS`].
//! 2. From [`MALICIOUS`] on the level is malicious and the score is that sum.
//! 3. Below, a benign cause makes it expected, if no indicator weighs more than the cause bears: [`STRONG_BEARS`] for a
//!    cause that two independent facts show, [`WEAK_BEARS`] for one that rests on the command alone. An alert about
//!    lost sight is never expected.
//! 4. Everything else is review: the less is known, the nearer to the middle.
//!
//! So it is monotone: more evidence of attack never lowers the score, a benign cause never outweighs a strong
//! indicator, and what is missing never makes anything expected.

use super::benign_hit::{BenignHit, Strength};
use super::facts::Facts;
use super::indicators::Found;
use super::model::{Evidence, Level, Verdict};

/// From this sum on it is an attack.
pub const MALICIOUS: u8 = 70;
/// The sum of attack evidence that a strongly shown benign cause still explains.
pub const STRONG_BEARS: u8 = 25;
/// The same for a weakly shown one.
pub const WEAK_BEARS: u8 = 10;
/// The lowest score of what somebody should look at.
pub const REVIEW: u8 = 30;
/// How much evidence from context alone can add.
const CONTEXT_BEARS: f64 = 0.45;

/// The level, score and evidence. `context` holds evidence from history and neighbours; its negative weights (regular
/// repetition) show in the evidence and move a review towards its lower end, never below it.
pub fn combine(facts: &Facts<'_>, found: &[Found], benign: &[BenignHit], context: Vec<Evidence>) -> Verdict {
    let indicators: Vec<u8> = found.iter().map(|found| found.indicator.weight).collect();
    let missing = missing(facts);
    let (score, level) = weigh(&Weights {
        indicators: &indicators,
        context: &context.iter().map(|evidence| evidence.weight).collect::<Vec<_>>(),
        benign: benign.iter().map(|hit| hit.strength).max(),
        missing: missing.len(),
        sight_lost: is_sight_lost(facts),
    });
    Verdict { level, score, evidence: evidence(&missing, found, benign, context) }
}

/// What counts, as numbers.
struct Weights<'a> {
    indicators: &'a [u8],
    context: &'a [i32],
    benign: Option<Strength>,
    missing: usize,
    sight_lost: bool,
}

fn weigh(weights: &Weights<'_>) -> (u8, Level) {
    let harmless =
        |all: &mut dyn Iterator<Item = f64>| all.fold(1.0, |rest, weight| rest * (1.0 - weight.clamp(0.0, 1.0)));
    let by_indicators = harmless(&mut weights.indicators.iter().map(|weight| f64::from(*weight) / 100.0));
    let raising = weights.context.iter().filter(|weight| **weight > 0);
    let by_context = harmless(&mut raising.map(|weight| f64::from(*weight) / 100.0)).max(1.0 - CONTEXT_BEARS);
    let attack = ((1.0 - by_indicators * by_context) * 100.0).round().clamp(0.0, 100.0);
    let shown = ((1.0 - by_indicators) * 100.0).round();
    if attack >= f64::from(MALICIOUS) {
        return (attack as u8, Level::Malicious);
    }
    let (bears, least) = match weights.benign {
        Some(Strength::Strong) => (STRONG_BEARS, 4),
        Some(Strength::Weak) => (WEAK_BEARS, 12),
        None => (0, 0),
    };
    let explained = weights.benign.is_some() && shown <= f64::from(bears) && !weights.sight_lost;
    if explained {
        let doubt = (attack / 4.0) as u8 + u8::try_from(weights.missing.min(3)).unwrap_or(3);
        return ((least + doubt).min(REVIEW - 1), Level::Expected);
    }
    let calming = weights.context.iter().filter(|weight| **weight < 0).map(|weight| -f64::from(*weight)).sum::<f64>();
    let unknown = f64::from(u8::try_from(weights.missing.min(3)).unwrap_or(3)) * 2.0;
    let reach = f64::from(MALICIOUS - 1 - REVIEW);
    let raised = f64::from(REVIEW) + reach * attack / f64::from(MALICIOUS);
    let score = (raised + unknown - calming.min(8.0)).clamp(f64::from(REVIEW), f64::from(MALICIOUS - 1));
    (score.round() as u8, Level::Review)
}

/// Whether the alert is about lanner's or Falco's sight and not about a workload.
pub fn is_sight_lost(facts: &Facts<'_>) -> bool {
    facts.alert.is_internal() || facts.alert.source() == "lanner"
}

/// The telling facts that the alert does not give, as a reader says them.
pub fn missing(facts: &Facts<'_>) -> Vec<&'static str> {
    let mut all = Vec::new();
    if is_sight_lost(facts) || facts.audit.is_some() || !matches!(facts.alert.source(), "syscall" | "") {
        return all;
    }
    if facts.has_no_process() {
        all.push("no process");
        return all;
    }
    if facts.process.program.exepath.is_none() {
        all.push("no executable path");
    }
    if facts.parent.is_unknown() {
        all.push("no parent process");
    }
    match facts.place() {
        None => all.push("no word on whether it ran in a container"),
        Some(super::facts::Place::Container) if facts.container.image.is_none() => all.push("no image"),
        Some(_) => {}
    }
    all
}

/// A weight that is shown for a benign cause.
const fn benign_weight(strength: Strength) -> i32 {
    match strength {
        Strength::Strong => -80,
        Strength::Weak => -40,
    }
}

fn evidence(missing: &[&str], found: &[Found], benign: &[BenignHit], context: Vec<Evidence>) -> Vec<Evidence> {
    let mut all: Vec<Evidence> = found
        .iter()
        .map(|found| Evidence {
            id: found.indicator.id.into(),
            field: found.hit.field.into(),
            value: found.hit.value.clone(),
            weight: i32::from(found.indicator.weight),
            reason: found.indicator.reason.into(),
            check: found.indicator.refuted_by.into(),
        })
        .collect();
    all.extend(benign.iter().map(|hit| Evidence {
        id: hit.id.into(),
        field: hit.field.clone().into(),
        value: hit.value.clone(),
        weight: benign_weight(hit.strength),
        reason: hit.reason.clone().into(),
        check: hit.confirm.clone().into(),
    }));
    all.extend(context);
    if !missing.is_empty() {
        all.push(Evidence {
            id: "missing-facts".into(),
            field: "".into(),
            value: missing.join(", "),
            weight: 0,
            reason: "What Falco did not give can neither accuse nor excuse.".into(),
            check: "Look at the process on the machine, or have the rule print these fields.".into(),
        });
    }
    all.sort_by_key(|evidence| std::cmp::Reverse(evidence.weight.abs()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn weighed(indicators: &[u8], context: &[i32], benign: Option<Strength>, missing: usize) -> (u8, Level) {
        weigh(&Weights { indicators, context, benign, missing, sight_lost: false })
    }

    fn strength() -> impl Strategy<Value = Option<Strength>> {
        prop_oneof![Just(None), Just(Some(Strength::Weak)), Just(Some(Strength::Strong))]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn more_evidence_of_attack_never_lowers_score_or_level(
            mut indicators in proptest::collection::vec(1u8..=100, 0..6),
            context in proptest::collection::vec(-10i32..=30, 0..4),
            benign in strength(), missing in 0usize..4, more in 1u8..=100,
        ) {
            let before = weighed(&indicators, &context, benign, missing);
            indicators.push(more);
            let after = weighed(&indicators, &context, benign, missing);
            prop_assert!(after.0 >= before.0 && after.1 >= before.1, "{before:?} {after:?}");
            let mut story = context.clone();
            story.push(i32::from(more).min(40));
            let told = weighed(&indicators, &story, benign, missing);
            prop_assert!(told.0 >= after.0 && told.1 >= after.1, "{after:?} {told:?}");
        }

        #[test]
        fn a_benign_cause_never_outweighs_a_strong_indicator(
            mut indicators in proptest::collection::vec(1u8..=100, 0..6), strong in MALICIOUS..=100,
        ) {
            indicators.push(strong);
            prop_assert_eq!(weighed(&indicators, &[], Some(Strength::Strong), 0).1, Level::Malicious);
        }

        #[test]
        fn what_is_missing_makes_nothing_expected_and_context_alone_nothing_malicious(
            indicators in proptest::collection::vec(1u8..=60, 0..3),
            context in proptest::collection::vec(-10i32..=60, 0..8), missing in 0usize..6,
        ) {
            prop_assert_ne!(weighed(&indicators, &context, None, missing).1, Level::Expected);
            prop_assert_ne!(weighed(&[], &context, None, missing).1, Level::Malicious);
        }

        #[test]
        fn score_and_level_agree(
            indicators in proptest::collection::vec(1u8..=100, 0..6),
            context in proptest::collection::vec(-10i32..=30, 0..4), benign in strength(), missing in 0usize..4,
        ) {
            let (score, level) = weighed(&indicators, &context, benign, missing);
            let by_score = if score >= MALICIOUS { Level::Malicious } else if score >= REVIEW { Level::Review } else { Level::Expected };
            prop_assert_eq!(level, by_score);
        }
    }

    #[test]
    fn a_weak_cause_bears_less_than_a_strong_one() {
        assert_eq!(weighed(&[20], &[], Some(Strength::Strong), 0).1, Level::Expected);
        assert_eq!(weighed(&[20], &[], Some(Strength::Weak), 0).1, Level::Review);
        assert_eq!(weighed(&[], &[], Some(Strength::Weak), 0).1, Level::Expected);
    }

    #[test]
    fn lost_sight_is_never_expected() {
        let weights =
            Weights { indicators: &[], context: &[], benign: Some(Strength::Strong), missing: 0, sight_lost: true };
        assert_eq!(weigh(&weights).1, Level::Review);
    }
}
