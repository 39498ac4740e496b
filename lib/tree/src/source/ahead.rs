//! Small files that the system has in its cache anyhow.

use std::fs::File;

/// The largest file that is read at once: many are open at a time.
const SMALL: u64 = 16 << 10;

/// All of a small file, if that takes no waiting for a disk. It need not be a state of it: as with all reading,
/// [`unchanged`](super::SourceFile::unchanged) tells.
#[cfg(target_os = "linux")]
pub(super) fn read(file: &File, size: u64) -> Option<Box<[u8]>> {
    use std::io::IoSliceMut;

    use rustix::io::{ReadWriteFlags, preadv2};

    let mut content = vec![0; usize::try_from(size).ok().filter(|_| size <= SMALL)?];
    let read = preadv2(file, &mut [IoSliceMut::new(&mut content)], 0, ReadWriteFlags::NOWAIT);
    (read == Ok(content.len())).then(|| content.into())
}

/// Other systems can't be asked what they have.
#[cfg(not(target_os = "linux"))]
pub(super) fn read(_file: &File, _size: u64) -> Option<Box<[u8]>> {
    None
}
