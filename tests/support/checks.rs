//! What must hold of any input, as functions: `fuzz/` feeds them bytes from libFuzzer, `properties.rs` what proptest
//! makes up. Each panics where something does not hold.

use comrak::nodes::NodeValue;
use lanner::alert::{Alert, AlertBuilder, Context, MAX_FIELDS, MAX_TAGS, MAX_TEXT_BYTES, Priority, Time, decode_json};
use lanner::analysis::past::Past;
use lanner::analysis::rules::files::RuleBook;
use lanner::analysis::{Analysis, Condition, Exception, Tuning, tuning};
use lanner::cmdline;
use lanner::dedup::{Dedup, Settings};
use lanner::journal::{JournalId, Seq};
use lanner::pipeline::Engine;
use lanner::report::{Format, render};
use lanner::serve::cursor::{QueryId, read_page_token, read_watch_cursor};
use lanner::serve::filter::Filter;
use prost::Message as _;

/// Fields of Falco's that grouping, analysis, reports or tuning look at; texts of a fuzzer land in them.
pub const FIELDS: &[&str] = &[
    "proc.cmdline",
    "proc.name",
    "proc.exepath",
    "proc.pname",
    "proc.pcmdline",
    "proc.aname[2]",
    "proc.cwd",
    "user.name",
    "user.uid",
    "user.loginuid",
    "fd.name",
    "fd.sip",
    "fd.sport",
    "evt.type",
    "evt.arg.flags",
    "container.id",
    "container.name",
    "container.image.repository",
    "container.image.tag",
    "k8s.ns.name",
    "k8s.pod.name",
    "ka.user.name",
    "ka.verb",
    "ka.target.name",
    "ka.target.resource",
    "ka.uri",
];
const RULES: &[&str] = &[
    "Terminal shell in container",
    "Read sensitive file untrusted",
    "Contact K8S API Server From Container",
    "Drop and execute new binary in container",
    "Attach/Exec Pod",
];

/// An alert of these texts: the first is the output, the others go to fields in turn. Every other rule name is a stock
/// rule's, so that its knowledge is used.
pub fn alert_of(texts: &[String], seed: u64) -> Alert {
    let stock = RULES[seed as usize % RULES.len()];
    let rule = match texts.last() {
        Some(own) if seed.is_multiple_of(2) && !own.trim().is_empty() => own.as_str(),
        _ => stock,
    };
    let audit = seed.is_multiple_of(7);
    let mut builder = AlertBuilder::new()
        .rule(rule)
        .time(Time::from_nanos(1_760_000_000_000_000_000_i64.wrapping_add((seed as i64).wrapping_mul(1 << 32))))
        .priority(Priority::Warning)
        .source(if audit { "k8s_audit" } else { "syscall" })
        .hostname(texts.get(1).map_or("", String::as_str))
        .output(texts.first().map_or("", String::as_str));
    for (n, text) in texts.iter().skip(1).enumerate() {
        let field = FIELDS[(n * (seed as usize % 5 + 1) + n / FIELDS.len()) % FIELDS.len()];
        builder = builder.field(field, text.as_str()).tag(text.as_str());
    }
    builder.build().expect("rule, time and priority are there")
}

