//! What an attacker might try on the reader, on masks and on bounds.

use super::properties::exercise;
use super::*;

#[test]
fn masks_see_where_a_word_stands_and_cannot_be_imitated() {
    let form = |line: &str| {
        let mut out = Vec::new();
        let mut seen = Vec::new();
        write_canonical(
            &parse_argv(line),
            &mut |context, text| {
                seen.push(format!("{:?} {text} after {:?}", context.place, context.preceding));
                text.starts_with("/tmp/").then_some(std::borrow::Cow::Borrowed("/tmp/*"))
            },
            &mut out,
        );
        (out, seen)
    };
    assert_eq!(form("rm -f /tmp/a1").0, form("rm -f /tmp/b2").0);
    assert_ne!(form("rm -f /tmp/a1").0, form("rm -f /var/b2").0);
    // The literal text of a mask is not a mask.
    assert_ne!(form("rm -f /tmp/a1").0, canonical(&parse_argv("rm -f /tmp/*")));
    let (_, seen) = form("sudo -u x sh -c A=1 rm /tmp/* /tmp/a > /tmp/o");
    assert_eq!(
        seen,
        [
            "Wrapper sudo after None",
            "Wrapper -u after Some(\"sudo\")",
            "Wrapper x after Some(\"-u\")",
            "Program sh after Some(\"x\")",
            "Argument(0) -c after Some(\"sh\")",
            "Value 1 after None",
            "Program rm after None",
            "Argument(1) /tmp/a after Some(\"/tmp/*\")",
            "Target(Write) /tmp/o after None",
        ]
    );
}

#[test]
fn padding_neither_hides_nor_merges() {
    let padding = "a ".repeat(MAX_INPUT);
    let (one, other) = (format!("echo {padding} x"), format!("echo {padding} y"));
    assert_ne!(canonical(&parse_argv(&one)), canonical(&parse_argv(&other)));
    assert!(parse_argv(&one).flags.has(Flag::Cut));
    let many = |last: &str| format!("sh -c {}{last}", "a;".repeat(2 * MAX_COMMANDS));
    assert_ne!(canonical(&parse_argv(&many("x"))), canonical(&parse_argv(&many("y"))));
    let script = parse_argv(&many("x"));
    assert!(script.count_commands() <= MAX_COMMANDS);
    let deep = |last: &str| format!("sh -c {}{last}{}", "echo $(".repeat(100), ")".repeat(100));
    assert_ne!(canonical(&parse_argv(&deep("x"))), canonical(&parse_argv(&deep("y"))));
    let quoted = |last: &str| (0..40).fold(last.to_owned(), |inner, _| format!("sh -c {inner}"));
    assert_ne!(canonical(&parse_argv(&quoted("x"))), canonical(&parse_argv(&quoted("y"))));
}

#[test]
fn hostile_nesting_takes_linear_time() {
    let started = std::time::Instant::now();
    for unit in [
        "\"$(",
        "$((",
        "${",
        "`",
        "$(",
        "((",
        "( ",
        "{ ",
        "if ",
        "<(",
        "eval ",
        "eval \"$(",
        "sh -c ",
        "sh -c \"",
        "<<a ",
        "a <<b\n",
        "'",
        "\"",
        "case x in ",
        "x=(",
        "$'",
        "find -exec ",
        "xargs ",
        "sudo ",
        "\\\"a",
        "[[ ",
        "\n",
        "a=$((",
        "f() ",
        "&>",
        "[ ",
    ] {
        let text = unit.repeat(MAX_INPUT / unit.len());
        exercise(&parse_shell(&text));
        exercise(&parse_argv(&text));
        exercise(&parse_argv(&format!("sh -c {text}")));
    }
    // Generous: a debug build on a busy machine takes about two seconds; quadratic time would take
    // minutes.
    assert!(started.elapsed() < std::time::Duration::from_mins(1), "{:?}", started.elapsed());
}

/// Found by fuzzing: quotes without an end, one in the other, both gave up the last reading anew that was left.
#[test]
fn the_last_reading_anew_is_given_up_once() {
    let text =
        "$[!!\"$(~`\u{fffd}\u{fffd}\u{fffd}\u{fffd}!!\"$(\"$(~~\"`\u{fffd}!\"!$%$$\u{fffd}\u{fffd}\u{fffd}4{~\u{b}\\";
    exercise(&parse_shell(text));
    exercise(&parse_argv(text));
}
