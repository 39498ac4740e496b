//! Whether a request still lives.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// What the moments below are counted from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// When something last moved on a request. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pulse(Arc<AtomicU64>);

impl Default for Pulse {
    fn default() -> Self {
        let pulse = Self(Arc::default());
        pulse.beat();
        pulse
    }
}

impl Pulse {
    /// Something moved.
    pub(crate) fn beat(&self) {
        self.0.store(u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX), Relaxed);
    }

    fn last(&self) -> Instant {
        *START + Duration::from_millis(self.0.load(Relaxed))
    }

    /// Waits for `work`; `None` once nothing moved for `limit`.
    pub(crate) async fn watch<F: Future>(&self, limit: Duration, work: F) -> Option<F::Output> {
        let mut work = pin!(work);
        loop {
            let deadline = self.last() + limit;
            tokio::select! {
                biased;
                output = &mut work => return Some(output),
                () = sleep_until(deadline) => if self.last() + limit <= Instant::now() { return None },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_that_moves_may_take_long() {
        let pulse = Pulse::default();
        let limit = Duration::from_secs(10);
        let moves = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_secs(8)).await;
                pulse.beat();
            }
        };
        assert_eq!(pulse.watch(limit, moves).await, Some(()));
        assert_eq!(pulse.watch(limit, std::future::pending::<()>()).await, None);
    }
}
