//! What is wrong with something in the tree.

use std::path::Path;

use tt_record::{Problem, ProblemKind, S3Url};

/// S3's limit on the length of a key, in bytes.
const LONGEST_KEY: usize = 1024;

/// A directory that was there, and was gone when it was to be read.
pub fn vanished(path: &Path) -> Problem {
    let message = format!("{} vanished while the tree was read", path.display());
    Problem::new(ProblemKind::Changing, message)
        .hint("its objects are left as they are this time: run the same command again")
}

/// A name that makes no key below `dest`, being too long.
pub fn too_long(dest: &S3Url, name: &str) -> Option<Problem> {
    let length = dest.key.len() + name.len();
    let message = || format!("the key would have {length} bytes, and S3 takes at most {LONGEST_KEY}");
    (length > LONGEST_KEY)
        .then(|| Problem::new(ProblemKind::Name, message()).hint("use shorter names or a shorter prefix"))
}
