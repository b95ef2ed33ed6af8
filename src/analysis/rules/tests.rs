use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::files::{RuleBook, RuleText};
use super::{RuleEntry, TABLES, attack, entries, entry};

/// The stock rule files as (name, text); `None` without the evaluation data, which CI must have.
pub(super) fn stock_files() -> Option<Vec<(String, String)>> {
    let Some(data) = std::env::var_os("LANNER_EVAL_DATA") else {
        assert!(std::env::var_os("CI").is_none(), "CI needs LANNER_EVAL_DATA");
        println!("skipped: LANNER_EVAL_DATA is not set");
        return None;
    };
    let folder = PathBuf::from(data).join("rules");
    let mut files: Vec<(String, String)> = std::fs::read_dir(&folder)
        .expect("the folder of the rule files")
        .map(|file| file.expect("a directory entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("a rule file"))
        })
        .collect();
    assert!(files.len() >= 3, "stable, incubating and sandbox rules");
    files.sort();
    Some(files)
}

fn stock() -> Option<RuleBook> {
    let files = stock_files()?;
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    Some(RuleBook::load(&files).expect("Falco's own files load"))
}

/// The six parts of an entry, each as its texts.
fn parts(entry: &'static RuleEntry) -> [(&'static str, Vec<&'static str>); 6] {
    [
        ("means", vec![entry.means]),
        ("benign", entry.benign.to_vec()),
        ("attacker_gains", vec![entry.attacker_gains]),
        ("questions", entry.questions.to_vec()),
        ("first_steps", entry.first_steps.to_vec()),
        ("tuning", vec![entry.tuning.advice]),
    ]
}

