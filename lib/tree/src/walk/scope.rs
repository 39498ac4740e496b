//! What all threads of a walk share, and never change.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{
    options::{Symlinks, WalkOptions},
    root::Root,
};

/// What is walked, and how.
pub(super) struct Scope {
    pub(super) root: Root,
    pub(super) options: WalkOptions,
    /// Whether a large directory is held ahead of its turn.
    large: Arc<AtomicBool>,
    abandoned: AtomicBool,
}

impl Scope {
    pub(super) fn new(root: Root, options: WalkOptions) -> Self {
        Self { root, options, large: Arc::default(), abandoned: AtomicBool::new(false) }
    }

    pub(super) fn follows(&self) -> bool {
        self.options.symlinks == Symlinks::Follow
    }

    /// Leave to hold a large directory ahead of its turn. Only one is, so that memory stays flat.
    pub(super) fn permit(&self) -> Option<Permit> {
        (!self.large.swap(true, Ordering::AcqRel)).then(|| Permit(self.large.clone()))
    }

    /// Nobody wants to know any more.
    pub(super) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }
}

/// Given back when it is dropped.
pub(super) struct Permit(Arc<AtomicBool>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
