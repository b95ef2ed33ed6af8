//! Promises that hold for any text, and for scripts made up at random.

use proptest::prelude::*;

use super::*;

/// A script that is written down before it is text.
#[derive(Debug, Clone, PartialEq)]
struct Model(Vec<(Vec<Simple>, &'static str)>);

#[derive(Debug, Clone, PartialEq)]
enum Simple {
    Program { words: Vec<Piece>, redirections: Vec<(&'static str, Piece)> },
    Subshell(Model),
    ShellC(Model),
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Literal(String),
    Variable(&'static str),
    Substitution(Model),
    Glob,
}

/// Chooses a way of writing where there are several.
struct Style(u64);

impl Style {
    fn pick(&mut self, ways: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % ways
    }

    fn blank(&mut self, out: &mut String) {
        out.push_str([" ", "  ", "\t", " \\\n"][self.pick(4) as usize]);
    }

    fn quote(&mut self, text: &str, out: &mut String) {
        match self.pick(3) {
            0 if !text.contains('\'') => {
                out.push('\'');
                out.push_str(text);
                out.push('\'');
            }
            1 if !text.is_empty() && !text.contains(['"', '\n']) => {
                for c in text.chars() {
                    if !c.is_ascii_alphanumeric() && c.is_ascii() {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
            _ => {
                out.push('"');
                for c in text.chars() {
                    if matches!(c, '"' | '\\' | '$' | '`') {
                        out.push('\\');
                    }
                    out.push(c);
                }
                out.push('"');
            }
        }
    }

    fn piece(&mut self, piece: &Piece, out: &mut String) {
        match piece {
            Piece::Literal(text) => self.quote(text, out),
            Piece::Variable(name) => {
                out.push('$');
                out.push_str(name);
            }
            Piece::Glob => out.push('*'),
            Piece::Substitution(model) => {
                out.push_str("$( ");
                self.script(model, out);
                out.push(')');
            }
        }
    }

    fn script(&mut self, model: &Model, out: &mut String) {
        for (at, (pipeline, connector)) in model.0.iter().enumerate() {
            for (at, simple) in pipeline.iter().enumerate() {
                if at > 0 {
                    out.push('|');
                    if self.pick(2) == 0 {
                        self.blank(out);
                    }
                }
                match simple {
                    Simple::Program { words, redirections } => {
                        out.push_str("prog");
                        for word in words {
                            self.blank(out);
                            self.piece(word, out);
                        }
                        for (operator, target) in redirections {
                            self.blank(out);
                            out.push_str(operator);
                            self.piece(target, out);
                        }
                    }
                    Simple::Subshell(model) => {
                        out.push_str("( ");
                        self.script(model, out);
                        out.push(')');
                    }
                    Simple::ShellC(model) => {
                        out.push_str("sh -c ");
                        let mut text = String::new();
                        self.script(model, &mut text);
                        // In single quotes: in others its expansions would be the outer shell's.
                        out.push('\'');
                        out.push_str(&text.replace('\'', "'\\''"));
                        out.push('\'');
                    }
                }
                if self.pick(2) == 0 {
                    out.push(' ');
                }
            }
            if at + 1 < model.0.len() {
                out.push_str(connector);
            }
        }
    }

    fn render(seed: u64, model: &Model) -> String {
        let mut out = String::new();
        Style(seed).script(model, &mut out);
        out
    }
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        proptest::sample::select(vec![
            "a",
            "a b",
            "|",
            ";",
            "&&",
            ">",
            "2",
            "$x",
            "$(id)",
            "`id`",
            "*",
            "~",
            "'",
            "\"",
            "\\",
            "#c",
            "A=1",
            "{",
            "}",
            "fi",
            "2>/dev/null",
            "\n",
            "\u{1}",
            "é",
            "a|b",
            "\"a\"",
            "-c",
            "(",
            ")",
            "<(",
            "!",
        ])
        .prop_map(str::to_owned),
        "[ab|;$'\"\\\\ ]{0,4}",
    ]
}

fn model() -> impl Strategy<Value = Model> {
    let leaf = Just(Model(vec![(vec![Simple::Program { words: vec![], redirections: vec![] }], ";")]));
    leaf.prop_recursive(3, 12, 3, |inner| {
        let piece = prop_oneof![
            6 => literal().prop_map(Piece::Literal),
            1 => proptest::sample::select(vec!["x", "y", "1", "@"]).prop_map(Piece::Variable),
            1 => Just(Piece::Glob),
            1 => inner.clone().prop_map(Piece::Substitution),
        ];
        let target = (proptest::sample::select(vec![">", ">>", "<", "2>", "&>", "<>"]), piece.clone());
        let program = (prop::collection::vec(piece, 0..3), prop::collection::vec(target, 0..2))
            .prop_map(|(words, redirections)| Simple::Program { words, redirections });
        let simple = prop_oneof![
            4 => program,
            1 => inner.clone().prop_map(Simple::Subshell),
            1 => inner.prop_map(Simple::ShellC),
        ];
        let connector = proptest::sample::select(vec![";", "&&", "||", "&"]);
        prop::collection::vec((prop::collection::vec(simple, 1..3), connector), 1..3).prop_map(|mut items| {
            if let Some(last) = items.last_mut() {
                last.1 = ";";
            }
            Model(items)
        })
    })
}

fn count_pieces(model: &mut Model) -> usize {
    let mut at = usize::MAX;
    change_piece(model, &mut at, &Piece::Glob);
    usize::MAX - at
}

/// Replaces the piece number `at`, which is counted down.
fn change_piece(model: &mut Model, at: &mut usize, by: &Piece) {
    for simple in model.0.iter_mut().flat_map(|(pipeline, _)| pipeline) {
        match simple {
            Simple::Subshell(inner) | Simple::ShellC(inner) => change_piece(inner, at, by),
            Simple::Program { words, redirections } => {
                for piece in words.iter_mut().chain(redirections.iter_mut().map(|(_, target)| target)) {
                    if let Piece::Substitution(inner) = piece {
                        change_piece(inner, at, by);
                    }
                    if *at == 0 {
                        *piece = by.clone();
                    }
                    *at = at.wrapping_sub(1);
                }
            }
        }
    }
}

/// Text that is likely to be nearly shell.
fn noise() -> impl Strategy<Value = String> {
    let token = proptest::sample::select(vec![
        "sh -c ",
        "bash",
        "eval ",
        "$(",
        ")",
        "`",
        "\"",
        "'",
        "\\",
        "${",
        "}",
        "$((",
        "))",
        "((",
        "[[ ",
        "]]",
        "|",
        "&",
        ";",
        ";;",
        "<",
        ">",
        "<<",
        "<<<",
        "EOF",
        "\n",
        " ",
        "if ",
        "then ",
        "fi",
        "for ",
        "do ",
        "done",
        "case ",
        "in ",
        "esac",
        "{ ",
        "a",
        "x=",
        "=(",
        "find ",
        "-exec ",
        "xargs ",
        "ssh h ",
        "kubectl exec p -- ",
        "sudo -u ",
        "env ",
        "python3 -c ",
        "#",
        "~",
        "*",
        "é",
        "\u{0}",
        "🦀",
        "-c",
        "--",
        "...",
        "2",
        "$'",
        "$\"",
        "\\x",
        "function ",
        "f()",
        "!",
        "busybox ",
        "ip netns exec ",
        "flock ",
        "awk ",
        "perl -e",
        "docker run -v ",
        "://",
        "@",
        "/",
        ":",
        "[",
        "]",
        "/dev/tcp/",
        "curl -o",
        "dd of=",
        "\\\"",
    ]);
    prop_oneof![prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat()), ".{0,60}",]
}

/// Uses everything that the room offers on a script.
pub(super) fn exercise(script: &Script) {
    let mut commands = 0;
    script.for_each_command(|visit| {
        commands += 1;
        let command = visit.command;
        assert!(visit.depth <= MAX_DEPTH);
        assert!(operands(command).len() <= MAX_OPERANDS);
        let _ = (command.role(), command.family(), command.subcommand(), is_text_filter(command));
        let _ = (visit.previous(), visit.next(), command.environment().count());
    });
    assert!(commands <= MAX_COMMANDS);
    let _ = canonical(script);
    let _ = cut_pipeline(script, script);
    for reading in script.other_readings() {
        reading.for_each_command(|_| ());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_text_is_read(text in noise()) {
        exercise(&parse_argv(&text));
        exercise(&parse_shell(&text));
        exercise(&parse_argv(&format!("sh -c {text}")));
    }

    #[test]
    fn a_script_has_one_canonical_form_however_it_is_written(model in model(), a in any::<u64>(), b in any::<u64>()) {
        let (one, other) = (Style::render(a, &model), Style::render(b, &model));
        prop_assert_eq!(
            canonical(&parse_shell(&one)), canonical(&parse_shell(&other)), "{}\n{}", one, other
        );
    }

    #[test]
    fn different_scripts_have_different_canonical_forms(a in model(), b in model(), seed in any::<u64>()) {
        let (one, other) = (Style::render(seed, &a), Style::render(seed.wrapping_add(1), &b));
        prop_assert_eq!(
            a == b, canonical(&parse_shell(&one)) == canonical(&parse_shell(&other)), "{}\n{}", one, other
        );
    }

    #[test]
    fn one_changed_word_changes_the_canonical_form(model in model(), at in any::<usize>(), piece in literal(), seed in any::<u64>()) {
        let mut changed = model.clone();
        let count = count_pieces(&mut changed);
        if count > 0 {
            change_piece(&mut changed, &mut (at % count), &Piece::Literal(piece));
        }
        let (one, other) = (Style::render(seed, &model), Style::render(seed, &changed));
        prop_assert_eq!(
            model == changed, canonical(&parse_shell(&one)) == canonical(&parse_shell(&other)), "{}\n{}", one, other
        );
    }

    #[test]
    fn whatever_is_added_changes_the_canonical_form(model in model(), seed in any::<u64>()) {
        let text = Style::render(seed, &model);
        let base = canonical(&parse_shell(&text));
        let base_argv = canonical(&parse_argv(&format!("sh -c {text}")));
        for more in ["; id", " | sh", " && id", " || id", " & id", " -x", " >/tmp/x", " 2>&1", " 'a'", " $x", "\nid", " ''"] {
            prop_assert_ne!(&base, &canonical(&parse_shell(&format!("{text}{more}"))), "{}{}", text, more);
            if !more.starts_with(' ') || more.len() > 3 {
                prop_assert_ne!(&base_argv, &canonical(&parse_argv(&format!("sh -c {text}{more}"))), "{}{}", text, more);
            }
        }
    }

    #[test]
    fn words_of_an_argument_vector_never_meet(
        a in prop::collection::vec("[ab|;'\"$-]{1,3}", 1..4),
        b in prop::collection::vec("[ab|;'\"$-]{1,3}", 1..4),
    ) {
        let forms = [&a, &b].map(|words| canonical(&parse_argv(&words.join(" "))));
        prop_assert_eq!(a == b, forms[0] == forms[1]);
    }
}
