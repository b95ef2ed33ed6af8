//! `falco`, `http` and `analysis.llm`: what lanner reads from and asks.

use super::section::Section;
use super::serve;
use crate::analysis::Level;
use crate::analysis::llm::Prompt;
use crate::listen::{Address, ListenSettings};
use crate::narrator;
use crate::source::falco;
use std::time::Duration;

/// Falco's gRPC API as a source.
#[derive(Debug, Clone)]
pub struct Falco {
    /// How it is reached.
    pub settings: falco::Settings,
    /// Say so when it has been gone for this long, after it had been there. Zero: never.
    pub gone_after: Duration,
    /// Say so when it has sent nothing for this long. Zero: never.
    pub silent_after: Duration,
}

/// Falco's HTTP output as a source.
#[derive(Debug, Clone)]
pub struct Http {
    /// Where it listens.
    pub listen: ListenSettings,
}

/// The port of falcosidekick, which Falco's users have in their falco.yaml.
const HTTP_PORT: u16 = 2801;

pub(super) fn falco(mut section: Section) -> Option<Falco> {
    let enabled = section.flag("enabled", true);
    let mut settings = falco::Settings::default();
    if let Some(address) = section.parsed_optional("address") {
        settings.address = address;
    }
    if let Some(mut tls) = section.optional_section("tls") {
        settings.tls.certificate = tls.text("certificate").map_or(settings.tls.certificate, Into::into);
        settings.tls.key = tls.text("key").map_or(settings.tls.key, Into::into);
        settings.tls.ca = tls.text("ca").map_or(settings.tls.ca, Into::into);
        tls.finish();
    }
    let millisecond = Duration::from_millis(1);
    settings.idle_interval = section.duration("idle_interval", settings.idle_interval, millisecond);
    settings.longest_pause = section.duration("longest_pause", settings.longest_pause, Duration::ZERO);
    let gone_after = section.duration("gone_after", Duration::from_mins(5), Duration::ZERO);
    let silent_after = section.duration("silent_after", Duration::ZERO, Duration::ZERO);
    if settings.idle_interval > Duration::from_secs(5) {
        section.problem("idle_interval", "more than 5s holds Falco's own shutdown up for as long");
    }
    section.finish();
    enabled.then_some(Falco { settings, gone_after, silent_after })
}

pub(super) fn http(mut section: Section) -> Option<Http> {
    let enabled = section.flag("enabled", true);
    let default = Address::Tcp((std::net::Ipv4Addr::LOCALHOST, HTTP_PORT).into());
    let listen = serve::listener(&mut section, "address", default);
    section.finish();
    enabled.then_some(Http { listen })
}

const LEVELS: [(&str, Level); 3] =
    [("expected", Level::Expected), ("review", Level::Review), ("malicious", Level::Malicious)];

pub(super) fn llm(mut section: Section) -> narrator::Settings {
    let endpoint = section.text("endpoint").unwrap_or_default();
    let model = section.text("model").unwrap_or_default();
    if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
        section.problem("endpoint", "expected the address of /v1/chat/completions, http:// or https://");
    }
    if model.is_empty() {
        section.problem("model", "missing: the model's name");
    }
    let settings = narrator::Settings {
        endpoint,
        model,
        key: section.text("key"),
        timeout: section.duration("timeout", Duration::from_mins(1), Duration::from_secs(1)),
        first_retry: Duration::from_secs(2),
        max_tokens: section.number("max_tokens", 512, 64..=8192) as u32,
        tokens_per_hour: section.number("tokens_per_hour", 200_000, 1000..=1_000_000_000),
        concurrency: section.number("concurrency", 1, 1..=16) as usize,
        min_level: section.choice("min_level", &LEVELS, Level::Review),
    };
    let most = Prompt::MOST_TOKENS + u64::from(settings.max_tokens);
    if settings.tokens_per_hour < most {
        let what = format!("one question and its answer may take {most}: expected at least that many");
        section.problem("tokens_per_hour", what);
    }
    section.finish();
    settings
}
