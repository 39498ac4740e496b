//! One file on its way: looked at, read, summed, sent, in one request or in parts ([`crate::multipart`]).
//!
//! Always holds: what is published is what was read. The file is looked at before the first byte and after the last, and
//! an upload whose file changed in between is never sent or completed. A file is read once; its checksum is computed
//! while the bytes are in the cache, and S3 refuses whatever arrives with another one.

use std::{
    path::Path,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::sleep;
use tt_cli::{Console, Progress};
use tt_flow::{Stop, Worker};
use tt_record::{Problem, ProblemKind};
use tt_store::{LARGEST_OBJECT, Parts, SHA256_OF_ALL, Stored, Target, Upload, UploadError};
use tt_sum::{Algorithm, Sum};
use tt_tree::{Manner, OpenError, ReadError, SourceFile};

use crate::{
    budget::{Budget, LargeFile, Share},
    multipart::Joined,
    part::PartJob,
    reader::Reader,
    safety::Check,
};

/// How often a file is looked at that is still being written to.
const SETTLING: u32 = 5;

/// How long a file that changed is left alone before it is read again.
const CALM: Duration = Duration::from_millis(100);

/// How often, and how far apart, a file is tried to be opened while too many others are open: for longer than idle
/// connections are kept.
const OPENINGS: u32 = 100;
const NEXT_OPENING: Duration = Duration::from_millis(100);

/// Uploads files. Shared by all threads.
pub(crate) struct Uploader {
    pub(crate) budget: Budget,
    pub(crate) reader: Reader,
    pub(crate) progress: Progress,
    pub(crate) console: Console,
    pub(crate) part_size: u64,
    pub(crate) check: Check,
    /// Whether bytes count only if a second reading gives the same.
    pub(crate) reads_twice: bool,
    /// Whether unfinished uploads are gone on with.
    pub(crate) may_resume: bool,
    /// What names the key that the customer encrypts objects with.
    pub(crate) customer_key: Option<String>,
    /// Whether it was said that unfinished uploads can't be found.
    pub(crate) said: AtomicBool,
    /// Whether it was said that properties can't be changed in place.
    pub(crate) said_of_mending: AtomicBool,
}

/// A file that was uploaded.
pub(crate) struct Uploaded {
    pub(crate) target: Target,
    pub(crate) stored: Stored,
    /// 0 for a single request.
    pub(crate) parts: usize,
    /// Parts that an earlier run had sent.
    pub(crate) resumed: usize,
}

/// Why a file was not uploaded.
pub(crate) enum Unsent {
    /// It changed while it was read.
    Changed,
    /// S3 lost what was sent.
    Lost(Problem),
    Failed(Problem),
}

impl From<Problem> for Unsent {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

impl From<ReadError> for Unsent {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Changed => Self::Changed,
            ReadError::Failed(problem) => Self::Failed(problem),
        }
    }
}

impl From<UploadError> for Unsent {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Lost(problem) => Self::Lost(problem),
            UploadError::Failed(problem) => Self::Failed(problem),
        }
    }
}

/// A file's turn to be uploaded.
pub(crate) enum Turn {
    /// In one request.
    Single(Share),
    /// In parts, each of which waits for its own turn.
    Large { _leave: LargeFile },
}

impl Turn {
    fn fits(&self, parts: Option<Parts>, size: u64) -> bool {
        match self {
            Self::Single(share) => parts.is_none() && share.bytes() >= size,
            Self::Large { .. } => parts.is_some(),
        }
    }
}

impl Uploader {
    /// Waits for the turn of a file of this size; `None` once the flow is stopped. A file that waits should not be open
    /// yet: descriptors are few.
    pub(crate) async fn turn(&self, stop: &Stop, size: u64) -> Option<Turn> {
        let turn = async {
            Some(match Parts::of(size, self.part_size) {
                None => Turn::Single(self.share(size).await?),
                Some(_) => Turn::Large { _leave: self.budget.large_file().await? },
            })
        };
        stop.or(pin!(turn)).await?.filter(|_| !stop.raised())
    }

    /// Waits until a body of so many bytes may be sent.
    pub(crate) async fn share(&self, bytes: u64) -> Option<Share> {
        self.budget.share(bytes, self.reader.memory_of(bytes)).await
    }

    /// Uploads the file as it is now. Its size may not be the one that `turn` was waited for. `unfinished` is what
    /// earlier attempts have left ([`Uploader::in_parts`]).
    pub(crate) async fn upload(
        &self,
        worker: &Worker<PartJob>,
        mut turn: Turn,
        file: &Arc<SourceFile>,
        target: Target,
        unfinished: &mut Option<Upload>,
    ) -> Result<Uploaded, Unsent> {
        if file.size() > LARGEST_OBJECT {
            let message = format!("{} is larger than the 48.8 TiB that S3 takes", file.path().display());
            return Err(Problem::new(ProblemKind::TooLarge, message).into());
        }
        let parts = Parts::of(file.size(), self.part_size);
        if !turn.fits(parts, file.size()) {
            drop(turn);
            turn = self.turn(&worker.stop, file.size()).await.ok_or_else(|| stopped(file.path()))?;
        }
        let uploaded = match parts {
            None => self.in_one(worker, file, target).await,
            Some(parts) => Box::pin(self.large(worker, file, target, parts, unfinished)).await,
        };
        drop(turn);
        uploaded
    }

