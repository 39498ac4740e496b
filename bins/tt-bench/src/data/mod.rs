//! What is uploaded: named sets of files that are the same wherever they are made, or a directory of the user's own.

mod make;
mod sets;

use std::path::{Path, PathBuf};

use tt_record::{Problem, ProblemKind};
use walkdir::WalkDir;

pub(crate) use self::{
    make::{Making, make},
    sets::SetName,
};

/// Files on the disk that are to be uploaded.
#[derive(Clone, Debug)]
pub(crate) struct DataSet {
    pub(crate) name: String,
    /// What it is, in a few words.
    pub(crate) about: String,
    pub(crate) directory: PathBuf,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// How many requests with a body it takes at least, in parts of the size that most tools take.
    pub(crate) bodies: u64,
    /// Where its bytes come from, if it was made.
    pub(crate) seed: Option<u64>,
}

/// The part size that the AWS CLI begins with.
const USUAL_PART: u64 = 8 << 20;

impl DataSet {
    /// A directory that is there.
    pub(crate) fn of(directory: &Path) -> Result<Self, Problem> {
        let unreadable = |why: String| {
            Problem::new(
                ProblemKind::NoSource,
                format!("{} can't be measured with: {why}", directory.display()),
            )
            .hint("give --data-dir a directory with files in it")
        };
        let mut set = Self {
            name: directory.file_name().unwrap_or(directory.as_os_str()).to_string_lossy().into_owned(),
            about: "a directory of the user's own".to_owned(),
            directory: directory.to_owned(),
            files: 0,
            bytes: 0,
            bodies: 0,
            seed: None,
        };
        for entry in WalkDir::new(directory) {
            let entry = entry.map_err(|e| unreadable(e.to_string()))?;
            if entry.file_type().is_file() {
                set.count(entry.metadata().map_err(|e| unreadable(e.to_string()))?.len());
            }
        }
        if set.files == 0 {
            return Err(unreadable("it holds no files".to_owned()));
        }
        Ok(set)
    }

    fn count(&mut self, size: u64) {
        self.files += 1;
        self.bytes += size;
        self.bodies += size.div_ceil(USUAL_PART).max(1);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_directory_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        assert!(DataSet::of(dir.path()).unwrap_err().message.contains("no files"));
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(dir.path().join("sub/a"), "12345").unwrap();
        fs::write(dir.path().join("empty"), "").unwrap();
        let set = DataSet::of(dir.path()).unwrap();
        assert_eq!((set.files, set.bytes, set.bodies), (2, 5, 2));
        assert!(DataSet::of(&dir.path().join("missing")).is_err());
    }
}
