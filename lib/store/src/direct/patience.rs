//! How long to wait for the answer to a part that was sent, before it is sent once more over another connection.
//!
//! About one part in a thousand takes S3 seconds instead of a fraction of one, and a second try is faster. How long an
//! answer usually takes is estimated as TCP estimates its round trip (RFC 6298); second tries are few, so that a service
//! that is slow altogether is not asked for twice the work.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// No answer is late before.
const SOONEST: Duration = Duration::from_secs(2);

/// How many answers it takes to know what is usual.
const ENOUGH: u32 = 16;

/// Of so many parts one may be sent twice.
const ONE_IN: u32 = 50;

/// What is known of the answers to parts. Cheap to clone; shared by all clients of the process, for each by itself would
/// have to see many answers before it knows what is usual.
#[derive(Clone, Debug, Default)]
pub struct Patience(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Smoothed mean of the time from the last byte to the answer, and its smoothed deviation, in seconds.
    mean: f64,
    deviation: f64,
    answers: u32,
    second_tries: u32,
}

impl Patience {
    /// An answer took so long.
    pub(super) fn answered(&self, took: Duration) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let took = took.as_secs_f64();
        if known.answers == 0 {
            (known.mean, known.deviation) = (took, took / 2.0);
        } else {
            known.deviation += ((known.mean - took).abs() - known.deviation) / 4.0;
            known.mean += (took - known.mean) / 8.0;
        }
        known.answers = known.answers.saturating_add(1);
    }

    /// From when on an answer is late; `None` where that is not known, or nothing is to be sent twice now.
    pub(super) fn limit(&self) -> Option<Duration> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let few = known.second_tries * ONE_IN <= known.answers;
        let usual = Duration::try_from_secs_f64(2.0 * (known.mean + 4.0 * known.deviation)).ok()?;
        (few && known.answers >= ENOUGH).then(|| usual.max(SOONEST))
    }

    /// A part is sent a second time.
    pub(super) fn second_try(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).second_tries += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_late_depends_on_what_is_usual() {
        let patience = Patience::default();
        assert_eq!(patience.limit(), None);
        (0..100).for_each(|_| patience.answered(Duration::from_millis(50)));
        assert_eq!(patience.limit(), Some(SOONEST));
        (0..100).for_each(|_| patience.answered(Duration::from_secs(3)));
        let limit = patience.limit().unwrap();
        assert!(limit > Duration::from_secs(6) && limit < Duration::from_secs(8), "{limit:?}");
    }

    #[test]
    fn second_tries_are_few() {
        let patience = Patience::default();
        (0..60).for_each(|_| patience.answered(Duration::from_millis(50)));
        patience.second_try();
        assert!(patience.limit().is_some());
        patience.second_try();
        assert_eq!(patience.limit(), None);
    }
}
