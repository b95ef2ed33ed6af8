//! How the client commands reach a running sidecar.

use crate::serve::proto::analysis_service_client::AnalysisServiceClient;
use anyhow::Context as _;
use std::path::PathBuf;
use std::time::Duration;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// How often the sidecar's machine is asked for a sign of life, and how long that may take.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// Options of every command that asks a running sidecar.
#[derive(clap::Args)]
pub(super) struct Connection {
    /// Where the sidecar serves: `http://HOST:PORT`, `https://HOST:PORT` or `unix:///PATH`.
    #[arg(long, env = "LANNER_ADDRESS", default_value = "http://127.0.0.1:50051")]
    address: String,
    /// Bearer token; better given in the environment than here, where other users see it.
    #[arg(long, env = "LANNER_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Certificate authority of the sidecar's certificate.
    #[arg(long)]
    tls_ca: Option<PathBuf>,
    /// Our certificate, where the sidecar asks for one.
    #[arg(long, requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of our certificate.
    #[arg(long, requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// A client that sends the token along.
pub(super) type Client = AnalysisServiceClient<InterceptedService<Channel, Bearer>>;

/// Puts the token into each call.
#[derive(Clone, Default)]
pub(super) struct Bearer(Option<MetadataValue<Ascii>>);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, tonic::Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

impl Connection {
    /// Connects; an error says where to, and why not.
    pub(super) async fn connect(&self) -> anyhow::Result<Client> {
        let endpoint = Endpoint::from_shared(self.address.clone())
            .with_context(|| format!("{:?} is no address", self.address))?
            .connect_timeout(Duration::from_secs(10))
            // A node that is gone says nothing, and whoever only reads would wait for ever.
            .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT);
        let endpoint = match self.tls()? {
            Some(tls) => endpoint.tls_config(tls)?,
            None => endpoint,
        };
        let channel = endpoint
            .connect()
            .await
            .with_context(|| format!("no sidecar at {} (is `lanner run` running there?)", self.address))?;
        let token = self.token.as_ref().map(|token| format!("Bearer {token}").parse());
        let token = token.transpose().context("the token holds characters that a header cannot")?;
        Ok(AnalysisServiceClient::with_interceptor(channel, Bearer(token)).max_decoding_message_size(64 << 20))
    }

    fn tls(&self) -> anyhow::Result<Option<ClientTlsConfig>> {
        let read = |path: &PathBuf| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        if !self.address.starts_with("https://") {
            anyhow::ensure!(self.tls_ca.is_none(), "--tls-ca goes with an https:// address, not {}", self.address);
            return Ok(None);
        }
        let mut tls = ClientTlsConfig::new();
        if let Some(ca) = &self.tls_ca {
            tls = tls.ca_certificate(Certificate::from_pem(read(ca)?));
        }
        if let (Some(cert), Some(key)) = (&self.tls_cert, &self.tls_key) {
            tls = tls.identity(Identity::from_pem(read(cert)?, read(key)?));
        }
        Ok(Some(tls))
    }
}

/// A status as an error that says what to do, without the noise of its transport.
pub(super) fn refused(status: &tonic::Status) -> anyhow::Error {
    anyhow::anyhow!("{}: {}", status.code().description(), status.message())
}
