//! How fast bodies may go, all of them together.
//!
//! Every step of a body takes its place in one line and goes when what stands before it, and the step itself, would have
//! passed at the rate. Places are counted in bytes and not in time, so a rate that changes holds for those who wait, too.
//!
//! Always holds: in any span of time no more bytes pass than the rate allows in it and in [`BURST`], and one step.

use std::{
    fmt,
    future::Future as _,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

/// How much is handed over at a time where nothing limits the rate: little enough to notice within the time limit that a
/// slow link is alive, and enough for few system calls.
const STEP: usize = 256 << 10;

/// The least that is handed over at a time: what is less costs more to send than it smooths.
const SMALLEST_STEP: usize = 4 << 10;

/// How many steps a second there are at least, where they are not too small for that.
const STEPS_PER_SECOND: u64 = 20;

/// How long it takes at most until it is a body's turn again: S3 gives up on one of which nothing comes for 20 s.
const ROUND: u64 = 5;

/// How much time that nobody used may be made up for.
const BURST: Duration = Duration::from_millis(50);

/// How long a rate is believed before it is asked for again.
const BELIEVED: Duration = Duration::from_secs(1);

/// Bytes a second at this moment; `None` where nothing limits them.
type Rate = dyn Fn() -> Option<u64> + Send + Sync;

/// A limit on the bytes per second of all request bodies together. Cheap to clone; all clones are one limit.
#[derive(Clone)]
pub struct Bandwidth(Arc<Inner>);

struct Inner {
    rate: Box<Rate>,
    line: Mutex<Line>,
}

/// Who waits, as bytes.
struct Line {
    rate: Option<u64>,
    asked: Instant,
    /// Bytes that have taken a place.
    taken: u64,
    /// Bytes that may have passed by `now`: ahead of `taken` by no more than a burst.
    passed: u64,
    now: Instant,
}

impl Bandwidth {
    /// A limit that may change at any time: `rate` gives the bytes a second, or nothing where there is no limit. It is
    /// asked about once a second.
    pub fn new(rate: impl Fn() -> Option<u64> + Send + Sync + 'static) -> Self {
        let now = Instant::now();
        let line = Line { rate: rate(), asked: now, taken: 0, passed: 0, now };
        Self(Arc::new(Inner { rate: Box::new(rate), line: Mutex::new(line) }))
    }

    /// Takes a place for up to `bytes`. Says for how many it is, and where they end.
    fn take(&self, bytes: usize) -> (usize, u64) {
        // Each body holds a clone.
        let bodies = Arc::strong_count(&self.0) as u64;
        self.line(|line| {
            let bytes = bytes.min(line.step(bodies));
            line.taken += bytes as u64;
            (bytes, line.taken)
        })
    }

    /// How long the bytes before `place` must wait at least; nothing once they may go.
    fn wait(&self, place: u64) -> Option<Duration> {
        self.line(|line| line.wait(place))
    }

    fn line<T>(&self, act: impl FnOnce(&mut Line) -> T) -> T {
        let mut line = self.0.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.move_up(Instant::now());
        if line.asked.elapsed() >= BELIEVED {
            line.asked = line.now;
            line.rate = (self.0.rate)();
        }
        act(&mut line)
    }
}

impl fmt::Debug for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bandwidth")
    }
}

impl Line {
    /// Lets those pass whose time has come.
    fn move_up(&mut self, now: Instant) {
        let Some(rate) = self.rate else {
            (self.passed, self.now) = (self.taken, now);
            return;
        };
        let bytes = bytes_in(now.saturating_duration_since(self.now), rate);
        // What is left of the time counts later.
        self.now += time_for(bytes, rate);
        self.passed = self.passed.saturating_add(bytes).min(self.taken.saturating_add(bytes_in(BURST, rate)));
    }

    /// How much a body may have at a time, where so many share the rate.
    fn step(&self, bodies: u64) -> usize {
        let Some(rate) = self.rate else { return STEP };
        let step = rate / STEPS_PER_SECOND.max(bodies / ROUND);
        usize::try_from(step).unwrap_or(STEP).clamp(SMALLEST_STEP, STEP)
    }

    fn wait(&self, place: u64) -> Option<Duration> {
        let ahead = place.saturating_sub(self.passed);
        let rate = self.rate.filter(|_| ahead > 0)?;
        // No longer than that: the rate may be another one then.
        Some(time_for(ahead, rate).min(BELIEVED))
    }
}

const NANOS: u128 = 1_000_000_000;

fn bytes_in(time: Duration, rate: u64) -> u64 {
    u64::try_from(time.as_nanos() * u128::from(rate) / NANOS).unwrap_or(u64::MAX)
}

