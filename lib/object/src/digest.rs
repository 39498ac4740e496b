//! The checksums of a file: of one state of it, or none. Several of them take one reading; where they can be put together from
//! those of pieces, several threads read at once.

use std::{collections::VecDeque, sync::Arc};

use tokio::{sync::oneshot, task::yield_now};
use tt_record::{Problem, ProblemKind};
use tt_sum::{Algorithm, Hasher, Sum};
use tt_tree::{ReadError, SourceFile};

use crate::Disk;

/// How much is read at a time: less than the second-level cache of a core holds.
const BLOCK: usize = 256 << 10;

/// How far ahead the disk reads, at least.
const AHEAD: u64 = 8 << 20;

/// The piece that one thread takes of a file, where the length is ours to choose.
const STRETCH: u64 = 16 << 20;

/// A checksum that is wanted of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Of all bytes.
    Whole(Algorithm),
    /// Of the checksums of parts, which have these lengths.
    OfParts(Algorithm, Arc<[u64]>),
}

/// Is told of all bytes that are read, and may put an end to it.
pub type Watch = Arc<dyn Fn(u64) -> Result<(), Problem> + Send + Sync>;

/// Takes a stretch to have it performed by another thread.
pub type HandOut = Arc<dyn Fn(Stretch) + Send + Sync>;

/// How files are read.
#[derive(Clone)]
pub struct Reader {
    /// Where reading may take its time.
    pub disk: Disk,
    /// Is told of what is read.
    pub watch: Watch,
    /// Takes pieces of large files; none, where one thread reads all.
    pub hand_out: Option<HandOut>,
    /// How many pieces of a file are under way at once.
    pub ahead: usize,
}

/// A piece of a file that is to be summed.
pub struct Stretch {
    file: Arc<SourceFile>,
    offset: u64,
    length: u64,
    algorithms: Arc<[Algorithm]>,
    disk: Disk,
    watch: Watch,
    done: oneshot::Sender<Result<Vec<Sum>, Problem>>,
}

impl Stretch {
    /// Does it, and tells whoever waits. It is given up when nobody waits any more.
    pub async fn perform(self) {
        let Self { file, offset, length, algorithms, disk, watch, done } = self;
        answer(done, async {
            let mut hashers = Hashers::new(&algorithms);
            read(&disk, &file, offset, length, &watch, |block| hashers.update(block)).await?;
            Ok(hashers.finish())
        })
        .await;
    }
}

/// Does a piece of work for whoever waits for it. It is given up when nobody waits any more, as where another piece has failed.
pub async fn answer<T>(mut done: oneshot::Sender<T>, work: impl Future<Output = T>) {
    tokio::select! {
        biased;
        () = done.closed() => {}
        answer = work => drop(done.send(answer)),
    }
}

/// Several checksums of the same bytes.
struct Hashers(Vec<Hasher>);

impl Hashers {
    fn new(algorithms: &[Algorithm]) -> Self {
        Self(algorithms.iter().copied().map(Hasher::new).collect())
    }

    fn update(&mut self, bytes: &[u8]) {
        self.0.iter_mut().for_each(|hasher| hasher.update(bytes));
    }

    fn finish(self) -> Vec<Sum> {
        self.0.into_iter().map(Hasher::finish).collect()
    }
}

/// How a file is read for what is wanted.
struct Plan {
    /// The lengths of the pieces.
    grid: Vec<u64>,
    /// What is computed of each piece.
    of_pieces: Arc<[Algorithm]>,
    /// What is computed from the first byte to the last.
    of_all: Vec<Algorithm>,
}

impl Plan {
    fn of(size: u64, wanted: &[Wanted]) -> Self {
        let (mut of_pieces, mut of_all, mut cut) = (Vec::new(), Vec::new(), None);
        for one in wanted {
            match one {
                Wanted::Whole(algorithm) if algorithm.combines() => of_pieces.push(*algorithm),
                Wanted::Whole(algorithm) => of_all.push(*algorithm),
                Wanted::OfParts(algorithm, lengths) => {
                    of_pieces.push(*algorithm);
                    cut = Some(lengths.to_vec());
                }
            }
        }
        let length = if of_all.is_empty() { STRETCH } else { size.max(1) };
        Self { grid: cut.unwrap_or_else(|| even(size, length)), of_pieces: of_pieces.into(), of_all }
    }

