//! Where Falco is, and how to get there.
//!
//! Falco serves its gRPC API on a unix socket in the clear, or over TCP with mutual TLS: nothing else. Certificates are
//! read at each attempt, so renewed ones are used without a restart.

use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// Falco's default socket.
pub const DEFAULT_SOCKET: &str = "/run/falco/falco.sock";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// What is on the wire and not read yet is what a crash or a rude cancel loses, so the stream's window is as small as
/// the throughput allows: measured against the stand-in, 64 KiB cost a sixth of the drain, 256 KiB gain nothing much.
const STREAM_WINDOW: u32 = 128 * 1024;
/// Well above the stream's, so that `version` gets through on the same connection while `sub` is not read.
const CONNECTION_WINDOW: u32 = 1024 * 1024;

/// The address of Falco's gRPC API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `unix:///run/falco/falco.sock`
    Unix(PathBuf),
    /// `host:5060`
    Tcp {
        /// A name or an IP address (IPv6 in brackets).
        host: String,
        /// The port.
        port: u16,
    },
}

/// The files of mutual TLS, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Certificates of who may sign Falco's.
    pub ca: PathBuf,
    /// Our certificate, and the chain to its signer.
    pub certificate: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
    /// The name in Falco's certificate, where it is not the address's host.
    pub server_name: Option<String>,
}

impl Default for Tls {
    /// Where Falco's documentation puts them.
    fn default() -> Self {
        let file = |name| Path::new("/etc/falco/certs").join(name);
        Self { ca: file("ca.crt"), certificate: file("client.crt"), key: file("client.key"), server_name: None }
    }
}

/// An address that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is no address of Falco's gRPC API: {reason}")]
pub struct AddressError {
    value: String,
    reason: &'static str,
}

/// Why Falco cannot even be tried. Says what and where.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Nothing is there.
    #[error("no socket at {0}: Falco is not running, or its gRPC output is off (Falco 0.44 and newer have none)")]
    NoSocket(PathBuf),
    /// Something else is there.
    #[error("{path} is {kind}, not a socket")]
    NotASocket {
        /// The path.
        path: PathBuf,
        /// What it is (`a file`).
        kind: &'static str,
    },
    /// The path cannot be looked at.
    #[error("cannot look at the socket {path}: {error} (does its folder's group let lanner's user in?)")]
    Socket {
        /// The path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file of mutual TLS cannot be read.
    #[error("cannot read the {what} {path}: {error}")]
    File {
        /// Which of them.
        what: &'static str,
        /// The path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file of mutual TLS is not what it should be.
    #[error("the {what} {path} holds no PEM {expected}")]
    Pem {
        /// Which of them.
        what: &'static str,
        /// The path.
        path: PathBuf,
        /// What was looked for (`CERTIFICATE`).
        expected: &'static str,
    },
    /// The transport refuses the configuration.
    #[error("cannot set up the connection to {address}: {reason}")]
    Transport {
        /// The address.
        address: Address,
        /// What it says.
        reason: String,
    },
}

impl Address {
    /// The endpoint, ready to connect when it is used first.
    ///
    /// # Errors
    /// [`EndpointError`] where a file is missing or is something else. A socket that is not there yet is an error too:
    /// Falco creates it when it starts, so the caller tries again.
    pub(super) fn connect(&self, tls: &Tls) -> Result<Channel, EndpointError> {
        let failed = |error: tonic::transport::Error| EndpointError::Transport {
            address: self.clone(),
            reason: super::session::causes(&error),
        };
        let endpoint = match self {
            Self::Unix(path) => {
                check_socket(path)?;
                Endpoint::from_shared(self.to_string()).map_err(failed)?
            }
            Self::Tcp { host, port } => {
                let name = tls.server_name.clone().unwrap_or_else(|| host.trim_matches(['[', ']']).to_owned());
                let config = tls.load()?.domain_name(name);
                let uri = format!("https://{host}:{port}");
                Endpoint::from_shared(uri).and_then(|endpoint| endpoint.tls_config(config)).map_err(failed)?
            }
        };
        Ok(endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .connect_lazy())
    }

    /// What is wrong with the address as the machine is now; for a check of the configuration. A socket that is not
    /// there is fine, and so is one in a folder that is closed to us: Falco may start later, and its folder be opened.
    ///
    /// # Errors
    /// As said.
    pub fn check(&self, tls: &Tls) -> Result<(), EndpointError> {
        match self {
            Self::Unix(path) => match check_socket(path) {
                Err(EndpointError::NoSocket(_)) => Ok(()),
                Err(EndpointError::Socket { error, .. }) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
                other => other,
            },
            Self::Tcp { .. } => tls.load().map(|_| ()),
        }
    }
}

impl Tls {
    fn load(&self) -> Result<ClientTlsConfig, EndpointError> {
        let ca = read("CA certificate", &self.ca, "CERTIFICATE")?;
        let certificate = read("client certificate", &self.certificate, "CERTIFICATE")?;
        let key = read("client key", &self.key, "PRIVATE KEY")?;
        Ok(ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(ca))
            .identity(Identity::from_pem(certificate, key)))
    }
}

