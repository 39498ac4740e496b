//! Work on files that may have to wait for a disk, done where it holds up nothing else.
//!
//! Most reads are served from memory, or by a disk that answers within a fraction of a millisecond: those are done at once, by the
//! thread that sends what is read. On a file system of another machine, or one that was seen to be slow, another thread does
//! them, and the network goes on. What never returns is given up after a while: a mount that hangs stops its own files only.

#[cfg(target_os = "linux")]
use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};
use std::{
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicU32,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::{Duration, Instant},
};

use tokio::{task::spawn_blocking, time::timeout};
use tt_record::{Problem, ProblemKind};

/// What takes longer than this, and than bytes take at [`SLOW_RATE`], is slow.
const SLOW: Duration = Duration::from_millis(5);

/// Bytes a second.
const SLOW_RATE: u64 = 100 << 20;

/// Bytes a second below which a read has to stay for a long time to be given up.
const HOPELESS_RATE: u64 = 64 << 10;

/// How much one slow piece of work weighs against quick ones, and how much of that makes a file system slow. One alone may be the
/// system's doing.
const WEIGHT: u32 = 8;
const IS_SLOW: u32 = 12;
const MOST: u32 = 64;

/// So many pieces of work that hang on a file system are enough: no more threads wait for it.
const HANGING: u32 = 32;

/// The file systems below which files are. Cheap to clone; all clones know the same.
#[derive(Clone, Debug)]
pub struct Disk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// How long a piece of work may take.
    patience: Duration,
    /// Those that are mounted below others first.
    mounts: Vec<Mount>,
}

/// A file system, and how quick it proved.
#[derive(Debug)]
struct Mount {
    path: PathBuf,
    /// Whether another machine, or a program, serves it.
    remote: bool,
    slowness: AtomicU32,
    /// Pieces of work that were given up, and have not returned.
    hanging: AtomicU32,
}

impl Disk {
    /// Gives work up that takes longer than `patience`.
    pub fn new(patience: Duration) -> Self {
        let mut mounts = mounts();
        // What is mounted last hides what was there before.
        mounts.reverse();
        mounts.push(Mount::new(PathBuf::new(), false));
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.path.as_os_str().len()));
        Self(Arc::new(Inner { patience, mounts }))
    }

    /// Does `work` on the file at `path`, which has so many bytes to read.
    pub async fn run<T: Send + 'static>(
        &self,
        path: &Path,
        bytes: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let Some(at) = self.0.mounts.iter().position(|mount| mount.holds(path)) else { return Ok(work()) };
        if self.0.mounts[at].is_quick() {
            return Ok(self.timed(at, bytes, work));
        }
        Box::pin(self.elsewhere(at, path, bytes, work)).await
    }

    fn timed<T>(&self, at: usize, bytes: u64, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        self.0.mounts[at].learn(started.elapsed(), bytes);
        done
    }

    async fn elsewhere<T: Send + 'static>(
        &self,
        at: usize,
        path: &Path,
        bytes: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (disk, mount) = (self.clone(), &self.0.mounts[at]);
        let patience = self.0.patience + Duration::from_secs(bytes / HOPELESS_RATE);
        if mount.hanging.load(Relaxed) >= HANGING {
            return Err(hangs(path, patience));
        }
        // Set by whichever comes first: the end of the work, or that of the patience.
        let over = Arc::<AtomicBool>::default();
        let doing = spawn_blocking({
            let (disk, over) = (disk.clone(), Arc::clone(&over));
            move || {
                let done = disk.timed(at, bytes, work);
                if over.swap(true, SeqCst) {
                    disk.0.mounts[at].hanging.fetch_sub(1, SeqCst);
                }
                done
            }
        });
        match timeout(patience, doing).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(e)) => Err(Problem::new(ProblemKind::Bug, format!("reading stopped by a bug: {e}"))),
            Err(_) => {
                // Counted before the other side may take it off again.
                mount.hanging.fetch_add(1, SeqCst);
                if over.swap(true, SeqCst) {
                    mount.hanging.fetch_sub(1, SeqCst);
                }
                Err(hangs(path, patience))
            }
        }
    }
}

impl Mount {
    fn new(path: PathBuf, remote: bool) -> Self {
        Self { path, remote, slowness: AtomicU32::new(0), hanging: AtomicU32::new(0) }
    }

    fn holds(&self, path: &Path) -> bool {
        let rest = path.as_os_str().as_bytes().strip_prefix(self.path.as_os_str().as_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest[0] == b'/' || self.path.parent().is_none())
    }

    fn is_quick(&self) -> bool {
        !self.remote && self.slowness.load(Relaxed) < IS_SLOW
    }

