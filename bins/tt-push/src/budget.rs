//! What all workers share: how many requests are under way, and how much memory their bodies take.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bodies in memory, in bytes. A single body may be larger, if it is alone.
const MEMORY: u64 = 256 << 20;

/// Memory is counted in units of this many bytes.
const UNIT: u64 = 1 << 12;

/// The budget. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Budget {
    requests: Arc<Semaphore>,
    memory: Arc<Semaphore>,
}

/// A share of the budget, given back when it is dropped.
pub(crate) struct Share {
    _request: OwnedSemaphorePermit,
    _memory: OwnedSemaphorePermit,
}

impl Budget {
    pub(crate) fn new(requests: u16) -> Self {
        Self {
            requests: Arc::new(Semaphore::new(usize::from(requests))),
            memory: Arc::new(Semaphore::new(units(MEMORY) as usize)),
        }
    }

    /// Waits until a request with a body of `bytes` may begin; it may as long as the share is held. (There always is one:
    /// nobody closes the semaphores.)
    pub(crate) async fn share(&self, bytes: u64) -> Option<Share> {
        let memory = Arc::clone(&self.memory).acquire_many_owned(units(bytes.min(MEMORY))).await.ok()?;
        let request = Arc::clone(&self.requests).acquire_owned().await.ok()?;
        Some(Share { _request: request, _memory: memory })
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}
