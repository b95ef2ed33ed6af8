//! An analysis and its parts.

use crate::analysis::tuning::to_yaml;
use crate::analysis::{
    Analysis, Evidence, Explanation, History, Narrative, Related, Step, Technique, Text, Tuning, Verdict,
};
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
pub fn analysis(analysis: Analysis) -> proto::Analysis {
    let group = analysis.group;
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
        rate_per_minute: rate_per_minute(&group),
        verdict: Some(verdict(analysis.verdict)),
        title: analysis.title,
        summary: analysis.summary,
        opening_alert: Some(super::alert(&analysis.opening)),
        variants: group.distinct.into_iter().map(variant).collect(),
        explanations: analysis.explanations.into_iter().map(explanation).collect(),
        implications: analysis.implications.into_iter().map(Text::into_owned).collect(),
        steps: analysis.steps.into_iter().map(step).collect(),
        tuning: Some(tuning(analysis.tuning)),
        techniques: analysis.techniques.into_iter().map(technique).collect(),
        history: Some(history(analysis.history)),
        narrative: analysis.narrative.map(narrative),
        node: analysis.context.node,
        labels: analysis.context.labels.into_iter().collect(),
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

fn verdict(verdict: Verdict) -> proto::Verdict {
    proto::Verdict {
        level: super::level(verdict.level).into(),
        score: u32::from(verdict.score),
        evidence: verdict.evidence.into_iter().map(evidence).collect(),
    }
}

fn evidence(evidence: Evidence) -> proto::Evidence {
    proto::Evidence {
        id: evidence.id.into_owned(),
        field: evidence.field.into_owned(),
        value: evidence.value,
        weight: evidence.weight,
        reason: evidence.reason.into_owned(),
        check: evidence.check.into_owned(),
    }
}

fn variant(distinct: Distinct) -> proto::Variant {
    proto::Variant {
        field: distinct.field,
        values: distinct.values,
        count: distinct.count,
        estimated: distinct.estimated,
    }
}

fn explanation(explanation: Explanation) -> proto::Explanation {
    proto::Explanation {
        cause: explanation.cause.into_owned(),
        likelihood: super::likelihood(explanation.likelihood).into(),
        confirm: explanation.confirm.into_owned(),
    }
}

fn step(step: Step) -> proto::Step {
    proto::Step {
        kind: super::step_kind(step.kind).into(),
        action: step.action.into_owned(),
        command: step.command.into_owned(),
        reason: step.reason.into_owned(),
    }
}

fn tuning(tuning: Tuning) -> proto::Tuning {
    match tuning {
        Tuning::Exception(exception) => {
            proto::Tuning { yaml: to_yaml(&exception), note: exception.note, refused: String::new() }
        }
        Tuning::Refused(why) => proto::Tuning { refused: why.into_owned(), ..proto::Tuning::default() },
    }
}

fn technique(technique: Technique) -> proto::Technique {
    proto::Technique {
        id: technique.id.into_owned(),
        name: technique.name.into_owned(),
        tactic: technique.tactic.into_owned(),
    }
}

fn history(history: History) -> proto::History {
    proto::History {
        same_fingerprint: history.same_fingerprint,
        first_seen: history.first_seen.map(Into::into),
        same_rule_and_image: history.same_rule_and_image,
        same_command_and_host: history.same_command_and_host,
        period_seconds: history.period_seconds.unwrap_or_default(),
        related: history.related.into_iter().map(related).collect(),
    }
}

fn related(related: Related) -> proto::Related {
    proto::Related {
        group_id: related.group.to_string(),
        time: Some(related.time.into()),
        rule: related.rule,
        title: related.title,
        level: super::level(related.level).into(),
        tactic: related.tactic,
    }
}

fn narrative(narrative: Narrative) -> proto::Narrative {
    proto::Narrative {
        text: narrative.text,
        questions: narrative.questions,
        model: narrative.model,
        raises_attention: narrative.raises_attention,
    }
}
