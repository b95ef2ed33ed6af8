//! Who is let in: certificates, tokens, limits, and what an unfriendly client cannot do.

#[path = "support/serve.rs"]
mod support;

use lanner::listen::tls::TlsSettings;
use lanner::listen::{ListenError, ListenSettings};
use lanner::serve::auth::{AuthSettings, Role, TokenSettings};
use lanner::serve::grpc::GrpcError;
use lanner::serve::grpc::{GrpcServer, GrpcSettings};
use lanner::serve::proto::analysis_service_client::AnalysisServiceClient;
use lanner::serve::proto::{self, GetStatusRequest};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::path::Path;
use std::time::Duration;
use support::{Running, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request};

/// A certificate authority.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A certificate for `localhost` and its key, as PEM.
    fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

fn write_files(folder: &Path, server: &Authority, clients: &Authority) -> TlsSettings {
    let settings = TlsSettings {
        certificate: folder.join("server.crt"),
        key: folder.join("server.key"),
        client_ca: Some(folder.join("ca.crt")),
    };
    let (certificate, key) = server.issue();
    std::fs::write(&settings.key, key).unwrap();
    std::fs::write(&settings.certificate, certificate).unwrap();
    std::fs::write(folder.join("ca.crt"), &clients.pem).unwrap();
    settings
}

async fn serve_tls(world: &World, tls: TlsSettings) -> Running {
    world
        .serve_with(|settings| {
            settings.listen.truncate(1);
            settings.listen[0].tls = Some(tls);
            settings.listen[0].renewal_interval = Duration::from_millis(20);
        })
        .await
}

/// One call over a new connection that trusts this authority.
async fn call(running: &Running, trust: &Authority, identity: Option<(String, String)>) -> Result<(), String> {
    let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&trust.pem)).domain_name("localhost");
    if let Some((certificate, key)) = identity {
        tls = tls.identity(Identity::from_pem(certificate, key));
    }
    let endpoint = Endpoint::from_shared(format!("https://{}", running.tcp())).unwrap().tls_config(tls).unwrap();
    let channel = endpoint.connect().await.map_err(|error| error.to_string())?;
    let mut client = AnalysisServiceClient::new(channel);
    client.get_status(GetStatusRequest {}).await.map(|_| ()).map_err(|status| status.to_string())
}

#[tokio::test]
async fn with_mutual_tls_only_certificates_of_the_authority_get_in() {
    let (world, authority, other) = (World::new(), Authority::new(), Authority::new());
    let running = serve_tls(&world, write_files(world.folder.path(), &authority, &authority)).await;
    call(&running, &authority, Some(authority.issue())).await.unwrap();
    call(&running, &authority, None).await.unwrap_err();
    call(&running, &authority, Some(other.issue())).await.unwrap_err();
    // In the clear nothing is answered.
    let mut plain = tokio::net::TcpStream::connect(running.tcp()).await.unwrap();
    plain.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(answer.len() < 10, "a TLS alert at the most");
}

