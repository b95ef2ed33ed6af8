//! `serve`: what lanner serves, and where.

use super::section::Section;
use crate::listen::tls::TlsSettings;
use crate::listen::{Address, ListenSettings};
use crate::serve::auth::{AuthSettings, Role, TokenSettings};
use std::net::Ipv4Addr;
use std::path::PathBuf;

/// What lanner serves, and where.
#[derive(Debug, Clone)]
pub struct Serve {
    /// The gRPC service's listeners: TCP, a unix socket, or both.
    pub grpc: Vec<ListenSettings>,
    /// Who may call.
    pub auth: AuthSettings,
    /// Watchers at a time.
    pub max_watchers: usize,
    /// Prometheus metrics; `None` where switched off.
    pub metrics: Option<ListenSettings>,
}

const GRPC_PORT: u16 = 50051;
const METRICS_PORT: u16 = 9469;
/// Connections beside those of watchers: `GetStatus` is answered however many watch.
const OTHERS: usize = 128;

pub(super) fn read(mut section: Section) -> Serve {
    let mut grpc = section.section("grpc");
    let enabled = grpc.flag("enabled", true);
    let default = Address::Tcp((Ipv4Addr::LOCALHOST, GRPC_PORT).into());
    let mut listeners = vec![listener(&mut grpc, "address", default)];
    if let Some(path) = grpc.text("unix") {
        let path = PathBuf::from(path.strip_prefix("unix://").unwrap_or(&path));
        if !path.is_absolute() {
            grpc.problem("unix", format!("{:?}: expected an absolute path", path.display()));
        }
        listeners.push(ListenSettings::new(Address::Unix(path)));
    }
    let max_watchers = grpc.number("max_watchers", 1024, 1..=100_000) as usize;
    for listener in &mut listeners {
        listener.max_connections = max_watchers + OTHERS;
    }
    let auth = AuthSettings { tokens: tokens(&mut grpc) };
    grpc.finish();
    let mut metrics = section.section("metrics");
    let metrics_enabled = metrics.flag("enabled", true);
    let default = Address::Tcp((Ipv4Addr::LOCALHOST, METRICS_PORT).into());
    let metrics_listener = listener(&mut metrics, "address", default);
    metrics.finish();
    section.finish();
    Serve {
        grpc: if enabled { listeners } else { Vec::new() },
        auth,
        max_watchers,
        metrics: metrics_enabled.then_some(metrics_listener),
    }
}

/// A listener: its address, `tls`, `insecure`.
pub(super) fn listener(section: &mut Section, key: &'static str, default: Address) -> ListenSettings {
    let mut settings = ListenSettings::new(section.parsed(key, default));
    settings.insecure = section.flag("insecure", false);
    if let Some(mut tls) = section.optional_section("tls") {
        let required = |tls: &mut Section, key| {
            let path = tls.text(key);
            if path.is_none() {
                tls.problem(key, "missing: TLS needs `certificate` and `key`");
            }
            PathBuf::from(path.unwrap_or_default())
        };
        let (certificate, private) = (required(&mut tls, "certificate"), required(&mut tls, "key"));
        let client_ca = tls.text("client_ca").map(PathBuf::from);
        for (key, path) in
            [("certificate", Some(&certificate)), ("key", Some(&private)), ("client_ca", client_ca.as_ref())]
        {
            if let Some(path) = path.filter(|path| !path.as_os_str().is_empty())
                && let Err(error) = std::fs::metadata(path)
            {
                tls.problem(key, format!("cannot read {}: {error}", path.display()));
            }
        }
        tls.finish();
        settings.tls = Some(TlsSettings { certificate, key: private, client_ca });
    }
    if let Err(error) = settings.validate() {
        section.problem(key, error.to_string());
    }
    settings
}

fn tokens(section: &mut Section) -> Vec<TokenSettings> {
    let mut tokens = Vec::new();
    for mut token in section.sections("tokens") {
        let name = token.text("name").unwrap_or_default();
        let secret = token.text("token").unwrap_or_default();
        let role = token.choice("role", &[("read-only", Role::ReadOnly), ("admin", Role::Admin)], Role::ReadOnly);
        for (key, text) in [("name", &name), ("token", &secret)] {
            if text.is_empty() {
                token.problem(key, "missing: a token needs `name` and `token`");
            }
        }
        token.finish();
        tokens.push(TokenSettings { name, token: secret, role });
    }
    if let Err(error) = crate::serve::auth::Authority::new(&AuthSettings { tokens: tokens.clone() }) {
        section.problem("tokens", error.to_string());
    }
    tokens
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn every_watcher_may_have_a_connection_of_its_own_and_others_still_get_in() {
        for (yaml, watchers) in [("", 1024), ("serve: {grpc: {max_watchers: 5000, unix: /run/lanner.sock}}", 5000)] {
            let config = Config::parse(yaml, "a test", &|_| None).unwrap();
            assert!(!config.serve.grpc.is_empty());
            assert!(config.serve.grpc.iter().all(|listener| listener.max_connections > watchers), "{yaml}");
        }
    }
}
