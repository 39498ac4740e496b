//! The tree.

use std::{
    sync::{Arc, Mutex, PoisonError},
    vec,
};

use tt_cli::start_thread;
use tt_record::Problem;
use tt_store::Landmarks;
use tt_tree::{Clashes, Found, FoundFile, KeyRange, Root, Spill, Walk, WalkOptions};

use crate::{Places, ahead::Ahead};

/// What is found in the tree, in the order of the keys.
pub struct Local {
    root: Root,
    batches: Ahead<Vec<Found>>,
    batch: vec::IntoIter<Found>,
    clashes: Arc<Mutex<Clashes>>,
}

impl Local {
    /// Starts to walk. The other side is told in advance, by `landmarks`, where keys are.
    pub fn open(places: Places<'_>, landmarks: Landmarks) -> Result<Self, Problem> {
        let clashes = Arc::<Mutex<Clashes>>::default();
        let walk = walk(places, landmarks, &clashes)?;
        let root = walk.root().clone();
        let (sender, batches) = Ahead::new();
        start_thread(move || {
            for batch in walk.map(Some).chain([None]) {
                // Nobody listens when the plan has ended for another reason.
                if sender.send(Ok(batch)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { root, batches, batch: Vec::new().into_iter(), clashes })
    }

    /// Makes paths of names.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The names that other systems could not tell apart; all of them, once nothing comes any more.
    pub fn clashes(&self) -> Clashes {
        self.clashes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What comes next, or `None` at the end. `wait` is called before each spell of waiting.
    pub fn next(&mut self, mut wait: impl FnMut() -> Result<(), Problem>) -> Result<Option<Found>, Problem> {
        loop {
            if let Some(next) = self.batch.next() {
                return Ok(Some(next));
            }
            let Some(batch) = self.batches.next(&mut wait)? else { return Ok(None) };
            self.batch = batch.into_iter();
        }
    }
}

fn walk(places: Places<'_>, landmarks: Landmarks, clashes: &Arc<Mutex<Clashes>>) -> Result<Walk, Problem> {
    let Places { chosen, means, dest, source, .. } = places;
    let prefix = dest.key.clone();
    let options = WalkOptions {
        symlinks: chosen.symlinks,
        filter: chosen.filter.clone(),
        max_depth: chosen.max_depth,
        one_file_system: chosen.one_file_system,
        spill: Spill { dir: means.tmp_dir(), memory: means.memory_of_names() },
        landmarks: Some(Arc::new(move |name| landmarks.add(format!("{prefix}{name}")))),
        clashes: Arc::clone(clashes),
    };
    match &chosen.names {
        Some(names) => Walk::of_names(source, names.read()?, options),
        None => Walk::new(source, options),
    }
}

/// The key from which on something has a say.
pub fn place(found: &Found) -> Option<&str> {
    match found {
        Found::File(FoundFile { name, .. }) => Some(name),
        Found::Skip { range, .. }
        | Found::Unknown { range, .. }
        | Found::LeftOut { range }
        | Found::Vanished { range, .. } => start(range),
    }
}

/// The first key of a range.
pub fn start(range: &KeyRange) -> Option<&str> {
    match range {
        KeyRange::Key(name) | KeyRange::Below(name) => Some(name),
        KeyRange::None => None,
    }
}
