//! An entry of a directory, as far as the directory itself tells.

use std::fs::FileType;
use std::os::unix::fs::FileTypeExt;

use tt_record::SkipReason;

use crate::filter::Matched;

/// A name, and what is known about it without a look at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    /// The name as keys go on with it: a directory's ends in a slash. So the order of these bytes is S3's order.
    pub(super) key: &'a [u8],
    pub(super) kind: Kind,
    pub(super) matched: Matched,
}

impl<'a> Entry<'a> {
    /// Without the slash.
    pub(super) fn name(&self) -> &'a [u8] {
        let slash: &[u8] = if self.kind == Kind::Directory { b"/" } else { b"" };
        self.key.strip_suffix(slash).unwrap_or(self.key)
    }
}

/// What an entry is.
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
    /// Named by the user, and not looked at so far.
    Listed,
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
    /// A kind's place here is what stands for it in a temporary file.
    const ALL: [Self; 8] = [
        Self::Directory,
        Self::File,
        Self::Link,
        Self::Loop,
        Self::Special(Special::Fifo),
        Self::Special(Special::Socket),
        Self::Special(Special::Device),
        Self::Listed,
    ];

    pub(super) fn code(self) -> u8 {
        Self::ALL.into_iter().zip(0..).find(|(kind, _)| *kind == self).map_or(0, |(_, code)| code)
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// From a directory or from stat(2). `None` where the directory does not tell.
    pub(super) fn of(kind: rustix::fs::FileType) -> Option<Self> {
        use rustix::fs::FileType;
        Some(match kind {
            FileType::Directory => Self::Directory,
            FileType::RegularFile => Self::File,
            FileType::Symlink => Self::Link,
            FileType::Fifo => Self::Special(Special::Fifo),
            FileType::Socket => Self::Special(Special::Socket),
            FileType::CharacterDevice | FileType::BlockDevice => Self::Special(Special::Device),
            FileType::Unknown => return None,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_codes() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(Kind::from_code(8), None);
    }
}
