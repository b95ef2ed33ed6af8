//! The sources' thread: taking alerts in waits for nobody that is served.

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// A thread that runs what is spawned on it, until this is dropped; what is not done then is left undone.
pub(super) struct SourceThread {
    pub handle: Handle,
    _end: oneshot::Sender<()>,
}

impl SourceThread {
    /// Starts it.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        std::thread::Builder::new().name("sources".to_owned()).spawn(move || {
            // An error is the sender's end as well.
            let _: Result<(), _> = runtime.block_on(ended);
        })?;
        Ok(Self { handle, _end: end })
    }
}
