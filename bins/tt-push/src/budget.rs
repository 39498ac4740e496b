//! What all workers share: how many requests are under way, how much memory their bodies take, and how many large files
//! are begun.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{pace::Pace, pacing::Pacing};

/// Memory is counted in units of this many bytes.
const UNIT: u64 = 1 << 12;

/// Large files under way at once: enough that none of them leaves the line idle, and few unfinished uploads.
const LARGE_FILES: usize = 8;

/// The budget. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Inner>);

struct Inner {
    requests: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    /// Bodies in memory, in bytes. A single body may be larger, if it is alone.
    most_memory: u64,
    large: Arc<Semaphore>,
    pace: Option<Mutex<Pacer>>,
}

/// A pace, and how far the semaphore has followed it.
struct Pacer {
    pace: Pace,
    started: Instant,
    granted: usize,
}

/// A share of the budget, given back when it is dropped.
pub(crate) struct Share {
    request: Option<OwnedSemaphorePermit>,
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
        let pace = Pace::new(possible);
        let granted = requests.map_or(pace.limit(), |requests| usize::from(requests).min(possible));
        Self(Arc::new(Inner {
            requests: Arc::new(Semaphore::new(granted)),
            memory: Arc::new(Semaphore::new(units(memory) as usize)),
            most_memory: memory,
            large: Arc::new(Semaphore::new(LARGE_FILES)),
            pace: requests.is_none().then(|| Mutex::new(Pacer { pace, started: Instant::now(), granted })),
        }))
    }

    /// Waits until a request with a body of `bytes` may begin; it may as long as the share is held. (There always is one:
    /// nobody closes the semaphores.)
    pub(crate) async fn share(&self, bytes: u64) -> Option<Share> {
        let memory =
            Arc::clone(&self.0.memory).acquire_many_owned(units(bytes.min(self.0.most_memory))).await.ok()?;
        let request = self.request().await?;
        Some(Share { request: Some(request), _memory: memory, bytes, used: true, budget: self.clone() })
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

impl Pacer {
    /// Takes note of a request that is done, if one was made. Whether its permit is to go, since the limit shrank.
    fn done(&mut self, bytes: Option<u64>, requests: &Semaphore) -> bool {
        if let Some(bytes) = bytes {
            self.pace.done(bytes, self.started.elapsed());
        }
        let limit = self.pace.limit();
        if limit > self.granted {
            requests.add_permits(limit - self.granted);
            self.granted = limit;
        }
        let surplus = limit < self.granted;
        if surplus {
            self.granted -= 1;
        }
        surplus
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(request) = self.request.take() else { return };
        let bytes = self.used.then_some(self.bytes);
        let surplus = self.budget.pace(|pacer| pacer.done(bytes, &self.budget.0.requests));
        if surplus == Some(true) {
            request.forget();
        }
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}
