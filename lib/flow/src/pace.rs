//! How many requests are under way at once, where nobody said: the number finds itself.
//!
//! It doubles while that makes things faster, goes back where it did not, tries a little more now and then, and shrinks
//! when the service asks to slow down, or gets slow: where as many requests get much less done than before, each of them
//! takes longer, and somewhere on the way is a queue that more requests only make longer. A few refusals among many
//! requests are no reason: they are made again a little later, and where they have nothing to do with the load, fewer
//! requests would not make them fewer. Counts and decides only; [`crate::Turns`] act on it.

use std::time::Duration;

/// Where it begins, and where shrinking ends as long as the service does not refuse anything: with fewer requests, chance
/// makes the throughput of one window half that of another.
const FIRST: usize = 32;
/// Where it ends, whatever the throughput.
pub const MOST_REQUESTS: usize = 256;
/// Where shrinking ends.
const FEWEST: usize = 16;

/// A window is at least so long, and holds at least one request for each that may be under way.
const WINDOW: Duration = Duration::from_millis(100);

/// How long a number that proved best is kept before a larger one is tried again.
const REST: Duration = Duration::from_secs(3);

/// Less than this share of the best throughput lately is much less.
const MUCH_LESS: f64 = 0.5;

/// How the best throughput fades from window to window: what was is not held against the service for long.
const FADING: f64 = 0.98;

/// Requests to slow down that come within so short a time are one.
const ONE_REQUEST: Duration = Duration::from_millis(500);

/// The share of attempts that may be refused.
const FEW_REFUSALS: f64 = 0.2;

/// What one attempt counts in that share.
const ONE_ATTEMPT: f64 = 1.0 / 64.0;

/// What a request weighs besides its bytes: small ones are no less work.
const REQUEST: u64 = 64 << 10;

/// The number, and what is known of its effect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    limit: usize,
    most: usize,
    window: Window,
    /// The number before the last step, and the work per second that it gave; while the step is on trial.
    before: Option<(usize, f64)>,
    /// When the next step may be tried.
    next_step: Duration,
    /// The most work per second lately, with as many requests as now.
    best: f64,
    /// The share of attempts that were refused lately.
    refused: f64,
    slowed: Option<Duration>,
}

/// What was done since a point in time.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    start: Duration,
    requests: usize,
    work: u64,
    /// Whether more requests would have been made, if they had been allowed.
    full: bool,
}

impl Pace {
    /// A pace for a process that can have so many requests under way.
    pub(crate) fn new(possible: usize) -> Self {
        let most = possible.clamp(1, MOST_REQUESTS);
        Self {
            limit: FIRST.min(most),
            most,
            window: Window::default(),
            before: None,
            next_step: Duration::ZERO,
            best: 0.0,
            refused: 0.0,
            slowed: None,
        }
    }

    /// How many requests may be under way.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// A request had to wait for its turn.
    pub(crate) fn waited(&mut self) {
        self.window.full = true;
    }

    /// A request is done, `now` being the time since the start.
    pub(crate) fn done(&mut self, bytes: u64, now: Duration) {
        self.refused -= self.refused * ONE_ATTEMPT;
        self.window.requests += 1;
        self.window.work += bytes + REQUEST;
        let elapsed = now.saturating_sub(self.window.start);
        if elapsed < WINDOW || self.window.requests < self.limit {
            return;
        }
        let window = std::mem::replace(&mut self.window, Window { start: now, ..Window::default() });
        if window.full {
            self.judge(rate(window.work, elapsed), now);
        }
    }

    /// Decides whether the last step was worth it, and on the next one.
    fn judge(&mut self, rate: f64, now: Duration) {
        let best = self.best;
        self.best = rate.max(best * FADING);
        match self.before.take() {
            Some((before, old)) if rate < old * worth(before, self.limit) => {
                self.limit = before;
                self.best = old;
                self.next_step = now + REST;
            }
            None if rate < best * MUCH_LESS && self.limit > FIRST => self.shrink(FIRST, now),
            _ if now >= self.next_step && self.limit < self.most => {
                self.before = Some((self.limit, rate));
                self.limit = self.step();
            }
            _ => {}
        }
    }

    /// At first and while it pays it doubles; after a rest it feels its way.
    fn step(&self) -> usize {
        let next = if self.next_step.is_zero() { self.limit * 2 } else { self.limit + self.limit / 4 + 1 };
        next.min(self.most)
    }