/// The texts of a fuzzer's bytes: parts are separated by a byte that UTF-8 does not have.
pub fn texts_of(bytes: &[u8]) -> Vec<String> {
    bytes.split(|byte| *byte == 0xff).take(64).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

fn within_bounds(alert: &Alert) {
    // Each part that was cut carries a mark.
    let marks = 128 * (MAX_FIELDS * 2 + MAX_TAGS + 4);
    assert!(alert.size() <= MAX_TEXT_BYTES + marks, "{} bytes", alert.size());
    assert!(alert.fields().len() <= MAX_FIELDS && alert.tags().count() <= MAX_TAGS);
    assert!(!alert.rule().trim().is_empty() || alert.is_cut());
    for (key, value) in alert.fields() {
        assert!(alert.field(key).is_some(), "{key:?} = {value:?} cannot be found");
    }
}

/// Bytes where Falco's message is expected give a bounded alert or an error, and the same each time.
pub fn falco_proto(bytes: &[u8]) {
    if let Ok(alert) = lanner::source::falco::decode(bytes) {
        within_bounds(&alert);
        assert_eq!(lanner::source::falco::decode(bytes).as_ref().map(Alert::id), Ok(alert.id()));
    }
}

/// Text where Falco's JSON is expected gives a bounded alert or an error that does not repeat all of it.
pub fn falco_json(text: &str) {
    match decode_json(text) {
        Ok(alert) => within_bounds(&alert),
        Err(error) => assert!(error.to_string().len() < 2000, "{error}"),
    }
}

/// Any text is a command line, and its canonical form says the same of it each time.
pub fn command_line(text: &str) {
    for read in [cmdline::parse_argv, cmdline::parse_shell] {
        let (one, again) = (read(text), read(text));
        assert!(one == again);
        for item in &one.items {
            for command in &item.pipeline.commands {
                let _ = (command.is_shell(), command.arg_texts().count());
            }
        }
    }
}

/// Grouping is the same each time; every alert has a group, which one of them opened.
pub fn dedup(alerts: &[Alert]) {
    let context = Context::default();
    let run = || {
        let mut dedup = Dedup::new(Settings::default());
        let observe = |(n, alert): (usize, &Alert)| dedup.observe(alert, &context, n as u64 + 1, alert.time()).number;
        alerts.iter().enumerate().map(observe).collect::<Vec<u64>>()
    };
    let groups = run();
    assert_eq!(groups, run());
    for (n, group) in groups.iter().enumerate() {
        assert!((1..=n as u64 + 1).contains(group), "alert {} joined {group}", n + 1);
        assert_eq!(groups[*group as usize - 1], *group, "a group is opened by its own first alert");
    }
}

/// Any filter is checked or refused, and a checked one decides; any text is a cursor of ours or refused.
pub fn filter_and_cursor(bytes: &[u8], analysis: &Analysis) {
    if let Ok(asked) = lanner::serve::proto::Filter::decode(bytes) {
        match Filter::new(Some(&asked)) {
            Ok(filter) => {
                assert_eq!(filter.matches(analysis), filter.matches(analysis));
                assert!(filter.matches(analysis) || !filter.is_empty());
            }
            Err(error) => assert!(error.path.starts_with("filter."), "{error}"),
        }
    }
    let (text, journal) = (String::from_utf8_lossy(bytes), JournalId::from_bits(7));
    if let Ok(seq) = read_watch_cursor(&text, journal, Seq::new(1000)) {
        assert!(seq <= Seq::new(1000));
    }
    let _ = read_page_token(&text, journal, QueryId::new("ListAnalyses", b""));
}

/// The analysis of an alert that nothing is known of.
pub fn analysed(alert: &Alert) -> Analysis {
    let engine = Engine::new(Dedup::new(Settings::default()), Past::default(), RuleBook::default());
    engine.alone(alert, &Context::default(), Dedup::new(Settings::default())).expect("every alert has an analysis")
}

/// The most that a report of one alert may take.
const REPORT_BYTES: usize = 1 << 20;

/// A report has no control characters, nothing active, and is well-formed, whatever the alert says.
pub fn report(alert: &Alert) {
    let analysis = analysed(alert);
    for format in [Format::Markdown, Format::Html, Format::Text] {
        let text = render(&analysis, format);
        assert_eq!(text.chars().find(|c| c.is_control() && *c != '\n'), None, "{text:?}");
        assert!(text.len() <= REPORT_BYTES, "{format:?}: {} bytes", text.len());
    }
    well_formed_markdown(&render(&analysis, Format::Markdown));
    inert_html(&render(&analysis, Format::Html));
    if let Tuning::Exception(exception) = &analysis.tuning {
        parses_back(exception);
        assert!(tuning::evaluate(exception, alert) != Some(false), "an exception that misses its own alert");
    }
}

fn well_formed_markdown(markdown: &str) {
    let arena = comrak::Arena::new();
    let root = comrak::parse_document(&arena, markdown, &comrak::Options::default());
    let mut titles = 0;
    for node in root.descendants() {
        match &node.data().value {
            NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_) | NodeValue::Link(_) | NodeValue::Image(_) => {
                panic!("active content: {:?} in {markdown}", node.data().value)
            }
            NodeValue::Heading(heading) if heading.level == 1 => titles += 1,
            _ => {}
        }
    }
    assert_eq!(titles, 1, "one title: {markdown}");
}

/// Tags that a report uses; nothing else may open one.
const TAGS: &[&str] = &["h1", "h2", "h3", "p", "ul", "ol", "li", "strong", "code", "pre", "br /"];

fn inert_html(html: &str) {
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("`<` that is no tag: {html}"));
        let name = tag.trim_start_matches('/');
        let language = name.strip_prefix("code class=\"language-").and_then(|rest| rest.strip_suffix('"'));
        let known = TAGS.contains(&name) || language.is_some_and(|text| text.chars().all(char::is_alphanumeric));
        assert!(known, "<{tag}> in {html}");
    }
}

/// An exception for these values is YAML that says what was meant.
pub fn tuning_yaml(rule: &str, values: &[String]) {
    let condition = |(n, value): (usize, &String)| Condition {
        field: FIELDS[n % FIELDS.len()].into(),
        operator: ["=", "startswith", "contains"][n % 3].into(),
        value: value.clone(),
    };
    parses_back(&Exception {
        rule: rule.to_owned(),
        name: "lanner_x".to_owned(),
        conditions: values.iter().enumerate().map(condition).collect(),
        note: String::new(),
    });
}

fn parses_back(exception: &Exception) {
    let yaml = tuning::to_yaml(exception);
    let parsed = tuning::from_yaml(&yaml).unwrap_or_else(|error| panic!("{error}: {yaml}"));
    assert_eq!(parsed.len(), 1, "{yaml}");
    assert_eq!(parsed[0].conditions, exception.conditions, "{yaml}");
    assert_eq!((&parsed[0].rule, &parsed[0].name), (&exception.rule, &exception.name), "{yaml}");
}
