//! The blocking readers of the journal, shared by everybody whom we serve.
//!
//! A few threads, each with a connection of its own: a thousand watchers cost a thousand numbers, not a thousand
//! connections. Requests are short reads and are taken in order, so nobody waits long behind somebody's history.

use crate::journal::{Journal, ReadError, Reader};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// Hands reads to the threads. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub struct Readers {
    requests: mpsc::Sender<Request>,
}

type Request = Box<dyn FnOnce(&mut Connection) + Send>;

/// Why a read gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The journal refuses.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The threads have ended.
    #[error("the readers have ended")]
    Ended,
}

/// Threads that read.
pub const THREADS: usize = 2;
/// Requests that may wait; those beyond wait at the sender.
const QUEUE: usize = 64;

/// A thread's connection, opened at the first need and again after an error.
struct Connection {
    journal: Journal,
    reader: Option<Reader>,
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readers").finish_non_exhaustive()
    }
}

impl Readers {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn start(journal: &Journal) -> io::Result<Self> {
        let (requests, queue) = mpsc::channel::<Request>(QUEUE);
        // One thread at a time waits at the queue with the lock held; the others wait for the lock.
        let queue = Arc::new(Mutex::new(queue));
        for n in 0..THREADS {
            let queue = Arc::clone(&queue);
            let mut connection = Connection { journal: journal.clone(), reader: None };
            std::thread::Builder::new().name(format!("journal-read-{n}")).spawn(move || {
                loop {
                    let request = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
                    let Some(request) = request else { return };
                    request(&mut connection);
                }
            })?;
        }
        Ok(Self { requests })
    }

    /// Runs a short read on one of the threads. It is left out if the caller has gone before its turn.
    ///
    /// # Errors
    /// [`PoolError`] with what the journal said.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, PoolError> {
        let (answer, answered) = oneshot::channel();
        let request: Request = Box::new(move |connection| {
            if !answer.is_closed() {
                // An error says that the caller has just gone.
                let _ = answer.send(connection.read(read));
            }
        });
        self.requests.send(request).await.map_err(|_| PoolError::Ended)?;
        Ok(answered.await.map_err(|_| PoolError::Ended)??)
    }
}

impl Connection {
    fn read<T>(&mut self, read: impl FnOnce(&mut Reader) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            empty => empty.insert(self.journal.reader()?),
        };
        let result = read(reader);
        if result.is_err() {
            self.reader = None;
        }
        result
    }
}
