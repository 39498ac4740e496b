//! Where a file is to be written, and whether what is there may be written to: in a directory that others may write to,
//! another user may have put a link there, or a FIFO.

use std::{
    fs::{self, File, Metadata},
    io::{self, Write},
    os::{
        fd::AsFd,
        unix::fs::{FileTypeExt as _, MetadataExt as _},
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::{Mode, OFlags},
    process::geteuid,
};

/// How many links may follow each other.
const LINKS: usize = 40;

/// What is at a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A regular file, a link that is not followed, or nothing: a new file can take its place.
    File,
    /// An open descriptor of this process, such as /dev/stdout.
    Descriptor(u32),
    /// A device, a FIFO or a socket. It has to stay what it is.
    Other,
}

/// Looks what is at a path. Fails where it is a directory, or something that another user may have put there.
pub(crate) fn place(path: &Path) -> io::Result<Place> {
    if let Some(descriptor) = descriptor(path) {
        return Ok(Place::Descriptor(descriptor));
    }
    let there = match path.symlink_metadata() {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Place::File),
        there => there?,
    };
    let is_mine = is_mine(path, &there);
    if there.is_symlink() && !is_mine {
        return Ok(Place::File);
    }
    match path.metadata() {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Place::File),
        Err(e) => Err(e),
        Ok(target) if target.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(target) if target.is_file() => Ok(Place::File),
        Ok(_) if is_mine => Ok(Place::Other),
        Ok(_) => Err(not_mine()),
    }
}

/// Opens what is no regular file, to write to it.
pub(crate) fn write_through(path: &Path, place: &Place) -> io::Result<Box<dyn Write + Send>> {
    let standard = match place {
        // Another description of the same file would write over what goes there otherwise.
        Place::Descriptor(1) => Some(io::stdout().as_fd().try_clone_to_owned()?),
        Place::Descriptor(2) => Some(io::stderr().as_fd().try_clone_to_owned()?),
        _ => None,
    };
    if let Some(standard) = standard {
        return Ok(Box::new(File::from(standard)));
    }
    let is_descriptor = matches!(place, Place::Descriptor(_));
    let flags = if is_descriptor { OFlags::APPEND } else { OFlags::empty() };
    let file = File::from(rustix::fs::open(
        path,
        OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY | flags,
        Mode::empty(),
    )?);
    // It may have been exchanged in between.
    if !is_descriptor && file.metadata()?.is_file() {
        return Err(not_mine());
    }
    Ok(Box::new(file))
}

/// Opens a regular file that is kept and written to again and again, such as a log or a lock; makes it if it is not there. A link
/// at its path is followed only where no other user can have put it there.
pub fn open_kept(path: &Path, options: &mut fs::OpenOptions) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let followed = path.symlink_metadata().is_ok_and(|there| there.is_symlink() && is_mine(path, &there));
    // What is a FIFO by now does not hang.
    let flags = OFlags::NONBLOCK | if followed { OFlags::empty() } else { OFlags::NOFOLLOW };
    let file = options.create(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let opened = file.metadata()?;
    let type_ = opened.file_type();
    let is_regular = opened.is_file() || type_.is_char_device() || type_.is_fifo();
    // A name of somebody else's file is no link that could be seen.
    let is_alone = opened.nlink() < 2 || is_mine(path, &opened);
    if is_regular && is_alone { Ok(file) } else { Err(not_mine()) }
}

/// Whether only this user and root can have put there what is at a path.
fn is_mine(path: &Path, there: &Metadata) -> bool {
    let is_trusted = |uid| uid == geteuid().as_raw() || uid == 0;
    is_trusted(there.uid()) || directory(path).metadata().is_ok_and(|directory| directory.mode() & 0o022 == 0)
}

fn not_mine() -> io::Error {
    let message = "it is no regular file, and another user may have put it there";
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The number of the open descriptor that a path leads to: /dev/stdout, /dev/fd/3, /proc/self/fd/3.
fn descriptor(path: &Path) -> Option<u32> {
    let mut path = PathBuf::from(path);
    for _ in 0..LINKS {
        let number = path.file_name()?.to_str()?.parse().ok();
        if let (Some(number), Ok(directory)) = (number, directory(&path).canonicalize())
            && (directory == Path::new("/dev/fd") || is_own_fd(&directory))
        {
            return Some(number);
        }
        let there = path.symlink_metadata().ok()?;
        let target = Some(path.read_link().ok()?).filter(|_| is_mine(&path, &there))?;
        path = directory(&path).join(target);
    }
    None
}

/// Whether this is where Linux has the descriptors of this process.
fn is_own_fd(directory: &Path) -> bool {
    let own = ["/proc/self/fd", "/proc/thread-self/fd"];
    own.iter().any(|own| Path::new(own).canonicalize().is_ok_and(|own| own == directory))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn descriptors_are_known_by_all_their_names() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        symlink("/dev/stdout", &link).unwrap();
        for (path, number) in
            [("/dev/stdout", 1), ("/dev/stderr", 2), ("/dev/fd/7", 7), ("/proc/self/fd/3", 3)]
        {
            if Path::new(path).parent().is_some_and(Path::exists) {
                assert_eq!(place(Path::new(path)).unwrap(), Place::Descriptor(number), "{path}");
            }
        }
        assert_eq!(place(&link).unwrap(), Place::Descriptor(1));
        assert_eq!(place(&dir.path().join("1")).unwrap(), Place::File);
    }

    #[test]
    fn a_kept_file_is_no_link_of_others() {
        let dir = tempfile::tempdir().unwrap();
        let (victim, link) = (dir.path().join("victim"), dir.path().join("log"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        // One's own link is followed.
        assert!(open_kept(&link, File::options().append(true)).is_ok());
        if geteuid().is_root() {
            fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o1777)).unwrap();
            std::os::unix::fs::lchown(&link, Some(65534), None).unwrap();
            assert!(open_kept(&link, File::options().append(true)).is_err());
            assert_eq!(place(&link).unwrap(), Place::File);
            let fifo = dir.path().join("fifo");
            rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, Mode::RUSR | Mode::WUSR).unwrap();
            assert_eq!(place(&fifo).unwrap(), Place::Other);
            std::os::unix::fs::lchown(&fifo, Some(65534), None).unwrap();
            assert!(place(&fifo).is_err());
        }
    }
}
