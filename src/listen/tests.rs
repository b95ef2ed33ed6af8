use super::tls::Protocol;
use super::*;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

fn tcp(address: &str) -> ListenSettings {
    ListenSettings::new(address.parse().unwrap())
}

fn unix(folder: &tempfile::TempDir) -> (ListenSettings, PathBuf) {
    let path = folder.path().join("lanner.sock");
    (ListenSettings::new(Address::Unix(path.clone())), path)
}

fn port(bound: &Bound) -> std::net::SocketAddr {
    match bound.address() {
        Address::Tcp(address) => address,
        Address::Unix(path) => panic!("{}", path.display()),
    }
}

#[test]
fn beyond_loopback_needs_tls_or_being_told() {
    for safe in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "[::ffff:127.0.0.1]:1", "unix:///run/x.sock"] {
        assert_eq!(tcp(safe).validate(), Ok(()), "{safe}");
    }
    for open in ["0.0.0.0:50051", "[::]:50051", "192.168.1.5:50051"] {
        let mut settings = tcp(open);
        let error = settings.validate().unwrap_err().to_string();
        assert!(error.starts_with(open) && error.contains("`insecure: true`"), "{error}");
        settings.insecure = true;
        assert_eq!(settings.validate(), Ok(()));
    }
}

#[test]
fn an_address_says_how_it_is_written() {
    for text in ["", "50051", "host.example:50051", "unix://relative", "unix:///", "http://127.0.0.1:1"] {
        let error = text.parse::<Address>().unwrap_err().to_string();
        assert!(error.contains("127.0.0.1:50051"), "{error}");
    }
    assert_eq!("localhost:5".parse::<Address>().unwrap().to_string(), "127.0.0.1:5");
    assert_eq!("unix:///run/a.sock".parse::<Address>().unwrap().to_string(), "unix:///run/a.sock");
}

#[tokio::test]
async fn a_unix_socket_is_for_its_group_and_goes_when_the_listener_goes() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, path) = unix(&folder);
    let bound = Bound::bind(settings, Protocol::Http2).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    drop(bound);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_stale_socket_is_replaced_and_a_live_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, path) = unix(&folder);
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "a process that died leaves its socket");
    let bound = Bound::bind(settings.clone(), Protocol::Http2).await.unwrap();
    let error = Bound::bind(settings, Protocol::Http2).await.unwrap_err();
    assert!(matches!(error, ListenError::InUse(_)), "{error}");
    assert!(path.exists());
    drop(bound);
}

#[tokio::test]
async fn what_is_no_socket_is_never_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, path) = unix(&folder);
    std::fs::write(&path, "precious").unwrap();
    let error = Bound::bind(settings, Protocol::Http2).await.unwrap_err();
    assert!(matches!(error, ListenError::NotASocket(_)), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn a_connection_that_does_not_begin_is_closed() {
    let settings = ListenSettings { handshake_timeout: Duration::from_millis(50), ..tcp("127.0.0.1:0") };
    let bound = Bound::bind(settings, Protocol::Http2).await.unwrap();
    let (address, protection) = (port(&bound), bound.protection());
    let shutdown = CancellationToken::new();
    let _incoming = bound.serve(shutdown.clone(), shutdown.clone());
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(b"PRI * HT").await.unwrap();
    assert_eq!(silent.read(&mut [0; 1]).await.unwrap_or(0), 0);
    let mut wrong = TcpStream::connect(address).await.unwrap();
    wrong.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert_eq!(wrong.read(&mut [0; 1]).await.unwrap_or(0), 0);
    assert_eq!(protection.slow_or_wrong(), 2);
}

#[tokio::test]
async fn connections_beyond_the_cap_are_closed_and_a_free_slot_is_used_again() {
    let bound =
        Bound::bind(ListenSettings { max_connections: 1, ..tcp("127.0.0.1:0") }, Protocol::Http1).await.unwrap();
    let (address, protection) = (port(&bound), bound.protection());
    let shutdown = CancellationToken::new();
    let mut incoming = bound.serve(shutdown.clone(), shutdown.clone());
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(b"x").await.unwrap();
    let held = incoming.next().await.unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    assert_eq!(second.read(&mut [0; 1]).await.unwrap_or(0), 0);
    assert_eq!(protection.refused(), 1);
    drop(held);
    let mut third = TcpStream::connect(address).await.unwrap();
    third.write_all(b"y").await.unwrap();
    let mut held = incoming.next().await.unwrap();
    assert_eq!(held.read_u8().await.unwrap(), b'y');
}

#[tokio::test]
async fn shutdown_frees_the_address_and_cut_breaks_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, path) = unix(&folder);
    let bound = Bound::bind(settings, Protocol::Http1).await.unwrap();
    let (shutdown, cut) = (CancellationToken::new(), CancellationToken::new());
    let mut incoming = bound.serve(shutdown.clone(), cut.clone());
    let mut client = UnixStream::connect(&path).await.unwrap();
    client.write_all(b"x").await.unwrap();
    let mut held = incoming.next().await.unwrap();
    assert_eq!(held.read_u8().await.unwrap(), b'x');
    shutdown.cancel();
    assert!(incoming.next().await.is_none());
    assert!(!path.exists());
    cut.cancel();
    assert!(held.read_u8().await.is_err());
}
