//! From a bound listener to a stream of connections that are ready to be served.

use super::authority::AuthorityMender;
use super::connection::{Connection, Peer, Socket};
use super::tls::{Protocol, Renewal, Tls};
use super::unix::SocketFile;
use super::{Address, ListenError, ListenSettings};
use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// A listener that has its address and accepts nothing yet.
#[derive(Debug)]
pub struct Bound {
    listener: Listener,
    settings: ListenSettings,
    protocol: Protocol,
    tls: Option<(Tls, Renewal)>,
    counts: Arc<Counts>,
}

#[derive(Debug)]
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, #[allow(dead_code, reason = "removes the socket file when dropped")] SocketFile),
}

/// How a listener protects itself: counters for metrics.
#[derive(Debug, Clone)]
pub struct Protection(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    refused: AtomicU64,
    slow: AtomicU64,
    accept_errors: AtomicU64,
}

impl Protection {
    /// Connections closed at once because the listener had its most.
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Connections closed because they did not begin, or began wrongly.
    pub fn slow_or_wrong(&self) -> u64 {
        self.0.slow.load(Ordering::Relaxed)
    }

    /// Times that a connection could not be accepted (no file descriptors left, mostly).
    pub fn accept_errors(&self) -> u64 {
        self.0.accept_errors.load(Ordering::Relaxed)
    }
}

/// What every HTTP/2 connection begins with (RFC 9113, 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Bound {
    /// Takes the address. Nothing is accepted before [`serve`](Self::serve).
    ///
    /// # Errors
    /// [`ListenError`] where it is not safe, not free, or its certificates cannot be used.
    pub async fn bind(settings: ListenSettings, protocol: Protocol) -> Result<Self, ListenError> {
        settings.validate()?;
        let failed = |source| ListenError::Tls { address: settings.address.clone(), source };
        let tls = settings.tls.clone().map(|tls| Tls::load(tls, protocol)).transpose().map_err(failed)?;
        let listener = match &settings.address {
            Address::Tcp(address) => {
                let failed = |source| ListenError::Bind { address: settings.address.clone(), source };
                Listener::Tcp(TcpListener::bind(address).await.map_err(failed)?)
            }
            Address::Unix(path) => {
                let (listener, file) = super::unix::bind(path).await?;
                Listener::Unix(listener, file)
            }
        };
        Ok(Self { listener, settings, protocol, tls, counts: Arc::default() })
    }

    /// Where it listens: with the port that was given for port 0.
    pub fn address(&self) -> Address {
        match &self.listener {
            Listener::Tcp(listener) => {
                listener.local_addr().map_or_else(|_| self.settings.address.clone(), Address::Tcp)
            }
            Listener::Unix(..) => self.settings.address.clone(),
        }
    }

    /// Counters for metrics.
    pub fn protection(&self) -> Protection {
        Protection(Arc::clone(&self.counts))
    }

    /// Accepts until `shutdown`; then the address is free again. Connections that are still there when `cut` fires
    /// break.
    pub fn serve(self, shutdown: CancellationToken, cut: CancellationToken) -> Incoming {
        // One: a connection that nobody takes waits in its own task, within the cap.
        let (sender, receiver) = mpsc::channel(1);
        let Self { listener, settings, protocol, tls, counts } = self;
        let tls = tls.map(|(tls, renewal)| {
            tokio::spawn(renewal.run(settings.renewal_interval, shutdown.clone()));
            tls
        });
        let slots = Arc::new(Semaphore::new(settings.max_connections.min(Semaphore::MAX_PERMITS)));
        let address = settings.address.to_string();
        let beginning = Beginning { tls, protocol, timeout: settings.handshake_timeout, cut, counts, sender };
        tokio::spawn(accept(listener, address, slots, beginning, shutdown));
        Incoming(receiver)
    }
}

/// Connections that are ready to be served. Ends when the listener does.
#[derive(Debug)]
pub struct Incoming(mpsc::Receiver<Connection>);

impl Incoming {
    /// The next connection; `None` when the listener has ended.
    pub async fn next(&mut self) -> Option<Connection> {
        self.0.recv().await
    }
}

impl tokio_stream::Stream for Incoming {
    type Item = io::Result<Connection>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|connection| connection.map(Ok))
    }
}

/// What each new connection goes through.
#[derive(Clone)]
struct Beginning {
    tls: Option<Tls>,
    protocol: Protocol,
    timeout: Duration,
    cut: CancellationToken,
    counts: Arc<Counts>,
    sender: mpsc::Sender<Connection>,
}

