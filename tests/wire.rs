//! Bytes that a real Falco 0.43.1 sent: every one is decoded, and the same alert is one alert whichever way it came.

use lanner::alert::{Alert, Priority, decode_json};
use lanner::source::falco::{decode, proto};
use prost::Message as _;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn fixtures(prefix: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire");
    let all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let wanted = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(prefix) && path.extension().is_some_and(|ending| ending == "bin")
    };
    let mut found: Vec<PathBuf> = all.filter(wanted).collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn decoded(path: &Path) -> Alert {
    let bytes = std::fs::read(path).unwrap();
    decode(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_recorded_response_is_an_alert() {
    let all = fixtures("");
    assert_eq!(all.len(), 48);
    for path in all {
        let alert = decoded(&path);
        assert!(!alert.output().starts_with('{'), "{}", path.display());
        assert!(!alert.is_cut() && !alert.fields_inferred(), "{}", path.display());
    }
}

#[test]
fn a_strict_decoder_refuses_three_of_them() {
    let refused: Vec<PathBuf> = fixtures("")
        .into_iter()
        .filter(|path| proto::outputs::Response::decode(std::fs::read(path).unwrap().as_slice()).is_err())
        .collect();
    assert_eq!(refused.len(), 3);
    for path in refused {
        assert!(path.with_extension("err").exists());
        let alert = decoded(&path);
        let replaced = alert.fields().any(|(_, value)| value.contains('\u{fffd}'));
        assert!(replaced, "{}", path.display());
    }
}

#[test]
fn the_fields_and_the_json_inside_the_output_are_one_alert() {
    for path in fixtures("gen-json-").into_iter().chain(fixtures("real-json-")) {
        let bytes = std::fs::read(&path).unwrap();
        let line = proto::outputs::Response::decode(bytes.as_slice()).unwrap().output;
        let (grpc, json) = (decoded(&path), decode_json(&line).unwrap());
        assert_eq!(grpc.id(), json.id(), "{}", path.display());
        assert_eq!(grpc.output(), json.output(), "{}", path.display());
        assert_eq!(grpc.priority(), json.priority(), "{}", path.display());
        assert!(grpc.tags().eq(json.tags()), "{}", path.display());
    }
}

#[test]
fn the_recorded_json_agrees_with_the_bytes() {
    for path in fixtures("") {
        let text = std::fs::read_to_string(path.with_extension("json")).unwrap();
        if text.is_empty() {
            assert!(path.with_extension("err").exists());
            continue;
        }
        let json: Value = serde_json::from_str(&text).unwrap();
        let alert = decoded(&path);
        let name = path.display();
        assert_eq!(json["rule"], alert.rule(), "{name}");
        assert_eq!(
            json["time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_nanosecond(),
            i128::from(alert.time().nanos()),
            "{name}"
        );
        assert_eq!(Priority::from_name(json["priority"].as_str().unwrap()), Some(alert.priority()), "{name}");
        assert_eq!(json["hostname"], alert.hostname(), "{name}");
        assert_eq!(json["source"], alert.source(), "{name}");
        let tags: Vec<&str> = json["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert!(alert.tags().eq(tags), "{name}");
        let fields = json["output_fields"].as_object().unwrap();
        let given = fields.iter().filter(|(_, value)| *value != "<NA>");
        assert_eq!(alert.fields().len(), given.clone().count(), "{name}");
        for (key, value) in given {
            assert_eq!(alert.field(key), value.as_str(), "{name}: {key}");
        }
    }
}

#[test]
fn the_seeds_pair_is_two_alerts() {
    for pair in ["gen-text-pair-", "gen-json-pair-", "gen-json-pair2-"] {
        let ids: Vec<_> = fixtures(pair).iter().map(|path| decoded(path).id()).collect();
        assert_eq!(ids.len(), 2);
        assert_ne!(ids[0], ids[1]);
    }
}

#[test]
fn the_body_of_a_recorded_http_request_is_an_alert() {
    let request = include_str!("fixtures/wire/http-sample.txt");
    let body = &request[request.find("\n{").or_else(|| request.find("\r\n\r\n")).unwrap()..];
    let alert = decode_json(body.trim()).unwrap();
    assert_eq!((alert.rule(), alert.hostname()), ("Detect Shell in Container", "test-node-1"));
    assert_eq!(alert.field("gen.container_id"), Some("185304d1bba4"));
}