/// Rounded up, so that the rate is never exceeded.
fn time_for(bytes: u64, rate: u64) -> Duration {
    let nanos = (u128::from(bytes) * NANOS).div_ceil(u128::from(rate.max(1)));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Cuts one body into steps, and says when each may go.
pub(crate) struct Steps {
    bandwidth: Option<Bandwidth>,
    /// The step that waits: how many bytes, and where in line.
    waiting: Option<(usize, u64)>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Steps {
    /// Steps of a new body.
    pub(crate) fn new(bandwidth: Option<Bandwidth>) -> Self {
        Self { bandwidth, waiting: None, sleep: None }
    }

    /// How many of `rest` bytes may go now. While they have to wait it wakes up once a second or more often, so that
    /// whoever watches sees that the body is alive.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, rest: usize) -> Poll<usize> {
        let Some(bandwidth) = &self.bandwidth else { return Poll::Ready(rest.min(STEP)) };
        let (bytes, place) = *self.waiting.get_or_insert_with(|| bandwidth.take(rest));
        while let Some(wait) = bandwidth.wait(place) {
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(wait)));
            sleep.as_mut().reset(Instant::now() + wait);
            ready!(sleep.as_mut().poll(cx));
        }
        self.waiting = None;
        Poll::Ready(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        sync::atomic::{AtomicU64, Ordering::Relaxed},
    };

    use tokio::task::JoinSet;

    use super::*;

    const WINDOW: Duration = Duration::from_millis(200);

    /// Sends bodies at once. Gives when how many bytes went, in order.
    async fn send(bandwidth: Option<&Bandwidth>, bodies: &[usize]) -> Vec<(Instant, usize)> {
        let mut sending = JoinSet::new();
        for &body in bodies {
            let mut steps = Steps::new(bandwidth.cloned());
            sending.spawn(async move {
                let (mut rest, mut went) = (body, Vec::new());
                while rest > 0 {
                    let step = poll_fn(|cx| steps.poll(cx, rest)).await;
                    went.push((Instant::now(), step));
                    rest -= step;
                }
                went
            });
        }
        let mut went = sending.join_all().await.concat();
        went.sort_unstable();
        went
    }

    fn bytes(went: &[(Instant, usize)]) -> u64 {
        went.iter().map(|(_, bytes)| *bytes as u64).sum()
    }

    /// The most that went within [`WINDOW`].
    fn busiest(went: &[(Instant, usize)]) -> u64 {
        let from = |start: usize| {
            let window = went[start..].iter().take_while(|(at, _)| *at - went[start].0 < WINDOW);
            window.map(|(_, bytes)| *bytes as u64).sum()
        };
        (0..went.len()).map(from).max().unwrap_or_default()
    }

    #[tokio::test(start_paused = true)]
    async fn the_total_is_smooth_whoever_sends() {
        let many_small = [vec![700; 500], vec![3 << 20; 3]].concat();
        for (rate, bodies) in
            [(1_000_000, &[4_000_000][..]), (50_000_000, &[40 << 20; 7]), (2_000_000, &many_small)]
        {
            let bandwidth = Bandwidth::new(move || Some(rate));
            // Nobody sends for a while: that is not to be made up for.
            tokio::time::sleep(Duration::from_secs(5)).await;
            let started = Instant::now();
            let went = send(Some(&bandwidth), bodies).await;
            let step = went.iter().map(|(_, bytes)| *bytes as u64).max().unwrap();
            assert!(step <= (rate / STEPS_PER_SECOND).min(STEP as u64), "{step} bytes at a time");
            let most = bytes_in(WINDOW + BURST, rate) + step;
            assert!(busiest(&went) <= most, "{} of {most} in {WINDOW:?}", busiest(&went));
            let (took, ideal) = (started.elapsed(), time_for(bytes(&went), rate));
            assert!(took + BURST >= ideal && took < ideal + WINDOW, "{took:?} and not {ideal:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_rate_holds_within_seconds_even_for_those_who_wait() {
        let rate = Arc::new(AtomicU64::new(10_000));
        let asked = Arc::clone(&rate);
        let bandwidth = Bandwidth::new(move || Some(asked.load(Relaxed)).filter(|rate| *rate > 0));
        let started = Instant::now();
        let (went, ()) = tokio::join!(send(Some(&bandwidth), &[1 << 20; 64]), async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            rate.store(0, Relaxed);
        });
        assert_eq!(bytes(&went), 64 << 20);
        assert!(started.elapsed() < Duration::from_secs(13), "{:?}", started.elapsed());
        rate.store(1_000_000, Relaxed);
        tokio::time::sleep(BELIEVED).await;
        let started = Instant::now();
        send(Some(&bandwidth), &[5_000_000]).await;
        assert!(started.elapsed() >= Duration::from_millis(3900), "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_long_is_polled_now_and_then() {
        let bandwidth = Bandwidth::new(|| Some(100));
        let mut steps = Steps::new(Some(bandwidth));
        let (mut polled, mut longest) = (Instant::now(), Duration::ZERO);
        let bytes = poll_fn(|cx| {
            longest = longest.max(polled.elapsed());
            polled = Instant::now();
            steps.poll(cx, STEP)
        })
        .await;
        assert_eq!(bytes, SMALLEST_STEP);
        assert!(longest <= Duration::from_millis(1100), "{longest:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_long_where_many_share_a_rate() {
        let bandwidth = Bandwidth::new(|| Some(10_000_000));
        let started = Instant::now();
        let mut bodies: Vec<_> = (0..2000).map(|_| Steps::new(Some(bandwidth.clone()))).collect();
        for steps in &mut bodies {
            poll_fn(|cx| steps.poll(cx, STEP)).await;
        }
        assert!(started.elapsed() <= Duration::from_secs(ROUND), "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nobody_waits() {
        let started = Instant::now();
        let unlimited = Bandwidth::new(|| None);
        for bandwidth in [None, Some(&unlimited)] {
            let went = send(bandwidth, &[1 << 30; 2]).await;
            assert_eq!((bytes(&went), started.elapsed()), (2 << 30, Duration::ZERO));
        }
    }
}