    async fn in_one(
        &self,
        worker: &Worker<PartJob>,
        file: &Arc<SourceFile>,
        target: Target,
    ) -> Result<Uploaded, Unsent> {
        let read = async {
            let reading = self.reader.read(file, 0, file.size()).await?;
            self.confirm(file, &[(file.size(), &reading.sum)]).await?;
            self.check_unchanged(file).await?;
            Ok::<_, Unsent>(reading)
        };
        let reading = worker.stop.or(pin!(read)).await.ok_or_else(|| stopped(file.path()))??;
        let _under_way = self.progress.request();
        let put = worker.store.put(&target, &reading.payload, &reading.sum);
        let stored = reading.blame(worker.stop.or(pin!(put)).await.ok_or_else(|| stopped(file.path()))?)?;
        self.progress.moved(file.size());
        Ok(Uploaded { target, stored, parts: 0, resumed: 0 })
    }

    async fn large(
        &self,
        worker: &Worker<PartJob>,
        file: &Arc<SourceFile>,
        mut target: Target,
        parts: Parts,
        unfinished: &mut Option<Upload>,
    ) -> Result<Uploaded, Unsent> {
        // The SHA-256 that S3 keeps of an object in parts is one of their hashes, which nobody else can compute.
        if self.check == (Check { algorithm: Algorithm::Sha256, announced: true }) {
            let sum = worker
                .stop
                .or(pin!(self.reader.sum(file, 0, file.size())))
                .await
                .ok_or_else(|| stopped(file.path()))??;
            target.properties.metadata.insert(SHA256_OF_ALL.to_owned(), sum.hex());
        }
        let target = Arc::new(target);
        let Joined { stored, parts, resumed } =
            self.in_parts(worker, file, &target, parts, unfinished).await?;
        Ok(Uploaded { target: Arc::unwrap_or_clone(target), stored, parts, resumed })
    }

    /// Opens a file that has not been written to for a moment: a change within the same tick of the filesystem's clock could
    /// not be told from none. A file that is written to all the time counts as changing.
    pub(crate) async fn open_settled(&self, path: &Path, manner: &Manner) -> Result<Arc<SourceFile>, Unsent> {
        for _ in 0..SETTLING {
            let file = self.open(path, manner).await?;
            let wait = file.settle_time();
            if wait.is_zero() {
                return Ok(Arc::new(file));
            }
            drop(file);
            sleep(wait).await;
        }
        Err(Unsent::Changed)
    }

    /// Opens a file, as soon as there is a descriptor for it.
    async fn open(&self, path: &Path, manner: &Manner) -> Result<SourceFile, Problem> {
        for _ in 1..OPENINGS {
            match self.try_open(path, manner).await? {
                Err(OpenError::TooMany(_)) => sleep(NEXT_OPENING).await,
                opened => return Ok(opened?),
            }
        }
        Ok(self.try_open(path, manner).await??)
    }

    async fn try_open(&self, path: &Path, manner: &Manner) -> Result<Result<SourceFile, OpenError>, Problem> {
        let (owned, manner) = (path.to_owned(), manner.clone());
        self.reader.disk().run(path, 0, move || SourceFile::open_as(&owned, &manner)).await
    }

    /// Fails where the file is not the one any more that was opened.
    pub(crate) async fn check_unchanged(&self, file: &Arc<SourceFile>) -> Result<(), Unsent> {
        let same = Arc::clone(file);
        let unchanged = self.reader.disk().run(file.path(), 0, move || same.unchanged()).await??;
        if unchanged { Ok(()) } else { Err(Unsent::Changed) }
    }

    /// Reads a file once more, if that is wanted, in pieces of these lengths: fails where one has another sum than before.
    /// Where all are the same, they are those of one moment: the one between the two readings.
    pub(crate) async fn confirm(&self, file: &Arc<SourceFile>, pieces: &[(u64, &Sum)]) -> Result<(), Unsent> {
        if !self.reads_twice {
            return Ok(());
        }
        let mut offset = 0;
        for &(length, sum) in pieces {
            if self.reader.sum(file, offset, length).await? != *sum {
                return Err(Unsent::Changed);
            }
            offset += length;
        }
        Ok(())
    }

    /// Says once that unfinished uploads can't be found, and why.
    pub(crate) fn cannot_resume(&self, problem: &Problem) {
        if !self.said.swap(true, Relaxed) {
            self.console.warn(format_args!(
                "large files begin anew, for {problem}; --no-resume does so without asking"
            ));
        }
    }
}

/// The flow was stopped before the file was uploaded.
pub(crate) fn stopped(path: &Path) -> Problem {
    let message = format!("stopped while {} was being uploaded", path.display());
    Problem::new(ProblemKind::Interrupted, message).hint("run the same command again")
}

/// Waits before a file that changed is tried again.
pub(crate) async fn calm_down() {
    sleep(CALM).await;
}
