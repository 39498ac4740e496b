//! How many requests are in flight at once, where no number was set: it tunes itself.
//!
//! It doubles while that speeds things up, goes back where it did not, tries a little more now and then, and shrinks when the
//! service asks to slow down, when requests time out, or when much less gets done than before: somewhere on the way is a queue
//! then that more requests only make longer. Requests and bytes are judged apart, and what gets more of either done is faster:
//! in a tree of small files with a large one here and there, a window with a part of 8 MiB in it holds few requests and many
//! bytes, and the next one the reverse. A few refusals among many requests are no reason to shrink: they are retried a little
//! later, and where they have nothing to do with the load, fewer requests would not make them fewer. Counts and decides only;
//! [`crate::Turns`] act on it.

use std::time::Duration;

/// Where it begins, and where it shrinks to for mere slowness: with fewer requests, chance makes the throughput of one window
/// half that of another.
const FIRST: usize = 32;
/// Where it ends, whatever the throughput.
pub const MOST_REQUESTS: usize = 256;

/// A window is at least so long, and holds at least one request for each that may be in flight.
const WINDOW: Duration = Duration::from_millis(100);

/// How many windows a step has to show that it was worth it.
const TRIAL: u32 = 2;

/// How many windows in a row much less has to get done before that counts.
const SLUMP: u32 = 2;

/// How long a number that proved best is kept before a larger one is tried again.
const REST: Duration = Duration::from_secs(3);

/// Less than this share of the best throughput lately is much less.
const MUCH_LESS: f64 = 0.5;

/// How the best throughput fades from window to window: what was is not held against the service for long.
const FADING: f64 = 0.98;

/// Requests to slow down, or timeouts, that come within so short a time are one event.
const ONE_EVENT: Duration = Duration::from_millis(500);

/// The share of attempts that may be refused.
const FEW_REFUSALS: f64 = 0.2;

/// What one attempt counts in that share.
const ONE_ATTEMPT: f64 = 1.0 / 64.0;

/// The number, and what is known of its effect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    limit: usize,
    most: usize,
    window: Window,
    /// The step that is on trial.
    step: Option<Step>,
    /// When the next step may be tried.
    next_step: Duration,
    /// The most that got done lately, with as many requests as now.
    best: Rates,
    /// How many windows in a row much less got done than that.
    slump: u32,
    /// The share of attempts that were refused lately.
    refused: f64,
    /// When the service last asked to slow down, and that was done.
    slowed: Option<Duration>,
    /// Of late, how many requests came to an end, and how many attempts timed out.
    ended: usize,
    silent: usize,
    /// When the first of the last timeouts came, and below what the number does not fall because of them.
    timed_out: Option<(Duration, usize)>,
}

/// What was done since a point in time.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    start: Duration,
    requests: usize,
    bytes: u64,
    /// Whether more requests would have been made, if they had been allowed.
    full: bool,
}

/// A larger number that is being tried.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// The number before it, and what it got done.
    before: usize,
    old: Rates,
    /// How many windows it may take until it is judged; none, as long as connections open.
    rounds: u32,
}

/// What gets done in a second.
#[derive(Clone, Copy, Debug, Default)]
struct Rates {
    requests: f64,
    bytes: f64,
}

impl Rates {
    /// More of one or the other than `factor` times as much.
    fn exceeds(self, other: Self, factor: f64) -> bool {
        self.requests >= other.requests * factor || self.bytes > other.bytes * factor
    }

    fn best(self, other: Self) -> Self {
        let fade = |one: f64, other: f64| one.max(other * FADING);
        Self { requests: fade(self.requests, other.requests), bytes: fade(self.bytes, other.bytes) }
    }
}

impl Window {
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    fn rates(self, now: Duration) -> Rates {
        let seconds = now.saturating_sub(self.start).as_secs_f64().max(1e-6);
        Rates { requests: self.requests as f64 / seconds, bytes: self.bytes as f64 / seconds }
    }

    fn starting(now: Duration) -> Self {
        Self { start: now, ..Self::default() }
    }
}

impl Pace {
    /// A pace for a process that can have so many requests in flight.
    pub(crate) fn new(possible: usize) -> Self {
        let most = possible.clamp(1, MOST_REQUESTS);
        Self {
            limit: FIRST.min(most),
            most,
            window: Window::default(),
            step: None,
            next_step: Duration::ZERO,
            best: Rates::default(),
            slump: 0,
            refused: 0.0,
            slowed: None,
            ended: 0,
            silent: 0,
            timed_out: None,
        }
    }

