//! One directory as the system calls see it: read, and its names looked at, without going through its path each time.

use std::{
    fs::{self, File, Metadata},
    io,
    ops::ControlFlow,
    os::{fd::AsFd as _, unix::ffi::OsStrExt as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rustix::{
    fs::{Mode, OFlags},
    io::{Errno, retry_on_intr},
};

use super::entry::Kind;
use crate::stat::{FileId, mtime};

/// A directory. Holds at most one descriptor.
pub(super) struct Place {
    path: PathBuf,
    /// Without it, all goes through the path: slower, and with the same result.
    fd: Option<File>,
}

/// What stat(2) tells, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Status {
    pub(super) kind: Kind,
    pub(super) size: u64,
    pub(super) mtime: Timestamp,
    pub(super) id: FileId,
}

impl From<&Metadata> for Status {
    fn from(stat: &Metadata) -> Self {
        Self { kind: stat.file_type().into(), size: stat.len(), mtime: mtime(stat), id: stat.into() }
    }
}

impl Place {
    /// Opens a directory to read it. `follow`: it may be a link to one.
    pub(super) fn open(path: PathBuf, follow: bool) -> io::Result<Self> {
        let link = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | link;
        let fd = retry_on_intr(|| rustix::fs::open(&path, flags, Mode::empty()))?;
        Ok(Self { path, fd: Some(fd.into()) })
    }

    /// A directory in which only to look at names. If it can't be opened, each look says why.
    pub(super) fn at(path: PathBuf) -> Self {
        Self::open(path.clone(), true).unwrap_or(Self { path, fd: None })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Which directory it is.
    pub(super) fn id(&self) -> io::Result<FileId> {
        let stat = match &self.fd {
            Some(fd) => fd.metadata(),
            None => fs::metadata(&self.path),
        };
        Ok((&stat?).into())
    }

    /// What the name leads to, following links.
    pub(super) fn stat(&self, name: &[u8]) -> io::Result<Status> {
        self.look(name, true)
    }

    /// What has this name, be it a link.
    pub(super) fn lstat(&self, name: &[u8]) -> io::Result<Status> {
        self.look(name, false)
    }

    fn look(&self, name: &[u8], follow: bool) -> io::Result<Status> {
        #[cfg(target_os = "linux")]
        if let Some(fd) = &self.fd {
            match statx(fd, name, follow) {
                // Before Linux 4.11, and in some sandboxes.
                Err(Errno::NOSYS | Errno::PERM) => {}
                status => return Ok(status?),
            }
        }
        let path = self.path.join(std::ffi::OsStr::from_bytes(name));
        let stat = if follow { fs::metadata(path) } else { fs::symlink_metadata(path) };
        Ok((&stat?).into())
    }

    /// Calls `each` with all names until one breaks off. An error may come after some of them.
    #[cfg(target_os = "linux")]
    pub(super) fn read<B>(
        &self,
        mut each: impl FnMut(&[u8], Option<Kind>) -> ControlFlow<B>,
    ) -> io::Result<Option<B>> {
        let mut buffer = Vec::with_capacity(BUFFER);
        let fd = self.fd.as_ref().ok_or(Errno::BADF)?;
        let mut directory = rustix::fs::RawDir::new(fd.as_fd(), buffer.spare_capacity_mut());
        while let Some(entry) = directory.next() {
            let entry = match entry {
                Err(Errno::INTR) => continue,
                entry => entry?,
            };
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..")
                && let ControlFlow::Break(why) = each(name, Kind::of(entry.file_type()))
            {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }

    /// Calls `each` with all names until one breaks off. An error may come after some of them.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn read<B>(
        &self,
        mut each: impl FnMut(&[u8], Option<Kind>) -> ControlFlow<B>,
    ) -> io::Result<Option<B>> {
        let fd = self.fd.as_ref().ok_or(Errno::BADF)?;
        for entry in rustix::fs::Dir::read_from(fd.as_fd())? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..")
                && let ControlFlow::Break(why) = each(name, Kind::of(entry.file_type()))
            {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }
}

/// What one getdents(2) fills: some thousand names.
#[cfg(target_os = "linux")]
const BUFFER: usize = 64 * 1024;

/// Asks for no more than is needed: on a network filesystem the rest may cost a request.
#[cfg(target_os = "linux")]
fn statx(fd: &File, name: &[u8], follow: bool) -> Result<Status, Errno> {
    use rustix::fs::{AtFlags, FileType, StatxFlags, makedev, statx};
    let flags = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
    let wanted = StatxFlags::TYPE | StatxFlags::SIZE | StatxFlags::MTIME | StatxFlags::INO;
    let stat = retry_on_intr(|| statx(fd, name, flags, wanted))?;
    Ok(Status {
        kind: Kind::of(FileType::from_raw_mode(stat.stx_mode.into())).unwrap_or(Kind::File),
        size: stat.stx_size,
        mtime: crate::stat::timestamp(stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec.into()),
        id: FileId::new(makedev(stat.stx_dev_major, stat.stx_dev_minor), stat.stx_ino),
    })
}
