//! How a client goes about its work, whatever service it talks to.

use std::sync::{Arc, atomic::AtomicU64};

use crate::{Bandwidth, Patience, RetryNote, Warning};

/// How a client goes about its work. Cheap to clone.
#[derive(Clone)]
pub struct Tuning {
    /// Told of each failure that is tried again.
    pub note: RetryNote,
    /// Told of what may surprise.
    pub warning: Warning,
    /// What all clients of the process may send together; without it, as much as goes.
    pub bandwidth: Option<Bandwidth>,
    /// Is kept at how many bytes of bodies connections have taken whose requests are under way.
    pub in_flight: Option<Arc<AtomicU64>>,
    /// How long the answers to parts usually take.
    pub patience: Patience,
}

impl Tuning {
    /// The same, with someone to tell of what may surprise.
    #[must_use]
    pub fn warned(self, warning: Warning) -> Self {
        Self { warning, ..self }
    }

    /// The usual way.
    pub fn new(note: RetryNote) -> Self {
        Self {
            note,
            warning: Arc::new(|_| {}),
            bandwidth: None,
            in_flight: None,
            patience: Patience::default(),
        }
    }
}
