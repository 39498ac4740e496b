//! What a request carries: bytes in memory, or bytes that are read while they are sent.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};

/// How much is read at a time for the SDK.
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

    /// The same for the SDK, once more for each attempt: a stretch is read as it is sent, here too.
    pub(crate) fn for_sdk(&self) -> ByteStream {
        match self {
            Self::Bytes(bytes) => bytes.clone().into(),
            Self::Stretch { .. } => ByteStream::from_body_1_x(Streamed(self.clone())),
        }
    }
}

/// A payload that is read as it is sent.
struct Streamed(Payload);

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = Unreadable;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Unreadable>>> {
        let step = usize::try_from(self.0.length()).unwrap_or(usize::MAX).min(STEP);
        Poll::Ready((step > 0).then(|| self.0.take(step).map(Frame::data)))
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
}
