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
use tt_store::{Listed, RetryNote, S3Options, Store};
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
        let (s3, dest, note) = (request.s3.clone(), request.dest.clone(), Arc::new(console.retry_note()));
        thread::spawn(move || {
            if let Err(problem) = read_bucket(&s3, &dest, note, &page) {
                // Nobody listens when the plan has ended for another reason.
                let _ = page.send(Err(problem));
            }
        });
        Ok(Self { local: Side::new(local), remote: Side::new(remote) })
    }
}

type Batch<T> = Result<Vec<T>, Problem>;

/// One side: what comes next, in the order of the keys.
pub(crate) struct Side<T> {
    batches: Receiver<Batch<T>>,
    batch: vec::IntoIter<T>,
}

impl<T> Side<T> {
    pub(crate) fn new(batches: Receiver<Batch<T>>) -> Self {
        Self { batches, batch: Vec::new().into_iter() }
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
            match self.receive(&mut wait)? {
                Some(batch) => self.batch = batch?.into_iter(),
                None => return Ok(None),
            }
        }
    }

    fn receive(&self, mut wait: impl FnMut() -> Result<(), Problem>) -> Result<Option<Batch<T>>, Problem> {
        match self.batches.try_recv() {
            Ok(batch) => return Ok(Some(batch)),
            Err(TryRecvError::Disconnected) => return Ok(None),
            Err(TryRecvError::Empty) => {}
        }
        loop {
            wait()?;
            match self.batches.recv_timeout(LOOK_UP) {
                Ok(batch) => return Ok(Some(batch)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

fn read_tree(mut walk: Walk, batches: &SyncSender<Batch<Found>>) {
    loop {
        let batch: Vec<_> = walk.by_ref().take(BATCH).collect();
        if batch.is_empty() || batches.send(Ok(batch)).is_err() {
            return;
        }
    }
}

fn read_bucket(
    s3: &S3Options,
    dest: &S3Url,
    note: RetryNote,
    pages: &SyncSender<Batch<Listed>>,
) -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|e| Problem::new(ProblemKind::Io, format!("can't start to list {dest}: {e}")))?;
    runtime.block_on(async {
        let mut listing = Store::connect(s3, note).await?.list(dest)?;
        while let Some(page) = listing.next_page().await? {
            if pages.send(Ok(page)).is_err() {
                break;
            }
        }
        Ok(())
    })
}
