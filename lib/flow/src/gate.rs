//! A gate that lets through as much at once as its limit allows, in the order in which it was asked. The limit may change at
//! any time: what has passed stays, and nothing more passes until there is room again.
//!
//! Always holds: whoever waits is let through sooner or later, whatever its weight, since a few pass however low the limit is.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use tokio::sync::oneshot;

/// The gate. Shared by all threads.
#[derive(Debug)]
pub struct Gate(Mutex<State>);

#[derive(Debug)]
struct State {
    limit: u64,
    /// So many pass, whatever they weigh.
    least: i64,
    /// What is inside: how many, and what they weigh. Negative for a moment where something steps out that never asked.
    count: i64,
    weight: i64,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    weight: u64,
    passed: oneshot::Sender<()>,
}

impl Gate {
    /// A gate that `limit` may pass at once; and `least` of them in any case.
    pub fn new(limit: u64, least: u32) -> Self {
        let (count, weight, waiting) = (0, 0, VecDeque::new());
        Self(Mutex::new(State { limit, least: least.into(), count, weight, waiting }))
    }

    /// Passes at once, if there is room and nothing else waits.
    pub fn try_enter(&self, weight: u64) -> bool {
        self.change(|state| state.waiting.is_empty() && state.admit(weight))
    }

    /// Waits until there is room. Nothing was let in where this is dropped before it is done.
    pub async fn enter(&self, weight: u64) {
        if self.try_enter(weight) {
            return;
        }
        let (passed, admitted) = oneshot::channel();
        self.change(|state| {
            state.waiting.push_back(Waiting { weight, passed });
            // Room may have come since.
            state.let_in();
        });
        // The gate lives as long as this borrow of it, and never drops the sender.
        let _ = Admission { gate: self, weight, admitted: Some(admitted) }.wait().await;
    }

    /// Passes without waiting, whether or not there is room.
    pub fn force(&self, weight: u64) {
        self.change(|state| state.take(weight));
    }

    /// Makes room again.
    pub fn leave(&self, weight: u64) {
        self.change(|state| {
            state.give_back(weight);
            state.let_in();
        });
    }

    /// Lets through so much at once from now on.
    pub fn set_limit(&self, limit: u64) {
        self.change(|state| {
            state.limit = limit;
            state.let_in();
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A place in the queue, which is given back where nobody waits for it any more.
struct Admission<'g> {
    gate: &'g Gate,
    weight: u64,
    admitted: Option<oneshot::Receiver<()>>,
}

impl Admission<'_> {
    async fn wait(&mut self) -> Result<(), oneshot::error::RecvError> {
        let Some(admitted) = &mut self.admitted else { return Ok(()) };
        let done = admitted.await;
        self.admitted = None;
        done
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        // Let in, and gone before it was noticed.
        if let Some(mut admitted) = self.admitted.take() {
            admitted.close();
            if admitted.try_recv().is_ok() {
                self.gate.leave(self.weight);
            }
        }
    }
}

impl State {
    fn admit(&mut self, weight: u64) -> bool {
        let fits = self.count < self.least
            || self.weight.saturating_add_unsigned(weight) <= i64::try_from(self.limit).unwrap_or(i64::MAX);
        if fits {
            self.take(weight);
        }
        fits
    }

    fn take(&mut self, weight: u64) {
        self.count += 1;
        self.weight = self.weight.saturating_add_unsigned(weight);
    }

    fn give_back(&mut self, weight: u64) {
        self.count -= 1;
        self.weight = self.weight.saturating_sub_unsigned(weight);
    }

    fn let_in(&mut self) {
        while let Some(Waiting { weight, passed }) = self.waiting.pop_front() {
            if passed.is_closed() {
                continue;
            }
            if !self.admit(weight) {
                self.waiting.push_front(Waiting { weight, passed });
                return;
            }
            if passed.send(()).is_err() {
                self.give_back(weight);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, task::Poll};

    use tokio::task::yield_now;

    use super::*;

    fn waiter(gate: &Arc<Gate>, weight: u64) -> tokio::task::JoinHandle<()> {
        let gate = Arc::clone(gate);
        tokio::spawn(async move { gate.enter(weight).await })
    }

    #[tokio::test]
    async fn what_waits_passes_in_order_as_room_comes() {
        let gate = Arc::new(Gate::new(10, 1));
        gate.enter(8).await;
        let (large, small) = (waiter(&gate, 9), waiter(&gate, 1));
        yield_now().await;
        assert!(!large.is_finished() && !small.is_finished(), "the small one waits behind the large one");
        assert!(!gate.try_enter(1));
        gate.leave(8);
        large.await.unwrap();
        small.await.unwrap();
    }

    #[tokio::test]
    async fn a_limit_falls_to_one_and_rises_again() {
        let gate = Arc::new(Gate::new(3, 1));
        for _ in 0..3 {
            gate.enter(1).await;
        }
        gate.set_limit(0);
        let next = waiter(&gate, 1);
        gate.leave(1);
        gate.leave(1);
        yield_now().await;
        assert!(!next.is_finished(), "one is still inside");
        gate.leave(1);
        next.await.unwrap();
        let next = waiter(&gate, 1);
        yield_now().await;
        assert!(!next.is_finished());
        gate.set_limit(2);
        next.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_heavier_than_the_limit_goes_alone() {
        let gate = Gate::new(10, 1);
        gate.enter(100).await;
        assert!(!gate.try_enter(1));
        gate.leave(100);
        assert!(gate.try_enter(1));
    }

    #[tokio::test]
    async fn whoever_goes_away_while_it_waits_takes_nothing_along() {
        let gate = Gate::new(1, 1);
        gate.enter(1).await;
        let mut waiting = Box::pin(gate.enter(1));
        assert!(matches!(futures_poll(&mut waiting), Poll::Pending));
        gate.leave(1);
        // It is let in now, and does not come to know it.
        drop(waiting);
        assert!(gate.try_enter(1));
        assert!(!gate.try_enter(1));
    }

    fn futures_poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
        std::pin::Pin::new(future).poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
    }
}
