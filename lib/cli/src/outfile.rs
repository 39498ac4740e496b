//! A file beside the stream, put in place when it is whole.

use std::{
    fs::{File, Permissions},
    io::{self, BufWriter, Seek as _, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile};
use tt_record::{Problem, ProblemKind};

use crate::{
    claim::Claim,
    place::{Place, place, write_through},
};

/// A file in the making. What was there before stays until it is finished. Writing never fails: what went wrong is told at the
/// end, for the stream is worth more than what stands beside it.
///
/// What is no regular file (a device, a FIFO) is written to while it is made, and stays what it is. An open descriptor such as
/// /dev/stdout gets all of it at the end, since other things go there, too.
pub struct Outfile {
    what: &'static str,
    path: PathBuf,
    /// Where files beside it may be.
    directory: PathBuf,
    out: BufWriter<Target>,
    broken: Option<io::Error>,
    _claim: Claim,
}

enum Target {
    /// Takes the place of what is there, in one step.
    Replace(NamedTempFile),
    /// Goes to what is there.
    Through(Box<dyn Write + Send>),
    /// Waits, and goes to a descriptor.
    Spooled(File, Box<dyn Write + Send>),
}

impl Target {
    fn out(&mut self) -> &mut dyn Write {
        match self {
            Self::Replace(file) => file,
            Self::Through(out) => out,
            Self::Spooled(file, _) => file,
        }
    }

    fn finish(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Replace(file) => file.persist(path).map(drop).map_err(Into::into),
            Self::Through(mut out) => out.flush(),
            Self::Spooled(mut file, mut out) => {
                file.rewind()?;
                io::copy(&mut file, &mut out)?;
                out.flush()
            }
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out().flush()
    }
}

impl Outfile {
    /// One that will be at `path`, and is called `what` where it can't be. Finds out at once whether it can be written there.
    pub fn create(path: &Path, what: &'static str) -> Result<Self, Problem> {
        let claim = Claim::new(path, what)?;
        let (target, directory) = open(path).map_err(|e| failed(what, path, &e))?;
        let out = BufWriter::new(target);
        Ok(Self { what, path: path.into(), directory, out, broken: None, _claim: claim })
    }

    /// Takes away what an earlier [`Outfile::finish`] has put there, if anything is there that can be taken away.
    pub fn remove(path: &Path) -> io::Result<()> {
        match place(path)? {
            Place::File => match std::fs::remove_file(path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
                _ => Ok(()),
            },
            Place::Descriptor(_) | Place::Other => Ok(()),
        }
    }

    /// The directory that it will be in, or another one for files that are needed to make it.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Writes, unless that failed before.
    pub fn write(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.broken.is_none() {
            self.broken = write(&mut self.out).err();
        }
    }

    /// Puts it in place.
    pub fn finish(self) -> Result<(), Problem> {
        let Self { what, path, out, broken, .. } = self;
        let placed = broken
            .map_or(Ok(()), Err)
            .and_then(|()| out.into_inner().map_err(io::IntoInnerError::into_error)?.finish(&path));
        placed.map_err(|e| failed(what, &path, &e))
    }
}

fn open(path: &Path) -> io::Result<(Target, PathBuf)> {
    let place = place(path)?;
    let elsewhere = std::env::temp_dir();
    let target = match place {
        Place::File => {
            let directory = directory(path);
            // As any program makes files: the umask takes away what is to be.
            let permissions = Permissions::from_mode(0o666);
            let file = Builder::new().permissions(permissions).prefix(".tt-").tempfile_in(directory)?;
            return Ok((Target::Replace(file), directory.to_owned()));
        }
        Place::Descriptor(_) => {
            Target::Spooled(tempfile::tempfile_in(&elsewhere)?, write_through(path, &place)?)
        }
        Place::Other => Target::Through(write_through(path, &place)?),
    };
    Ok((target, elsewhere))
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
    use std::{fs, os::unix::fs::symlink, thread};

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

    #[test]
    fn a_link_is_replaced_and_what_it_leads_to_stays() {
        let directory = tempfile::tempdir().unwrap();
        let (victim, path) = (directory.path().join("victim"), directory.path().join("report"));
        fs::write(&victim, "precious").unwrap();
        for target in [victim.as_path(), Path::new("/no/such/file")] {
            symlink(target, &path).unwrap();
            let mut file = Outfile::create(&path, "report").unwrap();
            file.write(|out| out.write_all(b"new"));
            file.finish().unwrap();
            assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
            assert!(path.symlink_metadata().unwrap().is_file());
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn what_is_no_regular_file_is_written_to_and_stays() {
        let directory = tempfile::tempdir().unwrap();
        let (fifo, null) = (directory.path().join("fifo"), directory.path().join("null"));
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
            .unwrap();
        symlink("/dev/null", &null).unwrap();
        let reader = thread::spawn({
            let fifo = fifo.clone();
            move || fs::read_to_string(fifo).unwrap()
        });
        for path in [fifo.as_path(), &null] {
            let before = path.symlink_metadata().unwrap().file_type();
            let mut file = Outfile::create(path, "report").unwrap();
            file.write(|out| out.write_all(b"new"));
            file.finish().unwrap();
            Outfile::remove(path).unwrap();
            assert_eq!(path.symlink_metadata().unwrap().file_type(), before, "{}", path.display());
        }
        assert_eq!(reader.join().unwrap(), "new");
    }
}
