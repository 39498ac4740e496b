//! What to do while too many files are open: others close theirs soon.

use std::{io, thread, time::Duration};

use crate::cause::lacks_descriptors;

/// How often, and how long each time, is waited: two seconds in all.
const WAITS: usize = 200;
const WAIT: Duration = Duration::from_millis(10);

/// Does what needs a descriptor, again if need be.
pub(super) fn patiently<T>(mut open: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..WAITS {
        match open() {
            Err(error) if lacks_descriptors(&error) => thread::sleep(WAIT),
            done => return done,
        }
    }
    open()
}
