//! A file system that keeps less than others: sizes, inode numbers, change times or bytes are not what they seem.

use std::{
    ffi::OsStr,
    path::Path,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, LockOwner, MountOption, OpenFlags, ReplyAttr, ReplyData, ReplyDirectory, ReplyEntry, ReplyOpen,
    Request,
};

/// The kernel asks each time.
const NOT_KEPT: Duration = Duration::ZERO;

/// In what it is odd. All files have the same content, of [`OddDisk::SIZE`] bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Oddity {
    /// So many bytes more, or fewer, than there are.
    pub size: i64,
    /// Another inode number at each look.
    pub inode: bool,
    /// Change times.
    pub ctime: ChangeTime,
    /// Each reading of a block gives other bytes than the one before, which no time and no size shows.
    pub bytes: bool,
}

/// What change times are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChangeTime {
    /// What they should be.
    #[default]
    Kept,
    /// Those of the look.
    Now,
    /// The same in whole seconds.
    NowInSeconds,
}

/// Such a file system, mounted until it is dropped.
pub struct OddDisk {
    _session: BackgroundSession,
}

impl OddDisk {
    /// The size of each file: some parts of the least size.
    pub const SIZE: u64 = 12 << 20;

    /// Mounts it on an empty directory; says so, and gives none, where nothing can be mounted.
    pub fn mount(at: &Path, oddity: Oddity, files: &[&'static str]) -> Option<Self> {
        let made = SystemTime::now() - Duration::from_hours(1);
        let disk = Disk { oddity, files: files.to_vec(), made, count: AtomicU64::new(1000) };
        let mut config = Config::default();
        config.mount_options = vec![MountOption::RO, MountOption::FSName("odd".to_owned())];
        match fuser::spawn_mount(disk, at, &config) {
            Ok(session) => Some(Self { _session: session }),
            Err(e) => {
                eprintln!("SKIPPED: no file system can be mounted here: {e}");
                None
            }
        }
    }
}

struct Disk {
    oddity: Oddity,
    files: Vec<&'static str>,
    made: SystemTime,
    count: AtomicU64,
}

impl Disk {
    fn next(&self) -> u64 {
        self.count.fetch_add(1, Relaxed)
    }

    /// The root is 1, and the files follow.
    fn attributes(&self, inode: INodeNo) -> FileAttr {
        let root = inode == INodeNo::ROOT;
        let size = if root { 0 } else { OddDisk::SIZE.saturating_add_signed(self.oddity.size) };
        let ctime = match self.oddity.ctime {
            ChangeTime::Kept => self.made,
            ChangeTime::Now => SystemTime::now(),
            ChangeTime::NowInSeconds => {
                let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
                SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
            }
        };
        FileAttr {
            ino: if self.oddity.inode && !root { INodeNo(self.next()) } else { inode },
            size,
            blocks: size.div_ceil(512),
            atime: self.made,
            mtime: self.made,
            ctime,
            crtime: self.made,
            kind: if root { FileType::Directory } else { FileType::RegularFile },
            perm: 0o755,
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        }
    }
}

impl Filesystem for Disk {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match (2..).zip(&self.files).find(|(_, own)| OsStr::new(own) == name) {
            // What the kernel goes by is always the same; what it tells is not.
            Some((inode, _)) => {
                let mut attributes = self.attributes(INodeNo(inode));
                attributes.ino = INodeNo(inode);
                reply.entry(&NOT_KEPT, &attributes, Generation(0));
            }
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        reply.attr(&NOT_KEPT, &self.attributes(inode));
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let length = OddDisk::SIZE.saturating_sub(offset).min(u64::from(size));
        let byte = if self.oddity.bytes { u8::try_from(self.next() % 256).unwrap() } else { 7 };
        reply.data(&vec![byte; usize::try_from(length).unwrap()]);
    }

    fn readdir(&self, _: &Request, _: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let skipped = usize::try_from(offset).unwrap();
        for (number, name) in (0..).zip(&self.files).skip(skipped) {
            if reply.add(INodeNo(number + 2), number + 1, FileType::RegularFile, name) {
                break;
            }
        }
        reply.ok();
    }
}
