//! A file beside the stream, put in place when it is whole.

use std::{
    fs::Permissions,
    io::{self, BufWriter, Write},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile};
use tt_record::{Problem, ProblemKind};

use crate::claim::Claim;

/// A file in the making. What was there before stays until it is finished. Writing never fails: what went wrong is told at the
/// end, for the stream is worth more than what stands beside it.
pub struct Outfile {
    what: &'static str,
    path: PathBuf,
    out: BufWriter<NamedTempFile>,
    broken: Option<io::Error>,
    _claim: Claim,
}

impl Outfile {
    /// One that will be at `path`, and is called `what` where it can't be. Finds out at once whether it can be written there.
    pub fn create(path: &Path, what: &'static str) -> Result<Self, Problem> {
        let claim = Claim::new(path, what)?;
        if path.is_dir() {
            return Err(failed(what, path, &io::ErrorKind::IsADirectory.into()));
        }
        // As any program makes files: the umask takes away what is to be.
        let permissions = Permissions::from_mode(0o666);
        let file = Builder::new().permissions(permissions).prefix(".tt-").tempfile_in(directory(path));
        let file = file.map_err(|e| failed(what, path, &e))?;
        Ok(Self { what, path: path.into(), out: BufWriter::new(file), broken: None, _claim: claim })
    }

    /// The directory that it will be in.
    pub fn directory(&self) -> &Path {
        directory(&self.path)
    }

    /// Writes, unless that failed before.
    pub fn write(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.broken.is_none() {
            self.broken = write(&mut self.out).err();
        }
    }

    /// Puts it in place.
    pub fn finish(self) -> Result<(), Problem> {
        let Self { what, path, out, broken, _claim } = self;
        let placed = broken.map_or(Ok(()), Err).and_then(|()| {
            let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.persist(&path)?;
            Ok(())
        });
        placed.map_err(|e| failed(what, &path, &e))
    }
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Io, format!("the {what} {} can't be written: {error}", path.display()))
        .hint("check that its directory exists, and the space and permissions there")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_was_there_stays_until_the_new_one_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report");
        fs::write(&path, "old").unwrap();
        let mut file = Outfile::create(&path, "report").unwrap();
        file.write(|out| out.write_all(b"new"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        file.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        drop(Outfile::create(&path, "report").unwrap());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_goes_wrong_is_told_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report");
        let mut file = Outfile::create(&path, "report").unwrap();
        file.write(|_| Err(io::ErrorKind::StorageFull.into()));
        file.write(|_| panic!("nothing is written after that"));
        assert!(file.finish().unwrap_err().message.contains("the report"));
        assert!(!path.exists());
        for wrong in [directory.path().to_owned(), directory.path().join("a/b")] {
            assert!(Outfile::create(&wrong, "report").is_err());
        }
    }
}
