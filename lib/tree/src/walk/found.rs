//! What the walk gives.

use std::path::PathBuf;

use jiff::Timestamp;
use tt_record::{Problem, SkipReason};

/// One thing in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A regular file. Whether it can be read is not known yet.
    File(FoundFile),
    /// Present, but no file to upload. What lies at its key, or below it, is not to be deleted.
    Skip {
        /// Absolute path.
        path: PathBuf,
        /// The keys that it keeps from deletion: none where its own name is not UTF-8, whatever the root's path is.
        range: KeyRange,
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
    /// Left out because the options say so, below a directory that does take part: what is there has not been looked
    /// at, and is not to be deleted. Nothing is wrong. What the *filter* leaves out gives nothing at all, since the
    /// filter can be asked.
    LeftOut {
        /// The keys that were left out.
        range: KeyRange,
    },
    /// Was in its directory when that was read, and is gone now. Somebody may have meant it to go, or is just putting
    /// something else in its place: it is neither to be uploaded nor to be deleted this time.
    Vanished {
        /// Absolute path, where nothing is any more.
        path: PathBuf,
        /// [`KeyRange::Key`] of a file, [`KeyRange::Below`] of a directory.
        range: KeyRange,
    },
}

/// A regular file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Key relative to the root. [`Root::path`](super::Root::path) makes a path of it: most files are never opened.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// Modification time.
    pub mtime: Timestamp,
}

/// Keys, relative to the root, of which the local side is not known.
///
/// Ranges come in the order of their first keys, but for two that come when they show: if the sorted names of a huge
/// directory can't be read back, the directory is unknown from there on, although some of it came before; and
/// `Below("")` as the very last item says that the root itself was replaced or unmounted meanwhile, so that nothing may be
/// concluded from all that was absent or vanished *before*.
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
