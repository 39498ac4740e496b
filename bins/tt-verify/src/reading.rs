//! A file that is being read: how many at once, by how many threads, and who is told.

use std::{path::Path, sync::Arc};

use tokio::sync::SemaphorePermit;
use tt_cli::LargeUnderWay;
use tt_object::{HandOut, Proof, Prover, Reader, Watch};
use tt_record::{Problem, ProblemKind, S3Url};
use tt_sum::Algorithm;
use tt_tree::SourceFile;

use crate::worker::{Comparing, Piece};

/// Files of more than so many bytes are read a few at a time: a disk is not faster when it is asked for more.
const LARGE: u64 = 1 << 20;

/// A file that may be read now.
pub(crate) struct Reading<'a> {
    comparing: &'a Comparing<'a>,
    pub(crate) file: Arc<SourceFile>,
    pub(crate) reader: Reader,
    _turn: Option<(SemaphorePermit<'a>, Option<LargeUnderWay>)>,
}

impl Comparing<'_> {
    /// Waits until the file may be read.
    pub(crate) async fn read(&self, file: SourceFile) -> Reading<'_> {
        let file = Arc::new(file);
        let turn = if file.size() > LARGE {
            // Nobody closes the semaphore.
            let turn = self.verifier.large.acquire().await.ok();
            turn.map(|turn| (turn, self.verifier.progress.file(file.path(), file.size())))
        } else {
            None
        };
        let reader = self.reader(&file, turn.is_some());
        Reading { comparing: self, file, reader, _turn: turn }
    }

    fn reader(&self, file: &Arc<SourceFile>, large: bool) -> Reader {
        let (progress, stop) = (self.verifier.progress.clone(), self.worker.stop.clone());
        let read = Arc::clone(file);
        let watch: Watch = Arc::new(move |bytes| {
            progress.moved(bytes);
            if stop.raised() { Err(stopped(read.path())) } else { Ok(()) }
        });
        let worker = self.worker.clone();
        let hand_out =
            large.then(|| -> HandOut { Arc::new(move |stretch| worker.hand_out(Piece::Read(stretch))) });
        Reader { disk: self.verifier.disk.clone(), watch, hand_out, ahead: self.verifier.ahead }
    }
}

impl Reading<'_> {
    /// Holds the file against the best that its object tells; `also` is wanted of it besides.
    pub(crate) async fn hold_against(&self, dst: &S3Url, also: &[Algorithm]) -> Result<Proof, Problem> {
        let Comparing { verifier, worker, head } = *self.comparing;
        let part_size = verifier.proving.part_size;
        let prover = Prover { store: &worker.store, dst, head, reader: &self.reader, also, part_size };
        prover.hold_against(&self.file).await
    }
}

fn stopped(path: &Path) -> Problem {
    Problem::new(ProblemKind::Interrupted, format!("stopped while {} was read", path.display()))
}
