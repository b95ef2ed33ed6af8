use proptest::prelude::*;

use super::{MAX_FILE_BYTES, MAX_TEXT_BYTES, RuleBook, RuleFileError, RuleText};

const BASE: &str = "
- required_engine_version: 0.57.0
- list: shells
  items: [sh, bash, yes, 443, 0755]
- macro: spawned
  condition: (evt.type in (execve, execveat))
- macro: known
  condition: (never)
- rule: Shell
  desc: >
    A shell
    started.
  condition: >
    spawned and proc.name in (shells) and proc.args contains \"known\"
    and not (known) and fd.name != spawned
  output: Shell | cmd=%proc.cmdline
  priority: NOTICE
  tags: [container, T1059, container]
  exceptions:
    - name: pairs
      fields: [container.image.repository, proc.name]
      comps: [endswith, in]
      values:
        - [cert-manager-controller, [controller, cainjector]]
    - name: names
      fields: proc.name
      values: [a, b]
";

fn load(files: &[(&str, &str)]) -> RuleBook {
    RuleBook::load(files).expect("the files load")
}

fn shell(local: &str) -> (RuleText, Vec<RuleFileError>) {
    let book = load(&[("base.yaml", BASE), ("local.yaml", local)]);
    (book.get("Shell").expect("the rule").clone(), book.warnings().to_vec())
}