#[test]
fn every_stock_rule_has_an_entry_of_its_own() {
    let Some(book) = stock() else { return };
    let missing: Vec<&str> = book.rules().filter(|rule| entry(rule).is_none()).collect();
    assert!(book.rules().count() >= 93);
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn every_entry_has_its_six_parts_and_none_repeats_another() {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for entry in entries() {
        for (part, texts) in parts(entry) {
            assert!(!texts.is_empty(), "{}: {part} is empty", entry.rule);
            for text in texts {
                let length = text.chars().count();
                assert!((30..=340).contains(&length), "{}: {part}: {length}: {text}", entry.rule);
                let words: Vec<&str> = text.split_whitespace().collect();
                assert_eq!(words.join(" "), text, "{}: {part}: blanks", entry.rule);
                let normal = words.join(" ").to_lowercase();
                let other = owners.insert(normal, entry.rule);
                assert_eq!(other, None, "{}: {part} is used twice: {text}", entry.rule);
            }
        }
        assert!(entry.benign.len() >= 2 && entry.questions.len() >= 2, "{}", entry.rule);
        assert!((2..=4).contains(&entry.first_steps.len()), "{}", entry.rule);
    }
}

#[test]
fn no_two_entries_share_a_run_of_ten_words() {
    let mut owners: BTreeMap<Vec<String>, &str> = BTreeMap::new();
    for entry in entries() {
        for text in parts(entry).iter().flat_map(|(_, texts)| texts) {
            // Commands between backticks may be alike: the same tool answers several questions.
            for prose in text.split('`').step_by(2) {
                for run in words(prose).windows(10) {
                    let other = owners.insert(run.to_vec(), entry.rule);
                    let own = other.is_none_or(|other| other == entry.rule);
                    assert!(own, "{} and {other:?}: {}", entry.rule, run.join(" "));
                }
            }
        }
    }
}

#[test]
fn no_entry_copies_a_sentence_of_the_rule_files() {
    let Some(book) = stock() else { return };
    let mut sentences = BTreeSet::new();
    for rule in book.rules().filter_map(|rule| book.get(rule)) {
        sentences.extend(words(&rule.description).windows(9).map(<[String]>::to_vec));
    }
    for entry in entries() {
        for text in parts(entry).iter().flat_map(|(_, texts)| texts) {
            for run in words(text).windows(9) {
                assert!(!sentences.contains(run), "{}: copied: {}", entry.rule, run.join(" "));
            }
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[test]
fn places_for_values_name_falco_fields() {
    const SOURCES: &[&str] = &["container", "evt", "fd", "k8s", "ka", "proc", "user"];
    for entry in entries() {
        for text in parts(entry).iter().flat_map(|(_, texts)| texts) {
            for place in text.split('<').skip(1).filter_map(|rest| rest.split_once('>')) {
                let Some((source, _)) = place.0.split_once('.') else {
                    continue;
                };
                assert!(SOURCES.contains(&source), "{}: <{}>", entry.rule, place.0);
            }
        }
    }
}

#[test]
fn tables_are_sorted_and_no_rule_is_in_two() {
    let mut names = BTreeSet::new();
    for table in TABLES {
        assert!(table.is_sorted_by(|a, b| a.rule < b.rule));
        for row in *table {
            assert!(names.insert(row.rule), "{} is in two tables", row.rule);
            assert_eq!(entry(row.rule).map(|found| found.rule), Some(row.rule));
        }
    }
}

#[test]
fn a_rule_is_found_by_its_exact_name_only() {
    assert!(entry("Terminal shell in container").is_some());
    for other in ["", "terminal shell in container", "Terminal shell in container ", "Detect"] {
        assert!(entry(other).is_none(), "{other}");
    }
}

#[test]
fn internal_rules_are_known() {
    for name in [
        "Falco internal: syscall event drop",
        "Falco internal: timeouts notification",
        "Falco internal: metrics snapshot",
        "Falco internal: hot restart failure",
    ] {
        assert!(entry(name).is_some_and(|entry| entry.tuning.fields.is_empty()), "{name}");
    }
}

#[test]
fn tuning_rests_on_fields_of_the_event_source() {
    const COMPARISONS: &[&str] = &["=", "endswith", "startswith", "in", "contains"];
    const SYSCALL: &[&str] = &["container.", "evt.", "fd.", "k8s.", "proc.", "thread.", "user."];
    for entry in entries() {
        let audit = entry.tuning.fields.iter().any(|(field, _)| field.starts_with("ka."));
        let prefixes: &[&str] = if audit { &["ka."] } else { SYSCALL };
        let mut seen = BTreeSet::new();
        for (field, comparison) in entry.tuning.fields {
            assert!(COMPARISONS.contains(comparison), "{}: {comparison}", entry.rule);
            assert!(prefixes.iter().any(|prefix| field.starts_with(prefix)), "{field}");
            assert!(seen.insert(field), "{}: {field} twice", entry.rule);
        }
    }
}

#[test]
fn hooks_fields_and_steps_fit_the_stock_rules() {
    let Some(book) = stock() else { return };
    for (name, rule) in book.rules().filter_map(|name| Some((name, book.get(name)?))) {
        let Some(entry) = entry(name) else { continue };
        if let Some(hook) = entry.tuning.macro_hook {
            assert!(names_macro(&book, rule, hook), "{name}: no macro {hook}");
        }
        let spawns = rule.macros.iter().any(|used| used == "spawned_process");
        let opens = rule.macros.iter().any(|used| used == "open_write");
        let has_file = |(field, _): &(&str, &str)| field.starts_with("fd.");
        let file = entry.tuning.fields.iter().any(has_file);
        assert!(!spawns || opens || !file, "{name}: an execve has no fd");
        let host_only = !rule.tags.iter().any(|tag| tag == "container");
        for (part, texts) in parts(entry) {
            for text in texts.iter().filter(|_| host_only && part == "first_steps") {
                assert!(!text.contains("kubectl") && !text.contains("crictl"), "{name}: {text}");
            }
        }
    }
}

/// Whether the rule names the macro, itself or through a macro that it names.
fn names_macro(book: &RuleBook, rule: &RuleText, hook: &str) -> bool {
    let mut conditions = vec![rule.condition.as_str()];
    conditions.extend(rule.macros.iter().filter_map(|name| book.macro_condition(name)));
    let is_hook = |word: &str| word == hook;
    let splits = |letter: char| !(letter.is_alphanumeric() || letter == '_');
    let named = conditions.iter().any(|text| text.split(splits).any(is_hook));
    named && book.macro_condition(hook).is_some()
}

#[test]
fn techniques_and_tactics_of_the_stock_tags_are_known() {
    let Some(book) = stock() else { return };
    for rule in book.rules().filter_map(|rule| book.get(rule)) {
        for tag in &rule.tags {
            let numbered = |rest: &str| rest.bytes().next().is_some_and(|b| b.is_ascii_digit());
            if tag.strip_prefix("TA").is_some_and(numbered) {
                assert!(attack::tactic_from_id(tag).is_some(), "{tag}");
            } else if tag.strip_prefix('T').is_some_and(numbered) {
                assert!(attack::technique(tag).is_some(), "{tag}");
            } else if tag.starts_with("mitre_") {
                assert!(attack::tactic_from_tag(tag).is_some(), "{tag}");
            }
        }
    }
}
