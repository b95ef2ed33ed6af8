//! What a report says, in which order: the first screen tells what happened, where, how bad, why and what to do first.

use super::document::{Block, Document, Item, Numbering, code, heading, item, paragraph, plain, prose, strong, value};
use crate::analysis::{Analysis, Evidence, History, Level, Likelihood, Step, StepKind, Tuning, tuning};
use crate::dedup::State;

/// Lays a report out.
pub(super) fn lay_out(analysis: &Analysis) -> Document {
    let mut document = vec![heading(1, &analysis.title)];
    summary(&mut document, analysis);
    details(&mut document, analysis);
    findings(&mut document, analysis);
    implications(&mut document, analysis);
    mitigation(&mut document, analysis);
    recommendations(&mut document, analysis);
    document
}

fn summary(document: &mut Document, analysis: &Analysis) {
    document.push(heading(2, "Summary"));
    let verdict = &analysis.verdict;
    let line = format!("Verdict: {} (score {} of 100).", level(verdict.level), verdict.score);
    let mut words = vec![strong(line), plain(" ")];
    words.extend(prose(&analysis.summary));
    document.push(Block::Paragraph(words));
    // What an expected group wants confirmed stands in the summary; the first command is the way to it.
    let first = analysis.steps.iter().find(|step| verdict.level != Level::Expected || !step.command.is_empty());
    if let Some(first) = first {
        let mut words = vec![strong("Do first:"), plain(" ")];
        words.extend(prose(&first.action));
        document.push(Block::Paragraph(words));
        if !first.command.is_empty() {
            document.push(code("sh", &first.command));
        }
    }
    if let Some(narrative) = &analysis.narrative {
        let words = format!("Words of the model {} (no part of the verdict): {}", narrative.model, narrative.text);
        document.push(paragraph(words));
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Expected => "expected",
        Level::Review => "needs review",
        Level::Malicious => "malicious",
    }
}

/// Fields that the details name, in this order, where the alert has them.
const DETAILS: &[(&str, &str)] = &[
    ("Container ID", "container.id"),
    ("Container", "container.name"),
    ("Image", "container.image.repository"),
    ("Image Tag", "container.image.tag"),
    ("Namespace", "k8s.ns.name"),
    ("Pod", "k8s.pod.name"),
    ("Process Name", "proc.name"),
    ("Executable", "proc.exepath"),
    ("Parent Process", "proc.pname"),
    ("Parent Command", "proc.pcmdline"),
    ("User Name", "user.name"),
    ("User ID", "user.uid"),
    ("Login User ID", "user.loginuid"),
    ("File or Connection", "fd.name"),
    ("Working Directory", "proc.cwd"),
];

/// Details that say nothing: no login, and the host as its own container.
fn says_nothing(field: &str, text: &str) -> bool {
    match field {
        "user.loginuid" => matches!(text, "-1" | "4294967295"),
        "container.id" | "container.name" => text == "host",
        "proc.name" | "proc.cmdline" => text.starts_with("container:"),
        _ => false,
    }
}

fn details(document: &mut Document, analysis: &Analysis) {
    document.push(heading(2, "Incident Details"));
    let (group, alert) = (&analysis.group, &analysis.opening);
    let mut items = vec![
        detail("Event ID", alert.id().to_string()),
        detail("Group ID", group.id.to_string()),
        detail("Priority", alert.priority().name()),
        detail("Rule", alert.rule()),
        detail("Timestamp", alert.time().to_string()),
    ];
    if group.count > 1 {
        let times = format!("{} alerts from {} to {}", group.count, group.first, group.last);
        items.push(detail("Repeated", times));
    }
    if group.state == State::Closed {
        items.push(detail("State", "closed: no further alert of this kind"));
    }
    if !alert.hostname().is_empty() {
        items.push(detail("Host", alert.hostname()));
    }
    if !analysis.context.node.is_empty() && analysis.context.node != alert.hostname() {
        items.push(detail("Node", &analysis.context.node));
    }
    items.extend(analysis.context.labels.iter().map(|(name, text)| detail(name, text)));
    let telling = |field: &str| alert.field(field).filter(|text| !says_nothing(field, text));
    items.extend(DETAILS.iter().filter_map(|(name, field)| telling(field).map(|text| detail(name, text))));
    document.push(Block::List(Numbering::Bullets, items));
    if let Some(command) = telling("proc.cmdline") {
        document.push(paragraph("Command line:"));
        document.push(code("sh", command));
    }
    if !alert.message().is_empty() {
        document.push(paragraph("As Falco put it:"));
        document.push(code("text", alert.message()));
    }
    folded(document, analysis);
}

