//! A file system on a disk that breaks: reading, listing or looking at some of it fails with EIO.

use std::{
    ffi::OsStr,
    path::Path,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, Generation, INodeNo,
    LockOwner, MountOption, OpenFlags, ReplyAttr, ReplyData, ReplyDirectory, ReplyEntry, Request,
};

/// The kernel asks anew each time.
const NOT_KEPT: Duration = Duration::ZERO;

/// What lies at the top of the disk. There is nothing below.
#[derive(Clone, Copy, Debug)]
pub enum Spot {
    /// A file of this size, whose bytes can be read up to the second number.
    File(u64, u64),
    /// A file of this size that is never read to an end.
    Hangs(u64),
    /// A file that is listed, and can't be looked at.
    Blind,
    /// A directory that can't be listed.
    Directory,
}

impl Spot {
    /// A file without any fault.
    pub fn sound(size: u64) -> Self {
        Self::File(size, size)
    }

    /// The same without its fault.
    #[must_use]
    pub fn mended(self) -> Self {
        if let Self::File(size, _) = self { Self::sound(size) } else { self }
    }

    fn kind(self) -> FileType {
        if matches!(self, Self::Directory) { FileType::Directory } else { FileType::RegularFile }
    }
}

/// Such a disk, mounted until it is dropped.
pub struct BrokenDisk {
    _session: BackgroundSession,
}

impl BrokenDisk {
    /// Mounts it on an empty directory; says so, and gives none, where nothing can be mounted.
    pub fn mount(at: &Path, spots: &[(&'static str, Spot)]) -> Option<Self> {
        let disk = Disk {
            spots: spots.to_vec(),
            made: SystemTime::now() - Duration::from_hours(1),
            hanging: Mutex::default(),
        };
        let mut config = Config::default();
        config.mount_options = vec![MountOption::RO, MountOption::FSName("broken".to_owned())];
        match fuser::spawn_mount(disk, at, &config) {
            Ok(session) => Some(Self { _session: session }),
            Err(e) => {
                eprintln!("SKIPPED: no file system can be mounted here: {e}");
                None
            }
        }
    }

    /// The byte at an offset of any file.
    pub fn byte(offset: u64) -> u8 {
        u8::try_from(offset % 251).unwrap()
    }
}

struct Disk {
    spots: Vec<(&'static str, Spot)>,
    made: SystemTime,
    /// Reads that are not answered as long as it is mounted.
    hanging: Mutex<Vec<ReplyData>>,
}

impl Disk {
    /// The root is 1, and the spots follow.
    fn spot(&self, inode: INodeNo) -> Option<Spot> {
        let index = usize::try_from(inode.0).ok()?.checked_sub(2)?;
        self.spots.get(index).map(|(_, spot)| *spot)
    }

    fn attributes(&self, inode: INodeNo) -> Option<FileAttr> {
        let root = inode == INodeNo::ROOT;
        let spot = if root { Spot::Directory } else { self.spot(inode)? };
        let size = if let Spot::File(size, _) | Spot::Hangs(size) = spot { size } else { 0 };
        Some(FileAttr {
            ino: inode,
            size,
            blocks: size.div_ceil(512),
            atime: self.made,
            mtime: self.made,
            ctime: self.made,
            crtime: self.made,
            kind: spot.kind(),
            perm: 0o755,
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }
}

impl Filesystem for Disk {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let found = (2..).zip(&self.spots).find(|(_, (own, _))| OsStr::new(own) == name);
        match found.map(|(inode, (_, spot))| (self.attributes(INodeNo(inode)), spot)) {
            Some((_, Spot::Blind)) => reply.error(Errno::EIO),
            Some((Some(attributes), _)) => reply.entry(&NOT_KEPT, &attributes, Generation(0)),
            _ => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.attributes(inode) {
            Some(attributes) => reply.attr(&NOT_KEPT, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn read(
        &self,
        _: &Request,
        inode: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let (length, sound) = match self.spot(inode) {
            Some(Spot::File(length, sound)) => (length, sound),
            Some(Spot::Hangs(_)) => return self.hanging.lock().unwrap().push(reply),
            _ => return reply.error(Errno::EIO),
        };
        let end = length.min(offset + u64::from(size));
        if end > sound {
            return reply.error(Errno::EIO);
        }
        reply.data(&(offset..end).map(BrokenDisk::byte).collect::<Vec<_>>());
    }

    fn readdir(&self, _: &Request, inode: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        if inode != INodeNo::ROOT {
            return reply.error(Errno::EIO);
        }
        let skipped = usize::try_from(offset).unwrap();
        for (number, (name, spot)) in (0..).zip(&self.spots).skip(skipped) {
            if reply.add(INodeNo(number + 2), number + 1, spot.kind(), name) {
                break;
            }
        }
        reply.ok();
    }
}
