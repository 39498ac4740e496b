//! Whether a request still lives.

use std::{
    future::Future,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use super::in_flight::InFlight;

/// What the moments below are counted from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How soon it is noticed that another time limit holds: the request was sent to its end, or more is known of answers.
const LOOK_UP: Duration = Duration::from_secs(1);

/// When something last moved on a request, and whether it was sent to its end. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pulse(Arc<Inner>);

struct Inner {
    /// In milliseconds.
    last: AtomicU64,
    sent: AtomicBool,
    in_flight: InFlight,
}

impl Pulse {
    /// The pulse of a request that begins. What its connection has taken of it is added to `gauge` until the last clone
    /// is gone: not before the answer, for a connection has taken a body long before it has arrived.
    pub(crate) fn new(gauge: Option<Arc<AtomicU64>>) -> Self {
        let in_flight = InFlight::new(gauge);
        let pulse =
            Self(Arc::new(Inner { last: AtomicU64::new(0), sent: AtomicBool::new(false), in_flight }));
        pulse.beat();
        pulse
    }

    /// The connection has taken so many bytes more.
    pub(crate) fn handed_over(&self, bytes: usize) {
        self.0.in_flight.add(bytes as u64);
    }

    /// Something moved.
    pub(crate) fn beat(&self) {
        self.0.last.store(u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX), Relaxed);
    }

    /// All is sent: what is missing is the answer.
    pub(crate) fn sent(&self) {
        self.0.sent.store(true, Relaxed);
    }

    /// How long ago something moved.
    pub(crate) fn age(&self) -> Duration {
        self.last().elapsed()
    }

    fn last(&self) -> Instant {
        *START + Duration::from_millis(self.0.last.load(Relaxed))
    }

    /// Waits for `work`. Fails with the limit that was exceeded: `silence`, in which nothing moved, or what `late` gives,
    /// if that is less, in which no answer came after all was sent. It is asked again and again, for what is late may show
    /// only by the answers to others.
    pub(crate) async fn watch<F: Future + Unpin>(
        &self,
        silence: Duration,
        late: impl Fn() -> Option<Duration>,
        mut work: F,
    ) -> Result<F::Output, Duration> {
        loop {
            let late = if self.0.sent.load(Relaxed) { late() } else { None };
            let limit = late.map_or(silence, |late| late.min(silence));
            let deadline = self.last() + limit;
            let now = Instant::now();
            if deadline <= now {
                return Err(limit);
            }
            tokio::select! {
                biased;
                output = &mut work => return Ok(output),
                () = sleep_until(deadline.min(now + LOOK_UP)) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, pin::pin};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn work_that_moves_may_take_long() {
        let pulse = Pulse::new(None);
        let moves = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_secs(8)).await;
                pulse.beat();
            }
        };
        assert_eq!(pulse.watch(LIMIT, || None, pin!(moves)).await, Ok(()));
        assert_eq!(pulse.watch(LIMIT, || None, pending::<()>()).await, Err(LIMIT));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_late_only_after_all_was_sent() {
        let pulse = Pulse::new(None);
        let late = Duration::from_secs(2);
        let sends = async {
            tokio::time::sleep(Duration::from_secs(8)).await;
            pulse.beat();
            pulse.sent();
            pending::<()>().await;
        };
        assert_eq!(pulse.watch(LIMIT, || Some(late), pin!(sends)).await, Err(late));
        assert!(pulse.age() < Duration::from_secs(4));
    }
}
