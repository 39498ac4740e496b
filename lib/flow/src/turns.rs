//! Requests under way at once: as many as was said, or as many as prove best.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tt_record::{Problem, ProblemKind};
use tt_store::RetryNote;

use crate::pace::Pace;

/// Hands out turns, one for each request. Cheap to clone.
#[derive(Clone)]
pub struct Turns(Arc<Inner>);

struct Inner {
    requests: Arc<Semaphore>,
    started: Instant,
    /// None where the number is fixed.
    pacer: Option<Mutex<Pacer>>,
}

/// What finds itself, and how far the semaphore has followed it.
struct Pacer {
    pace: Pace,
    granted: Granted,
}

/// How many permits a semaphore has, free or taken.
pub struct Granted(pub usize);

impl Granted {
    /// Makes the semaphore follow a limit, when `permit` comes back.
    pub fn follow(&mut self, limit: usize, semaphore: &Semaphore, permit: &mut OwnedSemaphorePermit) {
        if limit > self.0 {
            semaphore.add_permits(limit - self.0);
            self.0 = limit;
        }
        let surplus = (self.0 - limit).min(permit.num_permits());
        self.0 -= surplus;
        if let Some(surplus) = permit.split(surplus) {
            surplus.forget();
        }
    }
}

/// Leave to make a request, given back when it is dropped.
pub struct Turn {
    permit: OwnedSemaphorePermit,
    bytes: u64,
    /// Whether there is something to be learnt from it.
    used: bool,
    turns: Turns,
}

impl Turn {
    /// It came to no request.
    pub fn unused(&mut self) {
        self.used = false;
    }
}

impl Turns {
    /// Turns for `fixed` requests at once, or for as many as prove best; in either case for no more than the `possible` ones.
    pub fn new(fixed: Option<u16>, possible: usize) -> Self {
        let pace = Pace::new(possible);
        let requests = fixed.map_or(pace.limit(), |requests| usize::from(requests).min(possible));
        let pacer = Pacer { pace, granted: Granted(requests) };
        Self(Arc::new(Inner {
            requests: Arc::new(Semaphore::new(requests)),
            started: Instant::now(),
            pacer: fixed.is_none().then_some(Mutex::new(pacer)),
        }))
    }

    /// Waits until a request with a body of `bytes` may begin; it may as long as the turn is held. (There always is one: nobody
    /// closes the semaphore.)
    pub async fn turn(&self, bytes: u64) -> Option<Turn> {
        let requests = &self.0.requests;
        let permit = if let Ok(permit) = Arc::clone(requests).try_acquire_owned() {
            permit
        } else {
            self.change(|pacer| pacer.pace.waited());
            Arc::clone(requests).acquire_owned().await.ok()?
        };
        Some(Turn { permit, bytes, used: true, turns: self.clone() })
    }

    /// What is done about each failure that is tried again: fewer requests are made where the service asks to slow down, and
    /// `tell` is told.
    pub fn note(&self, tell: impl Fn(&Problem, Duration) + Send + Sync + 'static) -> RetryNote {
        let turns = self.clone();
        Arc::new(move |problem, delay| {
            if matches!(problem.kind, ProblemKind::Throttled | ProblemKind::Timeout) {
                turns.change(|pacer| pacer.pace.slow_down(turns.0.started.elapsed()));
            }
            tell(problem, delay);
        })
    }

    fn change(&self, change: impl FnOnce(&mut Pacer)) {
        if let Some(pacer) = &self.0.pacer {
            change(&mut pacer.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Self { permit, bytes, used, turns } = self;
        let Inner { requests, started, .. } = &*turns.0;
        turns.change(|Pacer { pace, granted }| {
            if *used {
                pace.done(*bytes, started.elapsed());
            }
            granted.follow(pace.limit(), requests, permit);
        });
    }
}
