//! What a request carries: bytes in memory, or bytes that are read while they are sent.

use std::{error::Error, fmt, sync::Arc};

use bytes::{Bytes, BytesMut};
use tokio::task::yield_now;
use tt_sum::{Algorithm, Hasher};

use crate::{
    failure::{Attempt, Failure},
    http::Transport,
};

/// How much is hashed before the thread's other work has its turn.
const BLOCK: u64 = 256 << 10;

/// Something that bytes are read from while they are sent, once more for each attempt.
pub trait Source: Send + Sync {
    /// Fills `buffer` with the bytes from `offset` on; an error in words, if that can't be done.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), String>;
}

/// What a request carries. Cheap to clone.
#[derive(Clone)]
pub enum Payload {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A stretch of a source, of which a few are in memory at a time.
    Stretch {
        /// What is read.
        source: Arc<dyn Source>,
        /// Where it begins.
        offset: u64,
        /// How long it is.
        length: u64,
    },
}

/// The source could not be read.
#[derive(Debug)]
pub(crate) struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Unreadable {}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl Payload {
    /// How many bytes there are.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stretch { length, .. } => *length,
        }
    }

    /// Takes the next bytes, of which there must be so many.
    pub(crate) fn take(&mut self, step: usize) -> Result<Bytes, Unreadable> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.split_to(step)),
            Self::Stretch { source, offset, length } => {
                let mut buffer = BytesMut::zeroed(step);
                source.read_at(*offset, &mut buffer).map_err(Unreadable)?;
                *offset += step as u64;
                *length -= step as u64;
                Ok(buffer.freeze())
            }
        }
    }

    /// All of it in memory, for the SDK.
    pub(crate) fn in_memory(&self, attempt: Attempt<'_>) -> Result<Bytes, Failure> {
        let all = usize::try_from(self.length()).unwrap_or(usize::MAX);
        self.clone().take(all).map_err(|e| unreadable(&e, attempt))
    }

    /// Its SHA-256, in hexadecimal. What is not in memory is read for it. Lets the thread's other work go on in between.
    pub(crate) async fn sha256(&self, attempt: Attempt<'_>) -> Result<String, Failure> {
        let (mut rest, mut hasher) = (self.clone(), Hasher::new(Algorithm::Sha256));
        while rest.length() > 0 {
            let step = usize::try_from(rest.length().min(BLOCK)).unwrap_or(usize::MAX);
            hasher.update(&rest.take(step).map_err(|e| unreadable(&e, attempt))?);
            if rest.length() > 0 {
                yield_now().await;
            }
        }
        Ok(hasher.finish().hex())
    }
}

fn unreadable(error: &Unreadable, attempt: Attempt<'_>) -> Failure {
    Failure::of_transport(&Transport::broken(error), attempt)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Digits;

    impl Source for Digits {
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), String> {
            let from = usize::try_from(offset).unwrap();
            let bytes = b"0123456789".get(from..from + buffer.len()).ok_or("beyond the end")?;
            buffer.copy_from_slice(bytes);
            Ok(())
        }
    }

    #[test]
    fn a_stretch_is_read_step_by_step_and_anew_for_each_attempt() {
        let stretch = Payload::Stretch { source: Arc::new(Digits), offset: 3, length: 5 };
        for _ in 0..2 {
            let mut attempt = stretch.clone();
            assert_eq!(attempt.take(2).unwrap(), "34");
            assert_eq!(attempt.length(), 3);
            assert_eq!(attempt.take(3).unwrap(), "567");
        }
        let mut beyond = Payload::Stretch { source: Arc::new(Digits), offset: 8, length: 5 };
        assert_eq!(beyond.take(5).unwrap_err().to_string(), "beyond the end");
    }

    #[tokio::test]
    async fn a_hash_is_that_of_all_bytes_wherever_they_are() {
        let place = "s3://bucket/key".parse().unwrap();
        let attempt = Attempt { verb: "upload", needs: "s3:PutObject", place: &place };
        let stretch = Payload::Stretch { source: Arc::new(Digits), offset: 3, length: 5 };
        let expected = tt_sum::Sum::of(Algorithm::Sha256, b"34567").hex();
        assert_eq!(stretch.sha256(attempt).await.unwrap(), expected);
        assert_eq!(Payload::from(Bytes::from("34567")).sha256(attempt).await.unwrap(), expected);
        let long = vec![7; 1_000_000];
        let expected = tt_sum::Sum::of(Algorithm::Sha256, &long).hex();
        assert_eq!(Payload::from(Bytes::from(long)).sha256(attempt).await.unwrap(), expected);
        let beyond = Payload::Stretch { source: Arc::new(Digits), offset: 8, length: 5 };
        assert_eq!(beyond.sha256(attempt).await.unwrap_err().problem.kind, tt_record::ProblemKind::Io);
    }
}
