//! A directory that files have to lie in, wherever links lead: for plans that come from somebody else.
//!
//! Always holds: what lies elsewhere is never opened for reading, whatever is exchanged at the same time. On Linux what is
//! looked at is a descriptor that can't be read from, and what is read is what was looked at.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use tt_record::{Problem, ProblemKind};

#[cfg(not(target_os = "linux"))]
mod by_path;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
use by_path as system;
#[cfg(target_os = "linux")]
use linux as system;

/// Such a directory.
#[derive(Clone, Debug)]
pub struct Fence(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Its real path when it was opened.
    path: PathBuf,
    /// The path that was given: files are mostly named by it.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "there only real paths count"))]
    given: PathBuf,
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only held open there"))]
    root: File,
}

/// Why there is nothing to look at.
#[derive(Debug)]
pub(crate) enum Miss {
    /// It lies elsewhere, or can't be known to lie within.
    Outside(Problem),
    Io(io::Error),
}

impl From<io::Error> for Miss {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[cfg(target_os = "linux")]
impl From<rustix::io::Errno> for Miss {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Io(error.into())
    }
}

impl Fence {
    /// Around a directory, which must be there.
    pub fn around(directory: &str) -> Result<Self, String> {
        let opened = fs::canonicalize(directory).and_then(|path| Ok((system::open_root(&path)?, path)));
        let (root, path) = opened.map_err(|e| e.to_string())?;
        let given = std::path::absolute(directory).map_err(|e| e.to_string())?;
        if root.metadata().is_ok_and(|stat| stat.is_dir()) {
            Ok(Self(Arc::new(Inner { path, given, root })))
        } else {
            Err("it is no directory".to_owned())
        }
    }

    /// What is at a path now, following links; not to be read from.
    pub(crate) fn look(&self, path: &Path) -> Result<fs::Metadata, Miss> {
        system::look(self, path)
    }

    /// Opens a regular file for reading. None, if what is there is another kind of thing, which is not opened.
    pub(crate) fn open(&self, path: &Path) -> Result<Option<File>, Miss> {
        system::open(self, path)
    }

    fn outside(&self, path: &Path) -> Miss {
        let root = self.0.path.display();
        let message = format!("{} does not lie in {root}, or leads out of it", path.display());
        let problem = Problem::new(ProblemKind::Refused, message)
            .hint("see who wrote this plan; --root names the directory that its files are to come from");
        Miss::Outside(problem)
    }
}

#[cfg(test)]
mod tests;
