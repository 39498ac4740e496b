//! Reading: what fits into memory once, into a pooled buffer, and summed while it is in the cache. What does not, such as
//! the parts of a file of terabytes, is read twice: to be summed, and while it is sent.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::task::yield_now;
use tt_object::Disk;
use tt_store::{Held, Payload, Source};
use tt_sum::{Algorithm, Hasher, Sum};
use tt_tree::{Buffers, ReadError, SourceFile};

use crate::upload::Unsent;

/// How much is read at a time: less than the second-level cache of a core holds.
const BLOCK: usize = 256 << 10;

/// What a part takes of the memory that is read while it is sent: some blocks that are on their way.
const STRETCH: u64 = 1 << 20;

/// So many of the largest bodies that are held in memory fit into it.
const AT_ONCE: u64 = 8;

/// Reads files. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reader {
    disk: Disk,
    buffers: Buffers,
    algorithm: Algorithm,
    /// What is longer is not held in memory, in bytes.
    longest: u64,
}

/// What was read of a file, to be sent.
pub(crate) struct Reading {
    pub(crate) payload: Payload,
    pub(crate) sum: Sum,
    /// Where it is read again while it is sent.
    stretch: Option<Arc<Stretch>>,
}

impl Reading {
    /// What came of sending it; where it could not be read again, that is what went wrong.
    pub(crate) fn blame<T, E: Into<Unsent>>(&self, sent: Result<T, E>) -> Result<T, Unsent> {
        sent.map_err(|error| self.read_error().map_or_else(|| error.into(), Unsent::from))
    }

    /// Whether S3 holds the same bytes.
    pub(crate) fn is_held(&self, held: &Held) -> bool {
        let bytes = if let Payload::Bytes(bytes) = &self.payload { Some(&**bytes) } else { None };
        held.holds(&self.sum, bytes)
    }

    fn read_error(&self) -> Option<ReadError> {
        self.stretch.as_ref()?.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Reader {
    /// Sums with `algorithm`; holds in memory what leaves room for others in `memory` bytes.
    pub(crate) fn new(disk: Disk, algorithm: Algorithm, memory: u64) -> Self {
        Self { disk, buffers: Buffers::new(memory), algorithm, longest: memory / AT_ONCE }
    }

    /// Where files are read.
    pub(crate) fn disk(&self) -> &Disk {
        &self.disk
    }

    /// How much memory a part of this length takes.
    pub(crate) fn memory_of(&self, length: u64) -> u64 {
        if length > self.longest { STRETCH } else { length }
    }

    fn load(&self, file: &SourceFile, offset: u64, length: u64) -> Result<(Bytes, Sum), ReadError> {
        let mut buffer = self.buffers.take(usize::try_from(length).unwrap_or(usize::MAX));
        let mut hasher = Hasher::new(self.algorithm);
        let mut at = offset;
        for block in buffer.bytes_mut().chunks_mut(BLOCK) {
            file.read_exact_at(block, at)?;
            hasher.update(block);
            at += block.len() as u64;
        }
        Ok((Bytes::from_owner(buffer), hasher.finish()))
    }

    /// Reads bytes and sums them; into memory, if they are not too many for that.
    pub(crate) async fn read(
        &self,
        file: &Arc<SourceFile>,
        offset: u64,
        length: u64,
    ) -> Result<Reading, ReadError> {
        if length <= self.longest {
            let (reader, same) = (self.clone(), Arc::clone(file));
            let loading = self.disk.run(file.path(), length, move || reader.load(&same, offset, length));
            let (body, sum) = loading.await.map_err(ReadError::Failed)??;
            return Ok(Reading { payload: body.into(), sum, stretch: None });
        }
        let sum = self.sum(file, offset, length).await?;
        let end = offset + length;
        let stretch = Arc::new(Stretch { file: Arc::clone(file), end, error: Mutex::default() });
        let source = Arc::<Stretch>::clone(&stretch);
        Ok(Reading { payload: Payload::Stretch { source, offset, length }, sum, stretch: Some(stretch) })
    }

    /// The checksum of a stretch. Lets the thread's other work go on in between.
    pub(crate) async fn sum(
        &self,
        file: &Arc<SourceFile>,
        offset: u64,
        length: u64,
    ) -> Result<Sum, ReadError> {
        let mut buffer = self.buffers.take(BLOCK);
        let mut hasher = Hasher::new(self.algorithm);
        for at in (0..length).step_by(BLOCK) {
            let size = usize::try_from(length - at).unwrap_or(BLOCK).min(BLOCK);
            let same = Arc::clone(file);
            let summing = self.disk.run(file.path(), size as u64, move || {
                let block = &mut buffer.bytes_mut()[..size];
                same.read_exact_at(block, offset + at)?;
                hasher.update(block);
                Ok::<_, ReadError>((buffer, hasher))
            });
            (buffer, hasher) = summing.await.map_err(ReadError::Failed)??;
            yield_now().await;
        }
        Ok(hasher.finish())
    }
}

/// A stretch of a file that is read while it is sent.
struct Stretch {
    file: Arc<SourceFile>,
    end: u64,
    error: Mutex<Option<ReadError>>,
}

impl Source for Stretch {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), String> {
        self.read(offset, buffer).map_err(|error| {
            let text = match &error {
                ReadError::Changed => format!("{} changed while it was sent", self.file.path().display()),
                ReadError::Failed(problem) => problem.message.clone(),
            };
            *self.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            text
        })
    }
}

impl Stretch {
    /// Fails before the last bytes go where the file is another one than was summed: S3 would find it out too, but would
    /// be sent all of it again and again.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        self.file.read_exact_at(buffer, offset)?;
        let last = offset + buffer.len() as u64 >= self.end;
        if last && !self.file.unchanged().map_err(ReadError::Failed)? {
            return Err(ReadError::Changed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file(content: &[u8]) -> (tempfile::TempDir, Arc<SourceFile>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, content).unwrap();
        (directory, Arc::new(SourceFile::open(&path).unwrap()))
    }

    fn disk() -> Disk {
        Disk::new(std::time::Duration::from_mins(1))
    }

    #[tokio::test]
    async fn what_is_long_is_summed_as_what_is_short() {
        let content: Vec<u8> = (0..1_000_000u32).map(|n| (n % 251) as u8).collect();
        let (_directory, file) = file(&content);
        for memory in [1 << 10, 1 << 30] {
            let reader = Reader::new(disk(), Algorithm::Crc64Nvme, memory);
            let reading = reader.read(&file, 7, 900_000).await.unwrap();
            assert_eq!(reading.sum, Sum::of(Algorithm::Crc64Nvme, &content[7..900_007]));
        }
    }

    #[tokio::test]
    async fn a_change_between_the_two_readings_shows() {
        let (directory, file) = file(&[1; 1000]);
        let reader = Reader::new(disk(), Algorithm::Crc64Nvme, 8);
        let reading = reader.read(&file, 0, 1000).await.unwrap();
        fs::write(directory.path().join("file"), [2; 1000]).unwrap();
        let Payload::Stretch { source, .. } = &reading.payload else { panic!("it is not held in memory") };
        assert!(source.read_at(0, &mut [0; 500]).is_ok());
        assert!(source.read_at(500, &mut [0; 500]).unwrap_err().contains("changed"));
        assert_eq!(reading.read_error(), Some(ReadError::Changed));
    }
}
