//! One file in parts: the upload is found or created, its parts handed out, gathered and joined.
//!
//! Always holds: what is joined is what was read, whichever run sent it; and an upload that could be gone on with later is
//! left where it is.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::{
    select,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};
use tt_flow::Worker;
use tt_record::{Problem, ProblemKind};
use tt_store::{Part, Parts, Piece, Store, Stored, Target, Upload};
use tt_sum::WholeSum;
use tt_tree::SourceFile;

use crate::{
    part::{Arrived, PartJob},
    resume::{Begun, Mark, find, look_into},
    upload::{Unsent, Uploader, stopped},
};

/// How long giving up an upload, or parts under way, may take when everything else is over.
const TIDYING: Duration = Duration::from_secs(5);

/// The same for a run that was stopped, and is waited for.
const TIDYING_IN_HASTE: Duration = Duration::from_millis(500);

/// What an upload in parts came to.
pub(crate) struct Joined {
    pub(crate) stored: Stored,
    pub(crate) parts: usize,
    /// Parts that an earlier run had sent.
    pub(crate) resumed: usize,
}

impl Uploader {
    /// Uploads a file in parts. `unfinished` is the upload that an earlier attempt in this run has left, and is to hold
    /// the one that this attempt leaves, so that nothing stays behind that only this run knows of.
    pub(crate) async fn in_parts(
        &self,
        worker: &Worker<PartJob>,
        file: &Arc<SourceFile>,
        target: &Arc<Target>,
        parts: Parts,
        unfinished: &mut Option<Upload>,
    ) -> Result<Joined, Unsent> {
        let _under_way = self.progress.file(file.path(), file.size());
        let mark = Mark::of(target, self.check.algorithm, self.customer_key.as_deref())?;
        let beginning = self.begin(worker, target, &mark, unfinished.take());
        let begun = worker.stop.or(pin!(beginning)).await.ok_or_else(|| stopped(file.path()))??;
        // Of another size than an earlier run's, none of its parts would be of use.
        let parts = begun.cut(parts);
        let set_mark = async {
            if begun.held.is_empty() && self.may_resume && parts.leave_a_number() {
                mark.set(&worker.store, &begun.upload).await;
            }
        };
        let mut sending = Sending::new(self, worker, file, &begun);
        let joined = beside(pin!(sending.join(parts)), pin!(set_mark)).await;
        match &joined {
            Err(Unsent::Changed) if begun.own => *unfinished = Some(begun.upload),
            Err(Unsent::Failed(problem)) if self.may_resume && may_go_on_later(problem) => {}
            Err(_) if begun.own => self.give_up(worker, &begun.upload).await,
            // Nothing comes of it any more, whoever has begun it: it would be found again, and fail again.
            Err(Unsent::Lost(_)) => self.give_up(worker, &begun.upload).await,
            // It was there before this run, and was marked as one to go on with.
            Ok(_) | Err(_) => {}
        }
        joined
    }

    /// Finds the upload to go on with, or creates one.
    async fn begin(
        &self,
        worker: &Worker<PartJob>,
        target: &Arc<Target>,
        mark: &Mark,
        unfinished: Option<Upload>,
    ) -> Result<Begun, Problem> {
        let store = &worker.store;
        let found = match unfinished {
            Some(upload) => {
                let upload = Upload { target: Arc::clone(target), ..upload };
                let found = look_into(store, upload.clone(), mark).await?;
                let found = found.map(|begun| Begun { own: true, ..begun });
                if found.is_none() {
                    self.give_up(worker, &upload).await;
                }
                found
            }
            None if self.may_resume => self.find(store, target, mark).await?,
            None => None,
        };
        if let Some(begun) = found {
            return Ok(begun);
        }
        let upload = store.create_upload(Arc::clone(target), self.check.algorithm).await?;
        Ok(Begun::afresh(upload))
    }

    /// Looks for an upload to go on with. Who may write may not always list, and not every service can: then there is none
    /// to be found.
    async fn find(&self, store: &Store, target: &Arc<Target>, mark: &Mark) -> Result<Option<Begun>, Problem> {
        match find(store, target, mark).await {
            Err(problem) if problem.kind == ProblemKind::AccessDenied || !problem.kind.stops_everything() => {
                self.cannot_resume(&problem);
                Ok(None)
            }
            found => found,
        }
    }

    /// Gives an upload up, and says so where that fails: it costs as long as it is there.
    pub(crate) async fn give_up(&self, worker: &Worker<PartJob>, upload: &Upload) {
        let Upload { target, id, .. } = upload;
        let limit = if worker.stop.raised() { TIDYING_IN_HASTE } else { TIDYING };
        let aborted = timeout(limit, worker.store.abort_upload(&target.dst, id)).await;
        let why = match aborted {
            Ok(Ok(())) => return,
            Ok(Err(problem)) => problem.message,
            Err(_) => format!("can't abort the upload of {}: no answer", target.dst),
        };
        self.console.warn(format_args!("{why}; `tt-push --abort-uploads --yes {}` removes it", target.dst));
    }
}

/// Does `work`, and something else meanwhile that is not waited for in the end.
async fn beside<T>(
    mut work: impl Future<Output = T> + Unpin,
    mut other: impl Future<Output = ()> + Unpin,
) -> T {
    select! {
        biased;
        done = &mut work => return done,
        () = &mut other => {}
    }
    work.await
}

