//! What workers see of a flow: jobs that come, results that go, and whether to stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use async_channel::{Receiver, Sender};
use tokio::time::{sleep, timeout};
use tt_cli::Read;
use tt_record::{Begin, Problem, Record};

use crate::feed::Fed;

/// How soon work under way learns that the flow is stopped.
const LOOK_UP: Duration = Duration::from_millis(100);

/// How long it may go on then: what is almost done is better finished and told.
const GRACE: Duration = Duration::from_millis(600);

/// Whether nothing new may begin. Cheap to clone and to ask.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Does `work`; `None` if the flow is stopped and the work is not done soon after. It is then left where it is.
    pub async fn or<F: Future + Unpin>(&self, mut work: F) -> Option<F::Output> {
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = sleep(LOOK_UP) => if self.raised() { return timeout(GRACE, work).await.ok() },
            }
        }
    }

    pub(crate) fn raise(&self) {
        self.0.store(true, Relaxed);
    }

    /// Whether the flow was stopped.
    pub fn raised(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// The worker's end of the queue of jobs. Cheap to clone.
pub struct Jobs<J> {
    queue: Receiver<J>,
    stop: Stop,
}

impl<J> Jobs<J> {
    pub(crate) fn new(queue: Receiver<J>, stop: Stop) -> Self {
        Self { queue, stop }
    }

    /// The next job; `None` when there are no more, or the flow was stopped.
    pub async fn next(&self) -> Option<J> {
        let job = self.queue.recv().await.ok()?;
        (!self.stop.raised()).then_some(job)
    }

    /// Waits until there are no more jobs: for a flow in which nothing is to be done.
    pub fn none(&self) {
        while self.queue.recv_blocking().is_ok() {}
    }

    /// What tells long work that it should come to an end.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }
}

impl<J> Clone for Jobs<J> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), stop: self.stop.clone() }
    }
}

/// Where workers leave what they found. Cheap to clone.
#[derive(Clone)]
pub struct Results(Sender<Event>);

impl Results {
    pub(crate) fn new(events: Sender<Event>) -> Self {
        Self(events)
    }

    /// Hands in a record. Waits while the reader of the stream is slow.
    pub async fn record(&self, record: Record) {
        self.send(Event::Result(Box::new(record))).await;
    }

    /// Stops the flow: what went wrong would go wrong with everything that follows.
    pub async fn fatal(&self, problem: Problem) {
        self.send(Event::Stopped(problem)).await;
    }

    /// Stops the flow from a worker that has no runtime.
    pub fn fatal_blocking(&self, problem: Problem) {
        let _ = self.0.send_blocking(Event::Stopped(problem));
    }

    async fn send(&self, event: Event) {
        // Nobody receives once the flow has ended: then nobody can be told.
        let _ = self.0.send(event).await;
    }
}

/// What reader and workers tell the writer.
pub(crate) enum Event {
    /// The first record was read; the `begin` that it is, if it is one.
    Opened(Option<Begin>),
    Pass(Read),
    Result(Box<Record>),
    Stopped(Problem),
    /// All jobs were found, or can't be.
    Fed(Fed),
    WorkerDone,
}
