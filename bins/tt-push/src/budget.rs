//! What all workers share: how many requests are in flight, how many bytes they carry and how many of these are in memory,
//! and how many large files are begun.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tt_flow::{Gate, Turn, Turns};

use crate::{pacing::Pacing, volume::Volume};

/// Memory is counted in units of so many bytes.
const UNIT: u64 = 1 << 12;

/// Large files in flight at once: enough that none of them leaves the link idle, and few unfinished uploads.
const LARGE_FILES: usize = 8;

/// So many bodies may be in flight however slow the link is: while one is answered, the next one is sent.
const FEWEST_BODIES: u32 = 2;

/// The budget. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Inner>);

struct Inner {
    turns: Turns,
    /// None where the number of requests is fixed.
    volume: Option<Measured>,
    memory: Arc<Semaphore>,
    /// Bodies in memory, in bytes. A single body that is larger goes alone.
    most_memory: u64,
    large: Arc<Semaphore>,
}

/// Bytes in flight, as many as the link turns out to take.
struct Measured {
    gate: Gate,
    volume: Mutex<Volume>,
    started: Instant,
}

/// A share of the budget, given back when it is dropped.
pub(crate) struct Share {
    turn: Turn,
    volume: Carried,
    _memory: OwnedSemaphorePermit,
}

/// Bytes that are in flight.
struct Carried {
    bytes: u64,
    /// Whether there is something to be learnt from it.
    used: bool,
    budget: Budget,
}

/// Leave to have a large file in flight, given back when it is dropped.
pub(crate) struct LargeFile {
    _permit: OwnedSemaphorePermit,
}

impl Share {
    /// The length of the body that it is for.
    pub(crate) fn bytes(&self) -> u64 {
        self.volume.bytes
    }

    /// It came to no request.
    pub(crate) fn unused(&mut self) {
        self.turn.unused();
        self.volume.used = false;
    }
}

impl Budget {
    /// A budget for the requests that are possible, or for as many of them as proves best.
    pub(crate) fn new(pacing: &Pacing, possible: usize) -> Self {
        let Pacing { concurrency: requests, memory, .. } = *pacing;
        Self(Arc::new(Inner {
            turns: Turns::new(requests, possible),
            volume: requests.is_none().then(Measured::default),
            memory: Arc::new(Semaphore::new(units(memory) as usize)),
            most_memory: memory,
            large: Arc::new(Semaphore::new(LARGE_FILES)),
        }))
    }

    /// Waits until a request with a body of `bytes` may begin, of which so much is in memory; it may as long as the share
    /// is held. (There always is one: nothing closes the semaphore.)
    pub(crate) async fn share(&self, bytes: u64, memory: u64) -> Option<Share> {
        let mut volume = self.carry(bytes).await;
        let memory = units(memory.min(self.0.most_memory));
        let memory = Arc::clone(&self.0.memory).acquire_many_owned(memory).await.ok()?;
        let turn = self.0.turns.turn(bytes).await;
        volume.used = true;
        Some(Share { turn, volume, _memory: memory })
    }

    async fn carry(&self, bytes: u64) -> Carried {
        if let Some(Measured { gate, .. }) = &self.0.volume {
            gate.enter(bytes).await;
        }
        Carried { bytes, used: false, budget: self.clone() }
    }

    /// Waits until a large file may be begun; it may as long as the share is held.
    pub(crate) async fn large_file(&self) -> Option<LargeFile> {
        Arc::clone(&self.0.large).acquire_owned().await.ok().map(|permit| LargeFile { _permit: permit })
    }

    /// The turns of its requests.
    pub(crate) fn turns(&self) -> &Turns {
        &self.0.turns
    }
}

impl Default for Measured {
    fn default() -> Self {
        let volume = Volume::new();
        let gate = Gate::new(volume.limit(), FEWEST_BODIES);
        Self { gate, volume: Mutex::new(volume), started: Instant::now() }
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        let Self { bytes, used, budget } = self;
        let Some(Measured { gate, volume, started }) = &budget.0.volume else { return };
        if *used {
            let mut volume = volume.lock().unwrap_or_else(PoisonError::into_inner);
            let before = volume.limit();
            volume.done(*bytes, started.elapsed());
            if volume.limit() != before {
                gate.set_limit(volume.limit());
            }
        }
        gate.leave(*bytes);
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}
