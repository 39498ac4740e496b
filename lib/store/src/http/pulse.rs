//! Whether a request still lives.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use super::{in_flight::InFlight, traffic::Traffic};

/// How soon it is noticed that something moved, or that another time limit holds.
const LOOK_UP: Duration = Duration::from_secs(1);

/// Bytes a second that have to move in either direction. What is slower gets nothing done, and would be waited for without end.
const SLOWEST: u64 = 64;

/// When enough moved last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Motion {
    last: Instant,
    /// Bytes that moved since, and were not enough.
    since: u64,
}

impl Motion {
    /// It begins now.
    pub(super) fn starting() -> Self {
        Self { last: Instant::now(), since: 0 }
    }

    /// Bytes moved. That counts if there are enough of them, for the time that they took.
    pub(super) fn moved(&mut self, bytes: u64) {
        let now = Instant::now();
        self.since = self.since.saturating_add(bytes);
        let expected = now.duration_since(self.last).as_millis() * u128::from(SLOWEST) / 1000;
        if u128::from(self.since) > expected {
            *self = Self { last: now, since: 0 };
        }
    }

    /// When enough moved last.
    pub(super) fn last(self) -> Instant {
        self.last
    }
}

/// When something last moved on a request, and whether it was sent to its end. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pulse(Arc<Inner>);

struct Inner {
    motion: Mutex<Motion>,
    /// When its connection had taken all of it.
    sent: OnceLock<Instant>,
    in_flight: InFlight,
    /// Of the connection that it goes over.
    way: OnceLock<Way>,
}

/// The account of a connection, and what was seen of it.
struct Way {
    traffic: Arc<Traffic>,
    written: AtomicU64,
    /// The queue that was not acknowledged; [`UNKNOWN`] before the first look.
    queue: AtomicU64,
}

const UNKNOWN: u64 = u64::MAX;

impl Pulse {
    /// The pulse of a request that begins. What its connection has taken of it is added to `gauge` until the last clone
    /// is gone: not before the answer, for a connection has taken a body long before it has arrived.
    pub(crate) fn new(gauge: Option<Arc<AtomicU64>>) -> Self {
        Self(Arc::new(Inner {
            motion: Mutex::new(Motion::starting()),
            sent: OnceLock::new(),
            in_flight: InFlight::new(gauge),
            way: OnceLock::new(),
        }))
    }

    /// It goes over this connection.
    pub(crate) fn goes_over(&self, traffic: &Arc<Traffic>) {
        let (written, queue) = (traffic.written().into(), AtomicU64::new(UNKNOWN));
        // A request goes over one connection only.
        let _ = self.0.way.set(Way { traffic: Arc::clone(traffic), written, queue });
    }

    /// The connection has taken so many bytes more. They move as soon as its socket takes them.
    pub(crate) fn handed_over(&self, bytes: usize) {
        self.0.in_flight.add(bytes as u64);
    }

    /// It lives, and whether bytes move is for others to decide.
    pub(crate) fn beat(&self) {
        *self.motion() = Motion::starting();
    }

    /// Bytes of the answer came.
    pub(crate) fn moved(&self, bytes: usize) {
        self.motion().moved(bytes as u64);
    }

    /// All is sent: what is missing is the answer.
    pub(crate) fn sent(&self) {
        // Once is enough: what is sent again has a pulse of its own.
        let _ = self.0.sent.set(Instant::now());
    }

    /// How long ago all was sent, if it was.
    pub(crate) fn waited(&self) -> Option<Duration> {
        self.0.sent.get().map(Instant::elapsed)
    }

    fn motion(&self) -> MutexGuard<'_, Motion> {
        self.0.motion.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When something last moved. Takes in what the socket has taken since the last look, and, where that is nothing for a
    /// while, what was acknowledged.
    fn look(&self, closely: bool) -> Instant {
        let moved = self.0.way.get().map_or(0, |way| {
            let written = way.written();
            if written == 0 && closely { way.acknowledged() } else { written }
        });
        let mut motion = self.motion();
        if moved > 0 {
            motion.moved(moved);
        }
        motion.last()
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
            let late = if self.0.sent.get().is_some() { late() } else { None };
            let limit = late.map_or(silence, |late| late.min(silence));
            let now = Instant::now();
            let quiet = self.look(false) + LOOK_UP <= now;
            let deadline = self.look(quiet) + limit;
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

impl Way {
    /// Bytes that the socket has taken since the last look.
    fn written(&self) -> u64 {
        let written = self.traffic.written();
        written.saturating_sub(self.written.swap(written, Relaxed))
    }

    /// Bytes that were acknowledged since the last look. Before the first one any may have been.
    fn acknowledged(&self) -> u64 {
        let Some(queue) = self.traffic.unacknowledged() else { return 0 };
        match self.queue.swap(queue, Relaxed) {
            UNKNOWN => queue,
            before => before.saturating_sub(queue),
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
                pulse.moved(1448);
            }
        };
        assert_eq!(pulse.watch(LIMIT, || None, pin!(moves)).await, Ok(()));
        assert_eq!(pulse.watch(LIMIT, || None, pending::<()>()).await, Err(LIMIT));
    }

    #[tokio::test(start_paused = true)]
    async fn what_drips_is_as_good_as_nothing() {
        let pulse = Pulse::new(None);
        let drips = async {
            loop {
                tokio::time::sleep(Duration::from_millis(500)).await;
                pulse.moved(1);
            }
        };
        let started = Instant::now();
        let () = match pulse.watch(LIMIT, || None, pin!(drips)).await {
            Ok(never) => never,
            Err(limit) => assert_eq!(limit, LIMIT),
        };
        assert!(started.elapsed() < LIMIT * 2, "{:?}", started.elapsed());
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
        assert!(pulse.waited().unwrap() < Duration::from_secs(4));
    }
}
