//! The calls that answer at once: lists in pages, single analyses, status, health and reflection.

#[path = "support/serve.rs"]
mod support;

use lanner::serve::proto;
use support::{World, analysis, group_id};
use tonic::Code;

#[tokio::test]
async fn groups_are_listed_most_recently_revised_first_and_in_pages() {
    let world = World::new();
    world.open_groups(1, 7).await;
    world.revise(2, 2).await;
    let running = world.serve().await;
    let mut client = running.client().await;
    let (mut request, mut titles) = (proto::ListAnalysesRequest { page_size: 3, ..Default::default() }, Vec::new());
    loop {
        let page = client.list_analyses(request.clone()).await.unwrap().into_inner();
        assert!(page.analyses.len() <= 3);
        titles.extend(page.analyses.into_iter().map(|one| (one.title, one.revision)));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let expected = [(2, 2), (7, 1), (6, 1), (5, 1), (4, 1), (3, 1), (1, 1)];
    assert_eq!(titles, expected.map(|(n, revision)| (format!("group {n}"), revision)));
}

#[tokio::test]
async fn a_page_token_of_another_filter_is_refused() {
    let world = World::new();
    world.open_groups(1, 9).await;
    let running = world.serve().await;
    let mut client = running.client().await;
    let entry = proto::Match { rules: vec!["Rule 1".to_owned()], ..Default::default() };
    let filter = Some(proto::Filter { allow: vec![entry], deny: Vec::new() });
    let mut request = proto::ListAnalysesRequest { page_size: 1, filter, ..Default::default() };
    let page = client.list_analyses(request.clone()).await.unwrap().into_inner();
    assert_eq!(page.analyses[0].title, "group 7");
    request.page_token = page.next_page_token;
    // The size of a page may change, the filter may not.
    request.page_size = 5;
    let page = client.list_analyses(request.clone()).await.unwrap().into_inner();
    assert_eq!(page.analyses.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["group 4", "group 1"]);
    request.filter = None;
    let status = client.list_analyses(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains("`page_token`"), "{status}");
    let negative = proto::ListAnalysesRequest { page_size: -1, ..Default::default() };
    assert_eq!(client.list_analyses(negative).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn one_analysis_is_found_by_group_and_revision() {
    let world = World::new();
    world.open_groups(1, 3).await;
    world.revise(2, 2).await;
    let running = world.serve().await;
    let mut client = running.client().await;
    let mut get = async |group_id: String, revision| {
        let answer = client.get_analysis(proto::GetAnalysisRequest { group_id, revision }).await;
        answer.map(|answer| answer.into_inner().analysis.unwrap()).map_err(|status| status.code())
    };
    let group = group_id(2).to_string();
    assert_eq!(get(group.clone(), 0).await.unwrap().revision, 2);
    assert_eq!(get(group.clone(), 1).await.unwrap().id, format!("{group}.1"));
    assert_eq!(get(group.to_uppercase(), 1).await.unwrap().title, analysis(2, 1).title);
    assert_eq!(get(group, 3).await, Err(Code::NotFound));
    assert_eq!(get(group_id(9).to_string(), 0).await, Err(Code::NotFound));
    assert_eq!(get("no id".to_owned(), 0).await, Err(Code::InvalidArgument));
}

#[tokio::test]
async fn a_group_that_is_revised_between_two_pages_is_still_listed_once() {
    let world = World::new();
    world.open_groups(1, 6).await;
    world.revise(6, 2).await;
    let running = world.serve().await;
    let mut client = running.client().await;
    let mut request = proto::ListAnalysesRequest { page_size: 2, ..Default::default() };
    let (mut listed, mut revision) = (Vec::new(), 2);
    loop {
        let page = client.list_analyses(request.clone()).await.unwrap().into_inner();
        listed.extend(page.analyses.into_iter().map(|one| (one.title, one.revision)));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
        for number in [1, 6] {
            world.revise(number, revision + u32::from(number == 6)).await;
        }
        revision += 1;
    }
    let title = |number: u32| format!("group {number}");
    assert_eq!(listed, [(6, 2), (5, 1), (4, 1), (3, 1), (2, 1), (1, 1)].map(|(number, n)| (title(number), n)));
}

#[tokio::test]
async fn members_of_a_group_are_listed_as_they_came() {
    let world = World::new();
    world.journal.append((1..=20).map(support::alert).collect()).await.unwrap();
    let seq = lanner::journal::Seq::new;
    let whole = |analysis| lanner::journal::NewRevision::whole(analysis).unwrap();
    let outcome = lanner::journal::Outcome {
        cursor: seq(20),
        revisions: vec![(seq(1), whole(&analysis(1, 1))), (seq(2), whole(&analysis(2, 1)))],
        // The odd ones join the first, the even ones the second.
        memberships: (1..=20).map(|n| (seq(n), seq(2 - n % 2))).collect(),
        ..Default::default()
    };
    world.journal.commit(outcome).await.unwrap();
    let running = world.serve().await;
    let mut client = running.client().await;
    let group = group_id(1).to_string();
    let mut request = proto::ListAlertsRequest { group_id: group, page_size: 4, ..Default::default() };
    let mut names = Vec::new();
    loop {
        let page = client.list_alerts(request.clone()).await.unwrap().into_inner();
        names.extend(page.alerts.into_iter().map(|alert| alert.output_fields["proc.name"].clone()));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(names, (0..10).map(|n| format!("process-{}", 2 * n + 1)).collect::<Vec<_>>());
    let unknown = proto::ListAlertsRequest { group_id: group_id(99).to_string(), ..Default::default() };
    assert_eq!(client.list_alerts(unknown).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_report_comes_in_the_format_asked_for() {
    let world = World::new();
    world.open_groups(1, 1).await;
    let running = world.serve().await;
    let mut client = running.client().await;
    let mut get = async |format: i32| {
        let request = proto::GetReportRequest { group_id: group_id(1).to_string(), revision: 0, format };
        client.get_report(request).await.map(tonic::Response::into_inner).map_err(|status| status.code())
    };
    let markdown = get(0).await.unwrap();
    assert!(markdown.media_type.starts_with("text/markdown") && markdown.report.contains("## Summary"));
    assert_eq!(get(proto::ReportFormat::Markdown.into()).await.unwrap(), markdown);
    assert!(get(proto::ReportFormat::Html.into()).await.unwrap().media_type.starts_with("text/html"));
    assert!(get(proto::ReportFormat::Text.into()).await.unwrap().media_type.starts_with("text/plain"));
    assert_eq!(get(4).await, Err(Code::InvalidArgument));
}

#[tokio::test]
async fn an_exception_is_tried_on_the_alerts_that_are_kept() {
    let world = World::new();
    let alerts: Vec<_> = (1..=30).map(support::alert).collect();
    // Of the rule of group 3 are the groups 3, 6, 9 ...; the exception matches those whose process ends in a 3 or 6.
    let edit = |one: &mut lanner::analysis::Analysis| {
        if one.title == "group 9" {
            return;
        }
        one.tuning = lanner::analysis::Tuning::Exception(lanner::analysis::Exception {
            rule: "Rule 0".to_owned(),
            name: "lanner_process".to_owned(),
            conditions: vec![lanner::analysis::Condition {
                field: "proc.name".into(),
                operator: "in".into(),
                value: "process-3,process-6,process-7".to_owned(),
            }],
            note: "Rests on the name.".to_owned(),
        });
        if one.title == "group 6" {
            one.group.fingerprint = lanner::dedup::Fingerprint::from_bytes([8; 16]);
        }
    };
    world.open_groups_as(alerts, 1, 30, edit).await;
    let running = world.serve().await;
    let mut client = running.client().await;
    let request = proto::GetTuningRequest { group_id: group_id(3).to_string() };
    let tuning = client.get_tuning(request).await.unwrap().into_inner();
    assert!(tuning.yaml.contains("lanner_process"), "{}", tuning.yaml);
    assert_eq!((tuning.hidden_alerts, tuning.alerts_examined), (2, 30));
    assert_eq!(tuning.hidden_groups, [group_id(3).to_string(), group_id(6).to_string()]);
    assert_eq!(tuning.other_groups, [group_id(6).to_string()]);
    let refused = proto::GetTuningRequest { group_id: group_id(9).to_string() };
    let status = client.get_tuning(refused).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("nothing tells it apart"), "{status}");
}

#[tokio::test]
async fn an_exception_names_what_else_it_hides_however_much_of_its_own_it_hides() {
    for (others, named, incomplete) in [(1, 1, false), (100, 100, false), (101, 100, true)] {
        let world = World::new();
        let edit = |one: &mut lanner::analysis::Analysis| {
            one.tuning = lanner::analysis::Tuning::Exception(lanner::analysis::Exception {
                rule: "Rule 0".to_owned(),
                name: "lanner_process".to_owned(),
                conditions: vec![lanner::analysis::Condition {
                    field: "proc.name".into(),
                    operator: "startswith".into(),
                    value: "process-".to_owned(),
                }],
                note: "Rests on the name.".to_owned(),
            });
            let number: u64 = one.title["group ".len()..].parse().unwrap();
            if number > 3 * (2000 - others) {
                one.group.fingerprint = lanner::dedup::Fingerprint::from_bytes([8; 16]);
            }
        };
        // A third is of the rule: 2000 groups, the last of them of another kind.
        world.open_groups_as((1..=6000).map(support::alert).collect(), 1, 6000, edit).await;
        let running = world.serve().await;
        let request = proto::GetTuningRequest { group_id: group_id(3).to_string() };
        let tuning = running.client().await.get_tuning(request).await.unwrap().into_inner();
        assert_eq!((tuning.hidden_alerts, tuning.alerts_examined), (2000, 6000));
        assert_eq!((tuning.hidden_groups.len(), tuning.other_groups.len()), (100, named));
        assert_eq!(tuning.incomplete, incomplete, "{others} others");
        assert!(tuning.other_groups.contains(&group_id(if others == 101 { 5700 } else { 6000 }).to_string()));
    }
}

#[tokio::test]
async fn status_tells_of_sources_journal_and_pipeline() {
    let world = World::new();
    world.open_groups(1, 4).await;
    let running = world.serve().await;
    let status = running.client().await.get_status(proto::GetStatusRequest {}).await.unwrap().into_inner();
    assert_eq!(status.version, env!("CARGO_PKG_VERSION"));
    assert_eq!((status.sources[0].name.as_str(), status.sources[0].received), ("falco", 9));
    let journal = status.journal.unwrap();
    assert_eq!((journal.newest_alert, journal.newest_analysis, journal.health.as_str()), (4, 4, "ok"));
    assert_eq!(journal.id, world.journal.id().to_string());
    let pipeline = status.pipeline.unwrap();
    assert_eq!((pipeline.cursor, pipeline.backlog, pipeline.live_groups, pipeline.evicted_groups), (4, 0, 3, 1));
}

#[tokio::test]
async fn health_says_serving_and_then_not() {
    use tonic_health::pb::health_client::HealthClient;
    use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};
    let world = World::new();
    let running = world.serve().await;
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{}", running.tcp())).unwrap();
    let mut client = HealthClient::new(endpoint.connect().await.unwrap());
    let request = HealthCheckRequest { service: "lanner.v1.AnalysisService".to_owned() };
    let answer = client.check(request.clone()).await.unwrap().into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
    let mut watch = client.watch(request).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    running.shutdown.cancel();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    // Whoever watches health does not hold up the end.
    tokio::time::timeout(std::time::Duration::from_secs(3), running.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn reflection_lists_everything_in_both_versions() {
    use tonic_reflection::pb::{v1, v1alpha};
    let world = World::new();
    let running = world.serve().await;
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{}", running.tcp())).unwrap();
    let channel = endpoint.connect().await.unwrap();
    let expected = [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "lanner.v1.AnalysisService",
    ];

    let list = v1::server_reflection_request::MessageRequest::ListServices(String::new());
    let request = v1::ServerReflectionRequest { host: String::new(), message_request: Some(list) };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    match answers.message().await.unwrap().unwrap().message_response {
        Some(v1::server_reflection_response::MessageResponse::ListServicesResponse(list)) => {
            let mut names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
            names.sort();
            assert_eq!(names, expected);
        }
        other => panic!("{other:?}"),
    }

    let list = v1alpha::server_reflection_request::MessageRequest::ListServices(String::new());
    let request = v1alpha::ServerReflectionRequest { host: String::new(), message_request: Some(list) };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    match answers.message().await.unwrap().unwrap().message_response {
        Some(v1alpha::server_reflection_response::MessageResponse::ListServicesResponse(list)) => {
            let mut names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
            names.sort();
            assert_eq!(names, expected);
        }
        other => panic!("{other:?}"),
    }
}