#[tokio::test]
async fn certificates_are_renewed_while_running_and_a_broken_one_is_not_taken() {
    let (world, old, new) = (World::new(), Authority::new(), Authority::new());
    let running = serve_tls(&world, write_files(world.folder.path(), &old, &old)).await;
    call(&running, &old, Some(old.issue())).await.unwrap();

    std::fs::write(world.folder.path().join("server.crt"), "-----BEGIN CERT").unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    call(&running, &old, Some(old.issue())).await.unwrap();

    write_files(world.folder.path(), &new, &new);
    for _ in 0..500 {
        if call(&running, &new, Some(new.issue())).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    call(&running, &new, Some(new.issue())).await.unwrap();
    call(&running, &old, Some(old.issue())).await.unwrap_err();
}

fn tokens() -> AuthSettings {
    let token = |name: &str, token: &str, role| TokenSettings { name: name.to_owned(), token: token.to_owned(), role };
    AuthSettings {
        tokens: vec![
            token("grafana", "read-read-read-read", Role::ReadOnly),
            token("operator", "admin-admin-admin-admin", Role::Admin),
        ],
    }
}

async fn get_status(running: &Running, token: Option<&str>) -> Result<(), Code> {
    let mut request = Request::new(GetStatusRequest {});
    if let Some(token) = token {
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    running.client().await.get_status(request).await.map(|_| ()).map_err(|status| status.code())
}

#[tokio::test]
async fn with_tokens_every_call_needs_one() {
    let world = World::new();
    let running = world.serve_with(|settings| settings.auth = tokens()).await;
    assert_eq!(get_status(&running, Some("read-read-read-read")).await, Ok(()));
    assert_eq!(get_status(&running, Some("admin-admin-admin-admin")).await, Ok(()));
    assert_eq!(get_status(&running, Some("read-read-read-rea")).await, Err(Code::Unauthenticated));
    assert_eq!(get_status(&running, None).await, Err(Code::Unauthenticated));
    let status = running.client().await.watch_analyses(proto::WatchAnalysesRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    // A probe needs none.
    let channel = Endpoint::from_shared(format!("http://{}", running.tcp())).unwrap().connect().await.unwrap();
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel);
    health.check(tonic_health::pb::HealthCheckRequest { service: String::new() }).await.unwrap();
}

#[tokio::test]
async fn a_method_that_is_not_known_to_read_needs_the_admin_role() {
    let world = World::new();
    let running = world.serve_with(|settings| settings.auth = tokens()).await;
    let ask = async |token: &str| {
        let channel = Endpoint::from_shared(format!("http://{}", running.tcp())).unwrap().connect().await.unwrap();
        let mut grpc = tonic::client::Grpc::new(channel);
        grpc.ready().await.unwrap();
        let mut request = Request::new(GetStatusRequest {});
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        let codec = tonic_prost::ProstCodec::<GetStatusRequest, proto::GetStatusResponse>::default();
        let path = "/lanner.v1.AnalysisService/Forget".parse().unwrap();
        grpc.unary(request, path, codec).await.unwrap_err().code()
    };
    assert_eq!(ask("read-read-read-read").await, Code::PermissionDenied);
    assert_eq!(ask("admin-admin-admin-admin").await, Code::Unimplemented);
}

#[tokio::test]
async fn beyond_loopback_without_tls_the_server_does_not_start() {
    let settings = |insecure| GrpcSettings {
        listen: vec![ListenSettings { insecure, ..ListenSettings::new("0.0.0.0:0".parse().unwrap()) }],
        auth: AuthSettings::default(),
        shutdown_grace: Duration::from_secs(1),
    };
    let error = GrpcServer::bind(settings(false)).await.unwrap_err();
    assert!(matches!(error, GrpcError::Listen(ListenError::Unsafe(_))), "{error}");
    assert!(error.to_string().contains("insecure: true"), "{error}");
    GrpcServer::bind(settings(true)).await.unwrap();
}

#[tokio::test]
async fn clients_that_never_begin_hold_nobody_up() {
    let world = World::new();
    let running = world
        .serve_with(|settings| {
            settings.listen[0].max_connections = 20;
            settings.listen[0].handshake_timeout = Duration::from_millis(200);
        })
        .await;
    let mut slow = Vec::new();
    for _ in 0..40 {
        let mut stream = tokio::net::TcpStream::connect(running.tcp()).await.unwrap();
        let _ = stream.write_all(b"PRI * HT").await;
        slow.push(stream);
    }
    for stream in &mut slow {
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
    }
    assert_eq!(get_status(&running, None).await, Ok(()));
    let protection = &running.protections[0].1;
    assert_eq!(protection.slow_or_wrong() + protection.refused(), 40);
}

#[tokio::test]
async fn an_oversized_request_is_refused_and_the_connection_goes_on() {
    let world = World::new();
    let running = world.serve().await;
    let mut client: AnalysisServiceClient<Channel> = running.client().await;
    let large = proto::GetAnalysisRequest { group_id: "f".repeat(3 << 20), revision: 0 };
    let status = client.get_analysis(large).await.unwrap_err();
    assert!(matches!(status.code(), Code::OutOfRange | Code::ResourceExhausted), "{status}");
    let large = proto::WatchAnalysesRequest { cursor: "f".repeat(3 << 20), ..Default::default() };
    let status = client.watch_analyses(large).await.unwrap_err();
    assert!(matches!(status.code(), Code::OutOfRange | Code::ResourceExhausted), "{status}");
    client.get_status(GetStatusRequest {}).await.unwrap();
}

/// grpcurl 1.8.6 and Python's grpcio name the socket as `:authority`, which h2 refuses.
#[tokio::test]
async fn on_the_unix_socket_the_path_may_be_the_authority() {
    let world = World::new();
    let running = world.serve().await;
    let mut stream = tokio::net::UnixStream::connect(world.socket()).await.unwrap();
    let path = b"/lanner.v1.AnalysisService/GetStatus";
    let authority = b"/run/lanner/lanner.sock";
    // :method POST, :scheme http, then literals: :path, :authority, content-type, te.
    let mut block = vec![0x83, 0x86, 0x04, path.len() as u8];
    block.extend_from_slice(path);
    block.extend_from_slice(&[0x01, authority.len() as u8]);
    block.extend_from_slice(authority);
    block.extend_from_slice(b"\x0f\x10\x10application/grpc");
    block.extend_from_slice(b"\x00\x02te\x08trailers");
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
        [&[0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream], payload].concat()
    };
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    bytes.extend(frame(1, 4, 1, &block));
    bytes.extend(frame(0, 1, 1, &[0; 5]));
    // In pieces, as a network would.
    for piece in bytes.chunks(7) {
        stream.write_all(piece).await.unwrap();
        stream.flush().await.unwrap();
    }
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        stream.read_exact(&mut payload).await.unwrap();
        match head[3] {
            // DATA on our stream: the answer.
            0 => {
                assert_eq!(head[8], 1);
                assert!(payload.windows(5).any(|bytes| bytes == b"falco"));
                break;
            }
            3 | 7 => panic!("the stream was reset: {payload:?}"),
            _ => {}
        }
    }
    drop(running);
}