fn errors(text: &str) -> Vec<String> {
    let errors = RuleBook::load(&[("base.yaml", BASE), ("bad.yaml", text)]).expect_err(text);
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn a_rule_is_read_with_all_its_parts() {
    let book = load(&[("base.yaml", BASE)]);
    let rule = book.get("Shell").expect("the rule");
    assert_eq!(rule.description.trim(), "A shell started.");
    assert_eq!((rule.priority.as_str(), rule.source.as_str()), ("NOTICE", "syscall"));
    assert_eq!(rule.tags, ["container", "T1059"]);
    assert_eq!(rule.macros, ["known", "spawned"]);
    assert_eq!((rule.file.as_str(), rule.line, rule.enabled), ("base.yaml", 9, true));
    assert_eq!(rule.exceptions[0].comps, ["endswith", "in"]);
    assert_eq!(rule.exceptions[0].values[0][1], ["controller", "cainjector"]);
    assert_eq!(
        (&*rule.exceptions[1].comps[0], &*rule.exceptions[1].values[0][0]),
        ("in", &["a".to_owned(), "b".to_owned()][..])
    );
    let words = book.list_items("shells").map(|items| items[2..].join(" "));
    assert_eq!(words.as_deref(), Some("yes 443 0755"));
    assert_eq!(book.warnings(), []);
}

#[test]
fn a_macro_named_as_a_value_is_no_macro_of_the_rule() {
    let text = "
- macro: container
  condition: (container.id != host)
- rule: Values
  desc: d
  condition: evt.type = container and proc.name in (a, container) and fd.name exists
  output: o
  priority: INFO
";
    assert_eq!(load(&[("a", text)]).get("Values").map(|rule| rule.macros.len()), Some(0));
}

#[test]
fn an_override_appends_and_replaces_key_by_key() {
    let (rule, warnings) = shell(
        "
- rule: Shell
  condition: and user.uid = 0
  priority: ERROR
  tags: [mine, T1059]
  enabled: false
  override: {condition: append, priority: replace, tags: append, enabled: replace}
",
    );
    assert!(rule.condition.ends_with("and user.uid = 0"));
    assert!(rule.condition.contains("proc.name in (shells)"));
    assert_eq!(rule.priority, "ERROR");
    assert_eq!(rule.tags, ["container", "T1059", "mine"]);
    assert!(!rule.enabled && warnings.is_empty());
}

#[test]
fn a_replaced_condition_has_its_own_macros() {
    let (rule, _) = shell(
        "
- rule: Shell
  condition: known
  override: {condition: replace}
",
    );
    assert_eq!((rule.condition.as_str(), rule.macros), ("known", vec!["known".to_owned()]));
}

#[test]
fn the_old_append_adds_condition_and_exceptions() {
    let (rule, _) = shell(
        "
- rule: Shell
  append: true
  condition: and not proc.name = x
  exceptions:
    - name: pairs
      values: [[longhorn, [manager]]]
    - name: more
      fields: [proc.name, fd.name]
      values: [[a, b]]
",
    );
    assert!(rule.condition.ends_with("and not proc.name = x"));
    assert_eq!(rule.exceptions[0].values.len(), 2);
    assert_eq!(rule.exceptions[2].comps, ["=", "="]);
}

#[test]
fn values_of_a_single_field_can_be_appended() {
    let (rule, _) = shell(
        "
- rule: Shell
  exceptions:
    - name: names
      values: [c]
  override: {exceptions: append}
",
    );
    assert_eq!(rule.exceptions[1].values, [[["a", "b"].map(str::to_owned).to_vec()], [vec!["c".to_owned()]]]);
}

#[test]
fn a_later_definition_replaces_the_whole_rule() {
    let (rule, _) = shell(
        "
- rule: Shell
  desc: new
  condition: spawned
  output: o
  priority: INFO
  source: k8s_audit
",
    );
    assert_eq!((rule.description.as_str(), rule.source.as_str()), ("new", "k8s_audit"));
    assert!(rule.exceptions.is_empty() && rule.tags.is_empty());
    assert_eq!((rule.file.as_str(), rule.line), ("local.yaml", 2));
}

#[test]
fn a_bare_enabled_switches_a_rule() {
    let (rule, warnings) = shell("- rule: Shell\n  enabled: false\n");
    assert!(!rule.enabled && warnings.is_empty());
    assert!(rule.description.contains("A shell"));
}

#[test]
fn macros_and_lists_are_appended_to_and_replaced() {
    let local = "
- macro: known
  condition: (proc.name = mine)
  override: {condition: replace}
- macro: spawned
  append: true
  condition: and proc.vpid = 1
- list: shells
  items: [fish]
  override: {items: append}
";
    let book = load(&[("base.yaml", BASE), ("local.yaml", local)]);
    assert_eq!(book.macro_condition("known"), Some("(proc.name = mine)"));
    let spawned = book.macro_condition("spawned");
    assert_eq!(spawned, Some("(evt.type in (execve, execveat)) and proc.vpid = 1"));
    assert_eq!(book.list_items("shells").and_then(<[String]>::last).map(String::as_str), Some("fish"));
}

#[test]
fn what_is_unknown_or_missing_is_a_warning_and_no_error() {
    let text = "
- something: new
- rule: Nowhere
  enabled: false
- macro: nowhere
  condition: and x
  append: true
---
- list: second_document
  items: []
";
    let book = load(&[("a.yaml", text)]);
    let warnings: Vec<String> = book.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "a.yaml:2: unknown item `something`: skipped",
            "a.yaml:3: changes the rule `Nowhere`, which no file before defines",
            "a.yaml:5: changes the macro `nowhere`, which no file before defines",
        ]
    );
    assert!(book.list_items("second_document").is_some());
}

#[test]
fn errors_name_file_and_line_and_come_together() {
    let text = "
- rule: No condition
  desc: d
  output: o
  priority: INFO
- macro: [a]
  condition: x
- list: l
  items: {a: b}
- rule: Shell
  priority: INFO
  override: {priority: append}
- just text
";
    assert_eq!(
        errors(text),
        [
            "bad.yaml:2: `condition` is missing",
            "bad.yaml:6: `macro` must be text, not a list",
            "bad.yaml:9: `items` must be a list, not a mapping",
            "bad.yaml:12: `priority` can only be replaced",
            "bad.yaml:13: expected a mapping, got a scalar",
        ]
    );
}

#[test]
fn exceptions_that_falco_refuses_are_errors() {
    let rule = |exception: &str| {
        let text = format!("- rule: Shell\n  exceptions:\n    - {exception}\n  override: {{exceptions: append}}\n");
        errors(&text).join("; ")
    };
    let cases = [
        ("{name: pairs, fields: [a, b], values: []}", "only values can be added"),
        ("{name: pairs, values: [[one]]}", "not each tuple"),
        ("{name: new, values: [[one]]}", "has no fields"),
        ("{name: new, fields: [a, b], comps: [in], values: []}", "not as many comps"),
        ("{name: new, fields: a, comps: '=', values: [b]}", "single field"),
        ("{name: new, fields: a, comps: [in], values: [b]}", "both be"),
        ("{fields: a, values: [b]}", "`name` is missing"),
    ];
    for (exception, message) in cases {
        let found = rule(exception);
        assert!(found.starts_with("bad.yaml:3:") && found.contains(message), "{exception}: {found}");
    }
}

