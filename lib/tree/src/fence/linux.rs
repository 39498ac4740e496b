//! By descriptors: openat2(2) where the path begins with that of the directory, and the descriptor's own path otherwise, as
//! where links lead out and in again.

use std::{
    fs::{self, File},
    io,
    os::fd::{AsRawFd as _, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{CWD, Mode, OFlags, ResolveFlags, openat2},
    io::{Errno, retry_on_intr},
};

use super::{Fence, Miss};
use crate::stat::FileId;

/// A descriptor that names what it leads to, without opening it: no FIFO and no device takes notice.
const TO_LOOK: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);
const TO_READ: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

pub(super) fn open_root(path: &Path) -> io::Result<File> {
    Ok(File::from(rustix::fs::open(path, TO_LOOK, Mode::empty())?))
}

pub(super) fn look(fence: &Fence, path: &Path) -> Result<fs::Metadata, Miss> {
    Ok(find(fence, path)?.metadata()?)
}

pub(super) fn open(fence: &Fence, path: &Path) -> Result<Option<File>, Miss> {
    let found = find(fence, path)?;
    let stat = found.metadata()?;
    if !stat.is_file() {
        return Ok(None);
    }
    match retry_on_intr(|| rustix::fs::open(of_descriptor(&found), TO_READ, Mode::empty())) {
        // Without /proc: once more from the directory, and only the same file counts.
        Err(Errno::NOENT) => {
            let opened = beneath(fence, path, TO_READ).ok_or_else(|| fence.outside(path))?;
            let file = File::from(opened?);
            let same = FileId::from(&file.metadata()?) == FileId::from(&stat);
            if same { Ok(Some(file)) } else { Err(Errno::NOENT.into()) }
        }
        opened => Ok(Some(File::from(opened?))),
    }
}

/// A descriptor, not to be read from, of what lies within.
fn find(fence: &Fence, path: &Path) -> Result<File, Miss> {
    match beneath(fence, path, TO_LOOK) {
        None
        | Some(Err(Errno::XDEV | Errno::AGAIN | Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::LOOP)) => {
            by_own_path(fence, path)
        }
        Some(found) => Ok(File::from(found?)),
    }
}

/// From the directory down, and never out of it, whatever is exchanged. None, where the path begins elsewhere.
fn beneath(fence: &Fence, path: &Path, flags: OFlags) -> Option<Result<OwnedFd, Errno>> {
    let rest = path.strip_prefix(&fence.0.path).or_else(|_| path.strip_prefix(&fence.0.given)).ok()?;
    let rest = if rest.as_os_str().is_empty() { Path::new(".") } else { rest };
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    Some(retry_on_intr(|| openat2(&fence.0.root, rest, flags, Mode::empty(), resolve)))
}

/// Wherever links lead, what counts is where that is which they lead to.
fn by_own_path(fence: &Fence, path: &Path) -> Result<File, Miss> {
    // Links of /proc lead to where other processes are, whose paths say nothing here.
    let opened = match retry_on_intr(|| {
        openat2(CWD, path, TO_LOOK, Mode::empty(), ResolveFlags::NO_MAGICLINKS)
    }) {
        Err(Errno::NOSYS | Errno::PERM) => retry_on_intr(|| rustix::fs::open(path, TO_LOOK, Mode::empty())),
        opened => opened,
    };
    let found = File::from(opened?);
    match (fs::read_link(of_descriptor(&found)), fs::read_link(of_descriptor(&fence.0.root))) {
        (Ok(real), Ok(root)) if real.starts_with(&root) => Ok(found),
        _ => Err(fence.outside(path)),
    }
}

fn of_descriptor(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}
