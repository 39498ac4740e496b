//! The walk over a tree, in the order in which S3 lists keys.
//!
//! Always holds: keys come in the order of their bytes, so that the walk can be merged with a listing while both stream.
//! Memory holds a bounded number of names, never the tree, nor a directory of any size; and few descriptors are open,
//! however large or deep the tree. What could not be looked at comes as [`Found::Unknown`], what vanished meanwhile as
//! [`Found::Vanished`].
//!
//! | file | owns |
//! |---|---|
//! | `options` | how to walk |
//! | `found` | what is found |
//! | `root`, `scope` | where a walk starts, and what all its threads share |
//! | `course` | the order: from directory to directory |
//! | `ahead` | the threads that read directories and look at entries before their turn |
//! | `level` | a directory that was read, as far as it is left |
//! | `directory` | reading one directory |
//! | `look`, `listed` | from a name to what is to be said about it |
//! | `place` | the system calls |
//! | `entry`, `entries`, `sort`, `runs` | names: one, many, sorted, and too many for the memory |
//! | `landmarks`, `alike` | where keys are, told in advance; which names others can't tell apart |

mod ahead;
mod alike;
mod course;
mod directory;
mod entries;
mod entry;
mod found;
mod landmarks;
mod level;
mod listed;
mod look;
mod options;
mod patience;
mod place;
mod root;
mod runs;
mod scope;
mod sort;

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, sync_channel},
    },
    thread,
};

use tt_record::{Problem, ProblemKind};

use self::{
    ahead::Pool,
    course::{Course, Slot, Unheard},
    scope::Scope,
};
pub use self::{
    found::{Found, FoundFile, KeyRange},
    options::{Landmarks, Spill, Symlinks, WalkOptions},
    root::{Presence, Root},
};

/// How many slots may be ahead of whoever takes them, each with some hundred items or less.
const AHEAD: usize = 64;

/// Iterates over a tree in S3's key order, in batches, none of them empty. Its own threads work ahead; they stop soon
/// after it is dropped.
pub struct Walk {
    root: Root,
    slots: Receiver<Slot>,
    pool: Arc<Pool>,
    ended: bool,
}

impl Walk {
    /// Looks at the root, a directory or a single file, and starts. A single file has its file name as key.
    pub fn new(root: &Path, options: WalkOptions) -> Result<Self, Problem> {
        Self::start(Root::find(root)?, options, Course::all)
    }

    /// Looks only at these files: paths relative to the root, or absolute ones below it, in any order. Each comes once,
    /// in the order of keys. A name that is empty is none; one that can't be taken, or does not exist, is a
    /// [`Found::Unknown`]. `one_file_system` and `max_depth` are for trees and change nothing here.
    pub fn of_names<N>(root: &Path, names: N, options: WalkOptions) -> Result<Self, Problem>
    where
        N: Iterator<Item = io::Result<Vec<u8>>> + Send + 'static,
    {
        let root = Root::find(root)?;
        if root.is_file() {
            let message =
                format!("{} is a single file: a list of names needs a directory", root.as_path().display());
            return Err(
                Problem::new(ProblemKind::Usage, message).hint("name the directory that the names are below")
            );
        }
        Self::start(root, options, |course| course.listed(names))
    }

    /// The root, which makes paths of names.
    pub fn root(&self) -> &Root {
        &self.root
    }

    fn start<R>(root: Root, options: WalkOptions, run: R) -> Result<Self, Problem>
    where
        R: FnOnce(Course) -> Result<(), Unheard> + Send + 'static,
    {
        let (sender, slots) = sync_channel(AHEAD);
        let pool = Arc::new(Pool::new(Scope::new(root.clone(), options)));
        let course = Course::new(pool.clone(), sender);
        // That nobody listens any more is how a walk ends that was dropped.
        let run = move || run(course).unwrap_or(());
        let started = thread::Builder::new().name("walk".into()).spawn(run);
        started.map_err(|e| {
            Problem::new(ProblemKind::Io, format!("can't start to read {}: {e}", root.as_path().display()))
                .hint("allow more threads (ulimit -u), and run the same command again")
        })?;
        Ok(Self { root, slots, pool, ended: false })
    }

    /// A walk that ends without saying so is not at its end.
    fn broke_off(&mut self) -> Vec<Found> {
        self.ended = true;
        let path = self.root.as_path().to_path_buf();
        let message = format!("reading {} was stopped by a bug", path.display());
        let problem = Problem::new(ProblemKind::Bug, message).hint("please report it");
        vec![Found::Unknown { path, range: KeyRange::Below(String::new()), problem }]
    }
}

impl Iterator for Walk {
    type Item = Vec<Found>;

    fn next(&mut self) -> Option<Vec<Found>> {
        if self.ended {
            return None;
        }
        let found = match self.slots.recv() {
            Ok(Slot::Found(found)) => Ok(found),
            Ok(Slot::Awaited(found)) => found.recv(),
            Ok(Slot::End) => {
                self.ended = true;
                return None;
            }
            Err(error) => Err(error),
        };
        Some(found.unwrap_or_else(|_| self.broke_off()))
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        self.pool.abandon();
    }
}

#[cfg(test)]
mod tests;
