//! The directory that s5cmd goes into: which one, held by one run at a time, and as it was before unless all went well.

use std::{
    env,
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rustix::fs::{Access, access};
use tempfile::TempDir;
use tt_cli::{Console, Interrupt};
use tt_record::{Problem, ProblemKind};

/// What the directories begin with in which a new s5cmd waits.
const SCRATCH: &str = ".tt-install-";

/// How often is looked whether another run has ended.
const TICK: Duration = Duration::from_millis(100);

/// The name of the program.
const PROGRAM: &str = "s5cmd";

/// Where programs usually go, the first choice first.
pub(super) fn usual_directories() -> Vec<PathBuf> {
    let own = env::home_dir().map(|home| home.join(".local/bin"));
    [PathBuf::from("/usr/local/bin")].into_iter().chain(own).collect()
}

/// The directory to use where none is named.
pub(super) fn default_directory() -> Result<PathBuf, Problem> {
    let [shared, own @ ..] = &usual_directories()[..] else { return Err(no_home()) };
    if is_writable(shared) { Ok(shared.clone()) } else { own.first().cloned().ok_or_else(no_home) }
}

/// Where s5cmd is in a directory.
pub(super) fn program_in(dir: &Path) -> PathBuf {
    dir.join(PROGRAM)
}

/// Whether files can be put into a directory, or into the one that it would be made in.
pub(super) fn is_writable(dir: &Path) -> bool {
    let there = dir.ancestors().find(|dir| dir.exists());
    there.is_some_and(|dir| dir.is_dir() && access(dir, Access::WRITE_OK | Access::EXEC_OK).is_ok())
}

/// A directory that is ours for now. What was made for it goes again when this is dropped, unless something was put there.
pub(super) struct Place {
    // In the order in which they have to go.
    scratch: TempDir,
    _lock: Option<File>,
    _made: Made,
    dir: PathBuf,
}

impl Place {
    /// Takes a directory, and makes it if need be. Waits for other runs that are at work there.
    pub(super) fn take(dir: &Path, console: &Console, interrupt: &Interrupt) -> Result<Self, Problem> {
        let failed = |e| unwritable(dir, &e);
        loop {
            let made = Made::make(dir).map_err(failed)?;
            let lock = lock(dir, console, interrupt)?;
            // Another run may have made it and taken it away again, while this one waited.
            let ours = lock.as_ref().is_none_or(|lock| is_same(lock, dir));
            if !ours {
                continue;
            }
            if lock.is_some() {
                clear(dir);
            }
            let scratch = tempfile::Builder::new().prefix(SCRATCH).tempdir_in(dir).map_err(failed)?;
            return Ok(Self { scratch, _lock: lock, _made: made, dir: dir.to_owned() });
        }
    }

    /// A directory for what is in the making. It is on the same file system.
    pub(super) fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Puts a program in place, in one step, and says where that is.
    pub(super) fn put(&self, program: &Path) -> Result<PathBuf, Problem> {
        let target = program_in(&self.dir);
        fs::rename(program, &target).map_err(|e| {
            Problem::new(ProblemKind::Io, format!("s5cmd can't be put in place as {}: {e}", target.display()))
                .hint("see what is there, and who owns it")
        })?;
        // Not every file system can do that, and it is in place already.
        let _ = File::open(&self.dir).and_then(|dir| dir.sync_all());
        Ok(target)
    }
}

/// Directories that were made. Those that are still empty go when this is dropped.
struct Made(Vec<PathBuf>);

impl Made {
    fn make(dir: &Path) -> io::Result<Self> {
        let missing: Vec<_> = dir.ancestors().take_while(|dir| !dir.exists()).map(Path::to_owned).collect();
        fs::create_dir_all(dir)?;
        Ok(Self(missing))
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // The innermost stands first. One that holds something stays, and so do those around it.
        let _ = self.0.iter().try_for_each(fs::remove_dir);
    }
}

/// Locks a directory. None where its file system can't: there the last step is still one step.
fn lock(dir: &Path, console: &Console, interrupt: &Interrupt) -> Result<Option<File>, Problem> {
    let file = File::open(dir).map_err(|e| unwritable(dir, &e))?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) => {}
        }
        if !told {
            console.note(format_args!("waiting for another tt-install that is at work in {}", dir.display()));
            told = true;
        }
        if interrupt.raised() {
            return Err(Problem::new(ProblemKind::Interrupted, "stopped by a signal; nothing was changed"));
        }
        thread::sleep(TICK);
    }
}

fn is_same(file: &File, dir: &Path) -> bool {
    let both = (file.metadata(), dir.metadata());
    matches!(both, (Ok(held), Ok(there)) if (held.dev(), held.ino()) == (there.dev(), there.ino()))
}

/// Removes what runs that were killed have left. None of them is alive, since the lock is ours.
fn clear(dir: &Path) {
    let left = fs::read_dir(dir).into_iter().flatten().flatten();
    for entry in left.filter(|entry| entry.file_name().to_string_lossy().starts_with(SCRATCH)) {
        let _ = fs::remove_dir_all(entry.path());
    }
}

pub(super) fn unwritable(dir: &Path, error: &io::Error) -> Problem {
    let message = format!("nothing can be put into {}: {error}", dir.display());
    Problem::new(ProblemKind::Io, message)
        .hint("name a directory that you may write to, such as --dir ~/.local/bin; nothing was changed")
}

fn no_home() -> Problem {
    Problem::new(ProblemKind::Usage, "there is no home directory, and so nowhere to put s5cmd")
        .hint("name a directory: --dir DIR")
}

#[cfg(test)]
mod tests {
    use tt_cli::Verbosity;

    use super::*;

    fn take(dir: &Path) -> Result<Place, Problem> {
        Place::take(dir, &Console::new("tt-install", Verbosity::default()), &Interrupt::default())
    }

    #[test]
    fn a_place_is_as_it_was_unless_something_was_put_there() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("a/b");
        let place = take(&inner).unwrap();
        fs::write(place.scratch().join("new"), "x").unwrap();
        drop(place);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        let place = take(&inner).unwrap();
        fs::write(place.scratch().join("new"), "x").unwrap();
        place.put(&place.scratch().join("new")).unwrap();
        drop(place);
        let names: Vec<_> = fs::read_dir(&inner).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["s5cmd"]);
    }

    #[test]
    fn what_killed_runs_have_left_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".tt-install-old")).unwrap();
        fs::write(dir.path().join(".tt-install-old/s5cmd"), "half").unwrap();
        drop(take(dir.path()).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn one_run_at_a_time_is_in_a_place() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("bin");
        let first = take(&inner).unwrap();
        let (inner_too, (done, second)) = (inner.clone(), std::sync::mpsc::channel());
        let waiting = thread::spawn(move || done.send(take(&inner_too).map(drop)).unwrap());
        assert!(second.recv_timeout(3 * TICK).is_err());
        // It goes with its directory, which the other one then has to make anew.
        drop(first);
        second.recv().unwrap().unwrap();
        waiting.join().unwrap();
        assert!(!inner.exists());
    }
}
