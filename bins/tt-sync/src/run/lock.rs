//! One run at a time for a destination, on this machine and of this user.
//!
//! The lock is the kernel's, so it goes with the process that holds it, however that ends. What is written into the file tells
//! the next one who held it: where nobody does any more and yet somebody is named, that run did not come to its end.

use std::{
    env,
    fs::{self, DirBuilder, File, Permissions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process, thread,
    time::Duration,
};

use jiff::ZonedDateTime;
use rustix::process::geteuid;
use tt_cli::open_kept;
use tt_record::{Problem, ProblemKind, S3Url};
use tt_sum::{Algorithm, Sum};

/// How often the lock is tried, and how long between.
const ATTEMPTS: usize = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// Whether a run may begin.
pub(crate) enum Claim {
    /// It may. Of an earlier one that did not come to its end, this was written.
    Ours(Lock, Option<String>),
    /// Another one is under way, of which this is written.
    Taken(String),
}

/// The right to be the only one.
pub(crate) struct Lock(File);

impl Lock {
    /// Who has it, if anybody has.
    pub(crate) fn holder(dest: &S3Url) -> Result<Option<String>, Problem> {
        let path = path(dest);
        let own = path.parent().is_some_and(|dir| check(dir).is_ok());
        let Some(mut file) = own.then(|| File::open(path).ok()).flatten() else { return Ok(None) };
        if !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
            return Ok(None);
        }
        let mut held = String::new();
        file.read_to_string(&mut held)
            .map_err(|e| Problem::new(ProblemKind::Io, format!("the lock of {dest} can't be read: {e}")))?;
        Ok(Some(held.trim().to_owned()))
    }

    /// Tries to get it.
    pub(crate) fn claim(dest: &S3Url, now: &ZonedDateTime) -> Result<Claim, Problem> {
        let path = path(dest);
        let failed = |e| {
            Problem::new(ProblemKind::Io, format!("the lock {} can't be used: {e}", path.display()))
                .hint("check its permissions, or name another directory: XDG_STATE_HOME")
        };
        let made = path.parent().map_or(Ok(()), make);
        let opened = made
            // Nobody else is to hold a run up, and who could lock it could.
            .and_then(|()| {
                open_kept(&path, File::options().read(true).write(true).truncate(false).mode(0o600))
            });
        let mut file = opened.map_err(failed)?;
        let mut before = String::new();
        match persistently(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                file.read_to_string(&mut before).map_err(failed)?;
                return Ok(Claim::Taken(before.trim().to_owned()));
            }
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        file.read_to_string(&mut before).map_err(failed)?;
        let held = format!("process {}, since {}", process::id(), now.strftime("%Y-%m-%d %H:%M:%S"));
        let written =
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(held.as_bytes()));
        written.map_err(failed)?;
        let before = Some(before.trim().to_owned()).filter(|before| !before.is_empty());
        Ok(Claim::Ours(Self(file), before))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // It came to its end: the next one is to find nobody.
        let _ = self.0.set_len(0);
    }
}

/// Tries for a moment: whoever asks who is at work holds the lock for no longer.
fn persistently(file: &File) -> Result<(), TryLockError> {
    for _ in 0..ATTEMPTS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            done => return done,
        }
    }
    file.try_lock()
}

/// Makes the directory of locks, which nobody else may write to: who could would choose what is written to.
fn make(dir: &Path) -> io::Result<()> {
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => check(dir),
    }
}

fn check(dir: &Path) -> io::Result<()> {
    let there = dir.symlink_metadata()?;
    let is_own = there.uid() == geteuid().as_raw();
    // An earlier version made it as the umask said, which lets the user's group in.
    if is_own && there.is_dir() && there.mode() & 0o022 == 0o020 && holds_own_files(dir)? {
        fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    }
    // A link of this user leads to where it wants to.
    let is_closed = dir.metadata().is_ok_and(|there| there.is_dir() && there.mode() & 0o022 == 0);
    if is_own && is_closed {
        return Ok(());
    }
    let message = format!("other users may write to {}, or it is theirs", dir.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}

/// Whether all that is in it are files of this user: nothing was put there by others.
fn holds_own_files(dir: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(dir)? {
        let there = entry?.metadata()?;
        if !there.is_file() || there.uid() != geteuid().as_raw() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The file for a destination. The name of a destination may hold anything.
fn path(dest: &S3Url) -> PathBuf {
    let set = env::var_os("XDG_STATE_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let own = || env::home_dir().map(|home| home.join(".local/state"));
    let shared = || env::temp_dir().join(format!("datasync-turbo-{}", geteuid().as_raw()));
    let dir = set.or_else(own).map_or_else(shared, |dir| dir.join("datasync-turbo"));
    let name = Sum::of(Algorithm::Sha256, dest.to_string().as_bytes()).hex();
    dir.join(format!("{}.lock", &name[..16]))
}
