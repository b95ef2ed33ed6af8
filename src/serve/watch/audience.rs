//! Who watches: places, as many as there are, and whether any is taken.

use super::frame::encode_in;
use crate::analysis::Analysis;
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places for watchers. Clones share them.
#[derive(Debug, Clone)]
pub struct Audience {
    places: Arc<Semaphore>,
    most: usize,
}

impl Audience {
    /// For at most `most` watchers at a time.
    pub fn new(most: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(most)), most }
    }

    /// How many there may be.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// How many watch now.
    pub fn count(&self) -> usize {
        self.most - self.places.available_permits()
    }

    /// A place, held until it is dropped; `None` where all are taken.
    pub(super) fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// The `lanner.v1.Analysis` that watchers are sent, where there are any: also where none of them will want this one.
    /// Conversion never fails, and who calls this has read the same alert with far more code.
    pub fn message(&self, analysis: Analysis, room: &mut Vec<u8>) -> Option<Bytes> {
        if self.count() > 0 { encode_in(room, analysis) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::testing::sample;
    use crate::serve::watch::frame::encode;

    #[test]
    fn messages_are_made_while_somebody_watches() {
        let (audience, analysis) = (Audience::new(1), sample("Detect Shell in Container", 1));
        let mut room = b"what was there".to_vec();
        assert_eq!(audience.message(analysis.clone(), &mut room), None);
        let place = audience.take().unwrap();
        assert!(audience.take().is_none());
        assert_eq!(audience.message(analysis.clone(), &mut room), Some(encode(analysis.clone())));
        drop(place);
        assert_eq!(audience.message(analysis.clone(), &mut room), None);
    }
}
