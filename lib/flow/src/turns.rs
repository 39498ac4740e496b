//! Requests in flight at once: as many as was set, or as many as prove best.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tt_record::{Problem, ProblemKind};
use tt_store::{Reentry, RetryNote};

use crate::{Gate, pace::Pace};

/// Hands out turns, one for each request. Cheap to clone.
#[derive(Clone)]
pub struct Turns(Arc<Inner>);

struct Inner {
    gate: Gate,
    started: Instant,
    /// None where the number is fixed.
    pace: Option<Mutex<Pace>>,
}

/// Leave to make a request, given back when it is dropped.
pub struct Turn {
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
        Self(Arc::new(Inner {
            gate: Gate::new(requests as u64, 1),
            started: Instant::now(),
            pace: fixed.is_none().then_some(Mutex::new(pace)),
        }))
    }

    /// Waits until a request with a body of `bytes` may begin; it may as long as the turn is held.
    pub async fn turn(&self, bytes: u64) -> Turn {
        let Inner { gate, .. } = &*self.0;
        if !gate.try_enter(1) {
            self.change(Pace::waited);
            gate.enter(1).await;
        }
        Turn { bytes, used: true, turns: self.clone() }
    }

    /// What is done about each failure that is retried: fewer requests are made where the service asks to slow down or the
    /// network is too slow for as many, and `tell` hears of it.
    pub fn note(&self, tell: impl Fn(&Problem, Duration) + Send + Sync + 'static) -> RetryNote {
        let turns = self.clone();
        Arc::new(move |problem, delay| {
            let now = turns.0.started.elapsed();
            match problem.kind {
                ProblemKind::Throttled => turns.change(|pace| pace.slow_down(now)),
                ProblemKind::Timeout => turns.change(|pace| pace.timed_out(now)),
                _ => {}
            }
            tell(problem, delay);
        })
    }

    /// Changes the pace, and lets the gate follow.
    fn change(&self, change: impl FnOnce(&mut Pace)) {
        let Inner { gate, pace: Some(pace), .. } = &*self.0 else { return };
        let mut pace = pace.lock().unwrap_or_else(PoisonError::into_inner);
        let before = pace.limit();
        change(&mut pace);
        if pace.limit() != before {
            gate.set_limit(pace.limit() as u64);
        }
    }
}

/// A request that waits for its retry leaves its turn to another one, so that the number in flight can fall.
impl Reentry for Turns {
    fn leave(&self) {
        self.0.gate.leave(1);
    }

    fn enter(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.0.gate.enter(1))
    }

    fn force(&self) {
        self.0.gate.force(1);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Self { bytes, used, turns } = self;
        if *used {
            let now = turns.0.started.elapsed();
            turns.change(|pace| pace.done(*bytes, now));
        }
        turns.0.gate.leave(1);
    }
}
