use super::*;
use crate::source::falco::decode;

const LINE: &str = r#"{"hostname":"n1","output":"08:29:40.689330535: Warning Shell (user=root image=<NA>)","output_fields":{
    "evt.time":1795336180689330535,"container.image.repository":null,"proc.tty":34816,"proc.cmdline":"bash -c \"id\"",
    "user.name":"root","k8s.pod.name":"<NA>","list":["a",1]},"priority":"Warning","rule":"Shell","source":"syscall",
    "tags":["shell","T1059"],"time":"2026-11-22T08:29:40.689330535Z"}"#;

fn sent(form: Form, time: Option<Time>) -> (outputs::Response, Vec<u8>) {
    let template = Arc::new(Template::from_json(LINE, form).unwrap());
    let mut bytes = Vec::new();
    time.map_or_else(|| template.queued(), |time| template.queued_at(time)).write(&mut bytes);
    (outputs::Response::decode(bytes.as_slice()).unwrap(), bytes)
}

#[test]
fn all_fields_are_text_on_grpc_and_a_missing_value_is_na() {
    let (message, _) = sent(Form::Text, None);
    let field = |key: &str| message.output_fields.get(key).map(String::as_str);
    assert_eq!(field("proc.tty"), Some("34816"));
    assert_eq!(field("container.image.repository"), Some("<NA>"));
    assert_eq!(field("k8s.pod.name"), Some("<NA>"));
    assert_eq!(field("list"), Some("(a,1)"));
    assert_eq!(field("evt.time"), None, "only the JSON form has it");
    assert_eq!(message.output, "08:29:40.689330535: Warning Shell (user=root image=<NA>)");
    assert_eq!(message.tags, ["T1059", "shell"]);
    assert_eq!(message.time, Some(prost_types::Timestamp { seconds: 1_795_336_180, nanos: 689_330_535 }));
}

#[test]
fn with_json_output_the_output_is_the_whole_alert_as_a_line() {
    let (message, _) = sent(Form::Json, None);
    let line: Value = serde_json::from_str(&message.output).unwrap();
    assert_eq!(line["output_fields"]["evt.time"], 1_795_336_180_689_330_535_i64);
    assert_eq!(line["output_fields"]["container.image.repository"], Value::Null);
    assert_eq!(line["output_fields"]["k8s.pod.name"], Value::Null);
    assert_eq!(line["output_fields"]["proc.tty"], 34816);
    assert_eq!(line["output"], "08:29:40.689330535: Warning Shell (user=root image=<NA>)");
    assert_eq!(line["tags"][0], "T1059");
    assert_eq!(message.output_fields.get("proc.tty").map(String::as_str), Some("34816"), "the rest is as without");
}

#[test]
fn both_forms_and_the_line_itself_are_one_alert() {
    let line = alert::decode_json(LINE).unwrap();
    for form in [Form::Text, Form::Json] {
        let (_, bytes) = sent(form, None);
        let sent = decode(&bytes).unwrap();
        assert_eq!((sent.id(), sent.output()), (line.id(), line.output()), "{form:?}");
        assert!(sent.tags().eq(line.tags()));
        assert!(sent.fields().eq(line.fields().filter(|(key, _)| *key != EVENT_TIME)));
    }
}

#[test]
fn a_repeated_alert_gets_its_time_everywhere() {
    let time = Time::parse("2030-01-02T03:04:05.000000006Z").unwrap();
    let (message, _) = sent(Form::Json, Some(time));
    let line: Value = serde_json::from_str(&message.output).unwrap();
    assert_eq!(line["time"], "2030-01-02T03:04:05.000000006Z");
    assert_eq!(line["output_fields"]["evt.time"], time.nanos());
    assert!(line["output"].as_str().unwrap().starts_with("03:04:05.000000006: Warning "));
    assert_eq!(alert::decode_json(&message.output).unwrap().time(), time);
    let (message, bytes) = sent(Form::Text, Some(time));
    assert!(message.output.starts_with("03:04:05.000000006: Warning "));
    assert_eq!(decode(&bytes).unwrap().time(), time);
}

#[test]
fn what_is_no_alert_is_refused() {
    let refused = |line: &str| Template::from_json(line, Form::Text).unwrap_err().to_string();
    assert!(refused("{}").contains("no `time`"));
    assert!(refused(r#"{"rule":"R","priority":"Debug","time":"1999-01-01T00:00:00Z"}"#).contains("2001-09-09"));
    let bare = r#"{"rule":"R","priority":"Debug","time":"2024-01-01T00:00:00Z"}"#;
    let template = Arc::new(Template::from_json(bare, Form::Json).unwrap());
    let mut bytes = Vec::new();
    template.queued().write(&mut bytes);
    assert_eq!(decode(&bytes).unwrap().message(), "R");
}

#[test]
fn internal_alerts_have_internals_source() {
    let line = r#"{"rule":"Falco internal: syscall event drop","priority":"Debug","time":"2024-01-01T00:00:00Z",
        "source":"internal","output":"dropped"}"#;
    let template = Arc::new(Template::from_json(line, Form::Text).unwrap());
    let mut bytes = Vec::new();
    template.queued().write(&mut bytes);
    let message = outputs::Response::decode(bytes.as_slice()).unwrap();
    assert_eq!((message.source.as_str(), message.tags.len()), ("internal", 0));
    #[allow(deprecated)]
    let deprecated = message.source_deprecated;
    assert_eq!(deprecated, schema::Source::Internal as i32);
}