    /// What is wanted, of the checksums of the pieces in their order, and of those of all bytes.
    fn join(&self, wanted: &[Wanted], pieces: &[Vec<Sum>], of_all: Vec<Sum>) -> Option<Vec<Sum>> {
        let (mut at, mut of_all) = (0, of_all.into_iter());
        let mut next = || {
            at += 1;
            pieces.iter().map(move |sums| &sums[at - 1])
        };
        wanted
            .iter()
            .map(|one| match one {
                Wanted::Whole(algorithm) if algorithm.combines() => {
                    let mut sums = next().zip(&self.grid);
                    let first = sums.next().map_or_else(|| Sum::of(*algorithm, b""), |(sum, _)| sum.clone());
                    sums.try_fold(first, |whole, (sum, length)| whole.append(sum, *length))
                }
                Wanted::Whole(_) => of_all.next(),
                Wanted::OfParts(algorithm, _) => Some(Sum::of_sums(*algorithm, next())),
            })
            .collect()
    }
}

/// Cuts `size` bytes into pieces of one length; the last may be shorter.
pub(crate) fn even(size: u64, length: u64) -> Vec<u64> {
    let mut lengths = vec![length; usize::try_from(size / length).unwrap_or_default()];
    lengths.extend(Some(size % length).filter(|rest| *rest > 0));
    lengths
}

impl Reader {
    /// One that reads all itself.
    pub fn alone(disk: Disk, watch: Watch) -> Self {
        Self { disk, watch, hand_out: None, ahead: 1 }
    }

    /// Reads the file once from end to end, for all that is wanted, of which no two may be of different parts. Fails where it
    /// changed meanwhile. Lets the thread's other work go on in between.
    pub async fn sums(&self, file: &Arc<SourceFile>, wanted: &[Wanted]) -> Result<Vec<Sum>, Problem> {
        let plan = Plan::of(file.size(), wanted);
        let (pieces, of_all) = match &self.hand_out {
            Some(hand_out) if plan.of_all.is_empty() && plan.grid.len() > 1 => {
                (self.spread(hand_out, file, &plan).await?, Vec::new())
            }
            _ => self.one_by_one(file, &plan).await?,
        };
        let same = Arc::clone(file);
        if !self.disk.run(file.path(), 0, move || same.unchanged()).await?? {
            return Err(changed(file));
        }
        plan.join(wanted, &pieces, of_all).ok_or_else(|| {
            Problem::new(ProblemKind::Bug, "checksums of different algorithms were put together")
        })
    }

    async fn one_by_one(
        &self,
        file: &Arc<SourceFile>,
        plan: &Plan,
    ) -> Result<(Vec<Vec<Sum>>, Vec<Sum>), Problem> {
        let mut of_all = Hashers::new(&plan.of_all);
        let (mut pieces, mut offset) = (Vec::with_capacity(plan.grid.len()), 0);
        for length in &plan.grid {
            let mut of_piece = Hashers::new(&plan.of_pieces);
            let take = |block: &[u8]| {
                of_piece.update(block);
                of_all.update(block);
            };
            read(&self.disk, file, offset, *length, &self.watch, take).await?;
            pieces.push(of_piece.finish());
            offset += length;
        }
        Ok((pieces, of_all.finish()))
    }

    /// Has the pieces read by whoever finds the time, some of them at once.
    async fn spread(
        &self,
        hand_out: &HandOut,
        file: &Arc<SourceFile>,
        plan: &Plan,
    ) -> Result<Vec<Vec<Sum>>, Problem> {
        let (mut under_way, mut sums) = (VecDeque::new(), Vec::with_capacity(plan.grid.len()));
        let mut offset = 0;
        for length in &plan.grid {
            if under_way.len() >= self.ahead.max(1) {
                sums.push(arrived(under_way.pop_front()).await?);
            }
            let (done, sum) = oneshot::channel();
            let (file, algorithms) = (Arc::clone(file), Arc::clone(&plan.of_pieces));
            let (disk, watch) = (self.disk.clone(), Arc::clone(&self.watch));
            hand_out(Stretch { file, offset, length: *length, algorithms, disk, watch, done });
            under_way.push_back(sum);
            offset += length;
        }
        while !under_way.is_empty() {
            sums.push(arrived(under_way.pop_front()).await?);
        }
        Ok(sums)
    }
}

async fn arrived(sum: Option<oneshot::Receiver<Result<Vec<Sum>, Problem>>>) -> Result<Vec<Sum>, Problem> {
    let lost = || Problem::new(ProblemKind::Bug, "a piece of a file was not read");
    sum.ok_or_else(lost)?.await.map_err(|_| lost())?
}

