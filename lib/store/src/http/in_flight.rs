//! How much of a body its connection has taken, for whoever shows how far things are.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// What one request adds to a gauge. It is taken off again once nobody has the request any more, whatever became of it.
pub(super) struct InFlight {
    gauge: Option<Arc<AtomicU64>>,
    bytes: AtomicU64,
}

impl InFlight {
    pub(super) fn new(gauge: Option<Arc<AtomicU64>>) -> Self {
        Self { gauge, bytes: AtomicU64::new(0) }
    }

    /// The connection has taken further bytes.
    pub(super) fn add(&self, bytes: u64) {
        if let Some(gauge) = &self.gauge {
            self.bytes.fetch_add(bytes, Relaxed);
            gauge.fetch_add(bytes, Relaxed);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(gauge) = &self.gauge {
            gauge.fetch_sub(*self.bytes.get_mut(), Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_forgets_what_is_over() {
        let gauge = Arc::new(AtomicU64::new(5));
        let in_flight = Arc::new(InFlight::new(Some(Arc::clone(&gauge))));
        let body = Arc::clone(&in_flight);
        body.add(10);
        body.add(20);
        drop(body);
        assert_eq!(gauge.load(Relaxed), 35);
        drop(in_flight);
        assert_eq!(gauge.load(Relaxed), 5);
    }
}
