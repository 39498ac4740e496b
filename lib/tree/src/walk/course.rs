//! The course of a walk: from directory to directory in the order of keys, in a thread of its own.
//!
//! It decides the order, and leaves the work to the threads of the [`Pool`]. What it gives are slots in the order of
//! keys, some of them with the answer still to come, so that many looks are under way at once.

use std::{
    io, mem,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender},
    },
};

use super::{
    ahead::Pool,
    alike::Lookout,
    directory::Directory,
    entry::Kind,
    found::Found,
    landmarks::Marks,
    level::{Level, Step},
    listed,
    scope::Scope,
    sort::{Sorted, Sorter},
};
use crate::filter::Matched;

/// How many items travel together, if there are as many.
const BATCH: usize = 64;

/// A place in the order.
pub(super) enum Slot {
    /// These are known.
    Found(Vec<Found>),
    /// These come here.
    Awaited(Receiver<Vec<Found>>),
    /// That was all.
    End,
}

/// Nobody listens any more.
pub(super) struct Unheard;

/// A walk under way.
pub(super) struct Course {
    pool: Arc<Pool>,
    slots: SyncSender<Slot>,
    /// Found, and not yet a batch.
    found: Vec<Found>,
    levels: Vec<Level>,
}

impl Drop for Course {
    fn drop(&mut self) {
        self.pool.close();
    }
}

impl Course {
    pub(super) fn new(pool: Arc<Pool>, slots: SyncSender<Slot>) -> Self {
        Self { pool, slots, found: Vec::new(), levels: Vec::new() }
    }

    /// Walks the whole tree.
    pub(super) fn all(mut self) -> Result<(), Unheard> {
        let scope = self.pool.scope();
        let root = if scope.root.is_file() {
            Level::of_file(scope)
        } else {
            self.pool.read(&Directory::root(), self.memory())
        };
        self.levels.push(root);
        self.run()
    }

    /// Looks only at these.
    pub(super) fn listed(mut self, names: impl Iterator<Item = io::Result<Vec<u8>>>) -> Result<(), Unheard> {
        let level = match self.sort(names)? {
            Ok(sorted) => {
                let mut level = Level::of(Directory::root(), Vec::new());
                level.hold(sorted, None, None);
                level
            }
            Err(error) => {
                let root = Directory::root();
                let found = root.unsorted(self.pool.scope(), &error);
                Level::of(root, vec![found])
            }
        };
        self.levels.push(level);
        self.run()
    }

    /// Goes on from the first level to the end.
    fn run(&mut self) -> Result<(), Unheard> {
        while let Some(level) = self.levels.last_mut() {
            level.look_ahead(&self.pool);
            match level.next() {
                Some(Step::Say(found)) => self.say(found)?,
                Some(Step::Await(found, _)) => {
                    self.flush()?;
                    self.send(Slot::Awaited(found))?;
                }
                Some(Step::Enter(directory)) => {
                    let level = self.pool.read(&directory, self.memory());
                    self.levels.push(level);
                }
                None => drop(self.levels.pop()),
            }
        }
        self.say(Vec::from_iter(self.pool.scope().root.changed()))?;
        self.flush()?;
        self.send(Slot::End)
    }

    /// What a directory may hold besides those above it.
    fn memory(&self) -> usize {
        let most = self.pool.scope().options.spill.memory;
        let held: usize = self.levels.iter().map(Level::names).sum();
        most.saturating_sub(held).max(most / 16)
    }

    /// Sorts the names. What can't be a key is said at once; so is it if the list breaks off.
    fn sort(
        &mut self,
        names: impl Iterator<Item = io::Result<Vec<u8>>>,
    ) -> Result<io::Result<Sorted>, Unheard> {
        let pool = self.pool.clone();
        let Scope { root, options, .. } = pool.scope();
        let marks = Marks::new(options.landmarks.as_ref(), "");
        let lookout = Lookout::new(&options.clashes, "");
        let mut sorter = Sorter::new(&options.spill, options.spill.memory, marks, lookout);
        for key in listed::keys(root, names) {
            match key {
                _ if pool.scope().is_abandoned() => return Err(Unheard),
                Err(found) => self.say(vec![found])?,
                Ok(key) if options.filter.excludes(&key) => {}
                Ok(key) => {
                    if let Err(error) = sorter.push(&key, Kind::Listed, Matched::default()) {
                        return Ok(Err(error));
                    }
                }
            }
        }
        Ok(sorter.finish())
    }

    fn say(&mut self, mut found: Vec<Found>) -> Result<(), Unheard> {
        if self.found.is_empty() {
            self.found = found;
        } else {
            self.found.append(&mut found);
        }
        if self.found.len() < BATCH { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Unheard> {
        let found = mem::take(&mut self.found);
        if found.is_empty() { Ok(()) } else { self.send(Slot::Found(found)) }
    }

    fn send(&self, slot: Slot) -> Result<(), Unheard> {
        self.slots.send(slot).map_err(|_| Unheard)
    }
}
