use super::*;
use crate::analysis::{Condition, Exception, Tuning};
use crate::serve::testing::sample;

#[test]
fn an_analysis_survives_the_trip_through_json() {
    let message = analysis(sample("Detect Shell in Container", 3));
    let json = to_json(&message);
    assert!(!json.contains('\n'));
    let back: proto::Analysis = serde_json::from_str(&json).unwrap();
    assert_eq!(back, message);
}

#[test]
fn json_is_the_proto3_mapping() {
    let json: serde_json::Value = serde_json::from_str(&to_json(&analysis(sample("R", 2)))).unwrap();
    assert_eq!(json["state"], "STATE_UPDATED");
    assert_eq!(json["reason"], "REASON_MILESTONE");
    assert_eq!(json["verdict"]["level"], "LEVEL_REVIEW");
    assert_eq!(json["openingAlert"]["priority"], "PRIORITY_WARNING");
    assert_eq!(json["count"], "11", "64-bit integers are strings");
    assert_eq!(json["firstTime"], "2024-10-29T13:41:35.792272681Z");
    assert_eq!(json["id"], format!("{}.2", json["groupId"].as_str().unwrap()));
    assert_eq!(json["labels"]["cluster"], "prod");
}

#[test]
fn the_rate_is_gaps_over_the_span() {
    let ten_minutes = analysis(sample("R", 2));
    assert!((ten_minutes.rate_per_minute - 1.0).abs() < 1e-9, "{}", ten_minutes.rate_per_minute);
    let mut single = sample("R", 1);
    single.group.count = 1;
    assert!(analysis(single).rate_per_minute.abs() < f64::EPSILON);
}

#[test]
fn an_exception_comes_as_yaml_and_a_refusal_as_its_reason() {
    let mut one = sample("R", 1);
    let refused = analysis(one.clone()).tuning.unwrap();
    assert_eq!((refused.yaml.as_str(), refused.refused.as_str()), ("", "nothing to rest an exception on"));
    one.tuning = Tuning::Exception(Exception {
        rule: "R".to_owned(),
        name: "lanner_shell".to_owned(),
        conditions: vec![Condition { field: "proc.name".into(), operator: "=".into(), value: "bash".into() }],
        note: "Rests on one field.".to_owned(),
    });
    let tuning = analysis(one).tuning.unwrap();
    assert!(tuning.yaml.contains("lanner_shell") && tuning.refused.is_empty());
}
