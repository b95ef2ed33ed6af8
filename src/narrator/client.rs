//! One question to an OpenAI-compatible endpoint, and every way in which it fails.

use super::Settings;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Not there, overloaded, or still loading its model: later may help.
    #[error("the endpoint is not available: {0}")]
    Unavailable(String),
    /// No answer in time. Asking again would only add to its load.
    #[error("the endpoint gave no answer in time")]
    TimedOut,
    /// The key is refused: nothing but a new configuration helps.
    #[error("the endpoint refuses the key (HTTP {0})")]
    Unauthorized(u16),
    /// The prompt is too long for the model.
    #[error("the prompt is too long for the model")]
    TooLong,
    /// The answer was cut off at the token limit.
    #[error("the answer was cut off at the token limit")]
    Cut,
    /// Some other refusal, or no answer of this API.
    #[error("the endpoint answered with something else: {0}")]
    Unexpected(String),
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
}

/// The largest response body that is read.
const LARGEST_BODY: usize = 1024 * 1024;

/// The client for an endpoint. Redirects are not followed: key and facts go where the configuration says, or nowhere.
///
/// # Errors
/// Where the system has no certificate authorities that an `https://` endpoint could be checked with.
pub(super) fn client(endpoint: &str) -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    if endpoint.starts_with("https://") {
        return builder.build();
    }
    // A container without certificate authorities can still ask its neighbour without TLS.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    match rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions() {
        Ok(tls) => {
            let none = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
            builder.tls_backend_preconfigured(none).build()
        }
        Err(_) => builder.build(),
    }
}

/// Asks once. Gives the text of the answer.
pub(super) async fn ask(http: &reqwest::Client, settings: &Settings, body: &Value) -> Result<String, AskError> {
    let mut request = http.post(&settings.endpoint).json(body).timeout(settings.timeout);
    if let Some(key) = &settings.key {
        request = request.bearer_auth(key);
    }
    let mut response = request.send().await.map_err(broken)?;
    let status = response.status();
    let mut text = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(broken)? {
        if text.len() + piece.len() > LARGEST_BODY {
            return Err(AskError::Unexpected("a body of more than 1 MiB".to_owned()));
        }
        text.extend_from_slice(&piece);
    }
    match status.as_u16() {
        200 => {}
        401 | 403 => return Err(AskError::Unauthorized(status.as_u16())),
        400 | 413 if mentions_context(&text) => return Err(AskError::TooLong),
        408 | 425 | 429 | 500..=599 => return Err(AskError::Unavailable(format!("HTTP {status}"))),
        _ => return Err(AskError::Unexpected(format!("HTTP {status}"))),
    }
    let completion: Completion =
        serde_json::from_slice(&text).map_err(|_| AskError::Unexpected("no chat completion".to_owned()))?;
    let choice = completion.choices.into_iter().next();
    let choice = choice.ok_or_else(|| AskError::Unexpected("a completion without a choice".to_owned()))?;
    if choice.finish_reason.as_deref() == Some("length") {
        return Err(AskError::Cut);
    }
    choice.message.content.ok_or_else(|| AskError::Unexpected("a choice without text".to_owned()))
}

fn broken(error: reqwest::Error) -> AskError {
    if error.is_timeout() { AskError::TimedOut } else { AskError::Unavailable(error.without_url().to_string()) }
}

/// True where an error's text is about the length of the prompt; servers agree on no code for it.
fn mentions_context(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_lowercase();
    ["context", "too long", "too large", "maximum", "exceed"].iter().any(|word| text.contains(word))
}
