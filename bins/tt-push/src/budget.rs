//! What all workers share: how many requests are under way, how many bytes they carry and how many of these are in memory,
//! and how many large files are begun.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    pace::Pace,
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
    requests: Arc<Semaphore>,
    volume: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    /// Bodies in memory, in bytes. A single body that is larger goes alone.
    most_memory: u64,
    large: Arc<Semaphore>,
    pace: Option<Mutex<Pacer>>,
}

/// What finds itself, and how far the semaphores have followed it.
struct Pacer {
    started: Instant,
    pace: Pace,
    requests: Granted,
    volume: Volume,
    bytes: Granted,
}

/// How many permits a semaphore has, free or taken.
struct Granted(usize);

impl Granted {
    /// Adds permits up to a limit. How many of those that come back are to go instead, since it shrank.
    fn follow(&mut self, limit: usize, semaphore: &Semaphore, coming_back: usize) -> usize {
        if limit > self.0 {
            semaphore.add_permits(limit - self.0);
            self.0 = limit;
        }
        let surplus = (self.0 - limit).min(coming_back);
        self.0 -= surplus;
        surplus
    }
}

/// A share of the budget, given back when it is dropped.
pub(crate) struct Share {
    request: OwnedSemaphorePermit,
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
        self.used = false;
    }
}

impl Budget {
    /// A budget for the requests that are possible, or for as many of them as proves best.
    pub(crate) fn new(pacing: &Pacing, possible: usize) -> Self {
        let Pacing { concurrency: requests, memory, .. } = *pacing;
        let (pace, volume) = (Pace::new(possible), Volume::new());
        let fixed = requests.map(|requests| usize::from(requests).min(possible));
        let requests = fixed.unwrap_or(pace.limit());
        let bytes = if fixed.is_some() { Semaphore::MAX_PERMITS } else { units(volume.limit()) as usize };
        let pacer = Pacer {
            started: Instant::now(),
            pace,
            requests: Granted(requests),
            volume,
            bytes: Granted(bytes),
        };
        Self(Arc::new(Inner {
            requests: Arc::new(Semaphore::new(requests)),
            volume: Arc::new(Semaphore::new(bytes)),
            memory: Arc::new(Semaphore::new(units(memory) as usize)),
            most_memory: memory,
            large: Arc::new(Semaphore::new(LARGE_FILES)),
            pace: fixed.is_none().then_some(Mutex::new(pacer)),
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
        let request = self.request().await?;
        Some(Share { request, volume, _memory: memory, bytes, used: true, budget: self.clone() })
    }

    async fn request(&self) -> Option<OwnedSemaphorePermit> {
        let requests = &self.0.requests;
        if let Ok(request) = Arc::clone(requests).try_acquire_owned() {
            return Some(request);
        }
        self.pace(|pacer| pacer.pace.waited());
        Arc::clone(requests).acquire_owned().await.ok()
    }

    /// Waits until a large file may be begun; it may as long as the share is held.
    pub(crate) async fn large_file(&self) -> Option<LargeFile> {
        Arc::clone(&self.0.large).acquire_owned().await.ok().map(|permit| LargeFile { _permit: permit })
    }

    /// The service asks to slow down.
    pub(crate) fn slow_down(&self) {
        self.pace(|pacer| pacer.pace.slow_down(pacer.started.elapsed()));
    }

    fn pace<T>(&self, change: impl FnOnce(&mut Pacer) -> T) -> Option<T> {
        let pacer = self.0.pace.as_ref()?;
        Some(change(&mut pacer.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Self { request, volume, bytes, used, budget, .. } = self;
        let Inner { requests, volume: all, .. } = &*budget.0;
        budget.pace(|pacer| {
            let now = pacer.started.elapsed();
            if *used {
                pacer.pace.done(*bytes, now);
                pacer.volume.done(*bytes, now);
            }
            let (limit, back) = (pacer.pace.limit(), request.num_permits());
            forget(request, pacer.requests.follow(limit, requests, back));
            let (limit, back) = (units(pacer.volume.limit()) as usize, volume.num_permits());
            forget(volume, pacer.bytes.follow(limit, all, back));
        });
    }
}

fn forget(permits: &mut OwnedSemaphorePermit, count: usize) {
    if let Some(surplus) = permits.split(count) {
        surplus.forget();
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}
