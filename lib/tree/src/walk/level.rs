//! A directory that was read: what is left to say about it, in order, and what is to be read below it.

use std::{
    collections::VecDeque,
    io, mem,
    os::unix::ffi::OsStrExt as _,
    sync::{Arc, mpsc::Receiver},
};

use super::{
    ahead::Pool,
    directory::{Ancestor, Directory},
    entries::Entries,
    entry::{Entry, Kind},
    found::Found,
    look::Looker,
    options::Symlinks,
    place::Place,
    scope::{Permit, Scope},
    sort::Sorted,
};
use crate::filter::Matched;

/// How many entries are looked at in one go.
const CHUNK: usize = 128;

/// A directory with so few entries is looked at while it is open.
const FEW: usize = 64;

/// How far each level looks ahead: entries under way, and directories that others may read meanwhile.
const ENTRIES_AHEAD: usize = 2 * CHUNK;
const DIRECTORIES_AHEAD: usize = 32;

/// A directory, as far as it is left.
pub(super) struct Level {
    directory: Arc<Directory>,
    /// It and all above it.
    line: Option<Arc<Ancestor>>,
    steps: VecDeque<Step>,
    /// Entries and directories in `steps`.
    entries: usize,
    directories: usize,
    /// What comes after the steps: first these, then the rest.
    chunk: Entries,
    rest: Sorted,
    exhausted: bool,
    permit: Option<Permit>,
}

/// What comes next.
pub(super) enum Step {
    /// Say this.
    Say(Vec<Found>),
    /// Say what comes here as soon as it has been looked at: so many entries.
    Await(Receiver<Vec<Found>>, usize),
    /// Go down.
    Enter(Directory),
}

impl Level {
    /// Only this is to be said.
    pub(super) fn of(directory: Directory, found: Vec<Found>) -> Self {
        Self {
            directory: directory.into(),
            line: None,
            steps: VecDeque::from([Step::Say(found)]),
            entries: 0,
            directories: 0,
            chunk: Entries::default(),
            rest: Sorted::default(),
            exhausted: false,
            permit: None,
        }
    }

    /// A root that is no directory is the only entry of its own directory.
    pub(super) fn of_file(scope: &Scope) -> Self {
        let mut level = Self::of(Directory::root(), Vec::new());
        let name = scope.root.as_path().file_name().unwrap_or_default().as_bytes();
        if !scope.options.filter.excludes(name) {
            let mut entries = Entries::default();
            entries.push(name, Kind::File, Matched::default());
            level.rest = Sorted::Held { entries, next: 0 };
        }
        level.look_at_few(&Place::at(level.directory.path(scope)), scope.options.symlinks);
        level
    }

    /// These follow.
    pub(super) fn hold(&mut self, rest: Sorted, line: Option<Arc<Ancestor>>, permit: Option<Permit>) {
        (self.rest, self.line, self.permit) = (rest, line, permit);
    }

    /// Its turn has come.
    pub(super) fn begin(&mut self) {
        self.permit = None;
    }

    /// Looks at all entries if they are few. That saves opening the directory again.
    pub(super) fn look_at_few(&mut self, place: &Place, symlinks: Symlinks) {
        if matches!(&self.rest, Sorted::Held { entries, .. } if entries.len() <= FEW) {
            let directory = self.directory.clone();
            let looker = Looker { symlinks, directory: &directory, place };
            while !self.exhausted {
                // What is held in memory can be read.
                let _ = self.advance(|_, chunk| Step::Say(looker.look(&chunk)));
            }
        }
    }

    /// Has the next entries looked at, and the next directories read.
    pub(super) fn look_ahead(&mut self, pool: &Arc<Pool>) {
        while !self.exhausted && self.entries < ENTRIES_AHEAD && self.directories < DIRECTORIES_AHEAD {
            let before = self.directories;
            if let Err(error) = self.advance(|directory, chunk| pool.look(directory, chunk)) {
                self.steps.push_back(Step::Say(vec![self.directory.unsorted(pool.scope(), &error)]));
            }
            if self.directories > before
                && let Some(Step::Enter(directory)) = self.steps.back()
            {
                pool.announce(directory);
            }
        }
    }

