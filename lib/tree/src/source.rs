//! One open file, read in such a way that what was read is known to be one state of it.
//!
//! The order that makes it so: open, wait out [`SourceFile::settle_time`] and open anew if there is any, read, then ask
//! [`SourceFile::unchanged`]. Only after a yes may anything that was read count.
//!
//! What a yes can't say: that no other process wrote through a mapping of the file into memory (mmap) that it had before the
//! file was opened. The system notes the time of such a write only where it is the first since the page was last written
//! to the disk.

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
    Manner,
    cause::{failed, is_absent, lacks_descriptors, reason},
    fence::Miss,
    manner::Look,
    stat::{Attributes, Fingerprint},
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
    manner: Manner,
    at_open: Look,
    attributes: Attributes,
    /// Whether change times on its file system say nothing.
    restless: bool,
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
        Self::open_as(path, &Manner::default())
    }

    /// The same, as `manner` says.
    pub fn open_as(path: &Path, manner: &Manner) -> Result<Self, OpenError> {
        let file = open(path, manner)?;
        // Before the stat, so that the age of the last change comes out too young rather than too old.
        let now = SystemTime::now();
        let stat = file.metadata().map_err(|e| cannot_open(path, &e))?;
        if !stat.is_file() {
            return Err(OpenError::Failed(not_a_file(path)));
        }
        let at_open = Look::new(Fingerprint::from(&stat), now);
        let restless =
            manner.ignores_inode() || at_open.is_dated_now() && manner.is_restless(&file, path, at_open);
        let state = at_open.state;
        let last_change = if restless { state.mtime_nanos() } else { state.ctime_nanos() };
        Ok(Self {
            path: path.into(),
            file,
            manner: manner.clone(),
            at_open,
            attributes: Attributes::from(&stat),
            restless,
            settle: settle_time(last_change, now),
            past_the_cache: false,
            content: None,
        })
    }

    /// Where it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its size when it was opened.
    pub fn size(&self) -> u64 {
        self.at_open.state.size
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
                Ok(0) => return Err(self.ended(offset)),
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
    /// growth, removal, and another file in its place all show. Fails where the file has more bytes than it says, which
    /// nothing but reading on can tell.
    ///
    /// On a network filesystem a write by another machine shows only as soon as the client learns of it, which for NFS
    /// means after its attribute cache has run out.
    pub fn unchanged(&self) -> Result<bool, Problem> {
        // Before the look, so that bytes that were only just written show as a change.
        let goes_on = self.goes_on()?;
        let unchanged = self.is_as_it_was()?;
        if unchanged && goes_on {
            return Err(self.untrue_size("has more"));
        }
        Ok(unchanged)
    }

    /// Fails where the size is known to be untrue, for those who go by it without reading the file.
    pub fn check_size(&self) -> Result<(), Problem> {
        self.unchanged()?;
        match self.size().checked_sub(1).map(|last| self.read_exact_at(&mut [0], last)) {
            Some(Err(ReadError::Failed(problem))) => Err(problem),
            _ => Ok(()),
        }
    }

    /// Whether there is a byte where the file ends.
    fn goes_on(&self) -> Result<bool, Problem> {
        loop {
            match self.file.read_at(&mut [0], self.size()) {
                Ok(read) => return Ok(read > 0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_stale(&error) => return Ok(false),
                Err(error) => return Err(self.unreadable(self.size(), &error)),
            }
        }
    }

    fn is_as_it_was(&self) -> Result<bool, Problem> {
        let found = match self.manner.fence() {
            None => fs::metadata(&self.path).map_err(Miss::Io),
            Some(fence) => fence.look(&self.path),
        };
        match found {
            Ok(stat) => {
                let now = Fingerprint::from(&stat);
                Ok(now == self.at_open.state || self.differs_in_what_is_not_kept(now))
            }
            Err(Miss::Outside(_)) => Ok(false),
            Err(Miss::Io(error)) if is_absent(&error) || is_stale(&error) => Ok(false),
            Err(Miss::Io(error)) => Err(failed(ProblemKind::Io, "look again at", &self.path, &error)),
        }
    }

    /// Whether a state differs in nothing but what this file system does not keep.
    fn differs_in_what_is_not_kept(&self, now: Fingerprint) -> bool {
        let then = self.at_open.state;
        if !now.has_content_of(&then) {
            return false;
        }
        if self.manner.ignores_inode() {
            return true;
        }
        let same_ctime = now.ctime_nanos() == then.ctime_nanos()
            || self.restless
            || self.manner.learns_restless(&self.file, &self.at_open, &Look::new(now, SystemTime::now()));
        same_ctime && (now.file == then.file || self.has_no_lasting_inode())
    }

    /// Whether the descriptor itself is of another inode than when it was opened, which no change of the file can be.
    fn has_no_lasting_inode(&self) -> bool {
        self.file.metadata().is_ok_and(|stat| Fingerprint::from(&stat).file != self.at_open.state.file)
    }

    /// It gave no byte at an offset.
    fn ended(&self, offset: u64) -> ReadError {
        if offset >= self.size() {
            return ReadError::Changed;
        }
        match self.is_as_it_was() {
            Ok(true) => ReadError::Failed(self.untrue_size("has fewer")),
            Ok(false) => ReadError::Changed,
            Err(problem) => ReadError::Failed(problem),
        }
    }

    fn untrue_size(&self, truth: &str) -> Problem {
        let message = format!("{} says it has {} bytes, and {truth}", self.path.display(), self.size());
        Problem::new(ProblemKind::Unreadable, message).hint(
            "its file system gives sizes that aren't true, as /proc and /sys do: copy it to an ordinary file, or leave it out with --exclude",
        )
    }

    fn read_failed(&self, offset: u64, error: &io::Error) -> ReadError {
        if is_stale(error) { ReadError::Changed } else { ReadError::Failed(self.unreadable(offset, error)) }
    }

    fn unreadable(&self, offset: u64, error: &io::Error) -> Problem {
        let message = format!("can't read {} at byte {offset}: {}", self.path.display(), reason(error));
        let hint = "check the disk or the mount (dmesg tells more), then run the same command again";
        Problem::new(ProblemKind::Io, message).hint(hint)
    }
}

/// Whether the file was removed on the server while it was open here.
fn is_stale(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::StaleNetworkFileHandle
}

fn open(path: &Path, manner: &Manner) -> Result<File, OpenError> {
    if let Some(fence) = manner.fence() {
        return match fence.open(path) {
            Ok(file) => file.ok_or_else(|| OpenError::Failed(not_a_file(path))),
            Err(Miss::Outside(problem)) => Err(OpenError::Failed(problem)),
            Err(Miss::Io(error)) => Err(cannot_open(path, &error)),
        };
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()));
    Ok(File::from(opened.map_err(|e| cannot_open(path, &e.into()))?))
}

fn settle_time(changed_nanos: i128, now: SystemTime) -> Duration {
    let Some(now) = now.duration_since(UNIX_EPOCH).ok().and_then(|now| i128::try_from(now.as_nanos()).ok())
    else {
        return Duration::ZERO;
    };
    let whole_seconds = changed_nanos % 1_000_000_000 == 0;
    let tick = if whole_seconds { COARSE_TICK } else { TICK };
    let age = now - changed_nanos;
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
