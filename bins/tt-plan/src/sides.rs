//! The two sides, each read ahead in a thread of its own: the tree by system calls, the listing over the network.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel},
    },
    thread,
    time::Duration,
    vec,
};

use tt_cli::Console;
use tt_record::{Problem, ProblemKind, S3Url};
use tt_store::{Listed, S3Options, Store, Tuning};
use tt_tree::{Found, Walk, WalkOptions};

use crate::cli::Request;

/// How many found files travel together.
const BATCH: usize = 64;

/// How many batches of files, and pages of the listing, are read ahead.
const AHEAD: usize = 8;

/// How often whoever waits for a side gets to look elsewhere.
const LOOK_UP: Duration = Duration::from_millis(100);

/// Both sides of the comparison.
pub(crate) struct Sides {
    pub(crate) local: Side<Found>,
    pub(crate) remote: Side<Listed>,
}

impl Sides {
    /// Starts to read both sides.
    pub(crate) fn open(request: &Request, console: &Console) -> Result<Self, Problem> {
        let options = WalkOptions { symlinks: request.symlinks, filter: request.filter.clone() };
        let walk = Walk::new(&request.source, options)?;
        let (found, local) = sync_channel(AHEAD);
        thread::spawn(move || read_tree(walk, &found));
        let (page, remote) = sync_channel(AHEAD);
        let (s3, dest) = (request.s3.clone(), request.dest.clone());
        let tuning = Tuning::new(Arc::new(console.retry_note()));
        thread::spawn(move || {
            if let Err(problem) = read_bucket(&s3, &dest, &tuning, &page) {
                // Nobody listens when the plan has ended for another reason.
                let _ = page.send(Err(problem));
            }
        });
        Ok(Self { local: Side::new(local), remote: Side::new(remote) })
    }
}

/// What comes next; an empty one is the end.
type Batch<T> = Result<Vec<T>, Problem>;

/// One side: what comes next, in the order of the keys.
pub(crate) struct Side<T> {
    batches: Receiver<Batch<T>>,
    batch: vec::IntoIter<T>,
    ended: bool,
}

impl<T> Side<T> {
    pub(crate) fn new(batches: Receiver<Batch<T>>) -> Self {
        Self { batches, batch: Vec::new().into_iter(), ended: false }
    }

    /// What comes next, or `None` at the end. `wait` is called before each spell of waiting.
    pub(crate) fn next(
        &mut self,
        mut wait: impl FnMut() -> Result<(), Problem>,
    ) -> Result<Option<T>, Problem> {
        loop {
            if let Some(next) = self.batch.next() {
                return Ok(Some(next));
            }
            if self.ended {
                return Ok(None);
            }
            let batch = self.receive(&mut wait)??;
            self.ended = batch.is_empty();
            self.batch = batch.into_iter();
        }
    }

    fn receive(&self, mut wait: impl FnMut() -> Result<(), Problem>) -> Result<Batch<T>, Problem> {
        match self.batches.try_recv() {
            Ok(batch) => return Ok(batch),
            Err(TryRecvError::Disconnected) => return Err(broken_off()),
            Err(TryRecvError::Empty) => {}
        }
        loop {
            wait()?;
            match self.batches.recv_timeout(LOOK_UP) {
                Ok(batch) => return Ok(batch),
                Err(RecvTimeoutError::Disconnected) => return Err(broken_off()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// A side that ends without saying so is not at its end: what it would have said is not known.
fn broken_off() -> Problem {
    Problem::new(ProblemKind::Bug, "reading stopped by a bug: the plan is incomplete")
}

fn read_tree(mut walk: Walk, batches: &SyncSender<Batch<Found>>) {
    loop {
        let batch: Vec<_> = walk.by_ref().take(BATCH).collect();
        let end = batch.is_empty();
        if batches.send(Ok(batch)).is_err() || end {
            return;
        }
    }
}

fn read_bucket(
    s3: &S3Options,
    dest: &S3Url,
    tuning: &Tuning,
    pages: &SyncSender<Batch<Listed>>,
) -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|e| Problem::new(ProblemKind::Io, format!("can't start to list {dest}: {e}")))?;
    runtime.block_on(async {
        let mut listing = Store::connect(s3, tuning).await?.list(dest)?;
        while let Some(page) = listing.next_page().await? {
            if !page.is_empty() && pages.send(Ok(page)).is_err() {
                return Ok(());
            }
        }
        // Nobody listens when the plan has ended for another reason.
        let _ = pages.send(Ok(Vec::new()));
        Ok(())
    })
}
