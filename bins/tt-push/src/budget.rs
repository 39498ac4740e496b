//! What all workers share: how many requests are under way, how many bytes they carry and how many of these are in memory,
//! and how many large files are begun.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tt_flow::{Granted, Turn, Turns};

use crate::{
    pacing::Pacing,
    volume::{self, Volume},
};

/// Bytes are counted in units of so many.
const UNIT: u64 = 1 << 12;

/// Large files under way at once: enough that none of them leaves the line idle, and few unfinished uploads.
const LARGE_FILES: usize = 8;

/// The budget. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Inner>);

struct Inner {
    turns: Turns,
    volume: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    /// Bodies in memory, in bytes. A single body that is larger goes alone.
    most_memory: u64,
    large: Arc<Semaphore>,
    started: Instant,
    /// None where the number of requests is fixed.
    pacer: Option<Mutex<Pacer>>,
}

/// The volume, which finds itself, and how far its semaphore has followed it.
struct Pacer {
    volume: Volume,
    bytes: Granted,
}

/// A share of the budget, given back when it is dropped.
pub(crate) struct Share {
    turn: Turn,
    volume: OwnedSemaphorePermit,
    _memory: OwnedSemaphorePermit,
    bytes: u64,
    /// Whether there is something to be learnt from it.
    used: bool,
    budget: Budget,
}

/// Leave to have a large file under way, given back when it is dropped.
pub(crate) struct LargeFile {
    _permit: OwnedSemaphorePermit,
}

impl Share {
    /// The length of the body that it is for.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// It came to no request.
    pub(crate) fn unused(&mut self) {
        self.turn.unused();
        self.used = false;
    }
}

impl Budget {
    /// A budget for the requests that are possible, or for as many of them as proves best.
    pub(crate) fn new(pacing: &Pacing, possible: usize) -> Self {
        let Pacing { concurrency: requests, memory, .. } = *pacing;
        let volume = Volume::new();
        let bytes = if requests.is_some() { Semaphore::MAX_PERMITS } else { units(volume.limit()) as usize };
        let pacer = Pacer { volume, bytes: Granted(bytes) };
        Self(Arc::new(Inner {
            turns: Turns::new(requests, possible),
            volume: Arc::new(Semaphore::new(bytes)),
            memory: Arc::new(Semaphore::new(units(memory) as usize)),
            most_memory: memory,
            large: Arc::new(Semaphore::new(LARGE_FILES)),
            started: Instant::now(),
            pacer: requests.is_none().then_some(Mutex::new(pacer)),
        }))
    }

    /// Waits until a request with a body of `bytes` may begin, of which so much is in memory; it may as long as the share
    /// is held. (There always is one: nobody closes the semaphores.)
    pub(crate) async fn share(&self, bytes: u64, memory: u64) -> Option<Share> {
        // What is larger than the volume will ever be must not wait for ever.
        let volume = units(bytes.min(volume::FEWEST));
        let volume = Arc::clone(&self.0.volume).acquire_many_owned(volume).await.ok()?;
        let memory = units(memory.min(self.0.most_memory));
        let memory = Arc::clone(&self.0.memory).acquire_many_owned(memory).await.ok()?;
        let turn = self.0.turns.turn(bytes).await?;
        Some(Share { turn, volume, _memory: memory, bytes, used: true, budget: self.clone() })
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

impl Drop for Share {
    fn drop(&mut self) {
        let Self { volume: permit, bytes, used, budget, .. } = self;
        let Inner { volume: all, started, pacer: Some(pacer), .. } = &*budget.0 else { return };
        let Pacer { volume, bytes: granted } = &mut *pacer.lock().unwrap_or_else(PoisonError::into_inner);
        if *used {
            volume.done(*bytes, started.elapsed());
        }
        granted.follow(units(volume.limit()) as usize, all, permit);
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}
