//! Buffers that are used again: a fresh one of some megabytes costs more in page faults than sending it.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

/// Smaller ones come from the allocator, which is quick with them.
const WORTH_KEEPING: usize = 256 << 10;

/// How many idle ones are kept at most, in bytes.
const KEPT: usize = 48 << 20;

/// Hands out buffers. Cheap to clone.
#[derive(Clone)]
pub struct Buffers(Arc<Mutex<Idle>>);

struct Idle {
    /// How many idle ones are kept, in bytes.
    kept: usize,
    buffers: Vec<Vec<u8>>,
    bytes: usize,
}

/// A buffer of a certain length, handed back when it is dropped.
pub struct Buffer {
    bytes: Vec<u8>,
    length: usize,
    home: Buffers,
}

impl Buffers {
    /// Buffers of which no more idle ones are kept than a share of the `memory` that those in use may take, in bytes.
    pub fn new(memory: u64) -> Self {
        let kept = usize::try_from(memory / 4).unwrap_or(KEPT).min(KEPT);
        Self(Arc::new(Mutex::new(Idle { kept, buffers: Vec::new(), bytes: 0 })))
    }

    /// A buffer of `length` bytes, of whatever content.
    pub fn take(&self, length: usize) -> Buffer {
        let mut bytes = self.find(length);
        if bytes.len() < length {
            bytes.resize(length, 0);
        }
        Buffer { bytes, length, home: self.clone() }
    }

    /// An idle buffer that is large enough: the one that was used last, since it may still be in a cache.
    fn find(&self, length: usize) -> Vec<u8> {
        if length < WORTH_KEEPING {
            return Vec::new();
        }
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = idle.buffers.iter().rposition(|buffer| buffer.len() >= length) else {
            return Vec::new();
        };
        let buffer = idle.buffers.remove(at);
        idle.bytes -= buffer.len();
        buffer
    }

    fn give_back(&self, buffer: Vec<u8>) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.len() >= WORTH_KEEPING && idle.bytes + buffer.len() <= idle.kept {
            idle.bytes += buffer.len();
            idle.buffers.push(buffer);
        }
    }
}

impl Buffer {
    /// The bytes, to be filled.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.length]
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.home.give_back(mem::take(&mut self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_large_is_used_again_and_not_without_end() {
        let buffers = Buffers::new(u64::MAX);
        let mut first = buffers.take(WORTH_KEEPING);
        first.bytes_mut().fill(7);
        drop(first);
        let second = buffers.take(WORTH_KEEPING - 1);
        assert_eq!((second.as_ref().len(), second.bytes.len()), (WORTH_KEEPING - 1, WORTH_KEEPING - 1));
        let third = buffers.take(WORTH_KEEPING);
        assert_eq!(third.as_ref()[0], 7, "it is the first one again");
        drop([third, buffers.take(KEPT), buffers.take(1)]);
        assert!(buffers.0.lock().unwrap().bytes <= KEPT);
    }
}
