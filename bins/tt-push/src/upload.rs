//! One file on its way: read, summed, sent, in one request or in parts.
//!
//! Always holds: what is published is what was read. The file is looked at before the first byte and after the last, and
//! an upload whose file changed in between is never sent or completed. A file is read once; its checksum is computed
//! while the bytes are in the cache, and S3 refuses whatever arrives with another one.

use std::time::Duration;

use bytes::Bytes;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tt_cli::Progress;
use tt_flow::Stop;
use tt_record::{Problem, ProblemKind, Properties, S3Url};
use tt_store::{Part, Store, Stored, Upload};
use tt_sum::{Algorithm, Hasher, Sum};
use tt_tree::{ReadError, SourceFile};

use crate::{
    budget::{Budget, LargeFile, Share},
    buffers::Buffers,
    parts::{LARGEST_OBJECT, Parts, Piece},
};

/// The checksum that every object carries.
const ALGORITHM: Algorithm = Algorithm::Crc64Nvme;

/// How much is read at a time: less than the second-level cache of a core holds.
const BLOCK: usize = 256 << 10;

/// How often a file is looked at that is still being written to.
const SETTLING: u32 = 5;

/// How long giving up an upload may take when everything else is over.
const TIDYING: Duration = Duration::from_secs(5);

/// How long a file that changed is left alone before it is read again.
const CALM: Duration = Duration::from_millis(100);

/// What an uploader needs besides the file.
#[derive(Clone)]
pub(crate) struct Uploader {
    pub(crate) store: Store,
    pub(crate) budget: Budget,
    pub(crate) buffers: Buffers,
    pub(crate) progress: Progress,
    pub(crate) stop: Stop,
    pub(crate) part_size: u64,
}

/// A file that was uploaded, as it was read.
pub(crate) struct Uploaded {
    pub(crate) file: SourceFile,
    pub(crate) stored: Stored,
    /// 0 for a single request.
    pub(crate) parts: u32,
}

/// Why a file was not uploaded.
pub(crate) enum Unsent {
    /// It changed while it was read.
    Changed,
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

/// A file's turn to be uploaded.
pub(crate) enum Turn {
    /// In one request.
    Single(Share),
    /// In parts, each of which waits for its own turn.
    Large { _leave: LargeFile },
}

impl Uploader {
    /// Waits for the turn of a file of this size; `None` once the flow is stopped. A file that waits should not be open
    /// yet: descriptors are few.
    pub(crate) async fn turn(&self, size: u64) -> Option<Turn> {
        let turn = async {
            Some(match Parts::of(size, self.part_size) {
                None => Turn::Single(self.budget.share(size).await?),
                Some(_) => Turn::Large { _leave: self.budget.large_file().await? },
            })
        };
        self.stop.or(turn).await?.filter(|_| !self.stop.raised())
    }

    /// Uploads the file as it is now. Its size may not be the one that `turn` was waited for.
    pub(crate) async fn upload(
        &self,
        mut turn: Turn,
        file: SourceFile,
        dst: &S3Url,
        properties: &Properties,
    ) -> Result<Uploaded, Unsent> {
        if file.size() > LARGEST_OBJECT {
            let message = format!("{} is larger than the 48.8 TiB that S3 takes", file.path().display());
            return Err(Problem::new(ProblemKind::TooLarge, message).into());
        }
        let parts = Parts::of(file.size(), self.part_size);
        if !turn.fits(parts, file.size()) {
            drop(turn);
            turn = self.turn(file.size()).await.ok_or_else(|| stopped(&file))?;
        }
        let uploaded = match parts {
            None => (self.in_one(&file, dst, properties).await?, 0),
            Some(parts) => self.in_parts(&file, dst, properties, parts).await?,
        };
        drop(turn);
        Ok(Uploaded { file, stored: uploaded.0, parts: uploaded.1 })
    }

    async fn in_one(
        &self,
        file: &SourceFile,
        dst: &S3Url,
        properties: &Properties,
    ) -> Result<Stored, Unsent> {
        let (body, sum) = self.read(file, 0, file.size())?;
        check(file)?;
        let put = self.store.put(dst, properties, body, &sum);
        let stored = self.stop.or(put).await.ok_or_else(|| stopped(file))??;
        self.progress.moved(file.size());
        Ok(stored)
    }

    async fn in_parts(
        &self,
        file: &SourceFile,
        dst: &S3Url,
        properties: &Properties,
        parts: Parts,
    ) -> Result<(Stored, u32), Unsent> {
        let create = self.store.create_upload(dst, properties, ALGORITHM);
        let upload = self.stop.or(Box::pin(create)).await.ok_or_else(|| stopped(file))??;
        let sent = self.send_parts(file, &upload, parts).await;
        if sent.is_err() {
            // The reason stays the one that matters, even where tidying up fails too.
            let _ = timeout(TIDYING, self.store.abort_upload(&upload)).await;
        }
        sent
    }