#[test]
fn what_is_no_yaml_is_an_error_with_its_line() {
    let found = errors("- rule: a\n  desc: 'open\n- list: [\n");
    assert!(found[0].starts_with("bad.yaml:") && !found[0].starts_with("bad.yaml:0"), "{found:?}");
    assert!(!found[0].contains('\n'), "no snippet: {found:?}");
    let found = errors("rules: {}\n");
    assert_eq!(found, ["bad.yaml:1: expected a list of rules, macros and lists, got a mapping"]);
}

#[test]
fn sizes_are_bounded() {
    let large = " ".repeat(MAX_FILE_BYTES + 1);
    assert!(errors(&large)[0].contains("larger than"));
    let deep = format!("- {}1{}", "[".repeat(300), "]".repeat(300));
    assert_eq!(errors(&deep).len(), 1);
    let long = format!("- macro: m\n  condition: {}\n", "ä".repeat(MAX_TEXT_BYTES));
    let book = load(&[("a.yaml", &long)]);
    assert!(book.macro_condition("m").is_some_and(|text| text.len() <= MAX_TEXT_BYTES));
    assert_eq!(book.warnings().len(), 1);
}

#[test]
fn an_empty_file_has_no_rules() {
    for text in ["", "\n", "---\n", "# only a comment\n", "\u{feff}"] {
        assert_eq!(load(&[("a", text)]).rules().count(), 0);
    }
}

#[test]
fn falcos_own_files_load_without_warnings() {
    let Some(files) = super::super::tests::stock_files() else {
        return;
    };
    for (name, text) in &files {
        let book = load(&[(name, text)]);
        assert_eq!(book.warnings(), [], "{name}");
        for rule in book.rules().filter_map(|rule| book.get(rule)) {
            assert!(!rule.description.is_empty() && !rule.tags.is_empty(), "{name}");
            assert_eq!(rule.source, "syscall");
        }
    }
    let all: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let book = load(&all);
    assert!(book.rules().count() >= 93);
    let shell = book.get("Run shell untrusted").expect("a stock rule");
    for name in ["spawned_process", "shell_procs", "protected_shell_spawner"] {
        assert!(shell.macros.iter().any(|used| used == name), "{name}");
    }
}

/// Lines that look like parts of a rule file, in any order and indentation.
fn fragments() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "- rule: a",
        "- macro: m",
        "- list: l",
        "condition: m and (x in (l))",
        "condition: '",
        "items: [a, [b], {c: d}]",
        "append: true",
        "override: {condition: append, x: y}",
        "exceptions:",
        "- name: e",
        "fields: [a, b]",
        "comps: in",
        "values: [[a, b], c]",
        "desc: >",
        "output: \"",
        "priority: 1",
        "tags: &t [x]",
        "tags: *t",
        "---",
        "? {a: b}",
        "<<: *t",
        "enabled: maybe",
        "!!binary x: y",
        "- [",
        "}",
        "\u{0}",
        "ä: 0x1F",
    ]);
    let lines = prop::collection::vec((0_usize..4, line), 0..12);
    lines.prop_map(|lines| {
        let lines = lines.iter().map(|(depth, line)| format!("{}{line}", "  ".repeat(*depth)));
        lines.collect::<Vec<_>>().join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_files_never_panic(text in prop_oneof![any::<String>(), fragments()]) {
        match RuleBook::load(&[("base", BASE), ("random", &text)]) {
            Ok(book) => prop_assert!(book.get("Shell").is_some()),
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }

    #[test]
    fn random_conditions_never_panic(condition in "[a-z.()='\"\\\\ ,<>!in]{0,60}|\\PC{0,40}") {
        let macros = [("a", ""), ("in", ""), ("container", "")];
        let macros = macros.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let found = super::condition::macros_in(&condition, &macros);
        prop_assert!(found.len() <= 3 && found.is_sorted());
    }
}
