//! The tree.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread, vec,
};

use tt_record::{Problem, ProblemKind};
use tt_store::Landmarks;
use tt_tree::{Clashes, Found, Root, Spill, Walk, WalkOptions};

use super::Ahead;
use crate::cli::Request;

/// What is found in the tree, in the order of the keys.
pub(crate) struct Local {
    root: Root,
    batches: Ahead<Vec<Found>>,
    batch: vec::IntoIter<Found>,
    clashes: Arc<Mutex<Clashes>>,
}

impl Local {
    /// Starts to walk. The other side is told in advance where keys are.
    pub(super) fn open(request: &Request, landmarks: Landmarks) -> Result<Self, Problem> {
        let clashes = Arc::<Mutex<Clashes>>::default();
        let walk = walk(request, landmarks, &clashes)?;
        let root = walk.root().clone();
        if request.deleting.is_some() && root.is_file() {
            let message = format!(
                "{} is a single file, beside which --delete would leave nothing",
                root.as_path().display()
            );
            return Err(
                Problem::new(ProblemKind::Usage, message).hint("name the directory that DEST is to equal")
            );
        }
        let (sender, batches) = Ahead::new();
        thread::spawn(move || {
            for batch in walk.map(Some).chain([None]) {
                // Nobody listens when the plan has ended for another reason.
                if sender.send(Ok(batch)).is_err() {
                    return;
                }
            }
        });
        Ok(Self { root, batches, batch: Vec::new().into_iter(), clashes })
    }

    /// Makes paths of names.
    pub(crate) fn root(&self) -> &Root {
        &self.root
    }

    /// The names that other systems could not tell apart; all of them, once nothing comes any more.
    pub(crate) fn clashes(&self) -> Clashes {
        self.clashes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What comes next, or `None` at the end. `wait` is called before each spell of waiting.
    pub(crate) fn next(
        &mut self,
        mut wait: impl FnMut() -> Result<(), Problem>,
    ) -> Result<Option<Found>, Problem> {
        loop {
            if let Some(next) = self.batch.next() {
                return Ok(Some(next));
            }
            let Some(batch) = self.batches.next(&mut wait)? else { return Ok(None) };
            self.batch = batch.into_iter();
        }
    }
}

fn walk(request: &Request, landmarks: Landmarks, clashes: &Arc<Mutex<Clashes>>) -> Result<Walk, Problem> {
    let Request { chosen, means, dest, source, .. } = request;
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
