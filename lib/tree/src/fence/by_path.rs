//! By paths: what was opened is held against what its real path leads to.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rustix::fs::OFlags;

use super::{Fence, Miss};
use crate::stat::FileId;

pub(super) fn open_root(path: &Path) -> io::Result<File> {
    File::open(path)
}

pub(super) fn look(fence: &Fence, path: &Path) -> Result<fs::Metadata, Miss> {
    let real = fs::canonicalize(path)?;
    if !real.starts_with(&fence.0.path) {
        return Err(fence.outside(path));
    }
    Ok(fs::symlink_metadata(real)?)
}

pub(super) fn open(fence: &Fence, path: &Path) -> Result<Option<File>, Miss> {
    if !look(fence, path)?.is_file() {
        return Ok(None);
    }
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    // Whatever was exchanged in between is another file.
    if FileId::from(&file.metadata()?) == FileId::from(&look(fence, path)?) {
        Ok(Some(file))
    } else {
        Err(io::Error::from(io::ErrorKind::NotFound).into())
    }
}
