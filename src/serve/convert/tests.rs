use super::*;
use crate::serve::testing::sample;

#[test]
fn an_analysis_survives_the_trip_through_json() {
    let message = analysis(&sample("Detect Shell in Container", 3), "- rule: x\n".to_owned());
    let json = to_json(&message);
    assert!(!json.contains('\n'));
    let back: proto::Analysis = serde_json::from_str(&json).unwrap();
    assert_eq!(back, message);
}

#[test]
fn json_is_the_proto3_mapping() {
    let json: serde_json::Value = serde_json::from_str(&to_json(&analysis(&sample("R", 2), String::new()))).unwrap();
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
    let ten_minutes = analysis(&sample("R", 2), String::new());
    assert!((ten_minutes.rate_per_minute - 1.0).abs() < 1e-9, "{}", ten_minutes.rate_per_minute);
    let mut single = sample("R", 1);
    single.group.count = 1;
    assert!(analysis(&single, String::new()).rate_per_minute.abs() < f64::EPSILON);
}
