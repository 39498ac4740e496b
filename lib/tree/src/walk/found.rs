//! What the walk takes and what it gives.

use std::path::PathBuf;

use jiff::Timestamp;
use tt_record::{Problem, SkipReason};

use crate::Filter;

/// What becomes of symbolic links below the root. The root itself is always followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Symlinks {
    /// What a link leads to stands in its place.
    #[default]
    Follow,
    /// Each link is a [`Found::Skip`].
    Skip,
    /// Each link is a [`Found::Unknown`]: somebody has to decide.
    Error,
}

/// How to walk.
#[derive(Clone, Debug, Default)]
pub struct WalkOptions {
    /// What becomes of symbolic links.
    pub symlinks: Symlinks,
    /// What takes part. It decides before anything else: what it leaves out gives nothing at all.
    pub filter: Filter,
}

/// One thing in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A regular file. Whether it can be read is not known yet.
    File(FoundFile),
    /// Present, but no file to upload. What lies at its key, or below it, is not to be deleted.
    Skip {
        /// Absolute path.
        path: PathBuf,
        /// Key relative to the root; not exact where the name is not UTF-8.
        name: String,
        /// Why.
        why: SkipReason,
    },
    /// Something that could not be looked at, or can't be a key. Nothing may be concluded about `range`.
    Unknown {
        /// Absolute path.
        path: PathBuf,
        /// The keys that are not known.
        range: KeyRange,
        /// Why, and what to do.
        problem: Problem,
    },
}

/// A regular file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Absolute path, to open it.
    pub path: PathBuf,
    /// Key relative to the root.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// Modification time.
    pub mtime: Timestamp,
}

/// Keys, relative to the root, of which the local side is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRange {
    /// This key, and since it may be a directory, also all that begin with it and a `/`. It comes in the order of the
    /// key, so keys that are not in the range (`a.b`) may come before the last ones that are (`a/x`).
    Key(String),
    /// All that begin with this, which ends in `/`, or is empty for the whole tree. Files of the range that are known
    /// all the same come after it.
    Below(String),
    /// None: what is there can't have a key.
    None,
}

impl KeyRange {
    /// Whether the key is one of these.
    pub fn contains(&self, key: &str) -> bool {
        match self {
            Self::Key(name) => {
                key.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Self::Below(prefix) => key.starts_with(prefix.as_str()),
            Self::None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_knows_its_keys() {
        let key = KeyRange::Key("a".into());
        assert!(key.contains("a") && key.contains("a/x/y"));
        assert!(!key.contains("a.b") && !key.contains("b/a"));
        let below = KeyRange::Below("a/".into());
        assert!(below.contains("a/x") && !below.contains("a") && !below.contains("a.b"));
        assert!(KeyRange::Below(String::new()).contains("a") && !KeyRange::None.contains(""));
    }
}