/// Whether the same command may go on where this one stops. A file that can't be read may be readable again, too.
fn may_go_on_later(problem: &Problem) -> bool {
    let kind = problem.kind;
    kind.may_pass()
        || kind.stops_everything()
        || matches!(kind, ProblemKind::Interrupted | ProblemKind::Io | ProblemKind::Bug)
}

/// The parts of one file: under way, and arrived.
struct Sending<'a> {
    uploader: &'a Uploader,
    worker: &'a Worker<PartJob>,
    file: &'a Arc<SourceFile>,
    begun: &'a Begun,
    results: UnboundedReceiver<Result<Arrived, Unsent>>,
    /// Until all parts are handed out.
    done: Option<UnboundedSender<Result<Arrived, Unsent>>>,
    arrived: Vec<Arrived>,
}

impl<'a> Sending<'a> {
    fn new(
        uploader: &'a Uploader,
        worker: &'a Worker<PartJob>,
        file: &'a Arc<SourceFile>,
        begun: &'a Begun,
    ) -> Self {
        let (done, results) = unbounded_channel();
        Self { uploader, worker, file, begun, results, done: Some(done), arrived: Vec::new() }
    }

    /// Sends all parts that are not there, as many at once as the budget has room for, and joins them.
    async fn join(&mut self, parts: Parts) -> Result<Joined, Unsent> {
        let joined = match self.send_all(parts).await {
            Ok(()) => self.complete().await,
            Err(unsent) => Err(unsent),
        };
        if joined.is_err() {
            self.call_back().await;
        }
        joined
    }

    async fn send_all(&mut self, parts: Parts) -> Result<(), Unsent> {
        let mut expected = 0;
        for piece in parts.pieces() {
            self.hand_out(piece).await?;
            expected += 1;
            while let Ok(arrived) = self.results.try_recv() {
                self.arrive(arrived?);
            }
        }
        self.done = None;
        while let Some(arrived) = self.next().await? {
            self.arrive(arrived?);
        }
        if self.arrived.len() == expected {
            return Ok(());
        }
        Err(Problem::new(ProblemKind::Bug, "the upload of a part stopped by a bug").into())
    }

    async fn next(&mut self) -> Result<Option<Result<Arrived, Unsent>>, Problem> {
        let next = pin!(self.results.recv());
        self.worker.stop.or(next).await.ok_or_else(|| stopped(self.file.path()))
    }

    /// Hands out a part as soon as there is room for it.
    async fn hand_out(&mut self, piece: Piece) -> Result<(), Unsent> {
        let Worker { stop, .. } = self.worker;
        let share = stop.or(pin!(self.uploader.share(piece.length))).await.flatten();
        let (Some(share), Some(done), false) = (share, &self.done, stop.raised()) else {
            return Err(stopped(self.file.path()).into());
        };
        self.worker.hand_out(PartJob {
            file: Arc::clone(self.file),
            upload: self.begun.upload.clone(),
            piece,
            held: self.begun.held.get(&piece.number).cloned(),
            share,
            _under_way: self.uploader.progress.request(),
            done: done.clone(),
        });
        Ok(())
    }

    fn arrive(&mut self, arrived: Arrived) {
        let progress = &self.uploader.progress;
        if arrived.resumed {
            progress.resumed(arrived.length);
        } else {
            progress.moved(arrived.length);
        }
        self.arrived.push(arrived);
    }

    /// Joins the parts, if the file is still the one whose parts they are.
    async fn complete(&mut self) -> Result<Joined, Unsent> {
        self.arrived.sort_unstable_by_key(|arrived| arrived.part.number);
        let sums = self.arrived.iter().map(|arrived| (&arrived.part.sum, arrived.length));
        let whole = WholeSum::of_parts(self.uploader.check.algorithm, sums).ok_or_else(not_combinable)?;
        let parts: Vec<Part> = self.arrived.iter().map(|arrived| arrived.part.clone()).collect();
        let read: Vec<_> = self.arrived.iter().map(|arrived| (arrived.length, &arrived.part.sum)).collect();
        let confirmed = self.uploader.confirm(self.file, &read);
        self.worker.stop.or(pin!(confirmed)).await.ok_or_else(|| stopped(self.file.path()))??;
        self.uploader.check_unchanged(self.file).await?;
        let Worker { store, stop, .. } = self.worker;
        let complete = store.complete_upload(&self.begun.upload, &parts, &whole, self.file.size());
        let stored = stop.or(pin!(complete)).await.ok_or_else(|| stopped(self.file.path()))??;
        let resumed = self.arrived.iter().filter(|arrived| arrived.resumed).count();
        Ok(Joined { stored, parts: parts.len(), resumed })
    }

    /// Waits until no part is under way any more: one that arrived after the upload is given up would stay.
    async fn call_back(&mut self) {
        self.done = None;
        self.results.close();
        let all_back = async { while self.results.recv().await.is_some() {} };
        let _ = timeout(TIDYING, all_back).await;
        self.uploader.progress.take_back(self.arrived.iter().map(|arrived| arrived.length).sum());
    }
}

fn not_combinable() -> Problem {
    Problem::new(ProblemKind::Bug, "the checksums of parts do not combine to that of the whole")
}