    /// Takes note of how long something took. Threads that do so at once may forget one of two: the next one shows.
    fn learn(&self, took: Duration, bytes: u64) {
        let before = self.slowness.load(Relaxed);
        let after = if took > SLOW + Duration::from_micros(bytes * 1_000_000 / SLOW_RATE) {
            (before + WEIGHT).min(MOST)
        } else {
            before.saturating_sub(1)
        };
        if after != before {
            self.slowness.store(after, Relaxed);
        }
    }
}

fn hangs(path: &Path, patience: Duration) -> Problem {
    let message =
        format!("{} can't be read: its file system has not answered for {patience:?}", path.display());
    Problem::new(ProblemKind::Timeout, message)
        .hint("check the mount (dmesg tells more); for storage that is slow to answer raise --timeout")
}

#[cfg(target_os = "linux")]
fn mounts() -> Vec<Mount> {
    /// File systems that another machine serves, or a program.
    const REMOTE: [&str; 22] = [
        "9p",
        "afs",
        "autofs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "fuse",
        "fuseblk",
        "glusterfs",
        "gpfs",
        "lustre",
        "nfs",
        "nfs4",
        "orangefs",
        "panfs",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
        "wekafs",
    ];
    let known = procfs::process::Process::myself().and_then(|own| own.mountinfo());
    // Where nobody tells, the time that work takes shows which of them are slow.
    let known = known.map(|mounts| mounts.0).unwrap_or_default();
    let mount = |mount: procfs::process::MountInfo| {
        let kind = mount.fs_type.split('.').next().unwrap_or_default();
        Mount::new(unescaped(&mount.mount_point), REMOTE.contains(&kind))
    };
    known.into_iter().map(mount).collect()
}

/// A path as it is: the list of mounts has blanks and the like as octal numbers.
#[cfg(target_os = "linux")]
fn unescaped(path: &Path) -> PathBuf {
    let (mut rest, mut bytes) = (path.as_os_str().as_bytes(), Vec::new());
    while let Some((&first, after)) = rest.split_first() {
        let octal = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let octal = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(|_| first == b'\\');
        bytes.push(octal.unwrap_or(first));
        rest = if octal.is_some() { &after[3..] } else { after };
    }
    OsString::from_vec(bytes).into()
}

#[cfg(not(target_os = "linux"))]
fn mounts() -> Vec<Mount> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const PATH: &str = "/somewhere/file";

    fn disk() -> Disk {
        let mounts = vec![Mount::new("/hangs".into(), true), Mount::new(PathBuf::new(), false)];
        Disk(Arc::new(Inner { patience: Duration::from_millis(50), mounts }))
    }

    async fn thread_of(disk: &Disk, takes: Duration) -> thread::ThreadId {
        let work = move || {
            thread::sleep(takes);
            thread::current().id()
        };
        disk.run(Path::new(PATH), 0, work).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_slow_is_done_by_another_thread_until_it_is_quick_again() {
        let (disk, own) = (disk(), thread::current().id());
        assert_eq!(thread_of(&disk, Duration::ZERO).await, own);
        for _ in 0..2 {
            assert_eq!(thread_of(&disk, SLOW * 2).await, own, "one is none");
        }
        assert_ne!(thread_of(&disk, SLOW * 2).await, own);
        for _ in 0..MOST {
            thread_of(&disk, Duration::ZERO).await;
        }
        assert_eq!(thread_of(&disk, Duration::ZERO).await, own);
    }

    #[tokio::test]
    async fn what_hangs_is_given_up_and_stops_nothing_else() {
        let disk = disk();
        let hang = || thread::sleep(Duration::from_secs(1));
        for _ in 0..3 {
            let problem = disk.run(Path::new("/hangs/file"), 0, hang).await.unwrap_err();
            assert!(problem.message.contains("has not answered"), "{problem}");
        }
        assert_eq!(thread_of(&disk, Duration::ZERO).await, thread::current().id());
    }

    #[test]
    fn a_file_is_below_the_mount_that_is_nearest() {
        let holds = |mount: &str, path: &str| Mount::new(mount.into(), false).holds(Path::new(path));
        assert!(holds("", "/a") && holds("/", "/a") && holds("/a", "/a") && holds("/a", "/a/b"));
        assert!(!holds("/a", "/ab") && !holds("/a/b", "/a"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn mount_points_are_read_as_they_are() {
        assert_eq!(unescaped(Path::new("/a\\040b\\134c/d")), Path::new("/a b\\c/d"));
        assert_eq!(unescaped(Path::new("/a\\04")), Path::new("/a\\04"));
    }

    #[test]
    fn the_mounts_are_known() {
        if cfg!(target_os = "linux") {
            assert!(mounts().iter().any(|mount| mount.path == Path::new("/")));
        }
    }
}
