//! An analysis and its parts.

use crate::analysis::tuning::to_yaml;
use crate::analysis::{Analysis, Evidence, Explanation, History, Narrative, Related, Step, Technique, Tuning, Verdict};
use crate::dedup::{Distinct, GroupView};
use crate::serve::proto;

/// `<group_id>.<revision>`: names one revision for good.
pub fn analysis_id(group: &GroupView) -> String {
    revision_id(&group.id.to_string(), group.revision)
}

fn revision_id(group: &str, revision: u32) -> String {
    format!("{group}.{revision}")
}

/// The analysis as a message.
pub fn analysis(analysis: &Analysis) -> proto::Analysis {
    let group = &analysis.group;
    let group_id = group.id.to_string();
    proto::Analysis {
        id: revision_id(&group_id, group.revision),
        group_id,
        revision: group.revision,
        state: super::state(group.state).into(),
        reason: super::reason(group.reason).into(),
        fingerprint: group.fingerprint.to_string(),
        count: group.count,
        first_time: Some(group.first.into()),
        last_time: Some(group.last.into()),
        rate_per_minute: rate_per_minute(group),
        verdict: Some(verdict(&analysis.verdict)),
        title: analysis.title.clone(),
        summary: analysis.summary.clone(),
        opening_alert: Some(super::alert(&analysis.opening)),
        variants: group.distinct.iter().map(variant).collect(),
        explanations: analysis.explanations.iter().map(explanation).collect(),
        implications: analysis.implications.iter().map(ToString::to_string).collect(),
        steps: analysis.steps.iter().map(step).collect(),
        tuning: Some(tuning(&analysis.tuning)),
        techniques: analysis.techniques.iter().map(technique).collect(),
        history: Some(history(&analysis.history)),
        narrative: analysis.narrative.as_ref().map(narrative),
        node: analysis.context.node.clone(),
        labels: analysis.context.labels.iter().cloned().collect(),
    }
}

/// Alerts a minute of event time between the first and the last member: the gaps, not the members, divide the span.
fn rate_per_minute(group: &GroupView) -> f64 {
    const NANOS_A_MINUTE: f64 = 60e9;
    let span = group.last.since(group.first);
    if group.count < 2 || span <= 0 {
        return 0.0;
    }
    (group.count - 1) as f64 / (span as f64 / NANOS_A_MINUTE)
}

fn verdict(verdict: &Verdict) -> proto::Verdict {
    proto::Verdict {
        level: super::level(verdict.level).into(),
        score: u32::from(verdict.score),
        evidence: verdict.evidence.iter().map(evidence).collect(),
    }
}

fn evidence(evidence: &Evidence) -> proto::Evidence {
    proto::Evidence {
        id: evidence.id.to_string(),
        field: evidence.field.to_string(),
        value: evidence.value.clone(),
        weight: evidence.weight,
        reason: evidence.reason.to_string(),
        check: evidence.check.to_string(),
    }
}

fn variant(distinct: &Distinct) -> proto::Variant {
    proto::Variant {
        field: distinct.field.clone(),
        values: distinct.values.clone(),
        count: distinct.count,
        estimated: distinct.estimated,
    }
}

fn explanation(explanation: &Explanation) -> proto::Explanation {
    proto::Explanation {
        cause: explanation.cause.to_string(),
        likelihood: super::likelihood(explanation.likelihood).into(),
        confirm: explanation.confirm.to_string(),
    }
}

fn step(step: &Step) -> proto::Step {
    proto::Step {
        kind: super::step_kind(step.kind).into(),
        action: step.action.to_string(),
        command: step.command.to_string(),
        reason: step.reason.to_string(),
    }
}

fn tuning(tuning: &Tuning) -> proto::Tuning {
    match tuning {
        Tuning::Exception(exception) => {
            proto::Tuning { yaml: to_yaml(exception), note: exception.note.clone(), refused: String::new() }
        }
        Tuning::Refused(why) => proto::Tuning { refused: why.to_string(), ..proto::Tuning::default() },
    }
}

fn technique(technique: &Technique) -> proto::Technique {
    proto::Technique {
        id: technique.id.to_string(),
        name: technique.name.to_string(),
        tactic: technique.tactic.to_string(),
    }
}

fn history(history: &History) -> proto::History {
    proto::History {
        same_fingerprint: history.same_fingerprint,
        first_seen: history.first_seen.map(Into::into),
        same_rule_and_image: history.same_rule_and_image,
        same_command_and_host: history.same_command_and_host,
        period_seconds: history.period_seconds.unwrap_or_default(),
        related: history.related.iter().map(related).collect(),
    }
}

fn related(related: &Related) -> proto::Related {
    proto::Related {
        group_id: related.group.to_string(),
        time: Some(related.time.into()),
        rule: related.rule.clone(),
        title: related.title.clone(),
        level: super::level(related.level).into(),
        tactic: related.tactic.clone(),
    }
}

fn narrative(narrative: &Narrative) -> proto::Narrative {
    proto::Narrative {
        text: narrative.text.clone(),
        questions: narrative.questions.clone(),
        model: narrative.model.clone(),
        raises_attention: narrative.raises_attention,
    }
}
