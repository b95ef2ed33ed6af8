//! An OpenAI-compatible endpoint that says what a script tells it to, and remembers what it was asked.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, watch};

/// One answer.
#[derive(Clone)]
pub enum Say {
    /// A completion with this text.
    Text(String),
    /// The same, once it may go on.
    Later(String),
    /// A completion that ended at the token limit.
    Cut(String),
    /// 200 with this body.
    Raw(String),
    /// This status.
    Status(u16, &'static str),
    /// To another place, where a good answer would be.
    Redirect,
    /// Nothing, ever.
    Hang,
}

/// One question.
#[derive(Clone)]
pub struct Question {
    pub authorization: String,
    pub body: Value,
}

impl Question {
    /// What it says about the group.
    pub fn user(&self) -> &str {
        self.body["messages"][1]["content"].as_str().unwrap()
    }
}

/// What a good model answers.
pub fn answer(narrative: &str, raise: bool) -> String {
    json!({"narrative": narrative, "questions": ["Who deployed it?"], "raise_attention": raise}).to_string()
}

struct Script {
    says: Mutex<VecDeque<Say>>,
    asked: watch::Sender<Vec<Question>>,
    go_on: Notify,
}

/// The endpoint.
pub struct Model {
    pub endpoint: String,
    script: Arc<Script>,
}

impl Model {
    /// Serves this script on a free port, until the test's runtime ends.
    pub async fn start(says: Vec<Say>) -> Self {
        let asked = watch::Sender::new(Vec::new());
        let script = Arc::new(Script { says: Mutex::new(says.into()), asked, go_on: Notify::new() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/v1/chat/completions", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/chat/completions", post(say)).with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, script }
    }

    /// Every question so far.
    pub fn asked(&self) -> Vec<Question> {
        self.script.asked.borrow().clone()
    }

    /// Waits for this many questions.
    pub async fn until_asked(&self, count: usize) {
        self.script.asked.subscribe().wait_for(|asked| asked.len() >= count).await.unwrap();
    }

    /// Lets one [`Say::Later`] be said.
    pub fn go_on(&self) {
        self.script.go_on.notify_one();
    }
}

async fn say(State(script): State<Arc<Script>>, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let question =
        Question { authorization: authorization.unwrap_or_default(), body: serde_json::from_slice(&body).unwrap() };
    let next = script.says.lock().unwrap().pop_front();
    script.asked.send_modify(|asked| asked.push(question));
    match next {
        Some(Say::Text(text)) => completion(&text, "stop"),
        Some(Say::Later(text)) => {
            script.go_on.notified().await;
            completion(&text, "stop")
        }
        Some(Say::Cut(text)) => completion(&text, "length"),
        Some(Say::Raw(body)) => body.into_response(),
        Some(Say::Status(code, text)) => {
            let body = json!({"error": {"code": code, "message": text}}).to_string();
            (StatusCode::from_u16(code).unwrap(), body).into_response()
        }
        Some(Say::Redirect) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/v1/chat/completions")]).into_response()
        }
        Some(Say::Hang) => std::future::pending().await,
        None => (StatusCode::IM_A_TEAPOT, "the script is over").into_response(),
    }
}

fn completion(text: &str, finish: &str) -> Response {
    let message = json!({"role": "assistant", "content": text});
    json!({"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": finish}]})
        .to_string()
        .into_response()
}