async fn accept(
    listener: Listener,
    address: String,
    slots: Arc<Semaphore>,
    beginning: Beginning,
    shutdown: CancellationToken,
) {
    let mut pause = None::<Duration>;
    let mut full = false;
    let last_descriptor = last_descriptor(beginning.protocol);
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return,
            accepted = accept_one(&listener) => accepted,
        };
        let (socket, peer, descriptor) = match accepted {
            Ok(connection) => connection,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                // EMFILE, ENFILE, ENOBUFS, ENOMEM: others have to go first.
                beginning.counts.accept_errors.fetch_add(1, Ordering::Relaxed);
                if pause.is_none() {
                    tracing::warn!(address, %error, "cannot accept connections, trying again");
                }
                let wait = pause.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LONGEST_PAUSE));
                pause = Some(wait);
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = tokio::time::sleep(wait) => continue,
                }
            }
        };
        if pause.take().is_some() {
            tracing::info!(address, "accepting connections again");
        }
        let slot = if descriptor > last_descriptor { None } else { Arc::clone(&slots).try_acquire_owned().ok() };
        let Some(slot) = slot else {
            beginning.counts.refused.fetch_add(1, Ordering::Relaxed);
            if !full {
                tracing::warn!(address, %peer, descriptor, "as many connections as allowed, closing new ones");
            }
            full = true;
            continue;
        };
        full = false;
        tokio::spawn(beginning.clone().begin(socket, peer, slot));
    }
}

/// The highest file descriptor that a connection may take. The kernel gives the lowest that is free, so a higher one
/// says that few are left. Those are for the journal, and some of them for ingest: clients that read must be able to
/// stop neither.
fn last_descriptor(protocol: Protocol) -> RawFd {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let soft =
        limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok());
    let soft: RawFd = soft.unwrap_or(RawFd::MAX);
    match protocol {
        Protocol::Http1 => soft - RESERVED_DESCRIPTORS.min(soft / 4),
        Protocol::Http2 => soft - (2 * RESERVED_DESCRIPTORS).min(soft / 3),
    }
}

/// Journal, readers, Falco, certificates: a few dozen at the most. As many again for ingest.
const RESERVED_DESCRIPTORS: RawFd = 64;

async fn accept_one(listener: &Listener) -> io::Result<(Box<dyn Socket>, Peer, RawFd)> {
    match listener {
        Listener::Tcp(listener) => {
            let (stream, address) = listener.accept().await?;
            // Fails only on a connection that is gone, and that shows at the first read.
            let _ = stream.set_nodelay(true);
            let descriptor = stream.as_raw_fd();
            Ok((Box::new(stream), Peer::Tcp(address), descriptor))
        }
        Listener::Unix(listener, _) => {
            let (stream, _) = listener.accept().await?;
            let credentials = stream.peer_cred().ok();
            let pid = credentials.and_then(|credentials| credentials.pid());
            let uid = credentials.map(|credentials| credentials.uid());
            let descriptor = stream.as_raw_fd();
            Ok((Box::new(stream), Peer::Unix { pid, uid }, descriptor))
        }
    }
}

/// True where the one connection failed, not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

impl Beginning {
    async fn begin(self, socket: Box<dyn Socket>, peer: Peer, slot: OwnedSemaphorePermit) {
        let result = tokio::select! {
            () = self.cut.cancelled() => return,
            result = tokio::time::timeout(self.timeout, self.first_bytes(socket)) => result,
        };
        let reason = match result {
            Ok(Ok((socket, first))) => {
                let mends = self.protocol == Protocol::Http2 && matches!(peer, Peer::Unix { .. });
                let mender = mends.then(AuthorityMender::default);
                let cut = self.cut.clone().cancelled_owned();
                let connection = Connection::new(socket, peer, &first, mender, cut, slot);
                // An error says that nobody serves any more.
                let _ = self.sender.send(connection).await;
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("did not begin within {} s", self.timeout.as_secs_f32()),
        };
        self.counts.slow.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(%peer, reason, "connection closed before it began");
    }

    /// The TLS handshake, and the first bytes: HTTP/2's whole preface, or one byte of a request.
    async fn first_bytes(&self, socket: Box<dyn Socket>) -> io::Result<(Box<dyn Socket>, Vec<u8>)> {
        let mut socket = match &self.tls {
            None => socket,
            Some(tls) => Box::new(tls.acceptor().accept(socket).await?),
        };
        let mut first = vec![0; if self.protocol == Protocol::Http2 { PREFACE.len() } else { 1 }];
        socket.read_exact(&mut first).await?;
        if self.protocol == Protocol::Http2 && first != PREFACE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not HTTP/2: this listener speaks gRPC"));
        }
        Ok((socket, first))
    }
}