    pub(super) fn next(&mut self) -> Option<Step> {
        let step = self.steps.pop_front()?;
        match &step {
            Step::Say(_) => {}
            Step::Await(_, entries) => self.entries -= entries,
            Step::Enter(_) => self.directories -= 1,
        }
        Some(step)
    }

    /// The directories that come next, as far as they are known.
    pub(super) fn ahead(&self) -> impl Iterator<Item = &Directory> {
        self.steps.iter().filter_map(|step| match step {
            Step::Enter(directory) => Some(directory),
            _ => None,
        })
    }

    /// Memory that the names use.
    pub(super) fn names(&self) -> usize {
        self.rest.bytes()
    }

    /// Memory in use, about.
    pub(super) fn bytes(&self) -> usize {
        let size = |step: &Step| match step {
            Step::Say(found) => found.len() * (size_of::<Found>() + 64),
            _ => 64,
        };
        self.names() + self.steps.iter().map(size).sum::<usize>()
    }

    /// Makes steps of what comes next. `look` is given what is to be looked at.
    fn advance(&mut self, look: impl FnOnce(Arc<Directory>, Entries) -> Step) -> io::Result<()> {
        let mut done = Ok(());
        let below = match self.rest.next() {
            Ok(Some(entry)) => {
                let below = below(&self.directory, self.line.as_ref(), entry);
                if below.is_none() {
                    self.chunk.push_entry(entry);
                }
                below
            }
            end => {
                done = end.map(drop);
                self.exhausted = true;
                None
            }
        };
        if below.is_some() || self.exhausted || self.chunk.len() >= CHUNK {
            self.cut(look);
        }
        if let Some(directory) = below {
            self.directories += 1;
            self.steps.push_back(Step::Enter(directory));
        }
        done
    }

    fn cut(&mut self, look: impl FnOnce(Arc<Directory>, Entries) -> Step) {
        if self.chunk.is_empty() {
            return;
        }
        let step = look(self.directory.clone(), mem::take(&mut self.chunk));
        if let Step::Await(_, entries) = &step {
            self.entries += entries;
        }
        self.steps.push_back(step);
    }
}

/// The directory that an entry is. One whose name is not UTF-8 can have no keys below it, so nobody enters it.
fn below(directory: &Directory, line: Option<&Arc<Ancestor>>, entry: Entry<'_>) -> Option<Directory> {
    let key = str::from_utf8(entry.key).ok().filter(|_| entry.kind == Kind::Directory)?;
    Some(Directory {
        prefix: [directory.prefix.as_str(), key].concat(),
        matched: entry.matched,
        depth: directory.depth + 1,
        above: line.cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::{KeyRange, WalkOptions, root::Root, runs::tests::broken};

    #[test]
    fn a_directory_that_cannot_be_read_back_is_unknown_from_there_on() {
        let dir = tempfile::tempdir().unwrap();
        let scope = Scope::new(Root::find(dir.path()).unwrap(), WalkOptions::default());
        let pool = Arc::new(Pool::new(scope));
        let mut level = Level::of(Directory::root(), Vec::new());
        level.hold(Sorted::Merged(broken()), None, None);
        level.look_ahead(&pool);
        assert!(matches!(level.next(), Some(Step::Say(nothing)) if nothing.is_empty()));
        let Some(Step::Await(found, 1)) = level.next() else { panic!() };
        assert!(matches!(&found.recv().unwrap()[..], [Found::Vanished { .. }]));
        let Some(Step::Say(unknown)) = level.next() else { panic!() };
        assert!(
            matches!(&unknown[..], [Found::Unknown { range: KeyRange::Below(prefix), .. }] if prefix.is_empty())
        );
        assert!(level.next().is_none());
        pool.close();
    }
}
