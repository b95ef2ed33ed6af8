//! TLS of a listener: certificate files, read again when they change.
//!
//! rustls with ring, TLS 1.2 and 1.3. With `client_ca` it is mutual: whoever has no certificate of that authority does
//! not get past the handshake. A renewed certificate serves the connections that come after it; a broken new file keeps
//! the old certificate, and the log says so.

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Where a listener's certificates are: PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// The listener's certificate, followed by those between it and its authority.
    pub certificate: PathBuf,
    /// Its private key (PKCS#8, PKCS#1 or SEC1).
    pub key: PathBuf,
    /// Authorities of client certificates: with it, TLS is mutual.
    pub client_ca: Option<PathBuf>,
}

/// Certificate files that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Cannot be read, or holds no PEM of that kind.
    #[error("{what} {}: {reason}", path.display())]
    File {
        /// What it should be.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The files do not go together.
    #[error("certificate {} and key {}: {reason}", certificate.display(), key.display())]
    Mismatch {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
        /// What rustls says.
        reason: String,
    },
    /// The client authorities cannot be used.
    #[error("client authority {}: {reason}", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// What rustls says.
        reason: String,
    },
}

/// What a listener talks over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// gRPC.
    Http2,
    /// HTTP ingest and metrics.
    Http1,
}

/// A listener's TLS: gives the newest good configuration to each new connection.
#[derive(Debug, Clone)]
pub struct Tls {
    config: watch::Receiver<Arc<ServerConfig>>,
}

/// Looks after a listener's certificate files.
#[derive(Debug)]
pub struct Renewal {
    settings: TlsSettings,
    protocol: Protocol,
    config: watch::Sender<Arc<ServerConfig>>,
    seen: [Stamp; 3],
}

/// How often files are looked at unless told otherwise.
pub const RENEWAL_INTERVAL: Duration = Duration::from_secs(5);

/// What tells a changed file: Kubernetes swaps a link, others rename a new file into place or write in place.
type Stamp = Option<(SystemTime, u64, u64)>;

impl Tls {
    /// Reads the files. [`Renewal::run`] reads them again when they change.
    ///
    /// # Errors
    /// [`TlsError`] for files that cannot be used.
    pub fn load(settings: TlsSettings, protocol: Protocol) -> Result<(Self, Renewal), TlsError> {
        let seen = stamps(&settings);
        let (sender, receiver) = watch::channel(Arc::new(server_config(&settings, protocol)?));
        Ok((Self { config: receiver }, Renewal { settings, protocol, config: sender, seen }))
    }

    /// An acceptor with the newest good certificate.
    pub fn acceptor(&self) -> tokio_rustls::TlsAcceptor {
        tokio_rustls::TlsAcceptor::from(Arc::clone(&self.config.borrow()))
    }
}

impl Renewal {
    /// Looks at the files every `interval` until `shutdown`.
    pub async fn run(mut self, interval: Duration, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            // A few kilobytes, but the file system may be a slow one.
            match tokio::task::spawn_blocking(move || {
                self.check();
                self
            })
            .await
            {
                Ok(renewal) => self = renewal,
                Err(_) => return,
            }
        }
    }

    /// Reads the files if they have changed since they were last looked at.
    pub fn check(&mut self) {
        let now = stamps(&self.settings);
        if now == self.seen {
            return;
        }
        // Taken before reading: a change meanwhile is found the next time.
        self.seen = now;
        let certificate = self.settings.certificate.display();
        match server_config(&self.settings, self.protocol) {
            Ok(config) => {
                self.config.send_replace(Arc::new(config));
                tracing::info!(%certificate, "certificate renewed");
            }
            Err(error) => tracing::warn!(%certificate, %error, "cannot use the new certificate, keeping the old one"),
        }
    }
}

fn stamps(settings: &TlsSettings) -> [Stamp; 3] {
    use std::os::unix::fs::MetadataExt as _;
    let stamp = |path: &Path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
    };
    [stamp(&settings.certificate), stamp(&settings.key), settings.client_ca.as_deref().and_then(stamp)]
}

fn server_config(settings: &TlsSettings, protocol: Protocol) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = certificates(&settings.certificate, "certificate")?;
    let key = PrivateKeyDer::from_pem_file(&settings.key)
        .map_err(|error| file_error("private key", &settings.key, error.to_string()))?;
    let mismatch = |error: rustls::Error| TlsError::Mismatch {
        certificate: settings.certificate.clone(),
        key: settings.key.clone(),
        reason: error.to_string(),
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(mismatch)?;
    let builder = match &settings.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let authority = |reason: String| TlsError::Authority { path: path.clone(), reason };
            let mut roots = rustls::RootCertStore::empty();
            for certificate in certificates(path, "client authority")? {
                roots.add(certificate).map_err(|error| authority(error.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().map_err(|error| authority(error.to_string()))?)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(mismatch)?;
    config.alpn_protocols = match protocol {
        Protocol::Http2 => vec![b"h2".to_vec()],
        Protocol::Http1 => vec![b"http/1.1".to_vec()],
    };
    Ok(config)
}

fn certificates(path: &Path, what: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err(file_error(what, path, "holds no certificate in PEM".to_owned()))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(file_error(what, path, error.to_string())),
    }
}

fn file_error(what: &'static str, path: &Path, reason: String) -> TlsError {
    TlsError::File { what, path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_pair(folder: &Path) -> TlsSettings {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let settings =
            TlsSettings { certificate: folder.join("server.crt"), key: folder.join("server.key"), client_ca: None };
        std::fs::write(&settings.certificate, made.cert.pem()).unwrap();
        std::fs::write(&settings.key, made.signing_key.serialize_pem()).unwrap();
        settings
    }

    #[test]
    fn a_renewed_certificate_is_taken_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let settings = write_pair(folder.path());
        let (tls, mut renewal) = Tls::load(settings.clone(), Protocol::Http2).unwrap();
        let first = Arc::as_ptr(&tls.config.borrow());
        renewal.check();
        assert_eq!(Arc::as_ptr(&tls.config.borrow()), first, "nothing changed");

        std::fs::write(&settings.certificate, "half a certifi").unwrap();
        renewal.check();
        assert_eq!(Arc::as_ptr(&tls.config.borrow()), first, "the old one is kept");

        write_pair(folder.path());
        renewal.check();
        assert_ne!(Arc::as_ptr(&tls.config.borrow()), first);
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let good = write_pair(folder.path());
        let error = |settings: TlsSettings| Tls::load(settings, Protocol::Http1).unwrap_err().to_string();
        let missing = TlsSettings { key: folder.path().join("nowhere.key"), ..good.clone() };
        assert!(error(missing).contains("nowhere.key"));
        let no_certificate = TlsSettings { certificate: good.key.clone(), ..good.clone() };
        assert!(error(no_certificate).contains("holds no certificate in PEM"));
        let other = tempfile::tempdir().unwrap();
        let mixed = TlsSettings { key: write_pair(other.path()).key, ..good };
        assert!(error(mixed).contains("server.crt"));
    }
}
