//! Where a listener is, and whether that is safe.

use super::tls::{RENEWAL_INTERVAL, TlsSettings};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// A place to listen on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// `127.0.0.1:50051`
    Tcp(SocketAddr),
    /// `unix:///run/lanner/lanner.sock`
    Unix(PathBuf),
}

/// A text that is no place to listen on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address: write `127.0.0.1:50051`, `[::1]:50051`, `localhost:50051` or `unix:///path/to/socket`")]
pub struct ParseAddressError(String);

impl std::str::FromStr for Address {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        let error = || ParseAddressError(text.chars().take(200).collect());
        if let Some(path) = text.strip_prefix("unix://") {
            return if path.starts_with('/') && path.len() > 1 { Ok(Self::Unix(path.into())) } else { Err(error()) };
        }
        if let Some(port) = text.strip_prefix("localhost:") {
            let port = port.parse().map_err(|_| error())?;
            return Ok(Self::Tcp(SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port)));
        }
        text.parse().map(Self::Tcp).map_err(|_| error())
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

/// One listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenSettings {
    /// Where.
    pub address: Address,
    /// Certificates; none serves in the clear.
    pub tls: Option<TlsSettings>,
    /// Listen in the clear where others can reach it.
    pub insecure: bool,
    /// Connections at a time; those beyond are closed at once and counted.
    pub max_connections: usize,
    /// How long the TLS handshake and the first bytes may take, together.
    pub handshake_timeout: Duration,
    /// How often certificate files are looked at.
    pub renewal_interval: Duration,
}

/// A listener that others could reach, in the clear.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} can be reached from other machines and has no TLS: configure `tls`, listen on loopback or a unix socket, or \
     set `insecure: true`"
)]
pub struct Unsafe(pub SocketAddr);

impl ListenSettings {
    /// This address with the defaults: in the clear, 1,024 connections, ten seconds to begin.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            tls: None,
            insecure: false,
            max_connections: 1024,
            handshake_timeout: Duration::from_secs(10),
            renewal_interval: RENEWAL_INTERVAL,
        }
    }

    /// Says whether this listener is safe.
    ///
    /// # Errors
    /// [`Unsafe`] for TCP beyond loopback without TLS, unless told so.
    pub fn validate(&self) -> Result<(), Unsafe> {
        match &self.address {
            Address::Tcp(address) if !is_loopback(address.ip()) && self.tls.is_none() && !self.insecure => {
                Err(Unsafe(*address))
            }
            _ => Ok(()),
        }
    }
}

fn is_loopback(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
    }
}
