//! The threads that work ahead of the walk: they look at entries whose turn is near, and read directories that come next.
//!
//! Always holds: looks come before reads, and of the directories only the nearest in the order of keys are read, so that
//! what is held is soon asked for. No thread ever waits for another one, only for the system. Threads start as there is
//! work for them; if none can be started, whoever asks does the work.

use std::{
    collections::{BTreeMap, VecDeque},
    mem,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, available_parallelism},
};

use super::{
    directory::Directory,
    entries::Entries,
    found::Found,
    level::{Level, Step},
    look::Looker,
    place::Place,
    scope::Scope,
};

/// Most of the time goes by waiting for the disk or a server, so more threads than cores pay.
const PER_CORE: usize = 2;
const FEWEST: usize = 8;
const MOST: usize = 16;

/// How many directories may wait to be read. The last ones are forgotten, and read when their turn comes.
const QUEUE: usize = 1024;

/// The threads and their work.
pub(super) struct Pool {
    scope: Scope,
    most: usize,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    looks: VecDeque<Look>,
    /// By prefix, so in the order of their turns.
    reads: BTreeMap<String, Read>,
    /// Reads that nobody has begun.
    queued: usize,
    /// Bytes in levels that were read and not yet asked for.
    held: usize,
    threads: usize,
    idle: usize,
    closed: bool,
}

/// Entries to be looked at.
struct Look {
    directory: Arc<Directory>,
    entries: Entries,
    answer: SyncSender<Vec<Found>>,
}

/// A directory that is to be read.
enum Read {
    Queued(Directory),
    /// Whoever reads it may give up, and leave it to whose turn it is.
    Begun(Receiver<Level>),
}

enum Job {
    Look(Look),
    Read(Directory, SyncSender<Level>),
}

impl Pool {
    pub(super) fn new(scope: Scope) -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        let most = (cores * PER_CORE).clamp(FEWEST, MOST);
        Self { scope, most, state: Mutex::default(), work: Condvar::new() }
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Has these looked at.
    pub(super) fn look(self: &Arc<Self>, directory: Arc<Directory>, entries: Entries) -> Step {
        let (answer, found) = sync_channel(1);
        let (count, look) = (entries.len(), Look { directory, entries, answer });
        let mut state = self.lock();
        if state.closed {
            // Whoever awaits the answer learns that there will be none.
            return Step::Await(found, count);
        }
        state.looks.push_back(look);
        self.hire(&mut state);
        if state.threads == 0
            && let Some(look) = state.looks.pop_back()
        {
            drop(state);
            look.run(&self.scope);
        }
        Step::Await(found, count)
    }

    /// Has a directory read, if somebody comes to it before its turn.
    pub(super) fn announce(self: &Arc<Self>, directory: &Directory) {
        let mut state = self.lock();
        if !state.reads.contains_key(&directory.prefix) {
            state.reads.insert(directory.prefix.clone(), Read::Queued(directory.clone()));
            state.queued += 1;
            state.forget_the_last();
            self.hire(&mut state);
        }
    }

    /// What is in the directory whose turn it is, with `memory` to read it if nobody has.
    pub(super) fn read(self: &Arc<Self>, directory: &Directory, memory: usize) -> Level {
        if let Some(mut level) = self.held(&directory.prefix) {
            level.begin();
            return level;
        }
        let level = directory.read_now(&self.scope, memory);
        self.announce_all(&level);
        level
    }

    /// What somebody has read ahead, or is just reading.
    fn held(&self, prefix: &str) -> Option<Level> {
        let Some(Read::Begun(level)) = self.take(prefix) else { return None };
        let level = level.recv().ok()?;
        let mut state = self.lock();
        state.held = state.held.saturating_sub(level.bytes());
        // There may be room now for what had none before.
        state.wake(&self.work);
        Some(level)
    }

    fn take(&self, prefix: &str) -> Option<Read> {
        let mut state = self.lock();
        let read = state.take(prefix);
        // With this one gone, another one may be near enough.
        state.wake(&self.work);
        read
    }

    /// No more work comes: what was asked for is still done.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_all();
    }

    /// Nobody wants to know any more.
    pub(super) fn abandon(&self) {
        self.scope.abandon();
        let mut state = self.lock();
        state.looks.clear();
        state.reads.clear();
        (state.queued, state.closed) = (0, true);
        self.work.notify_all();
    }

    /// Sees to it that somebody does the work that was added.
    fn hire(self: &Arc<Self>, state: &mut State) {
        if state.idle > 0 {
            self.work.notify_one();
        }
        if state.looks.len() + state.queued > state.idle && state.threads < self.most {
            let pool = self.clone();
            let started = thread::Builder::new().name("walk".into()).spawn(move || pool.serve());
            state.threads += usize::from(started.is_ok());
        }
    }

    /// What each thread does.
    fn serve(self: &Arc<Self>) {
        let _alarm = Alarm(self);
        while let Some(job) = self.job() {
            match job {
                Job::Look(look) => look.run(&self.scope),
                Job::Read(directory, answer) => {
                    if let Some(level) = directory.read_ahead(&self.scope) {
                        self.hold(&level);
                        // Nobody listens when the walk was abandoned.
                        let _ = answer.send(level);
                    }
                }
            }
        }
    }

    fn job(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(look) = state.looks.pop_front() {
                return Some(Job::Look(look));
            }
            if state.closed {
                return None;
            }
            // Half of the memory is for what is read in its turn.
            if state.held < self.scope.options.spill.memory / 2
                && let Some(job) = state.begin(2 * self.most)
            {
                return Some(job);
            }
            state.idle += 1;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    fn hold(self: &Arc<Self>, level: &Level) {
        self.lock().held += level.bytes();
        // What is below it comes before what is beside it.
        self.announce_all(level);
    }

    fn announce_all(self: &Arc<Self>, level: &Level) {
        level.ahead().for_each(|directory| self.announce(directory));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Wakes a thread if there may be something to read.
    fn wake(&self, work: &Condvar) {
        if self.idle > 0 && self.queued > 0 {
            work.notify_one();
        }
    }

    /// Takes a read from the queue, whether it was begun or not.
    fn take(&mut self, prefix: &str) -> Option<Read> {
        let read = self.reads.remove(prefix);
        self.queued -= usize::from(matches!(read, Some(Read::Queued(_))));
        read
    }

    /// Begins to read the first directory that nobody has begun, if it is among the first `window`. Those further on
    /// would be held for too long.
    fn begin(&mut self, window: usize) -> Option<Job> {
        let read = self.reads.values_mut().take(window).find(|read| matches!(read, Read::Queued(_)))?;
        let (answer, level) = sync_channel(1);
        match mem::replace(read, Read::Begun(level)) {
            Read::Queued(directory) => {
                self.queued -= 1;
                Some(Job::Read(directory, answer))
            }
            Read::Begun(_) => None,
        }
    }

    fn forget_the_last(&mut self) {
        if self.queued > QUEUE
            && let Some(last) = self.reads.last_entry()
            && matches!(last.get(), Read::Queued(_))
        {
            last.remove();
            self.queued -= 1;
        }
    }
}

impl Look {
    fn run(self, scope: &Scope) {
        let place = Place::at(self.directory.path(scope));
        let looker = Looker { symlinks: scope.options.symlinks, directory: &self.directory, place: &place };
        // Nobody listens when the walk was abandoned.
        let _ = self.answer.send(looker.look(&self.entries));
    }
}

/// Ends the walk if a thread dies of a bug, so that nobody waits for its answer.
struct Alarm<'a>(&'a Pool);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.abandon();
        }
    }
}