fn detail(name: impl AsRef<str>, text: impl AsRef<str>) -> Item {
    item(vec![strong(name), plain(": "), value(text)])
}

/// What was folded into the group, so that it can be seen.
fn folded(document: &mut Document, analysis: &Analysis) {
    let distinct: Vec<_> = analysis.group.distinct.iter().filter(|place| place.count > 1).collect();
    if distinct.is_empty() {
        return;
    }
    document.push(paragraph("What differed among the folded alerts:"));
    let line = |place: &&crate::dedup::Distinct| {
        let about = if place.estimated { "about " } else { "" };
        let mut line = vec![value(&place.field), plain(format!(": {about}{} values, such as ", place.count))];
        for (n, text) in place.values.iter().enumerate() {
            line.extend((n > 0).then(|| plain(", ")));
            line.push(value(text));
        }
        item(line)
    };
    document.push(Block::List(Numbering::Bullets, distinct.iter().map(line).collect()));
}

fn findings(document: &mut Document, analysis: &Analysis) {
    document.push(heading(2, "Analysis"));
    let rows = |wanted: fn(&Evidence) -> bool| analysis.verdict.evidence.iter().filter(move |row| wanted(row));
    let against: Vec<_> = rows(|row| row.weight > 0).collect();
    let known: Vec<_> = rows(|row| row.weight < 0).collect();
    let unknown: Vec<_> = rows(|row| row.weight == 0).collect();
    evidence(document, "What speaks for an attack", analysis, &against);
    evidence(document, "What speaks for a known cause", analysis, &known);
    evidence(document, "What is not known", analysis, &unknown);
    if !analysis.explanations.is_empty() {
        document.push(heading(3, "Possible Causes"));
        let items = analysis.explanations.iter().map(|explanation| {
            let likelihood = match explanation.likelihood {
                Likelihood::Likely => "Likely",
                Likelihood::Possible => "Possible",
                Likelihood::Unlikely => "Unlikely",
            };
            let mut line = vec![strong(likelihood), plain(": ")];
            line.extend(prose(&explanation.cause));
            if !explanation.confirm.is_empty() && !analysis.summary.contains(&*explanation.confirm) {
                line.push(plain(" How to tell: "));
                line.extend(prose(&explanation.confirm));
            }
            item(line)
        });
        document.push(Block::List(Numbering::Bullets, items.collect()));
    }
    if !analysis.techniques.is_empty() {
        let names: Vec<_> = analysis.techniques.iter().map(|t| format!("{} {} ({})", t.id, t.name, t.tactic)).collect();
        document.push(Block::Paragraph(vec![strong("ATT&CK:"), plain(" "), plain(names.join("; "))]));
    }
    history(document, analysis);
}

fn evidence(document: &mut Document, title: &str, analysis: &Analysis, rows: &[&Evidence]) {
    if rows.is_empty() {
        return;
    }
    document.push(heading(3, title));
    let items = rows.iter().map(|row| {
        let mut line = prose(sentence(&row.reason));
        line.push(plain(" ("));
        if !row.field.is_empty() {
            line.push(value(&row.field));
            if !row.value.is_empty() {
                let whole = analysis.opening.field(&row.field).is_none_or(|text| text == row.value);
                line.extend([plain(if whole { " is " } else { " holds " }), value(&row.value)]);
            }
            line.push(plain("; "));
        }
        let weight = if row.weight == 0 { String::new() } else { format!(" {:+}", row.weight) };
        line.push(plain(format!("{}{weight})", row.id)));
        // What confirms a known cause stands with the causes.
        if row.weight >= 0 && !row.check.is_empty() {
            line.push(plain(if row.weight == 0 { " To find out: " } else { " What would refute it: " }));
            line.extend(prose(&row.check));
        }
        item(line)
    });
    document.push(Block::List(Numbering::Bullets, items.collect()));
}

