//! Where a walk starts: found once, and looked at again at the end.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use rustix::io::Errno;
use tt_record::{Problem, ProblemKind};

use super::{
    found::{Found, KeyRange},
    options::Symlinks,
    place::Place,
};
use crate::{
    cause::{failed, is, is_absent},
    stat::{FileId, mtime},
};

/// Paths that are longer can't be given to the system as a whole: `PATH_MAX`.
const LONGEST_PATH: usize = if cfg!(target_os = "linux") { 4096 } else { 1024 };

/// What is at a place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nothing; or no file can have this name here, so that it is nothing for certain: one with an empty component or one of
    /// dots, one that is longer than the file system allows, or that holds what it does not take.
    Absent,
    /// A directory, or a link to one that is followed: no file can be there.
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

    /// What is there now under this name, to a walk that treats links like this.
    pub fn look(&self, name: &str, symlinks: Symlinks) -> Presence {
        if !is_path(name) {
            return Presence::Absent;
        }
        let path = self.path(name);
        let found = fs::symlink_metadata(&path).map(|stat| match fs::metadata(&path) {
            // A link that leads nowhere is there, and not followed.
            Ok(target) if symlinks == Symlinks::Follow => target,
            _ => stat,
        });
        match found {
            Ok(stat) if stat.is_dir() => Presence::Directory,
            Ok(_) if !self.lists(&path) => Presence::Absent,
            Ok(stat) => Presence::There(stat.len(), mtime(&stat)),
            Err(error) if is_absent(&error) && !self.leads_nowhere(&path) => Presence::Absent,
            Err(error) if cannot_be(&path, &error) => Presence::Absent,
            Err(_) => Presence::Unknown,
        }
    }

    /// Whether a directory on the way to this name is on another file system than the root.
    pub fn leaves_file_system(&self, name: &str) -> bool {
        let other = |stat: fs::Metadata| !self.shares_device_with(FileId::from(&stat));
        self.above(&self.path(name)).any(|directory| fs::metadata(directory).is_ok_and(other))
    }

    /// The directories between the root and a path, from below.
    fn above<'a>(&self, path: &'a Path) -> impl Iterator<Item = &'a Path> + use<'a, '_> {
        let root = self.as_path();
        path.ancestors().skip(1).take_while(move |above| above.starts_with(root) && *above != root)
    }

    /// Whether each name on the way to a path is listed as it is written, as far as that can be known. Some file systems
    /// find names whatever their case or their form of Unicode; a walk finds them only as they are listed.
    fn lists(&self, path: &Path) -> bool {
        let listed = |path: &Path| {
            let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return true };
            fs::read_dir(parent).map_or(true, |entries| {
                entries.into_iter().any(|entry| entry.map_or(true, |entry| entry.file_name() == name))
            })
        };
        listed(path) && self.above(path).all(listed)
    }

    /// Whether a link on the way to `path` leads to what is not there now: a disk that is not mounted, say.
    fn leads_nowhere(&self, path: &Path) -> bool {
        self.above(path).any(|above| above.is_symlink() && fs::metadata(above).is_err())
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

/// Whether the file system says that no file can have this name. A path that is too long as a whole says nothing of the
/// kind: such files are reached from directories further down.
fn cannot_be(path: &Path, error: &io::Error) -> bool {
    let refused = is(error, Errno::ILSEQ) || is(error, Errno::INVAL);
    refused || is(error, Errno::NAMETOOLONG) && path.as_os_str().len() < LONGEST_PATH
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
