//! A unix socket: mode 0660 from the first moment, replaced only where stale, removed at the end if still ours.

use super::{Address, ListenError};
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::{UnixListener, UnixSocket, UnixStream};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;
/// Whoever has not answered by then is busy, not gone.
const ANSWER: Duration = Duration::from_secs(1);

/// Removes the socket file when dropped, unless another socket has taken its place.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_some_and(|found| found == self.identity) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

pub(super) async fn bind(path: &Path) -> Result<(UnixListener, SocketFile), ListenError> {
    let failed = |source| ListenError::Bind { address: Address::Unix(path.to_owned()), source };
    make_way(path).await?;
    let socket = UnixSocket::new_stream().map_err(failed)?;
    socket.bind(path).map_err(failed)?;
    // Before `listen` nobody can connect, so there is no moment with another mode.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(failed)?;
    let listener = socket.listen(BACKLOG).map_err(failed)?;
    let identity = identity(path).unwrap_or_default();
    Ok((listener, SocketFile { path: path.to_owned(), identity }))
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::symlink_metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Removes a socket on which nobody answers.
async fn make_way(path: &Path) -> Result<(), ListenError> {
    let failed = |source| ListenError::Bind { address: Address::Unix(path.to_owned()), source };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if !metadata.file_type().is_socket() => return Err(ListenError::NotASocket(path.to_owned())),
        Ok(_) => {}
    }
    match tokio::time::timeout(ANSWER, UnixStream::connect(path)).await {
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => {
            tracing::info!(path = %path.display(), "replacing a stale socket");
            std::fs::remove_file(path).map_err(failed)
        }
        Ok(Err(error)) if error.kind() == ErrorKind::NotFound => Ok(()),
        Ok(Err(error)) if error.kind() != ErrorKind::WouldBlock => Err(failed(error)),
        _ => Err(ListenError::InUse(path.to_owned())),
    }
}
