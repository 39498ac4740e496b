//! Where a walk starts: found once, and looked at again at the end.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use tt_record::{Problem, ProblemKind};

use super::{
    found::{Found, KeyRange},
    place::Place,
};
use crate::{
    cause::{failed, is_absent},
    stat::{FileId, mtime},
};

/// What is at a place in the tree, links not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nothing.
    Absent,
    /// A directory: no file can be there.
    Directory,
    /// Anything else, with its size in bytes and its modification time.
    There(u64, Timestamp),
    /// It can't be told: the place can't be looked at, or a link on the way leads to what is not there now.
    Unknown,
}

/// The directory, or the one file, that is walked. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    path: Arc<PathBuf>,
    /// None of a file.
    id: Option<FileId>,
}

impl Root {
    /// Makes the root absolute, and looks at it, following links. A trailing slash changes nothing.
    pub(super) fn find(root: &Path) -> Result<Self, Problem> {
        if root.as_os_str().is_empty() {
            return Err(Problem::new(ProblemKind::NoSource, "the source is an empty path")
                .hint("name a directory or a file; . is the current directory"));
        }
        let absolute =
            std::path::absolute(root).map_err(|e| failed(ProblemKind::Unreadable, "find", root, &e))?;
        // Put together anew, without slashes that say nothing.
        let path: PathBuf = absolute.components().collect();
        match identify(&path) {
            Ok(id) => Ok(Self { path: path.into(), id }),
            Err(error) if is_absent(&error) => Err(missing(&path)),
            Err(error) => Err(failed(ProblemKind::Unreadable, "read", &path, &error)),
        }
    }

    /// Absolute path of the root itself.
    pub fn as_path(&self) -> &Path {
        &self.path
    }

    /// Absolute path of what the walk found under this name.
    pub fn path(&self, name: &str) -> PathBuf {
        if self.is_file() || name.is_empty() { self.path.to_path_buf() } else { self.path.join(name) }
    }

    /// What is there now under this name. What can't be the path of a file is at no place.
    pub fn look(&self, name: &str) -> Presence {
        if !is_path(name) {
            return Presence::Absent;
        }
        let path = self.path(name);
        match fs::symlink_metadata(&path) {
            Ok(stat) if stat.is_dir() => Presence::Directory,
            Ok(stat) => Presence::There(stat.len(), mtime(&stat)),
            Err(error) if is_absent(&error) && !self.leads_nowhere(&path) => Presence::Absent,
            Err(_) => Presence::Unknown,
        }
    }

    /// Whether a link on the way to `path` leads to what is not there now: a disk that is not mounted, say.
    fn leads_nowhere(&self, path: &Path) -> bool {
        let root = self.as_path();
        let above = path.ancestors().skip(1).take_while(|above| above.starts_with(root) && *above != root);
        above.into_iter().any(|above| above.is_symlink() && fs::metadata(above).is_err())
    }

    /// A root that is no directory is walked as the only entry of its own directory.
    pub fn is_file(&self) -> bool {
        self.id.is_none()
    }

    /// Path of the directory whose keys begin with `prefix`.
    pub(super) fn directory(&self, prefix: &str) -> PathBuf {
        match self.path.parent() {
            Some(parent) if self.is_file() => parent.into(),
            _ => self.path(prefix.trim_end_matches('/')),
        }
    }

    /// Whether this directory is on the file system of the root.
    pub(super) fn shares_device_with(&self, id: FileId) -> bool {
        self.id.is_none_or(|root| root.device() == id.device())
    }

    /// What to say if the root is not the directory any more that it was.
    pub(super) fn changed(&self) -> Option<Found> {
        let then = self.id?;
        let path = self.path.to_path_buf();
        let what = match Place::at(path.clone()).id() {
            Ok(now) if now == then => return None,
            Ok(_) => "is not the same directory any more",
            Err(error) if is_absent(&error) => "is gone",
            Err(_) => "can't be looked at any more",
        };
        let message = format!("{} {what}: it was replaced or unmounted while it was read", path.display());
        let problem = Problem::new(ProblemKind::Changing, message)
            .hint("see that it is mounted, then run the same command again");
        Some(Found::Unknown { path, range: KeyRange::Below(String::new()), problem })
    }
}

/// Whether a name is that of a file in a tree.
fn is_path(name: &str) -> bool {
    name.split('/').all(|part| !matches!(part, "" | "." | "..")) && !name.contains('\0')
}

/// Which directory is there, after it was opened, so that what mounts itself is mounted. `None` for anything else.
fn identify(path: &Path) -> io::Result<Option<FileId>> {
    if fs::metadata(path)?.is_dir() { Place::open(path.into(), true)?.id().map(Some) } else { Ok(None) }
}

fn missing(root: &Path) -> Problem {
    if root.is_symlink() {
        let message = format!("{} is a symbolic link that leads nowhere", root.display());
        return Problem::new(ProblemKind::NoSource, message).hint("mount or create what it points to");
    }
    Problem::new(ProblemKind::NoSource, format!("{} does not exist", root.display()))
        .hint("check the spelling, and whether everything is mounted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_every_key_is_a_path() {
        for name in ["a", "a/b", "...", "a b/é"] {
            assert!(is_path(name), "{name}");
        }
        for name in ["", "/a", "a//b", "a/", "./a", "a/../b", "a\0"] {
            assert!(!is_path(name), "{name}");
        }
    }
}
