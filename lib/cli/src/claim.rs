//! Files that are written: no two of them are the same, or one would be lost.

use std::{
    fs::{self, Metadata},
    io,
    os::{fd::AsFd as _, unix::fs::MetadataExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use tt_record::{Problem, ProblemKind};

/// The files that are being written.
static CLAIMED: Mutex<Vec<Named>> = Mutex::new(Vec::new());

/// A file that is being written. It is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Claim(Option<Place>);

/// A file, and what it is for.
#[derive(Clone, Debug)]
struct Named {
    place: Place,
    what: String,
}

/// Where a file is, whatever it was called.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    path: PathBuf,
    /// Device and number, where it is there already: a file may have several names.
    inode: Option<(u64, u64)>,
}

impl Place {
    /// None for what many may write to, such as a device or a pipe.
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok();
        if metadata.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            return None;
        }
        Some(Self { path: canonical(path), inode: metadata.as_ref().map(inode) })
    }

    /// That of stdout, where it is a file.
    fn of_stdout() -> Option<(u64, u64)> {
        let file = io::stdout().as_fd().try_clone_to_owned().map(fs::File::from).ok()?;
        file.metadata().ok().filter(Metadata::is_file).as_ref().map(inode)
    }

    fn is(&self, other: &Self) -> bool {
        self.path == other.path || self.inode.is_some_and(|inode| other.inode == Some(inode))
    }
}

impl Claim {
    /// Claims a file for something. Fails where it is claimed for something else, or is stdout.
    pub(crate) fn new(path: &Path, what: &str) -> Result<Self, Problem> {
        let Some(place) = Place::of(path) else { return Ok(Self(None)) };
        if place.inode.is_some() && place.inode == Place::of_stdout() {
            return Err(twice(path, what, "stdout"));
        }
        let mut claimed = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = claimed.iter().find(|other| other.place.is(&place)) {
            return Err(twice(path, what, &format!("the {}", other.what)));
        }
        claimed.push(Named { place: place.clone(), what: what.to_owned() });
        Ok(Self(Some(place)))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut claimed = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) =
            self.0.as_ref().and_then(|place| claimed.iter().position(|other| other.place == *place))
        {
            claimed.swap_remove(at);
        }
    }
}

/// Fails where two files that are written one after another are the same.
pub fn check_distinct<'p>(files: impl IntoIterator<Item = (&'p Path, &'p str)>) -> Result<(), Problem> {
    let claims = files.into_iter().map(|(path, what)| Claim::new(path, what));
    claims.collect::<Result<Vec<_>, _>>().map(drop)
}

fn inode(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// The path without links, as far as it is there.
fn canonical(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    if let Ok(canonical) = fs::canonicalize(&absolute) {
        return canonical;
    }
    match (absolute.parent(), absolute.file_name()) {
        (Some(parent), Some(name)) => canonical(parent).join(name),
        _ => absolute,
    }
}

fn twice(path: &Path, what: &str, other: &str) -> Problem {
    let message = format!("can't write the {what} to {}: {other} goes to the same file", path.display());
    Problem::new(ProblemKind::Usage, message).hint("name another file for one of them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_claimed_once_whatever_it_is_called() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::create_dir(path("d")).unwrap();
        let new = Claim::new(&path("new"), "report").unwrap();
        for same in ["new", "d/../new", "./new"] {
            let problem = Claim::new(&path(same), "test suite").unwrap_err();
            assert!(problem.message.contains("the report goes to the same file"), "{problem}");
        }
        assert!(Claim::new(&path("other"), "test suite").is_ok());
        drop(new);
        let new = Claim::new(&path("new"), "report");
        assert!(new.is_ok(), "it is free again");
        fs::write(path("old"), "x").unwrap();
        fs::hard_link(path("old"), path("alias")).unwrap();
        std::os::unix::fs::symlink("old", path("link")).unwrap();
        std::os::unix::fs::symlink(path("d"), path("dd")).unwrap();
        let old = Claim::new(&path("old"), "report").unwrap();
        assert!(Claim::new(&path("alias"), "x").is_err() && Claim::new(&path("link"), "x").is_err());
        let inside = Claim::new(&path("d/f"), "report").unwrap();
        assert!(Claim::new(&path("dd/f"), "x").is_err());
        drop((old, inside));
        let null = || Claim::new(Path::new("/dev/null"), "report");
        assert!(null().is_ok() && (null(), null()).1.is_ok(), "a device takes all there is");
        let pair = [(path("new2"), "a"), (path("d/../new2"), "b")];
        assert!(check_distinct(pair.iter().map(|(path, what)| (path.as_path(), *what))).is_err());
    }
}
