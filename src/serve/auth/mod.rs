//! Who may call what: bearer tokens with roles.
//!
//! Without tokens, whoever can reach the listener (loopback, the unix socket's group, holders of a client certificate)
//! may do everything. With tokens, every call but the health service's needs one. A method that is not known to only
//! read needs the admin role, so a method added later is closed until somebody has thought about it.

mod layer;

pub use layer::{AuthLayer, Authorized};

use std::sync::Arc;
use tonic::Status;
use tonic::metadata::MetadataMap;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Everything that changes nothing.
    ReadOnly,
    /// Everything.
    Admin,
}

/// One token.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSettings {
    /// Who holds it: what the log says instead of the token.
    pub name: String,
    /// The secret.
    pub token: String,
    /// What it allows.
    pub role: Role,
}

impl std::fmt::Debug for TokenSettings {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenSettings").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// All tokens; none means that no token is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthSettings {
    /// The tokens.
    pub tokens: Vec<TokenSettings>,
}

/// Tokens that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Too easy to guess.
    #[error("the token of {name:?} has {length} bytes: use at least {MIN_TOKEN_BYTES} (`openssl rand -hex 32`)")]
    Short {
        /// Whose.
        name: String,
        /// How long it is.
        length: usize,
    },
    /// It would not survive the way through an HTTP header.
    #[error("the token of {name:?} holds characters other than visible ASCII")]
    Characters {
        /// Whose.
        name: String,
    },
    /// Two entries with one name or one token: the log could not say who it was.
    #[error("{first:?} and {second:?} share a name or a token")]
    Shared {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
}

/// The shortest token that is taken.
pub const MIN_TOKEN_BYTES: usize = 16;

/// Methods that only read. Reflection only reads too.
const READ_ONLY: &[&str] = &[
    "/lanner.v1.AnalysisService/WatchAnalyses",
    "/lanner.v1.AnalysisService/ListAnalyses",
    "/lanner.v1.AnalysisService/GetAnalysis",
    "/lanner.v1.AnalysisService/ListAlerts",
    "/lanner.v1.AnalysisService/GetReport",
    "/lanner.v1.AnalysisService/GetTuning",
    "/lanner.v1.AnalysisService/ExplainGrouping",
    "/lanner.v1.AnalysisService/GetStatus",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];
/// Methods that need no token: a probe has none, and learns nothing but that lanner is up.
const OPEN: &[&str] = &["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"];

/// Knows the tokens, by their hashes.
#[derive(Debug, Clone)]
pub struct Authority {
    tokens: Arc<[Known]>,
}

#[derive(Debug)]
struct Known {
    name: Arc<str>,
    /// `blake3::Hash` compares in constant time, and a hash's length tells nothing of the token's.
    hash: blake3::Hash,
    role: Role,
}

/// Who calls, as far as known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The token's name; `anonymous` where no token is asked for.
    pub name: Arc<str>,
    /// What they may do.
    pub role: Role,
}

impl Authority {
    /// Takes the tokens.
    ///
    /// # Errors
    /// [`AuthError`] for tokens that are short, not ASCII, or shared.
    pub fn new(settings: &AuthSettings) -> Result<Self, AuthError> {
        let mut tokens: Vec<Known> = Vec::with_capacity(settings.tokens.len());
        for TokenSettings { name, token, role } in &settings.tokens {
            if token.len() < MIN_TOKEN_BYTES {
                return Err(AuthError::Short { name: name.clone(), length: token.len() });
            }
            if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(AuthError::Characters { name: name.clone() });
            }
            let hash = blake3::hash(token.as_bytes());
            if let Some(known) = tokens.iter().find(|known| known.hash == hash || *known.name == **name) {
                return Err(AuthError::Shared { first: known.name.to_string(), second: name.clone() });
            }
            tokens.push(Known { name: name.as_str().into(), hash, role: *role });
        }
        Ok(Self { tokens: tokens.into() })
    }

    /// Says whether a call of `method` (`/package.Service/Method`) with this metadata may go on, and whose it is.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` without a token that is known, `PERMISSION_DENIED` where its role is not enough.
    pub fn authorize(&self, method: &str, metadata: &MetadataMap) -> Result<Identity, Status> {
        let anonymous = || Identity { name: "anonymous".into(), role: Role::Admin };
        if self.tokens.is_empty() {
            return Ok(anonymous());
        }
        if OPEN.contains(&method) {
            return Ok(Identity { role: Role::ReadOnly, ..anonymous() });
        }
        let Some(token) = metadata.get("authorization").and_then(|value| bearer(value.as_bytes())) else {
            let text = "a bearer token is needed: send the header `authorization: Bearer TOKEN`";
            return Err(Status::unauthenticated(text));
        };
        let hash = blake3::hash(token);
        // Every token is compared, so that the time tells nothing of which one matched either.
        let found = self.tokens.iter().fold(None, |found, known| if known.hash == hash { Some(known) } else { found });
        let Some(known) = found else {
            return Err(Status::unauthenticated("the bearer token is not known"));
        };
        let needed = if READ_ONLY.contains(&method) { Role::ReadOnly } else { Role::Admin };
        if known.role < needed {
            let text = format!("{method} needs the admin role, and the token of {:?} is read-only", known.name);
            return Err(Status::permission_denied(text));
        }
        Ok(Identity { name: Arc::clone(&known.name), role: known.role })
    }

    /// True for methods that change something: they are logged with who called them.
    pub fn is_administrative(method: &str) -> bool {
        !READ_ONLY.contains(&method) && !OPEN.contains(&method)
    }
}

