//! Comparing bytes: the object is fetched, summed as it comes, and not stored.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::oneshot;
use tt_flow::Turns;
use tt_object::{Wanted, answer};
use tt_record::{Problem, ProblemKind, S3Url, Verdict};
use tt_store::{Head, Store};
use tt_sum::{Algorithm, Hasher, Sum};

use crate::{
    judge::{self, Judged},
    reading::Reading,
    worker::{Comparing, Piece},
};

/// How much of an object is fetched by one request.
const LENGTH: u64 = 32 << 20;

/// How many such requests are under way for one object.
const AT_ONCE: usize = 8;

/// Its sums over pieces can be put together.
const ALGORITHM: Algorithm = Algorithm::Crc64Nvme;

/// A piece of an object that is to be fetched.
pub(crate) struct Fetching {
    dst: S3Url,
    head: Arc<Head>,
    offset: u64,
    length: u64,
    algorithm: Algorithm,
    done: oneshot::Sender<Result<Sum, Problem>>,
}

impl Fetching {
    /// Does it, and tells whoever waits. It is given up when nobody waits any more.
    pub(crate) async fn perform(self, store: &Store, turns: &Turns) {
        let Self { dst, head, offset, length, algorithm, done } = self;
        answer(done, async {
            let _turn = turns.turn(length).await;
            let mut hasher = Hasher::new(algorithm);
            store.fetch(&dst, &head, offset, length, |bytes| hasher.update(bytes)).await?;
            Ok(hasher.finish())
        })
        .await;
    }
}

impl Comparing<'_> {
    /// Compares all bytes of the object with those of the file.
    pub(crate) async fn download(
        &self,
        blank: Box<Verdict>,
        reading: &Reading<'_>,
    ) -> Result<Judged, Problem> {
        let Reading { file, reader, .. } = reading;
        let found = self.sum_of_object(&blank.dst, file.size()).await?;
        let mut wanted = vec![Wanted::Whole(ALGORITHM)];
        wanted.extend(self.verifier.also().iter().copied().map(Wanted::Whole));
        let mut sums = reader.sums(file, &wanted).await?.into_iter();
        let expected = sums.next().unwrap_or_else(|| Sum::of(ALGORITHM, b""));
        Ok(judge::of_bytes(blank, file, self.head, &expected, &found, sums.next().as_ref()))
    }

    /// The checksum of the object's bytes, fetched in pieces; in one, where only the file's size is known.
    async fn sum_of_object(&self, dst: &S3Url, size: u64) -> Result<Sum, Problem> {
        let head = Arc::new(self.head.clone());
        if head.size.is_none() {
            let lost = |_| Problem::new(ProblemKind::Bug, format!("{dst} was not fetched"));
            return self.fetch(dst, &head, 0, size).await.map_err(lost)?;
        }
        let (mut sum, mut under_way, mut offset) = (Sum::of(ALGORITHM, b""), VecDeque::new(), 0);
        loop {
            while offset < size && under_way.len() < AT_ONCE {
                let length = LENGTH.min(size - offset);
                under_way.push_back((length, self.fetch(dst, &head, offset, length)));
                offset += length;
            }
            let Some((length, piece)) = under_way.pop_front() else { return Ok(sum) };
            let lost = |_| Problem::new(ProblemKind::Bug, format!("a piece of {dst} was not fetched"));
            let piece = piece.await.map_err(lost)??;
            sum = sum.append(&piece, length).unwrap_or(piece);
        }
    }

    fn fetch(
        &self,
        dst: &S3Url,
        head: &Arc<Head>,
        offset: u64,
        length: u64,
    ) -> oneshot::Receiver<Result<Sum, Problem>> {
        let (done, piece) = oneshot::channel();
        let (dst, head) = (dst.clone(), Arc::clone(head));
        let fetching = Fetching { dst, head, offset, length, algorithm: ALGORITHM, done };
        self.worker.hand_out(Piece::Fetch(fetching));
        piece
    }
}
