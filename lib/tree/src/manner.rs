//! How files are opened, and what is compared to know that they did not change: less than everything only on file systems
//! that don't keep everything.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{Fence, stat::Fingerprint};

/// A change time is that of the look itself where the two are no further apart: whole seconds, and a cache of the kernel's.
const SAME_MOMENT: Duration = Duration::from_millis(2100);

/// How files are opened. Cheap to clone; what one clone learns of a file system, all know.
#[derive(Clone, Debug, Default)]
pub struct Manner(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    fence: Option<Fence>,
    ignores_inode: bool,
    restless: Mutex<Restless>,
}

/// File systems whose change times are those of the look at them.
#[derive(Debug, Default)]
struct Restless {
    devices: BTreeSet<u64>,
    /// A file on each that may be one.
    suspects: BTreeMap<u64, (PathBuf, Look)>,
}

/// A file's state, and when it was looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) state: Fingerprint,
    /// In nanoseconds since 1970.
    at: i128,
}

impl Manner {
    /// Opens only what lies in `fence`, if there is one. With `ignores_inode` a file counts as unchanged while its size and
    /// modification time stay, whatever its inode number and change time.
    pub fn new(fence: Option<Fence>, ignores_inode: bool) -> Self {
        Self(Arc::new(Inner { fence, ignores_inode, restless: Mutex::default() }))
    }

    pub(crate) fn fence(&self) -> Option<&Fence> {
        self.0.fence.as_ref()
    }

    /// Whether inode numbers and change times don't matter anywhere.
    pub(crate) fn ignores_inode(&self) -> bool {
        self.0.ignores_inode
    }

    /// Whether change times on this file system are those of the look: known from an earlier file, or from an earlier look at
    /// this one. The first time, the look is noted.
    pub(crate) fn is_restless(&self, file: &File, path: &Path, look: Look) -> bool {
        let device = look.state.file.device();
        if self.0.restless.lock().unwrap_or_else(PoisonError::into_inner).devices.contains(&device) {
            return true;
        }
        // Its server may be asked, for which others don't wait.
        if !may_be_restless(file) {
            return false;
        }
        let mut restless = self.0.restless.lock().unwrap_or_else(PoisonError::into_inner);
        match restless.suspects.get(&device) {
            Some((before, _)) if before != path => false,
            Some((_, before)) if look.shows_restless(before) => {
                restless.devices.insert(device);
                true
            }
            _ => {
                restless.suspects.insert(device, (path.into(), look));
                false
            }
        }
    }

    /// Whether two looks at the same file show that change times on its file system are those of the look.
    pub(crate) fn learns_restless(&self, file: &File, before: &Look, after: &Look) -> bool {
        let device = after.state.file.device();
        let shows = after.shows_restless(before) && may_be_restless(file);
        let mut restless = self.0.restless.lock().unwrap_or_else(PoisonError::into_inner);
        if shows {
            restless.devices.insert(device);
        }
        restless.devices.contains(&device)
    }
}

impl Look {
    pub(crate) fn new(state: Fingerprint, at: SystemTime) -> Self {
        let at = at.duration_since(UNIX_EPOCH).ok().and_then(|at| i128::try_from(at.as_nanos()).ok());
        Self { state, at: at.unwrap_or_default() }
    }

    /// Whether the change time is that of the look, though the content is older.
    pub(crate) fn is_dated_now(&self) -> bool {
        let moment = i128::try_from(SAME_MOMENT.as_nanos()).unwrap_or_default();
        (self.at - self.state.ctime_nanos()).abs() <= moment
            && (self.at - self.state.mtime_nanos()).abs() > moment
    }

    /// Whether nothing but the change time moved, and moved along with the clock. Whoever sets times back could make it look
    /// so on any file system; hence [`may_be_restless`].
    fn shows_restless(&self, before: &Self) -> bool {
        self.state.has_content_of(&before.state)
            && self.state.ctime_nanos() != before.state.ctime_nanos()
            && self.is_dated_now()
            && before.is_dated_now()
    }
}

/// Whether the file system is of a kind that may make change times up: those that programs or other machines serve, and
/// never one that a kernel keeps on a disk or in memory.
#[cfg(target_os = "linux")]
fn may_be_restless(file: &File) -> bool {
    // FUSE, 9P, SMB in its three forms, and the shared folders of VirtualBox.
    rustix::fs::fstatfs(file).is_ok_and(|system| {
        matches!(system.f_type, 0x6573_5546 | 0x0102_1997 | 0xFF53_4D42 | 0xFE53_4D42 | 0x517B | 0x786F_4256)
    })
}

/// Elsewhere the kinds of file systems have other names.
#[cfg(not(target_os = "linux"))]
fn may_be_restless(_file: &File) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_disk_is_never_restless() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "x").unwrap();
        let file = File::open(&path).unwrap();
        let state = Fingerprint::from(&file.metadata().unwrap());
        let manner = Manner::default();
        // As if somebody had set the modification time back, now and again.
        let old = Look::new(state.at_mtime(1_000), SystemTime::now());
        for _ in 0..3 {
            assert!(old.is_dated_now());
            assert!(!manner.is_restless(&file, &path, old));
        }
        let moved = Look::new(state.at_mtime(1_000).at_ctime_plus(1), SystemTime::now());
        assert!(moved.shows_restless(&old));
        assert!(!manner.learns_restless(&file, &old, &moved));
    }
}
