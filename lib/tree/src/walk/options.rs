//! How to walk.

use std::{
    env, fmt,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use crate::{Clashes, Filter};

/// What becomes of symbolic links below the root. The root itself is always followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Symlinks {
    /// What a link leads to stands in its place.
    #[default]
    Follow,
    /// Each link is a [`Found::Skip`](super::Found::Skip).
    Skip,
    /// Each link is a [`Found::Unknown`](super::Found::Unknown): somebody has to decide.
    Error,
}

/// How to walk.
#[derive(Clone, Default)]
pub struct WalkOptions {
    /// What becomes of symbolic links.
    pub symlinks: Symlinks,
    /// What takes part. It decides before anything else: what it leaves out gives nothing at all.
    pub filter: Filter,
    /// How many names a key may have: 1 for only the files directly in the root. What is deeper is
    /// [`Found::LeftOut`](super::Found::LeftOut).
    pub max_depth: Option<u32>,
    /// Whether directories on another file system than the root's are [`Found::LeftOut`](super::Found::LeftOut).
    pub one_file_system: bool,
    /// What becomes of names that are too many for the memory.
    pub spill: Spill,
    /// Where the source's keys are, told as early as possible.
    pub landmarks: Option<Landmarks>,
    /// Gets the names that other systems could not tell apart. Complete when the walk has ended.
    pub clashes: Arc<Mutex<Clashes>>,
}

impl fmt::Debug for WalkOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WalkOptions")
            .field("symlinks", &self.symlinks)
            .field("filter", &self.filter)
            .field("max_depth", &self.max_depth)
            .field("one_file_system", &self.one_file_system)
            .field("spill", &self.spill)
            .finish_non_exhaustive()
    }
}

/// Gets keys, relative to the root, that lie about evenly in the tree: as soon as a directory was read and sorted, long
/// before its files come, from any thread and in no order. Every 1,000th name of a directory, and the prefixes of its
/// subdirectories, of many some 200. With that, somebody else can cut the same keys in pieces.
pub type Landmarks = Arc<dyn Fn(String) + Send + Sync>;

/// Where and when names go to a temporary file. The file has no name and ends with the walk, however that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spill {
    /// Directory of the temporary files. Nothing is asked of it before it is needed.
    pub dir: PathBuf,
    /// How many bytes of names may wait in memory to be sorted. While a directory is read another one may be ahead, so
    /// twice as many may be in use for a while.
    pub memory: usize,
}

impl Default for Spill {
    fn default() -> Self {
        Self { dir: env::temp_dir(), memory: 16 << 20 }
    }
}
