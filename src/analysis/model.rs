//! What lanner says about a group. Plain values: the journal keeps them, the report shows them, the service sends them.

use crate::alert::{Alert, Context};
use crate::dedup::GroupView;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A text that is most often a table's own: such a one is not copied.
pub type Text = Cow<'static, str>;

/// One revision of what lanner says about a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// The group as of this revision.
    pub group: GroupView,
    /// The alert that opened the group.
    pub opening: Alert,
    /// Where it was received.
    pub context: Context,
    /// How bad it is, and why we think so.
    pub verdict: Verdict,
    /// One line: what happened, where.
    pub title: String,
    /// Two to four sentences: what happened, where, how bad, why we think so.
    pub summary: String,
    /// What may have caused it, likeliest first.
    pub explanations: Vec<Explanation>,
    /// What it means if it is an attack.
    pub implications: Vec<Text>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// How to silence this activity and nothing else, or why not.
    pub tuning: Tuning,
    /// ATT&CK techniques, by id, each once.
    pub techniques: Vec<Technique>,
    /// What was seen before and beside it.
    pub history: History,
    /// Words of an LLM, where one is configured.
    #[serde(default)]
    pub narrative: Option<Narrative>,
}

/// How bad a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Known activity, every part of it explained.
    Expected,
    /// An engineer could do it and an attacker could do it: somebody should look.
    Review,
    /// The alert itself shows a step of an attack.
    Malicious,
}

/// The level, its score and the evidence for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// How bad.
    pub level: Level,
    /// 0 (surely harmless) to 100 (surely an attack).
    pub score: u8,
    /// The reasons for and against, strongest first.
    pub evidence: Vec<Evidence>,
}

/// One reason for or against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The row of the indicator or benign-cause table, or a name of a context fact (`first-seen`).
    pub id: Text,
    /// The field that it rests on, as Falco names it (`proc.cmdline`).
    pub field: Text,
    /// The value, or the telling part of it, cut to a readable length.
    pub value: String,
    /// Positive: towards an attack; negative: towards a known cause. -100 to 100.
    pub weight: i32,
    /// Why it counts, in one sentence.
    pub reason: Text,
    /// What would refute it, or for a benign cause confirm it.
    pub check: Text,
}

/// One possible cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The cause, in one sentence.
    pub cause: Text,
    /// How likely, in words that the evidence supports.
    pub likelihood: Likelihood,
    /// What would confirm it: often a command to run.
    pub confirm: Text,
}

/// How likely an explanation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Likelihood {
    /// Several independent facts show it.
    Likely,
    /// It fits, and something that would show it is missing.
    Possible,
    /// It fits badly, and must be thought of all the same.
    Unlikely,
}

/// What a step is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepKind {
    /// Find out.
    Investigate,
    /// Stop it from getting worse.
    Contain,
    /// Keep it from happening again.
    Prevent,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What it is for.
    pub kind: StepKind,
    /// What to do, in one sentence.
    pub action: Text,
    /// A shell command with this alert's values filled in and quoted; empty where there is none.
    pub command: Text,
    /// Why.
    pub reason: Text,
}

/// How to silence this activity and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Tuning {
    /// A Falco exception for one rule.
    Exception(Exception),
    /// Tuning is refused; the text says why.
    Refused(Text),
}

/// A Falco exception, typed; `report` renders it as YAML that Falco loads after the base rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// The rule.
    pub rule: String,
    /// The exception's name: `lanner_` and a word that tells the activity.
    pub name: String,
    /// Field, comparison operator and value; all must hold.
    pub conditions: Vec<Condition>,
    /// What it also silences, and what it rests on.
    pub note: String,
}

/// One condition of an exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The Falco field.
    pub field: Text,
    /// Falco's operator: `=`, `in`, `startswith`, `endswith`, `contains`.
    pub operator: Text,
    /// The value, raw.
    pub value: String,
}

/// One ATT&CK technique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Technique {
    /// `T1059.004`.
    pub id: Text,
    /// `Unix Shell`.
    pub name: Text,
    /// `Execution`.
    pub tactic: Text,
}

/// What was seen before this group opened, since the oldest kept, and beside it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct History {
    /// Earlier groups of the same fingerprint.
    pub same_fingerprint: u32,
    /// Event time of the first of them, in nanoseconds since the epoch.
    pub first_seen: Option<crate::alert::Time>,
    /// Earlier groups of this rule on this image (this host, outside containers).
    pub same_rule_and_image: u32,
    /// Earlier groups of this command on this host.
    pub same_command_and_host: u32,
    /// The regular interval in seconds, where the activity is periodic.
    pub period_seconds: Option<u64>,
    /// What else happened in the same container (host, outside containers) shortly before, oldest first.
    pub related: Vec<Related>,
}

/// Another group in the same place shortly before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Related {
    /// Its group.
    pub group: crate::dedup::GroupId,
    /// When it opened.
    pub time: crate::alert::Time,
    /// Its rule.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// How bad it was.
    pub level: Level,
    /// Its first ATT&CK tactic; empty where none is known.
    pub tactic: String,
}

/// An LLM's words, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrative {
    /// The text.
    pub text: String,
    /// Questions that it would ask.
    pub questions: Vec<String>,
    /// The model's name.
    pub model: String,
    /// True where the model thinks that the facts look worse than the verdict.
    pub raises_attention: bool,
}