fn read(what: &'static str, path: &Path, expected: &'static str) -> Result<Vec<u8>, EndpointError> {
    let text = std::fs::read(path).map_err(|error| EndpointError::File { what, path: path.to_owned(), error })?;
    // "RSA PRIVATE KEY" and "EC PRIVATE KEY" end alike.
    let end = format!("{expected}-----");
    let found = text.windows(end.len()).any(|window| window == end.as_bytes());
    found.then_some(text).ok_or_else(|| EndpointError::Pem { what, path: path.to_owned(), expected })
}

fn check_socket(path: &Path) -> Result<(), EndpointError> {
    let kind = match std::fs::metadata(path) {
        Ok(found) => found.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(EndpointError::NoSocket(path.to_owned())),
        Err(error) => return Err(EndpointError::Socket { path: path.to_owned(), error }),
    };
    let not = |kind| Err(EndpointError::NotASocket { path: path.to_owned(), kind });
    match kind {
        kind if kind.is_socket() => Ok(()),
        kind if kind.is_dir() => not("a directory"),
        kind if kind.is_file() => not("a file"),
        _ => not("something else"),
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let bad = |reason| AddressError { value: text.to_owned(), reason };
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.starts_with('/') || path.len() < 2 {
                return Err(bad("a socket's path is absolute (unix:///run/falco/falco.sock)"));
            }
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        if text.starts_with("http://") {
            return Err(bad("Falco speaks TLS over TCP (host:5060)"));
        }
        let rest = text.strip_prefix("https://").unwrap_or(text);
        let (host, port) = rest.rsplit_once(':').ok_or_else(|| bad("expected unix:///path or host:port"))?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(|| bad("the port is no port"))?;
        let bracketed = host.starts_with('[') && host.ends_with(']');
        let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
        let address = host.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>();
        if host.is_empty() || !(plain || bracketed && address.is_ok()) {
            return Err(bad("the host is no name and no IP address (IPv6 in brackets)"));
        }
        Ok(Self::Tcp { host: host.to_owned(), port })
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_sockets_or_hosts_with_a_port() {
        let parse = |text: &str| text.parse::<Address>();
        assert_eq!(parse("unix:///run/falco/falco.sock"), Ok(Address::Unix(DEFAULT_SOCKET.into())));
        assert_eq!(parse("unix:/run/x"), Ok(Address::Unix("/run/x".into())));
        let tcp = |host: &str| Ok(Address::Tcp { host: host.to_owned(), port: 5060 });
        assert_eq!(parse("falco.example:5060"), tcp("falco.example"));
        assert_eq!(parse("https://10.0.0.1:5060"), tcp("10.0.0.1"));
        assert_eq!(parse("[::1]:5060"), tcp("[::1]"));
        for bad in ["", "unix://", "unix:x", "host", "host:0", "host:70000", ":1", "a b:1", "::1:5060", "http://h:1"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        for good in ["unix:///run/x", "host:5060", "[::1]:5060"] {
            assert_eq!(parse(good).unwrap().to_string(), good);
        }
    }

    #[test]
    fn errors_say_what_and_where() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("falco.sock");
        let address = Address::Unix(file.clone());
        assert!(address.check(&Tls::default()).is_ok(), "Falco may start later");
        let error = address.connect(&Tls::default()).unwrap_err().to_string();
        assert!(error.contains(file.to_str().unwrap()) && error.contains("not running"), "{error}");
        std::fs::write(&file, "").unwrap();
        assert_eq!(
            address.check(&Tls::default()).unwrap_err().to_string(),
            format!("{} is a file, not a socket", file.display())
        );
        let folder = Address::Unix(folder.path().to_owned());
        assert!(folder.check(&Tls::default()).unwrap_err().to_string().ends_with("is a directory, not a socket"));
    }

    #[test]
    fn each_missing_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let tls = Tls { ca: file("ca"), certificate: file("crt"), key: file("key"), server_name: None };
        let address: Address = "localhost:5060".parse().unwrap();
        let error = || address.check(&tls).unwrap_err().to_string();
        assert!(error().starts_with(&format!("cannot read the CA certificate {}", file("ca").display())));
        std::fs::write(file("ca"), "-----BEGIN CERTIFICATE-----").unwrap();
        assert!(error().starts_with("cannot read the client certificate"));
        std::fs::write(file("crt"), "hello").unwrap();
        assert_eq!(error(), format!("the client certificate {} holds no PEM CERTIFICATE", file("crt").display()));
        std::fs::write(file("crt"), "-----BEGIN CERTIFICATE-----").unwrap();
        assert!(error().starts_with("cannot read the client key"));
        std::fs::write(file("key"), "-----BEGIN EC PRIVATE KEY-----").unwrap();
        assert!(address.check(&tls).is_ok());
    }
}