/// Reads a stretch block by block.
async fn read(
    disk: &Disk,
    file: &Arc<SourceFile>,
    offset: u64,
    length: u64,
    watch: &Watch,
    mut take: impl FnMut(&[u8]),
) -> Result<(), Problem> {
    let mut buffer = vec![0; usize::try_from(length).unwrap_or(BLOCK).min(BLOCK)];
    for at in (0..length).step_by(BLOCK) {
        let size = usize::try_from(length - at).unwrap_or(BLOCK).min(BLOCK);
        let same = Arc::clone(file);
        let filled = disk.run(file.path(), size as u64, move || {
            if at % AHEAD == 0 && length > BLOCK as u64 {
                same.will_need(offset + at, (length - at).min(2 * AHEAD));
            }
            let filled = same.read_exact_at(&mut buffer[..size], offset + at);
            (buffer, filled)
        });
        let (full, filled) = filled.await?;
        filled.map_err(|e| unreadable(file, e))?;
        buffer = full;
        take(&buffer[..size]);
        watch(size as u64)?;
        if at + (BLOCK as u64) < length {
            yield_now().await;
        }
    }
    Ok(())
}

fn unreadable(file: &SourceFile, error: ReadError) -> Problem {
    match error {
        ReadError::Changed => changed(file),
        ReadError::Failed(problem) => problem,
    }
}

fn changed(file: &SourceFile) -> Problem {
    let message = format!("{} changed while it was compared", file.path().display());
    Problem::new(ProblemKind::Changing, message).hint("run the same command again when nobody writes to it")
}

#[cfg(test)]
mod tests {
    use std::{fs, slice};

    use tempfile::TempDir;

    use super::*;

    fn content() -> Vec<u8> {
        (0..40_000_003u32).map(|n| (n % 251) as u8).collect()
    }

    fn file(content: &[u8]) -> (TempDir, Arc<SourceFile>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, content).unwrap();
        (directory, Arc::new(SourceFile::open(&path).unwrap()))
    }

    fn disk() -> Disk {
        Disk::new(std::time::Duration::from_mins(1))
    }

    fn unwatched() -> Watch {
        Arc::new(|_| Ok(()))
    }

    fn by_others() -> Reader {
        let hand_out: HandOut = Arc::new(|stretch: Stretch| drop(tokio::spawn(stretch.perform())));
        Reader { disk: disk(), watch: unwatched(), hand_out: Some(hand_out), ahead: 3 }
    }

    #[tokio::test]
    async fn one_reading_gives_all_that_is_wanted() {
        let content = content();
        let (_directory, file) = file(&content);
        let cut: Arc<[u64]> = [10_000_000, 7, 29_999_996].into();
        let parts = [&content[..10_000_000], &content[10_000_000..10_000_007], &content[10_000_007..]];
        for algorithm in Algorithm::ALL {
            let of_parts = parts.map(|part| Sum::of(algorithm, part));
            for (also, reader) in
                [(Algorithm::Crc32, by_others()), (Algorithm::Md5, Reader::alone(disk(), unwatched()))]
            {
                let wanted = [
                    Wanted::Whole(algorithm),
                    Wanted::OfParts(algorithm, Arc::clone(&cut)),
                    Wanted::Whole(also),
                ];
                let expected = [
                    Sum::of(algorithm, &content),
                    Sum::of_sums(algorithm, &of_parts),
                    Sum::of(also, &content),
                ];
                assert_eq!(reader.sums(&file, &wanted).await.unwrap(), expected);
            }
        }
    }

    #[tokio::test]
    async fn a_file_without_a_byte_has_checksums() {
        let (_directory, file) = file(b"");
        let wanted = Algorithm::ALL.map(Wanted::Whole);
        let expected = Algorithm::ALL.map(|algorithm| Sum::of(algorithm, b""));
        for reader in [by_others(), Reader::alone(disk(), unwatched())] {
            assert_eq!(reader.sums(&file, &wanted).await.unwrap(), expected);
            for (one, sum) in wanted.iter().zip(&expected) {
                assert_eq!(reader.sums(&file, slice::from_ref(one)).await.unwrap(), slice::from_ref(sum));
            }
        }
    }

    #[tokio::test]
    async fn a_file_that_changes_has_no_checksum() {
        let (directory, file) = file(&content());
        let path = directory.path().join("file");
        let watch: Watch = Arc::new(move |_| {
            fs::write(&path, b"other").unwrap();
            Ok(())
        });
        for reader in [Reader::alone(disk(), Arc::clone(&watch)), Reader { watch, ..by_others() }] {
            let sums = reader.sums(&file, &[Wanted::Whole(Algorithm::Crc64Nvme)]).await;
            assert_eq!(sums.unwrap_err().kind, ProblemKind::Changing);
        }
    }

    #[tokio::test]
    async fn whoever_watches_may_put_an_end_to_it() {
        let (_directory, file) = file(&content());
        let watch: Watch = Arc::new(|_| Err(Problem::new(ProblemKind::Interrupted, "enough")));
        for reader in [Reader::alone(disk(), Arc::clone(&watch)), Reader { watch, ..by_others() }] {
            let sums = reader.sums(&file, &[Wanted::Whole(Algorithm::Crc64Nvme)]).await;
            assert_eq!(sums.unwrap_err().kind, ProblemKind::Interrupted);
        }
    }
}
