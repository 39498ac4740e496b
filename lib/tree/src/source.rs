//! One open file, read in such a way that what was read is known to be one state of it.
//!
//! The order that makes it so: open, wait out [`SourceFile::settle_time`] and open anew if there is any, read, then ask
//! [`SourceFile::unchanged`]. Only after a yes may anything that was read count.

mod ahead;
mod uncached;

use std::{
    fs::{self, File},
    io,
    num::NonZeroU64,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::Timestamp;
use rustix::fs::{Mode, OFlags};
use tt_record::{Problem, ProblemKind};

use crate::{
    cause::{failed, is_absent, lacks_descriptors, reason},
    stat::{Attributes, FileId, Fingerprint},
};

/// Longer than one tick of any kernel's file clock: the slowest have 10 ms.
const TICK: Duration = Duration::from_millis(20);
/// The same where times have whole seconds, or, on FAT, every other second.
const COARSE_TICK: Duration = Duration::from_millis(2020);

/// One regular file, open for reading. Holds one descriptor. Any number of threads may read from it at once.
#[derive(Debug)]
pub struct SourceFile {
    path: PathBuf,
    file: File,
    at_open: Fingerprint,
    attributes: Attributes,
    settle: Duration,
    past_the_cache: bool,
    /// All of it, where it is small and was at hand.
    content: Option<Box<[u8]>>,
}

/// Why a file was not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Neither this process nor the system may have more files open just now: once others are closed it may go well.
    TooMany(Problem),
    /// It can't be opened.
    Failed(Problem),
}

impl From<OpenError> for Problem {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::TooMany(problem) | OpenError::Failed(problem) => problem,
        }
    }
}

/// Why bytes could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The file is shorter than it was, or no longer there: it must be opened anew.
    Changed,
    /// Reading failed.
    Failed(Problem),
}