    /// How many requests may be in flight.
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
        self.ended += 1;
        self.fade();
        self.window.requests += 1;
        self.window.bytes += bytes;
        // The window in which connections open may be short: nothing is learnt from it but that they are open.
        let (rounds, length) = match self.step.map(|step| step.rounds) {
            Some(0) => (1, Duration::ZERO),
            Some(rounds) => (rounds, WINDOW * rounds),
            None => (1, WINDOW),
        };
        let enough = self.limit * usize::try_from(rounds).unwrap_or(1);
        if self.window.requests < enough || now.saturating_sub(self.window.start) < length {
            return;
        }
        let window = self.window;
        if !window.full {
            self.window = Window::starting(now);
            return;
        }
        match self.step {
            Some(step) => self.judge(step, window, now),
            None => self.compare(window.rates(now), now),
        }
    }

    /// Decides whether a step was worth it, if that shows by now.
    fn judge(&mut self, step: Step, window: Window, now: Duration) {
        let Step { before, old, rounds } = step;
        let rates = window.rates(now);
        if rounds == 0 {
            self.window = Window::starting(now);
        } else if rates.exceeds(old, worth(before, self.limit)) {
            self.best = rates.best(self.best);
            return self.advance(rates, now);
        } else if rounds == TRIAL {
            (self.limit, self.best, self.step) = (before, old, None);
            self.next_step = now + REST;
            self.window = Window::starting(now);
            return;
        }
        // A window that was judged goes on, so that both are judged together.
        self.step = Some(Step { rounds: rounds + 1, ..step });
    }

    /// Holds what got done against the best of late.
    fn compare(&mut self, rates: Rates, now: Duration) {
        let much_less = self.limit > FIRST && !rates.exceeds(self.best, MUCH_LESS);
        self.slump = if much_less { self.slump + 1 } else { 0 };
        self.best = rates.best(self.best);
        if self.slump >= SLUMP {
            self.shrink((self.limit * 3 / 4).max(FIRST.min(self.most)), now);
        } else if much_less {
            self.window = Window::starting(now);
        } else {
            self.advance(rates, now);
        }
    }

    /// Tries a larger number, if it is time for that.
    fn advance(&mut self, rates: Rates, now: Duration) {
        self.window = Window::starting(now);
        self.step = None;
        if now >= self.next_step && self.limit < self.most {
            self.step = Some(Step { before: self.limit, old: rates, rounds: 0 });
            self.limit = self.next();
        }
    }

    /// At first, while it pays, and on the way back from very few it doubles; after a rest it feels its way.
    fn next(&self) -> usize {
        let next = match self.limit {
            few if few < FIRST => (few * 2).min(FIRST),
            limit if self.next_step.is_zero() => limit * 2,
            limit => limit + limit / 4 + 1,
        };
        next.min(self.most)
    }

    /// The service asks to slow down.
    pub(crate) fn slow_down(&mut self, now: Duration) {
        self.refused += (1.0 - self.refused) * ONE_ATTEMPT;
        if self.refused < FEW_REFUSALS || self.slowed.is_some_and(|last| now < last + ONE_EVENT) {
            return;
        }
        self.slowed = Some(now);
        self.shrink(self.limit * 3 / 4, now);
    }

    /// A request was given up since nothing moved on it. One of many is one of many; where most time out, half of them are too
    /// many for the link, and so on until one is left.
    pub(crate) fn timed_out(&mut self, now: Duration) {
        self.silent += 1;
        self.fade();
        if self.silent <= self.ended {
            return;
        }
        let floor = match self.timed_out {
            Some((first, floor)) if now < first + ONE_EVENT => floor,
            _ => self.limit / 2,
        };
        if self.timed_out.is_none_or(|(first, _)| now >= first + ONE_EVENT) {
            self.timed_out = Some((now, floor));
        }
        self.shrink((self.limit - 1).max(floor).min(self.limit), now);
    }

    /// Forgets half of what was, once there are enough of them to go by.
    fn fade(&mut self) {
        if self.ended + self.silent > 2 * self.limit.max(FIRST) {
            (self.ended, self.silent) = (self.ended / 2, self.silent / 2);
        }
    }

    fn shrink(&mut self, limit: usize, now: Duration) {
        self.limit = limit.max(1);
        self.step = None;
        self.slump = 0;
        self.best = Rates::default();
        self.next_step = now + REST;
        self.window = Window::starting(now);
    }
}

/// By how much a step has to speed things up: a fifth of what it promised. Less is noise, and costs connections.
fn worth(before: usize, after: usize) -> f64 {
    let before = u32::try_from(before.max(1)).unwrap_or(u32::MAX);
    let more = u32::try_from(after).unwrap_or(u32::MAX).saturating_sub(before);
    1.0 + 0.2 * f64::from(more) / f64::from(before)
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

    /// The same with a body of 8 MiB among so many, on a link that takes a second for a GB.
    fn run_mixed(pace: &mut Pace, latency: Duration, one_in: u32, length: Duration) {
        let (mut now, mut sent) = (Duration::ZERO, 0);
        while now < length {
            sent += 1;
            let bytes = if sent % one_in == 0 { 8 << 20 } else { 2000 };
            now += latency / u32::try_from(pace.limit()).unwrap() + Duration::from_nanos(bytes);
            pace.waited();
            pace.done(bytes, now);
        }
    }

    #[test]
    fn large_bodies_among_small_ones_do_not_keep_it_low() {
        for one_in in [20, 90, 150, 400] {
            let mut pace = Pace::new(1000);
            run_mixed(&mut pace, Duration::from_millis(100), one_in, Duration::from_secs(5));
            assert!(pace.limit() > MOST_REQUESTS / 2, "1 in {one_in}: {}", pace.limit());
        }
    }

    #[test]
    fn timeouts_among_many_answers_change_nothing() {
        let mut pace = Pace::new(1000);
        let mut now = Duration::ZERO;
        for _ in 0..200 {
            now = run(&mut pace, Duration::from_millis(30), u32::MAX, now, Duration::from_millis(20));
            (0..3).for_each(|_| pace.timed_out(now));
        }
        assert_eq!(pace.limit(), MOST_REQUESTS);
    }

    #[test]
    fn timeouts_all_at_once_halve_it_down_to_one() {
        let mut pace = Pace::new(1000);
        let mut now = Duration::from_mins(1);
        pace.timed_out(now);
        assert_eq!(pace.limit(), FIRST - 1);
        for expected in [16, 8, 4, 2, 1, 1] {
            (0..40).for_each(|_| pace.timed_out(now));
            assert_eq!(pace.limit(), expected);
            now += Duration::from_mins(1);
        }
        run(&mut pace, Duration::from_millis(30), u32::MAX, now, Duration::from_secs(30));
        assert!(pace.limit() >= FIRST, "{}", pace.limit());
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
