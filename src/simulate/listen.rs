//! Where the stand-in listens: as Falco does, on a unix socket in the clear or over TCP with mutual TLS.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio_stream::Stream;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// `unix:///run/falco/falco.sock`
    Unix(PathBuf),
    /// `127.0.0.1:5060`; port 0 is any that is free.
    Tcp(SocketAddr),
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some(path) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.len() < 2 || !path.starts_with('/') {
                    return Err(format!("{text:?}: a socket's path is absolute (unix:///tmp/falco.sock)"));
                }
                Ok(Self::Unix(path.into()))
            }
            None => text
                .parse()
                .map(Self::Tcp)
                .map_err(|_| format!("{text:?}: expected unix:///path or an IP address with a port (127.0.0.1:5060)")),
        }
    }
}

/// The files of mutual TLS, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The server's certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Certificates of who may sign a client's.
    pub ca: PathBuf,
}

impl Tls {
    /// Reads the files. A client without a certificate is refused, as Falco does.
    pub(super) fn load(&self) -> io::Result<ServerTlsConfig> {
        let read = |path: &Path| std::fs::read(path).map_err(|error| with_path("cannot read", path, &error));
        Ok(ServerTlsConfig::new()
            .identity(Identity::from_pem(read(&self.certificate)?, read(&self.key)?))
            .client_ca_root(Certificate::from_pem(read(&self.ca)?)))
    }
}

/// A bound socket.
#[derive(Debug)]
pub enum Listener {
    /// A unix socket.
    Unix(UnixSocket),
    /// A TCP socket.
    Tcp(TcpListener),
}

impl Listener {
    /// Binds. A socket file that a killed process has left is taken over, as Falco does; anything else is not.
    ///
    /// # Errors
    /// What the system says, with the address.
    pub async fn bind(listen: &Listen) -> io::Result<Self> {
        match listen {
            Listen::Unix(path) => UnixSocket::bind(path).map(Self::Unix),
            Listen::Tcp(address) => TcpListener::bind(address)
                .await
                .map(Self::Tcp)
                .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))),
        }
    }

    /// The port, for TCP.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Unix(_) => None,
            Self::Tcp(listener) => listener.local_addr().ok().map(|address| address.port()),
        }
    }
}

/// A unix socket whose file goes when it does.
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    path: PathBuf,
    inode: u64,
}

impl UnixSocket {
    fn bind(path: &Path) -> io::Result<Self> {
        match std::fs::symlink_metadata(path) {
            Ok(found) if found.file_type().is_socket() => {
                std::fs::remove_file(path).map_err(|error| with_path("cannot take over", path, &error))?;
            }
            Ok(_) => {
                let kind = io::ErrorKind::AlreadyExists;
                return Err(io::Error::new(kind, format!("{} exists and is not a socket", path.display())));
            }
            Err(_) => {}
        }
        let listener = UnixListener::bind(path).map_err(|error| with_path("cannot listen on", path, &error))?;
        let inode = std::fs::symlink_metadata(path)?.ino();
        Ok(Self { listener, path: path.to_owned(), inode })
    }
}

impl Stream for UnixSocket {
    type Item = io::Result<UnixStream>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.listener.poll_accept(cx).map(|accepted| Some(accepted.map(|(stream, _)| stream)))
    }
}

impl Drop for UnixSocket {
    /// Removes the file, unless another process has taken it over.
    fn drop(&mut self) {
        if std::fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn with_path(what: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_sockets_or_ip_addresses() {
        assert_eq!("unix:///tmp/x".parse(), Ok(Listen::Unix("/tmp/x".into())));
        assert_eq!("127.0.0.1:5060".parse(), Ok(Listen::Tcp(([127, 0, 0, 1], 5060).into())));
        for bad in ["", "unix://", "unix:x", "localhost:5060", "5060"] {
            assert!(bad.parse::<Listen>().is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_stale_socket_is_taken_over_and_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("falco.sock");
        let listen = Listen::Unix(path.clone());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "as a killed process leaves it");
        let first = Listener::bind(&listen).await.unwrap();
        let second = Listener::bind(&listen).await.unwrap();
        drop(first);
        assert!(path.exists(), "it is the second's");
        drop(second);
        assert!(!path.exists());
        std::fs::write(&path, "").unwrap();
        let error = Listener::bind(&listen).await.unwrap_err().to_string();
        assert!(error.contains("is not a socket"), "{error}");
    }
}