/// The token of an `authorization` header; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer(header: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = header.split_at_checked(7)?;
    let token = rest.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    const LIST: &str = "/lanner.v1.AnalysisService/ListAnalyses";
    const FUTURE: &str = "/lanner.v1.AnalysisService/DeleteEverything";

    fn token(name: &str, token: &str, role: Role) -> TokenSettings {
        TokenSettings { name: name.to_owned(), token: token.to_owned(), role }
    }

    fn authority() -> Authority {
        Authority::new(&AuthSettings {
            tokens: vec![
                token("grafana", "read-read-read-read", Role::ReadOnly),
                token("operator", "admin-admin-admin-admin", Role::Admin),
            ],
        })
        .unwrap()
    }

    fn call(method: &str, header: Option<&str>) -> Result<String, Code> {
        let mut metadata = MetadataMap::new();
        if let Some(header) = header {
            metadata.insert("authorization", header.parse().unwrap());
        }
        authority().authorize(method, &metadata).map(|who| who.name.to_string()).map_err(|status| status.code())
    }

    #[test]
    fn a_token_gives_its_role_and_no_more() {
        assert_eq!(call(LIST, Some("Bearer read-read-read-read")).as_deref(), Ok("grafana"));
        assert_eq!(call(LIST, Some("bearer  admin-admin-admin-admin ")).as_deref(), Ok("operator"));
        assert_eq!(call(FUTURE, Some("Bearer admin-admin-admin-admin")).as_deref(), Ok("operator"));
        assert_eq!(call(FUTURE, Some("Bearer read-read-read-read")), Err(Code::PermissionDenied));
    }

    #[test]
    fn without_a_known_token_only_health_answers() {
        for header in [None, Some("Bearer read-read-read-rea"), Some("Bearer "), Some("Basic read-read-read-read")] {
            assert_eq!(call(LIST, header), Err(Code::Unauthenticated), "{header:?}");
        }
        assert_eq!(call("/grpc.health.v1.Health/Check", None).as_deref(), Ok("anonymous"));
    }

    #[test]
    fn without_tokens_everyone_who_reaches_the_listener_may() {
        let authority = Authority::new(&AuthSettings::default()).unwrap();
        assert_eq!(authority.authorize(FUTURE, &MetadataMap::new()).unwrap().role, Role::Admin);
    }

    #[test]
    fn tokens_that_cannot_work_are_refused_at_the_start() {
        let refused = |tokens: Vec<TokenSettings>| Authority::new(&AuthSettings { tokens }).unwrap_err().to_string();
        assert!(refused(vec![token("a", "short", Role::Admin)]).contains("5 bytes"));
        assert!(refused(vec![token("a", "with a space in it", Role::Admin)]).contains("visible ASCII"));
        let same = "sixteen-bytes-or-more";
        let two = vec![token("a", same, Role::Admin), token("b", same, Role::ReadOnly)];
        assert_eq!(refused(two), "\"a\" and \"b\" share a name or a token");
    }

    #[test]
    fn a_token_is_never_printed() {
        let settings = AuthSettings { tokens: vec![token("a", "sixteen-bytes-or-more", Role::Admin)] };
        assert!(!format!("{settings:?} {:?}", Authority::new(&settings)).contains("sixteen"));
    }
}
