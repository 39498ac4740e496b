//! The entries of one directory, held while it is walked: a name and hardly more, sorted as S3 sorts.

use std::{
    cmp::Ordering,
    ffi::OsStr,
    fs::{DirEntry, FileType, Metadata},
    io,
    os::unix::{ffi::OsStrExt, fs::FileTypeExt},
};

use tt_record::SkipReason;

use crate::filter::Matched;

/// A name, and what is known about it without a look at it.
pub(super) struct Entry {
    pub(super) name: Box<OsStr>,
    pub(super) kind: Kind,
    pub(super) matched: Matched,
}

/// What an entry is, as far as the directory tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A directory, or a link to one that is followed.
    Directory,
    /// A file, or what only stat(2) can tell.
    File,
    /// A link, not followed so far.
    Link,
    /// A link to a directory that it lies in.
    Loop,
    /// None of these.
    Special(Special),
}

/// What can be neither uploaded nor descended into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    Fifo,
    Socket,
    Device,
}

impl From<Special> for SkipReason {
    fn from(special: Special) -> Self {
        match special {
            Special::Fifo => Self::Fifo,
            Special::Socket => Self::Socket,
            Special::Device => Self::Device,
        }
    }
}

impl Kind {
    /// From the directory where the filesystem tells it there, else from lstat(2). `None` if it vanished meanwhile.
    pub(super) fn of_entry(entry: &DirEntry) -> Option<Self> {
        match entry.file_type() {
            Ok(kind) => Some(kind.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            // The stat that comes later will say what is wrong.
            Err(_) => Some(Self::File),
        }
    }

    /// From stat(2).
    pub(super) fn of(stat: &Metadata) -> Self {
        stat.file_type().into()
    }
}

impl From<FileType> for Kind {
    fn from(kind: FileType) -> Self {
        match kind {
            _ if kind.is_dir() => Self::Directory,
            _ if kind.is_file() => Self::File,
            _ if kind.is_symlink() => Self::Link,
            _ if kind.is_fifo() => Self::Special(Special::Fifo),
            _ if kind.is_socket() => Self::Special(Special::Socket),
            _ => Self::Special(Special::Device),
        }
    }
}

/// The order of keys: bytes, where a directory's name goes on with a slash. So `a.b` < `a/` < `a0`.
pub(super) fn key_order(a: &Entry, b: &Entry) -> Ordering {
    let (left, right) = (a.name.as_bytes(), b.name.as_bytes());
    let common = left.len().min(right.len());
    left[..common].cmp(&right[..common]).then_with(|| a.rest(common).cmp(b.rest(common)))
}

impl Entry {
    /// What follows the first `length` bytes of its part of the key.
    fn rest(&self, length: usize) -> impl Iterator<Item = &u8> {
        let slash: &[u8] = if self.kind == Kind::Directory { b"/" } else { b"" };
        self.name.as_bytes()[length..].iter().chain(slash)
    }
}
