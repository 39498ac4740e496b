//! Buffers that are used again: a fresh one of some megabytes costs more in page faults than sending it.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Smaller ones come from the allocator, which is quick with them.
const WORTH_KEEPING: usize = 256 << 10;

/// Hands out buffers. Cheap to clone.
#[derive(Clone)]
pub struct Buffers(Arc<Mutex<Pool>>);

/// The larger ones, idle and in use.
struct Pool {
    /// How many bytes they may have, as long as that is for the pool to say: those in use are not taken away.
    most: usize,
    bytes: usize,
    idle: Vec<Vec<u8>>,
}

/// A buffer of a certain length, handed back when it is dropped.
pub struct Buffer {
    bytes: Vec<u8>,
    length: usize,
    home: Buffers,
}

impl Buffers {
    /// Buffers of which idle ones are kept as long as all together have no more than `memory` bytes.
    pub fn new(memory: u64) -> Self {
        let most = usize::try_from(memory).unwrap_or(usize::MAX);
        Self(Arc::new(Mutex::new(Pool { most, bytes: 0, idle: Vec::new() })))
    }

    /// A buffer of `length` bytes, of whatever content.
    pub fn take(&self, length: usize) -> Buffer {
        let kept = if length < WORTH_KEEPING { None } else { self.pool().take(length) };
        Buffer { bytes: kept.unwrap_or_else(|| vec![0; length]), length, home: self.clone() }
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    /// An idle buffer that is large enough, and not much larger: the one that was used last, since it may still be in a
    /// cache. Otherwise there is room for a new one of this length.
    fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        let fits = |buffer: &Vec<u8>| (length..=length + length / 4).contains(&buffer.len());
        if let Some(at) = self.idle.iter().rposition(fits) {
            return Some(self.idle.remove(at));
        }
        self.bytes += length;
        while self.bytes > self.most && !self.idle.is_empty() {
            self.bytes -= self.idle.remove(0).len();
        }
        None
    }

    fn give_back(&mut self, buffer: Vec<u8>) {
        if self.bytes <= self.most {
            self.idle.push(buffer);
        } else {
            self.bytes -= buffer.len();
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
        if self.bytes.len() >= WORTH_KEEPING {
            self.home.pool().give_back(mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_large_is_used_again() {
        let buffers = Buffers::new(u64::MAX);
        let mut first = buffers.take(WORTH_KEEPING);
        first.bytes_mut().fill(7);
        drop(first);
        let second = buffers.take(WORTH_KEEPING - 1);
        assert_eq!((second.as_ref().len(), second.bytes.len()), (WORTH_KEEPING - 1, WORTH_KEEPING - 1));
        let third = buffers.take(WORTH_KEEPING);
        assert_eq!(third.as_ref()[0], 7, "it is the first one again");
    }

    #[test]
    fn idle_ones_make_room_for_others() {
        let buffers = Buffers::new(4 * WORTH_KEEPING as u64);
        drop([1, 1, 1].map(|size| buffers.take(size * WORTH_KEEPING)));
        let state = || {
            let pool = buffers.pool();
            (pool.idle.len(), pool.bytes)
        };
        assert_eq!(state(), (3, 3 * WORTH_KEEPING));
        let large = buffers.take(3 * WORTH_KEEPING);
        assert_eq!(state(), (1, 4 * WORTH_KEEPING));
        drop([large, buffers.take(9 * WORTH_KEEPING)]);
        assert!(state().1 <= 4 * WORTH_KEEPING);
    }
}
