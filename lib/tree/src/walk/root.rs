//! Where a walk starts.

use std::{
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
};

use tt_record::{Problem, ProblemKind};

use crate::cause::{failed, is_absent};

/// Makes the root absolute, and looks at it, following links. A trailing slash changes nothing.
pub(super) fn find(root: &Path) -> Result<(PathBuf, Metadata), Problem> {
    if root.as_os_str().is_empty() {
        return Err(Problem::new(ProblemKind::NoSource, "the source is an empty path")
            .hint("name a directory or a file; . is the current directory"));
    }
    let absolute =
        std::path::absolute(root).map_err(|e| failed(ProblemKind::Unreadable, "find", root, &e))?;
    // Put together anew, without slashes that say nothing.
    let root: PathBuf = absolute.components().collect();
    match fs::metadata(&root) {
        Ok(stat) => Ok((root, stat)),
        Err(error) if is_absent(&error) => Err(missing(&root)),
        Err(error) => Err(unreadable(&root, &error)),
    }
}

/// The root is there, and can't be read.
pub(super) fn unreadable(root: &Path, error: &io::Error) -> Problem {
    failed(ProblemKind::Unreadable, "read", root, error)
}

fn missing(root: &Path) -> Problem {
    if root.is_symlink() {
        let message = format!("{} is a symbolic link that leads nowhere", root.display());
        return Problem::new(ProblemKind::NoSource, message).hint("mount or create what it points to");
    }
    Problem::new(ProblemKind::NoSource, format!("{} does not exist", root.display()))
        .hint("check the spelling, and whether everything is mounted")
}
