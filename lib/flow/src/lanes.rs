//! The inside of a worker thread: one runtime, one client, and several jobs under way at once.
//!
//! A job may cut itself into pieces, which any thread takes: so one large job at the end keeps all cores busy.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::AcqRel},
    },
    thread::available_parallelism,
};

use async_channel::{Receiver, Sender, unbounded};
use tokio::{
    runtime, select,
    task::{JoinError, JoinSet, yield_now},
};
use tt_record::{Problem, ProblemKind, Record};
use tt_store::{S3Options, Session, Store, Tuning};

use crate::{Fortune, Jobs, Results, Stop};

/// What is done with each job.
pub trait Work: Send + Sync + 'static {
    /// A job.
    type Job: Send + 'static;
    /// A piece of a job.
    type Piece: Send + 'static;

    /// Does one job. Work that takes long looks at `stop` now and then, and gives up once it is raised. `None` for a job
    /// that was not begun for that reason.
    fn work(
        &self,
        worker: &Worker<Self::Piece>,
        job: Self::Job,
    ) -> impl Future<Output = Option<Record>> + Send;

    /// Does a piece that a job has handed out, perhaps in another thread. How it went is for the two to settle.
    fn piece(&self, store: &Store, piece: Self::Piece) -> impl Future<Output = ()> + Send;
}

/// A job's means. Cheap to clone.
pub struct Worker<P> {
    /// The client of this thread.
    pub store: Store,
    /// Whether the flow is stopped.
    pub stop: Stop,
    pieces: Sender<P>,
}

impl<P> Worker<P> {
    /// Hands out a piece of the job. It is begun as soon as a thread finds the time.
    pub fn hand_out(&self, piece: P) {
        // The queue has no end, and is open as long as there are jobs.
        let _ = self.pieces.try_send(piece);
    }
}

impl<P> Clone for Worker<P> {
    fn clone(&self) -> Self {
        Self { store: self.store.clone(), stop: self.stop.clone(), pieces: self.pieces.clone() }
    }
}

/// How jobs are spread: one thread a core, but no more than there are jobs at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crew {
    /// How many threads.
    pub threads: usize,
    /// How many jobs are under way in each.
    pub lanes: usize,
}

impl Crew {
    /// A crew that has `jobs` under way at once.
    pub fn new(jobs: usize) -> Self {
        let threads = available_parallelism().map_or(1, usize::from).min(jobs.max(1));
        Self { threads, lanes: jobs.max(1).div_ceil(threads) }
    }
}

/// How the threads of a flow work.
pub struct Lanes<P> {
    session: Session,
    fortune: Arc<Fortune>,
    in_each: usize,
    pieces: Receiver<P>,
    /// One for each thread, which drops it when it has no jobs any more: with the last one the queue of pieces closes.
    senders: Mutex<Vec<Sender<P>>>,
    /// Threads that have not come to their end.
    working: AtomicUsize,
}

/// What a thread begins with.
enum First<J, P> {
    Job(J),
    Piece(P),
}

