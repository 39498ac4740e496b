//! What lies in the endpoint's directory, read by the layout that tt-lab documents: no S3, and nothing of the tools.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Read,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// How much of two files is compared at a time.
const BLOCK: usize = 1 << 20;

/// A bucket on disk.
pub struct Stored {
    directory: PathBuf,
}

impl Stored {
    /// The bucket whose directory this is.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The records of all objects, by key.
    pub fn objects(&self) -> BTreeMap<String, Value> {
        json_files(&self.directory.join("objects"))
            .map(|object| (object["key"].as_str().unwrap().to_owned(), object))
            .collect()
    }

    /// The files that hold the objects' bytes, by key.
    pub fn bodies(&self) -> BTreeMap<String, PathBuf> {
        self.objects().into_iter().map(|(key, object)| (key, self.place(&object))).collect()
    }

    /// All keys.
    pub fn keys(&self) -> BTreeSet<String> {
        self.objects().into_keys().collect()
    }

    /// The file that holds an object's bytes.
    #[track_caller]
    pub fn body(&self, key: &str) -> PathBuf {
        let objects = self.objects();
        let object = objects.get(key).unwrap_or_else(|| panic!("{key:?} is not stored"));
        self.place(object)
    }

    /// An object's bytes.
    #[track_caller]
    pub fn bytes(&self, key: &str) -> Vec<u8> {
        fs::read(self.body(key)).unwrap()
    }

    /// How many multipart uploads are unfinished.
    pub fn uploads(&self) -> usize {
        json_files(&self.directory.join("uploads")).filter(|record| record["key"].is_string()).count()
    }

    /// Fails the test unless the bucket holds exactly these objects, each byte for byte its file.
    #[track_caller]
    pub fn expect(&self, files: &BTreeMap<String, PathBuf>) {
        let objects = self.objects();
        let (found, expected) = (objects.keys().collect::<Vec<_>>(), files.keys().collect::<Vec<_>>());
        assert!(found == expected, "stored are {found:#?}, and not {expected:#?}");
        for (key, path) in files {
            assert!(same(&self.place(&objects[key]), path), "{key:?} is not {}", path.display());
        }
    }

    /// Flips one bit in the middle of an object's bytes.
    #[track_caller]
    pub fn flip_bit(&self, key: &str) {
        flip_bit(&self.body(key));
    }

    fn place(&self, object: &Value) -> PathBuf {
        self.directory.join("bodies").join(object["body"].as_str().unwrap())
    }
}

/// Flips one bit in the middle of a file.
fn flip_bit(path: &Path) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let middle = file.metadata().unwrap().len() / 2;
    let mut byte = [0];
    file.read_exact_at(&mut byte, middle).unwrap();
    file.write_all_at(&[byte[0] ^ 1], middle).unwrap();
}

fn json_files(directory: &Path) -> impl Iterator<Item = Value> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        // One that is gone meanwhile is a part of an upload that was just completed.
        .filter_map(|path| fs::read(path).ok())
        .map(|bytes| serde_json::from_slice(&bytes).unwrap())
}

/// Whether two files hold the same bytes.
fn same(left: &Path, right: &Path) -> bool {
    let (mut left, mut right) = (File::open(left).unwrap(), File::open(right).unwrap());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    loop {
        let (one, other) = (block(&mut left, &mut ours), block(&mut right, &mut theirs));
        if one != other || ours != theirs {
            return false;
        }
        if one == 0 {
            return true;
        }
    }
}

fn block(file: &mut File, buffer: &mut Vec<u8>) -> usize {
    buffer.clear();
    file.take(BLOCK as u64).read_to_end(buffer).unwrap()
}
