//! What is done with each question: open the file, ask S3, read, compare.

use std::{
    collections::HashSet,
    path::Path,
    sync::{Mutex, PoisonError},
};

use tokio::{sync::Semaphore, time::sleep};
use tt_cli::Progress;
use tt_flow::{Turns, Work, Worker};
use tt_object::{Disk, Proof, Stretch};
use tt_record::{Fail, Problem, ProblemKind, Record, S3Url, Source, Stage, Verdict, VerdictKind};
use tt_store::{Head, Store};
use tt_sum::Algorithm;
use tt_tree::{Manner, SourceFile};

use crate::{
    download::Fetching,
    judge::{self, Judged},
    proving::{Download, Proving},
    question::Question,
};

/// So many bytes of a file the disk reads while S3 is asked about its object.
const AHEAD: u64 = 4 << 20;

/// Holds objects against files.
pub(crate) struct Verifier {
    pub(crate) progress: Progress,
    pub(crate) proving: Proving,
    manner: Manner,
    /// Whether the SHA-256 of the files is wanted too.
    hash: bool,
    /// Requests.
    pub(crate) turns: Turns,
    /// Large files that are read at once.
    pub(crate) large: Semaphore,
    /// Pieces of one of them.
    pub(crate) ahead: usize,
    /// Pieces of all of them that are read at once.
    reads: Semaphore,
    pub(crate) disk: Disk,
    /// Buckets that are known to exist: of a missing object S3 does not say whether its bucket is there.
    buckets: Mutex<HashSet<String>>,
}

/// A piece of a large file, or of a large object.
pub(crate) enum Piece {
    Read(Stretch),
    Fetch(Fetching),
}

impl Work for Verifier {
    type Job = Question;
    type Piece = Piece;

    async fn work(&self, worker: &Worker<Piece>, question: Question) -> Option<Record> {
        let (source, dst) = (question.verdict.source.clone(), question.verdict.dst.clone());
        let proved = worker.stop.or(Box::pin(self.prove(worker, question))).await?;
        Some(match proved {
            Ok((kind, verdict)) => {
                self.progress.file_done();
                Record::verdict(kind, verdict)
            }
            Err(error) => {
                self.progress.file_failed();
                Record::Fail(Fail { stage: Stage::Verify, source, dst: Some(dst), error })
            }
        })
    }

    async fn piece(&self, store: &Store, piece: Piece) {
        match piece {
            Piece::Read(stretch) => {
                // Of all files together: each piece has a buffer. (Nothing closes the semaphore.)
                let _turn = self.reads.acquire().await;
                stretch.perform().await;
            }
            Piece::Fetch(fetching) => fetching.perform(store, &self.turns).await,
        }
    }
}

impl Verifier {
    /// One for so many requests, and threads.
    pub(crate) fn new(
        proving: &Proving,
        hash: bool,
        possible: usize,
        threads: usize,
        disk: Disk,
        progress: &Progress,
    ) -> Self {
        Self {
            progress: progress.clone(),
            proving: proving.clone(),
            manner: Manner::new(None, proving.ignore_inode),
            hash,
            turns: Turns::new(proving.concurrency, possible),
            large: Semaphore::new(2 * threads),
            ahead: 2 * threads,
            reads: Semaphore::new(2 * threads),
            disk,
            buckets: Mutex::default(),
        }
    }

    /// Finds out whether the object is what it is to be.
    async fn prove(&self, worker: &Worker<Piece>, question: Question) -> Result<Judged, Problem> {
        let Question { verdict: blank, listed } = question;
        if let Some(listed) = listed {
            return Box::pin(self.prove_listed(worker, blank, &listed)).await;
        }
        let path = blank.source.as_ref().map(Source::path);
        // The disk is at work while S3 is asked.
        let opened = match &path {
            Some(path) => Some(self.open(path).await),
            None => None,
        };
        let Some(head) = self.ask(&worker.store, &blank.dst).await? else {
            return Ok(judge::missing(blank));
        };
        let file = opened.unwrap_or_else(|| Err(no_file(&blank.dst)))?;
        let comparing = Comparing { verifier: self, worker, head: &head };
        comparing.judge_once_settled(blank, file).await
    }