    /// The service asks to slow down.
    pub(crate) fn slow_down(&mut self, now: Duration) {
        self.refused += (1.0 - self.refused) * ONE_ATTEMPT;
        if self.refused < FEW_REFUSALS || self.slowed.is_some_and(|last| now < last + ONE_REQUEST) {
            return;
        }
        self.slowed = Some(now);
        self.shrink(FEWEST, now);
    }

    fn shrink(&mut self, fewest: usize, now: Duration) {
        self.limit = (self.limit * 3 / 4).max(fewest.min(self.most));
        self.before = None;
        self.best = 0.0;
        self.next_step = now + REST;
        self.window = Window { start: now, ..Window::default() };
    }
}

/// By how much a step has to speed things up: a fifth of what it promised. Less is noise, and costs connections.
fn worth(before: usize, after: usize) -> f64 {
    let before = u32::try_from(before.max(1)).unwrap_or(u32::MAX);
    let more = u32::try_from(after).unwrap_or(u32::MAX).saturating_sub(before);
    1.0 + 0.2 * f64::from(more) / f64::from(before)
}

/// Work per second. What is lost beyond 52 bits does not matter.
#[allow(clippy::cast_precision_loss, reason = "an estimate")]
fn rate(work: u64, elapsed: Duration) -> f64 {
    work as f64 / elapsed.as_secs_f64().max(1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a service that answers each request after `latency`, but no more than `capacity` a second, for a while.
    fn run(pace: &mut Pace, latency: Duration, capacity: u32, start: Duration, length: Duration) -> Duration {
        let mut now = start;
        while now < start + length {
            let per_second = (f64::from(u32::try_from(pace.limit()).unwrap()) / latency.as_secs_f64())
                .min(f64::from(capacity));
            now += Duration::from_secs_f64(1.0 / per_second);
            pace.waited();
            pace.done(4096, now);
        }
        now
    }

    #[test]
    fn far_away_it_grows_within_a_second() {
        let mut pace = Pace::new(1000);
        run(&mut pace, Duration::from_millis(30), u32::MAX, Duration::ZERO, Duration::from_secs(1));
        assert_eq!(pace.limit(), MOST_REQUESTS);
    }

    #[test]
    fn where_more_does_not_help_it_stays() {
        let mut pace = Pace::new(1000);
        let latency = Duration::from_millis(1);
        run(&mut pace, latency, 10_000, Duration::ZERO, Duration::from_secs(10));
        assert!(pace.limit() <= FIRST + FIRST / 4 + 1, "{}", pace.limit());
    }

    #[test]
    fn where_requests_take_longer_and_longer_it_backs_off() {
        let mut pace = Pace::new(1000);
        let now = run(&mut pace, Duration::from_millis(30), u32::MAX, Duration::ZERO, Duration::from_secs(2));
        assert_eq!(pace.limit(), MOST_REQUESTS);
        run(&mut pace, Duration::from_millis(200), u32::MAX, now, Duration::from_secs(1));
        assert!(pace.limit() < MOST_REQUESTS, "{}", pace.limit());
    }

    #[test]
    fn it_slows_down_when_asked_and_grows_again() {
        let mut pace = Pace::new(1000);
        let latency = Duration::from_millis(30);
        let now = run(&mut pace, latency, u32::MAX, Duration::ZERO, Duration::from_secs(1));
        (0..MOST_REQUESTS).for_each(|_| pace.slow_down(now));
        assert_eq!(pace.limit(), MOST_REQUESTS * 3 / 4);
        run(&mut pace, latency, u32::MAX, now, Duration::from_secs(8));
        assert_eq!(pace.limit(), MOST_REQUESTS);
        assert_eq!(Pace::new(3).limit(), 3);
    }

    #[test]
    fn a_few_refusals_among_many_requests_do_not_slow_it_down() {
        let mut pace = Pace::new(1000);
        let latency = Duration::from_millis(30);
        let mut now = Duration::ZERO;
        for _ in 0..250 {
            now = run(&mut pace, latency, u32::MAX, now, Duration::from_millis(20));
            pace.slow_down(now);
        }
        assert_eq!(pace.limit(), MOST_REQUESTS);
    }
}