    /// Sends the parts, as many at once as the budget has room for, and joins them.
    async fn send_parts(
        &self,
        file: &SourceFile,
        upload: &Upload,
        parts: Parts,
    ) -> Result<(Stored, u32), Unsent> {
        let mut sending = Sending { uploader: self, tasks: JoinSet::new(), parts: Vec::new(), moved: 0 };
        let joined = sending.join(file, upload, parts).await;
        if joined.is_err() {
            // Before the upload is given up: a part that arrives afterwards would stay.
            sending.tasks.shutdown().await;
            self.progress.take_back(sending.moved);
        }
        Ok((joined?, u32::try_from(sending.parts.len()).unwrap_or(u32::MAX)))
    }
}

impl Uploader {
    /// Reads bytes, and sums them block by block while each is in the cache. The file was cut into pieces that fit into
    /// memory.
    fn read(&self, file: &SourceFile, offset: u64, length: u64) -> Result<(Bytes, Sum), Unsent> {
        let mut buffer = self.buffers.take(usize::try_from(length).unwrap_or(usize::MAX));
        let mut hasher = Hasher::new(ALGORITHM);
        let mut at = offset;
        for block in buffer.bytes_mut().chunks_mut(BLOCK) {
            file.read_exact_at(block, at)?;
            hasher.update(block);
            at += block.len() as u64;
        }
        Ok((Bytes::from_owner(buffer), hasher.finish()))
    }
}

impl Turn {
    fn fits(&self, parts: Option<Parts>, size: u64) -> bool {
        match self {
            Self::Single(share) => parts.is_none() && share.bytes() >= size,
            Self::Large { .. } => parts.is_some(),
        }
    }
}

/// The parts of one file that are under way, and those that have arrived.
struct Sending<'a> {
    uploader: &'a Uploader,
    tasks: JoinSet<Result<(Part, u64), Problem>>,
    parts: Vec<Part>,
    /// Bytes of the parts that have arrived.
    moved: u64,
}

impl Sending<'_> {
    /// Sends all parts and joins them, if the file is still the one whose parts they are.
    async fn join(&mut self, file: &SourceFile, upload: &Upload, parts: Parts) -> Result<Stored, Unsent> {
        let whole = self.all(file, upload, parts).await?;
        self.parts.sort_unstable_by_key(|part| part.number);
        check(file)?;
        let Uploader { store, stop, .. } = self.uploader;
        let complete = store.complete_upload(upload, &self.parts, &whole, file.size());
        Ok(stop.or(Box::pin(complete)).await.ok_or_else(|| stopped(file))??)
    }

    /// Sends all parts. Gives the checksum of the whole file, put together from those of its parts.
    async fn all(&mut self, file: &SourceFile, upload: &Upload, parts: Parts) -> Result<Sum, Unsent> {
        let mut whole = Sum::of(ALGORITHM, b"");
        for piece in parts.pieces() {
            if self.uploader.stop.raised() {
                let message = format!("stopped while {} was being uploaded", file.path().display());
                return Err(Problem::new(ProblemKind::Interrupted, message)
                    .hint("run the same command again")
                    .into());
            }
            let sum = self.send(file, upload, piece).await?;
            whole = whole.append(&sum, piece.length).ok_or_else(not_combinable)?;
            while let Some(arrived) = self.tasks.try_join_next() {
                self.arrived(arrived)?;
            }
        }
        let stop = self.uploader.stop.clone();
        while let Some(arrived) = stop.or(self.tasks.join_next()).await.ok_or_else(|| stopped(file))? {
            self.arrived(arrived)?;
        }
        Ok(whole)
    }

    /// Reads one part and sets it off as soon as there is room.
    async fn send(&mut self, file: &SourceFile, upload: &Upload, piece: Piece) -> Result<Sum, Unsent> {
        let share = self.uploader.budget.share(piece.length).await;
        let (body, sum) = self.uploader.read(file, piece.offset, piece.length)?;
        let (store, upload, part_sum) = (self.uploader.store.clone(), upload.clone(), sum.clone());
        self.tasks.spawn(async move {
            let part = store.upload_part(&upload, piece.number, body, part_sum).await?;
            drop(share);
            Ok((part, piece.length))
        });
        Ok(sum)
    }

    fn arrived(
        &mut self,
        part: Result<Result<(Part, u64), Problem>, tokio::task::JoinError>,
    ) -> Result<(), Problem> {
        let lost = |e| Problem::new(ProblemKind::Bug, format!("the upload of a part stopped by a bug: {e}"));
        let (part, length) = part.map_err(lost)??;
        self.uploader.progress.moved(length);
        self.moved += length;
        self.parts.push(part);
        Ok(())
    }
}

fn stopped(file: &SourceFile) -> Problem {
    Problem::new(
        ProblemKind::Interrupted,
        format!("stopped while {} was being uploaded", file.path().display()),
    )
    .hint("run the same command again")
}

fn not_combinable() -> Problem {
    Problem::new(ProblemKind::Bug, format!("the {ALGORITHM} of parts does not combine to that of the whole"))
}

/// Fails where the file is not the one any more that was opened.
fn check(file: &SourceFile) -> Result<(), Unsent> {
    if file.unchanged()? { Ok(()) } else { Err(Unsent::Changed) }
}

/// Opens a file that nobody has written to for a moment: a change within the same tick of the filesystem's clock could
/// not be told from none. A file that is written to all the time counts as changing.
pub(crate) async fn open_settled(path: &std::path::Path) -> Result<SourceFile, Unsent> {
    for _ in 0..SETTLING {
        let file = SourceFile::open(path)?;
        let wait = file.settle_time();
        if wait.is_zero() {
            return Ok(file);
        }
        drop(file);
        sleep(wait).await;
    }
    Err(Unsent::Changed)
}

/// Waits before a file that changed is tried again.
pub(crate) async fn calm_down() {
    sleep(CALM).await;
}