impl<P: Send + 'static> Lanes<P> {
    /// Lanes for the threads of `crew`.
    pub fn new(s3: S3Options, tuning: Tuning, crew: Crew) -> Self {
        let (sender, pieces) = unbounded();
        let senders = Mutex::new(vec![sender; crew.threads]);
        Self {
            session: Session::new(s3, tuning),
            fortune: Arc::default(),
            in_each: crew.lanes,
            pieces,
            senders,
            working: AtomicUsize::new(crew.threads),
        }
    }

    /// Works until there are no more jobs and no more pieces, in the calling thread.
    pub fn run<W: Work<Piece = P>>(&self, work: &Arc<W>, jobs: &Jobs<W::Job>, results: &Results) {
        let Some(sender) = self.senders.lock().unwrap_or_else(PoisonError::into_inner).pop() else {
            return results.fatal_blocking(Problem::new(ProblemKind::Bug, "more threads than were planned"));
        };
        match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                runtime.block_on(self.drive(work, sender, jobs, results));
                // A read that hangs is not waited for.
                runtime.shutdown_background();
            }
            Err(e) => {
                results.fatal_blocking(Problem::new(
                    ProblemKind::Io,
                    format!("can't start a thread's runtime: {e}"),
                ));
            }
        }
        let last = self.working.fetch_sub(1, AcqRel) == 1;
        if last
            && !jobs.stop().raised()
            && let Some(problem) = self.fortune.conclude()
        {
            results.fatal_blocking(problem);
        }
    }

    async fn drive<W: Work<Piece = P>>(
        &self,
        work: &Arc<W>,
        sender: Sender<P>,
        jobs: &Jobs<W::Job>,
        results: &Results,
    ) {
        let mut sender = Some(sender);
        // Where there is nothing to do, credentials need not be there.
        let Some(first) = self.first(jobs, &mut sender).await else { return };
        let store = match self.session.connect().await {
            Ok(store) => store,
            Err(problem) => return results.fatal(problem).await,
        };
        let (mut job, piece) = match first {
            First::Job(job) => (Some(job), None),
            First::Piece(piece) => (None, Some(piece)),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(take_pieces(
            Arc::clone(work),
            store.clone(),
            piece,
            self.pieces.clone(),
            results.clone(),
        ));
        if let Some(pieces) = sender.take() {
            let worker = Worker { store, stop: jobs.stop().clone(), pieces };
            for _ in 0..self.in_each.max(1) {
                tasks.spawn(lane(
                    Arc::clone(work),
                    Arc::clone(&self.fortune),
                    worker.clone(),
                    job.take(),
                    jobs.clone(),
                    results.clone(),
                ));
            }
        }
        while let Some(ended) = tasks.join_next().await {
            report(ended, results).await;
        }
    }

    /// What comes first. Lets go of `sender` when there are no jobs, for this thread will hand out no pieces.
    async fn first<J>(&self, jobs: &Jobs<J>, sender: &mut Option<Sender<P>>) -> Option<First<J, P>> {
        select! {
            job = jobs.next() => if let Some(job) = job {
                return Some(First::Job(job));
            },
            Ok(piece) = self.pieces.recv() => return Some(First::Piece(piece)),
        }
        *sender = None;
        self.pieces.recv().await.ok().map(First::Piece)
    }
}

/// One job after another.
async fn lane<W: Work>(
    work: Arc<W>,
    fortune: Arc<Fortune>,
    worker: Worker<W::Piece>,
    first: Option<W::Job>,
    jobs: Jobs<W::Job>,
    results: Results,
) {
    let mut next = first;
    loop {
        let job = match next.take() {
            Some(job) => job,
            None => match jobs.next().await {
                Some(job) => job,
                None => return,
            },
        };
        let Some(record) = work.work(&worker, job).await else { return };
        if let Some(problem) = fortune.note(&record) {
            // At once, and not only when the writer comes to hear of it: others are about to try the same.
            jobs.stop().raise();
            results.fatal(problem).await;
        }
        results.record(record).await;
    }
}

/// Takes pieces of whichever job, until there are no more jobs.
async fn take_pieces<W: Work>(
    work: Arc<W>,
    store: Store,
    first: Option<W::Piece>,
    queue: Receiver<W::Piece>,
    results: Results,
) {
    let mut next = first;
    let mut under_way = JoinSet::new();
    loop {
        if next.is_none() {
            select! {
                piece = queue.recv() => next = piece.ok(),
                Some(ended) = under_way.join_next() => {
                    report(ended, &results).await;
                    continue;
                }
            }
        }
        let Some(piece) = next.take() else { break };
        let (work, store) = (Arc::clone(&work), store.clone());
        under_way.spawn(async move { work.piece(&store, piece).await });
        // It begins before the next one is taken, which another thread may have the time for.
        yield_now().await;
    }
    while let Some(ended) = under_way.join_next().await {
        report(ended, &results).await;
    }
}

async fn report(ended: Result<(), JoinError>, results: &Results) {
    if let Err(e) = ended {
        results.fatal(Problem::new(ProblemKind::Bug, format!("a worker stopped by a bug: {e}"))).await;
    }
}