impl SourceFile {
    /// Opens the file, following links, and takes note of its state. What is not a regular file is refused, and can't
    /// make this wait: a FIFO that took the file's place is not waited for.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let opened = rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()));
        let file = File::from(opened.map_err(|e| cannot_open(path, &e.into()))?);
        // Before the stat, so that the age of the last change comes out too young rather than too old.
        let now = SystemTime::now();
        let stat = file.metadata().map_err(|e| cannot_open(path, &e))?;
        if !stat.is_file() {
            return Err(OpenError::Failed(not_a_file(path)));
        }
        let at_open = Fingerprint::from(&stat);
        let settle = settle_time(at_open.ctime_nanos(), now);
        Ok(Self {
            path: path.into(),
            file,
            at_open,
            attributes: Attributes::from(&stat),
            settle,
            past_the_cache: false,
            content: None,
        })
    }

    /// Where it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which file it is.
    pub(crate) fn id(&self) -> FileId {
        self.at_open.file
    }

    /// Its size when it was opened.
    pub fn size(&self) -> u64 {
        self.at_open.size
    }

    /// Its modification time when it was opened.
    pub fn mtime(&self) -> Timestamp {
        self.attributes.mtime
    }

    /// Its attributes when it was opened.
    pub fn attributes(&self) -> Attributes {
        self.attributes
    }

    /// How long to leave the file alone before opening it *anew*, because it had changed just before it was opened; zero
    /// if what this file gives can be trusted.
    ///
    /// A filesystem notes the time of a change in ticks of some milliseconds. Where two writes fall into one tick, the
    /// second leaves the times as the first had set them. So a file that was opened between the two, and read before and
    /// after the second, would be a mixture that [`unchanged`](Self::unchanged) can't see. Once the tick is over, every
    /// write shows.
    ///
    /// A change that lies in the future by more than a tick was noted by another machine's clock, such as an NFS
    /// server's; waiting for it would prove nothing.
    pub fn settle_time(&self) -> Duration {
        self.settle
    }

    /// Makes use of the time until it is read: has the disk read so many bytes of it, where it is not in the cache.
    #[must_use]
    pub fn ahead(mut self, length: u64) -> Self {
        self.content = ahead::read(&self.file, self.size());
        if self.content.is_none() {
            self.will_need(0, self.size().min(length));
        }
        self
    }

    /// Tells the kernel that these bytes are about to be read, so that the disk is at work meanwhile.
    pub fn will_need(&self, offset: u64, length: u64) {
        // Only advice: a filesystem that does not take it reads as well.
        #[cfg(target_os = "linux")]
        if !self.past_the_cache {
            let _ = rustix::fs::fadvise(
                &self.file,
                offset,
                NonZeroU64::new(length),
                rustix::fs::Advice::WillNeed,
            );
        }
    }

    /// Leaves the system's cache of files to others: what this reads is not kept there, while what was there before stays
    /// where the system can tell the two apart (Linux from 6.14 on, on most filesystems).
    #[must_use]
    pub fn past_the_cache(mut self) -> Self {
        self.past_the_cache = true;
        self
    }

    /// Fills `buffer` with the bytes from `offset` on.
    pub fn read_exact_at(&self, mut buffer: &mut [u8], mut offset: u64) -> Result<(), ReadError> {
        while !buffer.is_empty() {
            match self.read_at(buffer, offset) {
                Ok(0) => return Err(ReadError::Changed),
                Ok(length) => {
                    buffer = &mut buffer[length..];
                    offset += length as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.read_failed(offset, &error)),
            }
        }
        Ok(())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if let Some(content) = &self.content {
            let rest =
                usize::try_from(offset).ok().and_then(|offset| content.get(offset..)).unwrap_or_default();
            let length = rest.len().min(buffer.len());
            buffer[..length].copy_from_slice(&rest[..length]);
            Ok(length)
        } else if self.past_the_cache {
            uncached::read_at(&self.file, buffer, offset)
        } else {
            self.file.read_at(buffer, offset)
        }
    }

    /// Whether the path still leads to this file, and it is as it was when opened: one stat(2). A write, truncation,
    /// growth, removal, and another file in its place all show.
    ///
    /// On a network filesystem a write by another machine shows only as soon as the client learns of it, which for NFS
    /// means after its attribute cache has run out.
    pub fn unchanged(&self) -> Result<bool, Problem> {
        match fs::metadata(&self.path) {
            Ok(stat) => Ok(Fingerprint::from(&stat) == self.at_open),
            Err(error) if is_absent(&error) || is_stale(&error) => Ok(false),
            Err(error) => Err(failed(ProblemKind::Io, "look again at", &self.path, &error)),
        }
    }

    fn read_failed(&self, offset: u64, error: &io::Error) -> ReadError {
        if is_stale(error) {
            return ReadError::Changed;
        }
        let message = format!("can't read {} at byte {offset}: {}", self.path.display(), reason(error));
        let hint = "check the disk or the mount (dmesg tells more), then run the same command again";
        ReadError::Failed(Problem::new(ProblemKind::Io, message).hint(hint))
    }
}

/// Whether the file was removed on the server while it was open here.
fn is_stale(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::StaleNetworkFileHandle
}

fn settle_time(ctime_nanos: i128, now: SystemTime) -> Duration {
    let Some(now) = now.duration_since(UNIX_EPOCH).ok().and_then(|now| i128::try_from(now.as_nanos()).ok())
    else {
        return Duration::ZERO;
    };
    let whole_seconds = ctime_nanos % 1_000_000_000 == 0;
    let tick = if whole_seconds { COARSE_TICK } else { TICK };
    let age = now - ctime_nanos;
    let remaining = i128::try_from(tick.as_nanos()).unwrap_or_default() - age;
    let elsewhere = -age > i128::try_from(tick.as_nanos()).unwrap_or_default();
    match u64::try_from(remaining) {
        Ok(nanos) if !elsewhere => Duration::from_nanos(nanos),
        _ => Duration::ZERO,
    }
}

fn cannot_open(path: &Path, error: &io::Error) -> OpenError {
    if is_absent(error) {
        let problem = Problem::new(ProblemKind::NoSource, format!("{} no longer exists", path.display()));
        let hint = "if it was meant to go, nothing is to be done; otherwise put it back and plan anew";
        return OpenError::Failed(problem.hint(hint));
    }
    let problem = failed(ProblemKind::Unreadable, "open", path, error);
    if lacks_descriptors(error) { OpenError::TooMany(problem) } else { OpenError::Failed(problem) }
}

fn not_a_file(path: &Path) -> Problem {
    Problem::new(ProblemKind::Unreadable, format!("{} is not a regular file any more", path.display()))
        .hint("something else took its place since it was planned; plan anew")
}

#[cfg(test)]
mod tests;