    /// What is wanted of each file besides what S3 keeps of its object.
    pub(crate) fn also(&self) -> &'static [Algorithm] {
        if self.hash { &[Algorithm::Sha256] } else { &[] }
    }

    /// Whether the SHA-256 of the files is wanted.
    pub(crate) fn hashes(&self) -> bool {
        self.hash
    }

    pub(crate) async fn open(&self, path: &Path) -> Result<SourceFile, Problem> {
        let (owned, manner, no_cache) = (path.to_owned(), self.manner.clone(), self.proving.no_cache);
        let opening = move || {
            let file = SourceFile::open_as(&owned, &manner)?;
            let file = if no_cache { file.past_the_cache() } else { file };
            Ok(file.ahead(AHEAD))
        };
        self.disk.run(path, 0, opening).await?
    }

    /// What S3 tells of an object. None, where it has none, in a bucket that is there.
    pub(crate) async fn ask(&self, store: &Store, dst: &S3Url) -> Result<Option<Head>, Problem> {
        let turn = self.turns.turn(0).await;
        let under_way = self.progress.request();
        let head = store.head(dst).await?;
        drop((under_way, turn));
        if head.is_none() {
            Box::pin(self.check_bucket(store, dst)).await?;
        }
        Ok(head)
    }

    /// A missing object may be a missing bucket.
    async fn check_bucket(&self, store: &Store, dst: &S3Url) -> Result<(), Problem> {
        let bucket = &dst.bucket;
        if !self.buckets.lock().unwrap_or_else(PoisonError::into_inner).contains(bucket) {
            store.check_bucket(dst).await?;
            self.buckets.lock().unwrap_or_else(PoisonError::into_inner).insert(bucket.clone());
        }
        Ok(())
    }
}

/// One object, of which S3 has told, and its file.
pub(crate) struct Comparing<'a> {
    pub(crate) verifier: &'a Verifier,
    pub(crate) worker: &'a Worker<Piece>,
    pub(crate) head: &'a Head,
}

impl ByFile for Comparing<'_> {
    fn verifier(&self) -> &Verifier {
        self.verifier
    }

    async fn judge(&self, blank: Box<Verdict>, file: SourceFile) -> Result<Judged, Problem> {
        let Self { verifier, head, .. } = self;
        if let Some(size) = head.size.filter(|size| *size != file.size()) {
            file.check_size()?;
            return Ok(judge::of_size(blank, file.size(), size));
        }
        let reading = self.read(file).await;
        if verifier.proving.download == Some(Download::Always) {
            return Box::pin(self.download(blank, &reading)).await;
        }
        match reading.hold_against(&blank.dst, verifier.also()).await? {
            Proof::Compared(comparison) => Ok(judge::of_comparison(blank, &reading.file, head, &comparison)),
            Proof::Nothing(..) if verifier.proving.download.is_some() => {
                Box::pin(self.download(blank, &reading)).await
            }
            Proof::Nothing(cause, why) => Ok(judge::unverifiable(blank, head, cause, &why)),
        }
    }
}

/// A way to judge an object by its file.
pub(crate) trait ByFile: Sync {
    /// Who opens files.
    fn verifier(&self) -> &Verifier;

    /// Judges by the file as it is read now.
    fn judge(
        &self,
        blank: Box<Verdict>,
        file: SourceFile,
    ) -> impl Future<Output = Result<Judged, Problem>> + Send;

    /// Judges by a file that may have been written in the same moment as it was opened: once more if it is not as its object,
    /// for it may have been read in part.
    fn judge_once_settled(
        &self,
        blank: Box<Verdict>,
        file: SourceFile,
    ) -> impl Future<Output = Result<Judged, Problem>> + Send {
        async {
            let settle = file.settle_time();
            if settle.is_zero() {
                return self.judge(blank, file).await;
            }
            let path = file.path().to_owned();
            let judged = Box::pin(self.judge(blank.clone(), file)).await?;
            if judged.0 != VerdictKind::Mismatch {
                return Ok(judged);
            }
            sleep(settle).await;
            let file = self.verifier().open(&path).await?;
            Box::pin(self.judge(blank, file)).await
        }
    }
}

fn no_file(dst: &S3Url) -> Problem {
    Problem::new(ProblemKind::Bug, format!("there is nothing to hold {dst} against"))
}
