//! Trees to upload: files with content that can be told apart, and what else lies around in file systems.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, File},
    io::Write,
    os::unix::{fs::PermissionsExt, net::UnixListener},
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

/// Content is made once for each block of this size.
const BLOCK: usize = 1 << 20;

/// A directory, with the account of the files in it that can be uploaded.
pub struct Tree {
    /// Where it is.
    pub root: PathBuf,
    files: BTreeMap<String, PathBuf>,
}

impl Tree {
    pub(crate) fn new(root: PathBuf) -> Self {
        fs::create_dir_all(&root).unwrap();
        Self { root, files: BTreeMap::new() }
    }

    /// Adds a file, and the directories that lead to it.
    pub fn file(&mut self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.place(name);
        fs::write(&path, content).unwrap();
        self.files.insert(name.to_owned(), path.clone());
        path
    }

    /// Adds a file of some size, whose content repeats nowhere.
    pub fn sized(&mut self, name: &str, size: usize) -> PathBuf {
        let path = self.file(name, "");
        let mut block = noise(size.min(BLOCK), name.len() as u64 + size as u64);
        let mut file = File::create(&path).unwrap();
        for (index, offset) in (0..size).step_by(BLOCK).enumerate() {
            let length = BLOCK.min(size - offset);
            let mark = (index as u64).to_le_bytes();
            let marked = length.min(mark.len());
            block[..marked].copy_from_slice(&mark[..marked]);
            file.write_all(&block[..length]).unwrap();
        }
        path
    }

    /// Adds many small files below a directory.
    pub fn many(&mut self, directory: &str, count: usize) {
        for number in 0..count {
            self.file(&format!("{directory}/{number:05}"), format!("{directory} {number}"));
        }
    }

    /// Adds a link. It is no file of its own, unless [`Tree::also`] says so.
    pub fn link(&self, name: impl AsRef<OsStr>, to: &str) -> PathBuf {
        let path = self.place(name);
        std::os::unix::fs::symlink(to, &path).unwrap();
        path
    }

    /// Adds a FIFO.
    pub fn fifo(&self, name: &str) -> PathBuf {
        let path = self.place(name);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    /// Adds a socket.
    pub fn socket(&self, name: &str) -> PathBuf {
        let path = self.place(name);
        drop(UnixListener::bind(&path).unwrap());
        path
    }

    /// Adds a file that can't become an object.
    pub fn hopeless(&self, name: impl AsRef<OsStr>, content: &str) -> PathBuf {
        let path = self.place(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// What can be read by way of a link is an object too.
    pub fn also(&mut self, name: &str) {
        self.files.insert(name.to_owned(), self.root.join(name));
    }

    /// Removes a file.
    pub fn remove(&mut self, name: &str) {
        fs::remove_file(self.root.join(name)).unwrap();
        self.files.remove(name);
    }

    /// How many files can be uploaded.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// The objects that the tree becomes below a prefix.
    pub fn objects(&self, prefix: &str) -> BTreeMap<String, PathBuf> {
        self.files.iter().map(|(name, path)| (format!("{prefix}{name}"), path.clone())).collect()
    }

    fn place(&self, name: impl AsRef<OsStr>) -> PathBuf {
        let path = self.root.join(Path::new(name.as_ref()));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}

impl AsRef<OsStr> for Tree {
    fn as_ref(&self) -> &OsStr {
        self.root.as_os_str()
    }
}

/// Sets a file's permissions.
pub fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Sets when a file was modified.
pub fn set_modified(path: &Path, time: SystemTime) {
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

/// When a file was modified.
pub fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

/// Bytes without a pattern that a checksum could miss.
fn noise(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}
