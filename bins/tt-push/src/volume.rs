//! How many bytes of bodies are in flight at once, where no number of requests was set: as many as arrive in a few seconds.
//!
//! On a slow link more of them would get nothing done sooner. All would arrive late and at the same time, and a run that is
//! interrupted before that leaves nothing to resume. Counts and decides only; [`crate::budget`] acts on it.

use std::time::Duration;

/// Bytes in flight at first, when the link is not known.
const FIRST: u64 = 64 << 20;

/// Where shrinking ends: what is small is never too much for a link.
const FEWEST: u64 = 1 << 20;

/// Where growing ends: what is in memory is bounded elsewhere.
const MOST: u64 = 16 << 30;

/// So long it may take until what is in flight has arrived.
const AHEAD: u32 = 4;

/// How long is measured at least.
const WINDOW: Duration = Duration::from_millis(250);

/// So many bytes say something about the link.
const TELLING: u64 = 8 << 20;

/// After so long, fewer say that it is slow.
const SLOW: Duration = Duration::from_secs(4);

/// The number of bytes, and what has arrived lately.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Volume {
    limit: u64,
    start: Duration,
    arrived: u64,
}

impl Volume {
    /// Of a link that is not known yet.
    pub(crate) fn new() -> Self {
        Self { limit: FIRST, start: Duration::ZERO, arrived: 0 }
    }

    /// How many bytes may be in flight.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// A body has arrived, `now` being the time since the start.
    pub(crate) fn done(&mut self, bytes: u64, now: Duration) {
        self.arrived += bytes;
        let elapsed = now.saturating_sub(self.start);
        if elapsed < WINDOW || (self.arrived < TELLING && elapsed < SLOW) {
            return;
        }
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        let passes = self.arrived.saturating_mul(1000 * u64::from(AHEAD)) / millis;
        // Half way down at most: a moment without arrivals is no slow link yet.
        self.limit = passes.max(self.limit / 2).clamp(FEWEST, MOST);
        (self.start, self.arrived) = (now, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: u64 = 8 << 20;

    /// Sends parts over a link that takes so many bytes a second, for a while.
    fn run(volume: &mut Volume, rate: u64, seconds: u64) {
        let parts = (rate * seconds / PART).max(1);
        for part in 1..=parts {
            let millis = part * PART * 1000 / rate;
            volume.done(PART, Duration::from_millis(millis));
        }
    }

    #[test]
    fn a_fast_link_is_filled_at_once() {
        let mut volume = Volume::new();
        run(&mut volume, 375_000_000, 1);
        assert!(volume.limit() > 1_000_000_000, "{}", volume.limit());
    }

    #[test]
    fn on_a_slow_link_little_is_in_flight() {
        let mut volume = Volume::new();
        run(&mut volume, 20_000_000, 20);
        assert!((60_000_000..100_000_000).contains(&volume.limit()), "{}", volume.limit());
        let mut volume = Volume::new();
        run(&mut volume, 1_000_000, 60);
        assert!((FEWEST..5_000_000).contains(&volume.limit()), "{}", volume.limit());
        let mut volume = Volume::new();
        (1..100).for_each(|second| volume.done(50_000, Duration::from_secs(second)));
        assert_eq!(volume.limit(), FEWEST);
    }
}
