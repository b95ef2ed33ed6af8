//! Listeners: where they are, whether that is safe, and connections that are ready to be served.
//!
//! Constraints:
//! - A listener is loopback, a unix socket of mode 0660, or has TLS, or was told `insecure: true`.
//! - What a stranger can make us hold is bounded before anything is served: connections by a cap, the TLS handshake and
//!   the first bytes by a deadline.
//! - Accepting survives everything: out of file descriptors, it waits and goes on. The last descriptors are kept for the
//!   journal: a connection that would take one of them is closed.
//! - A stale socket file is replaced only when nobody answers on it, and only when it is a socket.

mod accept;
pub mod authority;
mod connection;
pub mod http1;
mod settings;
pub mod tls;
mod unix;

pub use accept::{Bound, Incoming, Protection};
pub use connection::{Client, Connection, Peer};
pub use settings::{Address, ListenSettings, ParseAddressError, Unsafe};

use std::path::PathBuf;

/// Why a listener cannot be had. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Not safe as configured.
    #[error(transparent)]
    Unsafe(#[from] Unsafe),
    /// Somebody has the port.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// Where.
        address: Address,
        /// Why not.
        source: std::io::Error,
    },
    /// Another process answers on the socket.
    #[error("cannot listen on unix://{}: another process answers there", .0.display())]
    InUse(PathBuf),
    /// The path is something else than a socket.
    #[error("cannot listen on unix://{}: the path is there and is no socket; lanner will not delete it", .0.display())]
    NotASocket(PathBuf),
    /// Certificates that cannot be used.
    #[error("cannot listen on {address}: {source}")]
    Tls {
        /// Where.
        address: Address,
        /// Why not.
        source: tls::TlsError,
    },
}

#[cfg(test)]
mod tests;
