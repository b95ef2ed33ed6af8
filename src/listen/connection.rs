//! One connection, ready to be served: whatever it runs over, its first bytes read, its slot held.

use super::authority::AuthorityMender;
use bytes::{Buf as _, BytesMut};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_util::sync::WaitForCancellationFutureOwned;

/// Bytes both ways: TCP or unix, in the clear or TLS.
pub(super) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// Who is at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// Over TCP.
    Tcp(SocketAddr),
    /// Over a unix socket: its process and user, as far as the kernel says.
    Unix {
        /// The process.
        pid: Option<i32>,
        /// The user.
        uid: Option<u32>,
    },
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix { pid, uid } => {
                let number = |n: Option<i64>| n.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
                write!(f, "pid {}, uid {}", number(pid.map(i64::from)), number(uid.map(i64::from)))
            }
        }
    }
}

/// What whoever answers a call may know of its connection.
#[derive(Debug, Clone)]
pub struct Client {
    /// Who is at the other end.
    pub peer: Peer,
    /// True while the other end takes no more bytes. An HTTP/2 library takes hundreds of kilobytes for each stream
    /// then, all the same, and offers no way to take less: who streams must stop by itself.
    pub blocked: watch::Receiver<bool>,
}

/// A connection to be served. Its slot under the cap is free again when it is dropped.
pub struct Connection {
    socket: Box<dyn Socket>,
    peer: Peer,
    blocked: watch::Sender<bool>,
    /// Read already, not yet given on.
    ready: BytesMut,
    /// On unix sockets that speak HTTP/2.
    mender: Option<AuthorityMender>,
    /// Fires when there is no more patience for connections that do not end.
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _slot: OwnedSemaphorePermit,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// What a mended connection reads at a time.
const CHUNK: usize = 8 * 1024;

impl Connection {
    pub(super) fn new(
        socket: Box<dyn Socket>,
        peer: Peer,
        first: &[u8],
        mender: Option<AuthorityMender>,
        cut: WaitForCancellationFutureOwned,
        slot: OwnedSemaphorePermit,
    ) -> Self {
        let (blocked, ready) = (watch::Sender::new(false), BytesMut::from(first));
        Self { socket, peer, blocked, ready, mender, cut: Box::pin(cut), _slot: slot }
    }

    /// Who is at the other end.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Says whether the other end takes bytes, as the last writing has found.
    fn wrote(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let blocked = written.is_pending();
        self.blocked.send_if_modified(|known| std::mem::replace(known, blocked) != blocked);
        written
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.cut.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionAborted, "lanner is shutting down")));
        }
        loop {
            if !this.ready.is_empty() {
                let count = this.ready.len().min(buffer.remaining());
                buffer.put_slice(&this.ready[..count]);
                this.ready.advance(count);
                return Poll::Ready(Ok(()));
            }
            let Some(mender) = &mut this.mender else {
                return Pin::new(&mut this.socket).poll_read(context, buffer);
            };
            let mut chunk = [0; CHUNK];
            let mut chunk = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.socket).poll_read(context, &mut chunk))?;
            if chunk.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            mender.feed(chunk.filled(), &mut this.ready);
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.socket).poll_write(context, bytes);
        this.wrote(written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.socket).poll_write_vectored(context, parts);
        this.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(context)
    }
}

impl tonic::transport::server::Connected for Connection {
    type ConnectInfo = Client;

    fn connect_info(&self) -> Client {
        Client { peer: self.peer.clone(), blocked: self.blocked.subscribe() }
    }
}
