//! Reading that leaves nothing in the system's cache of files.

use std::{fs::File, io};

/// Reads as [`std::os::unix::fs::FileExt::read_at`] does.
#[cfg(target_os = "linux")]
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    use std::{io::IoSliceMut, num::NonZeroU64, os::unix::fs::FileExt};

    use rustix::{
        fs::{Advice, fadvise},
        io::{Errno, ReadWriteFlags, preadv2},
    };

    /// `RWF_DONTCACHE`: what was not in the cache before does not stay there. Linux has it from 6.14 on.
    const DONT_CACHE: ReadWriteFlags = ReadWriteFlags::from_bits_retain(0x80);

    match preadv2(file, &mut [IoSliceMut::new(buffer)], offset, DONT_CACHE) {
        Ok(length) => Ok(length),
        Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) => {
            let length = file.read_at(buffer, offset)?;
            let _ = fadvise(file, offset, NonZeroU64::new(length as u64), Advice::DontNeed);
            Ok(length)
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads as [`std::os::unix::fs::FileExt::read_at`] does: other systems have no such thing.
#[cfg(not(target_os = "linux"))]
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}
