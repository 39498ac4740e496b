//! How a client goes about its work, whatever service it talks to.

use std::{
    pin::Pin,
    sync::{Arc, atomic::AtomicU64},
};

use crate::{Bandwidth, Patience, RetryNote, Warning};

/// A place among the requests in flight, which one that waits for its retry leaves to others.
pub trait Reentry: Send + Sync {
    /// An attempt has failed, and waits.
    fn leave(&self);
    /// Waits until there is a place for the next attempt.
    fn enter(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
    /// Takes a place whether or not there is one: the request is given up, and whoever made it is about to leave.
    fn force(&self);
}

/// How a client goes about its work. Cheap to clone.
#[derive(Clone)]
pub struct Tuning {
    /// Told of each failure that is tried again.
    pub note: RetryNote,
    /// Told of what may surprise.
    pub warning: Warning,
    /// Where requests wait before they are retried; without it, they don't.
    pub reentry: Option<Arc<dyn Reentry>>,
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
            reentry: None,
            bandwidth: None,
            in_flight: None,
            patience: Patience::default(),
        }
    }
}
