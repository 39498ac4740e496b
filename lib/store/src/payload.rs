//! What a request carries: bytes in memory, or bytes that are read while they are sent.

use std::{
    error::Error,
    fmt,
    future::Future as _,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking, yield_now};
use tt_sum::{Algorithm, Hasher, Sum};

use crate::{
    failure::{Attempt, Failure},
    http::Transport,
};

/// How much is read at a time for the SDK, and hashed before the thread's other work has its turn.
const STEP: usize = 256 << 10;

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

    /// The body of a request of the SDK's, once more for each attempt: a stretch is read as it is sent, here too.
    pub(crate) fn for_sdk(&self) -> ByteStream {
        match self {
            Self::Bytes(bytes) => bytes.clone().into(),
            Self::Stretch { .. } => ByteStream::from_body_1_x(Streamed(Taking::new(self.clone()))),
        }
    }

    /// Its checksum by another algorithm than the one that it was sent with.
    pub(crate) fn sum(&self, algorithm: Algorithm, attempt: Attempt<'_>) -> Result<Sum, Failure> {
        self.digest(algorithm).map_err(|e| unreadable(&e, attempt))
    }

    /// Its SHA-256, in hexadecimal. What is not in memory is read for it. Lets the thread's other work go on in between.
    pub(crate) async fn sha256(&self, attempt: Attempt<'_>) -> Result<String, Failure> {
        let Self::Bytes(bytes) = self else {
            let own = self.clone();
            let digest = spawn_blocking(move || own.digest(Algorithm::Sha256)).await;
            let digest = digest.unwrap_or_else(|e| Err(Unreadable(format!("hashing stopped by a bug: {e}"))));
            return digest.map(|sum| sum.hex()).map_err(|e| unreadable(&e, attempt));
        };
        let mut hasher = Hasher::new(Algorithm::Sha256);
        for block in bytes.chunks(STEP) {
            hasher.update(block);
            if block.len() == STEP {
                yield_now().await;
            }
        }
        Ok(hasher.finish().hex())
    }

    fn digest(&self, algorithm: Algorithm) -> Result<Sum, Unreadable> {
        let (source, offset, length) = match self {
            Self::Bytes(bytes) => return Ok(Sum::of(algorithm, bytes)),
            Self::Stretch { source, offset, length } => (source, offset, length),
        };
        let (mut hasher, mut buffer) = (Hasher::new(algorithm), vec![0; STEP]);
        for at in (0..*length).step_by(STEP) {
            let size = usize::try_from(length - at).unwrap_or(STEP).min(STEP);
            source.read_at(offset + at, &mut buffer[..size]).map_err(Unreadable)?;
            hasher.update(&buffer[..size]);
        }
        Ok(hasher.finish())
    }
}

fn unreadable(error: &Unreadable, attempt: Attempt<'_>) -> Failure {
    Failure::of_transport(&Transport::broken(error), attempt)
}

/// A payload that is taken step by step.
pub(crate) struct Taking {
    rest: Payload,
    reading: Option<Reading>,
}

/// A step that is being read, by a thread that may wait for a disk.
struct Reading {
    step: usize,
    done: JoinHandle<Result<Bytes, Unreadable>>,
}

impl Taking {
    pub(crate) fn new(payload: Payload) -> Self {
        Self { rest: payload, reading: None }
    }

    /// How many bytes are left.
    pub(crate) fn length(&self) -> u64 {
        self.rest.length()
    }

    /// The bytes that are being read already, if there are any.
    pub(crate) fn poll_reading(&mut self, cx: &mut Context<'_>) -> Option<Poll<Result<Bytes, Unreadable>>> {
        let Reading { step, done } = self.reading.as_mut()?;
        let Poll::Ready(read) = Pin::new(done).poll(cx) else { return Some(Poll::Pending) };
        if let Payload::Stretch { offset, length, .. } = &mut self.rest {
            *offset += *step as u64;
            *length -= *step as u64;
        }
        self.reading = None;
        Some(Poll::Ready(read.unwrap_or_else(|e| Err(Unreadable(format!("reading stopped by a bug: {e}"))))))
    }

    /// The next bytes, of which there must be so many. Where they have to be read, [`Taking::poll_reading`] gives them.
    pub(crate) fn poll_take(&mut self, cx: &mut Context<'_>, step: usize) -> Poll<Result<Bytes, Unreadable>> {
        let (source, offset) = match &mut self.rest {
            Payload::Bytes(bytes) => return Poll::Ready(Ok(bytes.split_to(step))),
            Payload::Stretch { source, offset, .. } => (Arc::clone(source), *offset),
        };
        let done = spawn_blocking(move || {
            let mut buffer = BytesMut::zeroed(step);
            source.read_at(offset, &mut buffer).map(|()| buffer.freeze()).map_err(Unreadable)
        });
        self.reading = Some(Reading { step, done });
        self.poll_reading(cx).unwrap_or(Poll::Pending)
    }
}

/// A payload that the SDK sends as it is read.
struct Streamed(Taking);

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = Unreadable;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Unreadable>>> {
        let step = usize::try_from(self.0.length()).unwrap_or(usize::MAX).min(STEP);
        let taken = match self.0.poll_reading(cx) {
            Some(read) => read,
            None if step == 0 => return Poll::Ready(None),
            None => self.0.poll_take(cx, step),
        };
        taken.map(|bytes| Some(bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.length() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.length())
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

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

    async fn take(taking: &mut Taking, step: usize) -> Result<Bytes, Unreadable> {
        poll_fn(|cx| match taking.poll_reading(cx) {
            Some(read) => read,
            None => taking.poll_take(cx, step),
        })
        .await
    }

    #[tokio::test]
    async fn a_stretch_is_read_step_by_step_and_anew_for_each_attempt() {
        let stretch = Payload::Stretch { source: Arc::new(Digits), offset: 3, length: 5 };
        for _ in 0..2 {
            let mut attempt = Taking::new(stretch.clone());
            assert_eq!(take(&mut attempt, 2).await.unwrap(), "34");
            assert_eq!(attempt.length(), 3);
            assert_eq!(take(&mut attempt, 3).await.unwrap(), "567");
        }
        let mut beyond = Taking::new(Payload::Stretch { source: Arc::new(Digits), offset: 8, length: 5 });
        assert_eq!(take(&mut beyond, 5).await.unwrap_err().to_string(), "beyond the end");
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
