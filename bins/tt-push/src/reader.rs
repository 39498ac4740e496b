//! Reading: each byte once, into a pooled buffer, and summed while it is in the cache.

use bytes::Bytes;
use tokio::task::yield_now;
use tt_sum::{Algorithm, Hasher, Sum};
use tt_tree::{Buffers, ReadError, SourceFile};

/// How much is read at a time: less than the second-level cache of a core holds.
const BLOCK: usize = 256 << 10;

/// Reads files. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reader {
    buffers: Buffers,
    algorithm: Algorithm,
}

impl Reader {
    /// Sums with `algorithm`.
    pub(crate) fn new(algorithm: Algorithm, buffers: Buffers) -> Self {
        Self { buffers, algorithm }
    }

    /// Reads bytes that fit into memory, and sums them.
    pub(crate) fn read(
        &self,
        file: &SourceFile,
        offset: u64,
        length: u64,
    ) -> Result<(Bytes, Sum), ReadError> {
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

    /// The checksum of the whole file. Lets the thread's other work go on in between.
    pub(crate) async fn sum(&self, file: &SourceFile) -> Result<Sum, ReadError> {
        let mut buffer = self.buffers.take(BLOCK);
        let mut hasher = Hasher::new(self.algorithm);
        for offset in (0..file.size()).step_by(BLOCK) {
            let length = usize::try_from(file.size() - offset).unwrap_or(BLOCK).min(BLOCK);
            let block = &mut buffer.bytes_mut()[..length];
            file.read_exact_at(block, offset)?;
            hasher.update(block);
            yield_now().await;
        }
        Ok(hasher.finish())
    }
}
