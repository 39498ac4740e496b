//! How many requests may be under way: fewer when the service asks to slow down, one more after a while without.

use std::sync::{Arc, Mutex, PoisonError};

/// So many answers for each request that may be under way, and one more may be.
const PATIENCE: usize = 4;

/// The number of requests that may be under way. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pace(Arc<Mutex<State>>);

struct State {
    most: usize,
    now: usize,
    /// Answers since it last changed.
    answers: usize,
    /// Refusals that belong to those that led to the last change.
    expected: usize,
}

impl Pace {
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self(Arc::new(Mutex::new(State { most, now: most, answers: 0, expected: 0 })))
    }

    /// How many may be under way.
    pub(super) fn now(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now
    }

    /// A request was answered.
    pub(super) fn answered(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.answers += 1;
        state.expected = state.expected.saturating_sub(1);
        if state.answers >= state.now * PATIENCE && state.now < state.most {
            state.now += 1;
            state.answers = 0;
        }
    }

    /// The service asked to slow down. Those that were under way together are refused together: that counts once.
    pub(super) fn refused(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.answers = 0;
        if state.expected > 0 {
            state.expected -= 1;
            return;
        }
        state.expected = state.now.saturating_sub(1);
        state.now = (state.now / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_halve_and_answers_heal() {
        let pace = Pace::new(8);
        let refusals = |count| (0..count).for_each(|_| pace.refused());
        let answers = |count| (0..count).for_each(|_| pace.answered());
        refusals(8);
        assert_eq!(pace.now(), 4, "eight at once are one");
        refusals(1);
        assert_eq!(pace.now(), 2);
        answers(7);
        assert_eq!(pace.now(), 2);
        answers(1);
        assert_eq!(pace.now(), 3);
        answers(1000);
        assert_eq!(pace.now(), 8);
        (0..20).for_each(|_| refusals(8));
        assert_eq!(pace.now(), 1);
    }
}