fn history(document: &mut Document, analysis: &Analysis) {
    let history = &analysis.history;
    let asked = *history != History::default() || analysis.verdict.evidence.iter().any(|row| row.id == "first-seen");
    if !asked {
        return;
    }
    document.push(heading(3, "Seen Before"));
    let mut said = Vec::new();
    match (history.same_fingerprint, history.first_seen) {
        (0, _) => said.push("This is the first group of its kind among those that lanner remembers.".to_owned()),
        (n, Some(first)) => said.push(format!("{} of the same kind, the first on {first}.", earlier(n))),
        (n, None) => said.push(format!("{} of the same kind.", earlier(n))),
    }
    if history.same_rule_and_image > 0 {
        said.push(format!("{} of this rule on this image or host.", earlier(history.same_rule_and_image)));
    }
    if history.same_command_and_host > 0 {
        said.push(format!("{} with this command on this host.", earlier(history.same_command_and_host)));
    }
    if let Some(period) = history.period_seconds {
        said.push(format!("It comes regularly, about every {period} seconds."));
    }
    document.push(paragraph(said.join(" ")));
    if !history.related.is_empty() {
        document.push(paragraph("In the same place shortly before, in time order:"));
        let items = history.related.iter().map(|related| {
            let tactic = if related.tactic.is_empty() { String::new() } else { format!(", {}", related.tactic) };
            item(vec![
                value(related.time.to_string()),
                plain(format!(" {} ({}{tactic}), group ", related.title, level(related.level))),
                value(related.group.to_string()),
            ])
        });
        document.push(Block::List(Numbering::Bullets, items.collect()));
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let text = format!("{first}{}", chars.as_str());
    if text.ends_with(['?', '!', '…']) { text } else { format!("{text}.") }
}

fn earlier(groups: u32) -> String {
    if groups == 1 { "1 earlier group".to_owned() } else { format!("{groups} earlier groups") }
}

fn implications(document: &mut Document, analysis: &Analysis) {
    if analysis.implications.is_empty() {
        return;
    }
    document.push(heading(2, "Possible Implications"));
    let items = analysis.implications.iter().map(|text| item(prose(text)));
    document.push(Block::List(Numbering::Bullets, items.collect()));
}

fn mitigation(document: &mut Document, analysis: &Analysis) {
    let now: Vec<_> = analysis.steps.iter().filter(|step| step.kind != StepKind::Prevent).collect();
    if !now.is_empty() {
        document.push(heading(2, "Mitigation Strategies"));
        document.push(steps(&now));
    }
}

fn recommendations(document: &mut Document, analysis: &Analysis) {
    document.push(heading(2, "Recommendations"));
    let later: Vec<_> = analysis.steps.iter().filter(|step| step.kind == StepKind::Prevent).collect();
    if !later.is_empty() {
        document.push(steps(&later));
    }
    match &analysis.tuning {
        Tuning::Exception(exception) => {
            document.push(Block::Paragraph(vec![
                strong("Tuning:"),
                plain(" once the cause is confirmed, this exception silences it; Falco loads it after the rule's own file. "),
                plain(exception.note.trim_end_matches(" Load it only once the activity is confirmed.")),
            ]));
            document.push(code("yaml", tuning::to_yaml(exception)));
        }
        Tuning::Refused(reason) => {
            document.push(Block::Paragraph(vec![
                strong("Tuning:"),
                plain(" no exception is proposed. "),
                plain(sentence(reason)),
            ]));
        }
    }
}

fn steps(steps: &[&Step]) -> Block {
    let items = steps.iter().map(|step| {
        let mut line = prose(&step.action);
        line.push(plain(" "));
        line.extend(prose(&step.reason));
        Item { line, below: if step.command.is_empty() { Vec::new() } else { vec![code("sh", &step.command)] } }
    });
    Block::List(Numbering::Numbers, items.collect())
}
