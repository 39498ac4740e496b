//! How the uploads of a run stand, for deletions that wait for them: a file may have been renamed, and then its old object is all
//! there is of it until the new one is there.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use tokio::sync::Notify;

/// The uploads that were asked for, and what became of them. Shared by the reader and all threads.
#[derive(Default)]
pub(crate) struct Uploads {
    asked: AtomicU64,
    done: AtomicU64,
    failed: AtomicBool,
    settled: Notify,
}

impl Uploads {
    /// One more is asked for.
    pub(crate) fn ask(&self) {
        self.asked.fetch_add(1, SeqCst);
    }

    /// One has come to its end.
    pub(crate) fn finish(&self, succeeded: bool) {
        if !succeeded {
            self.fail();
        }
        self.done.fetch_add(1, SeqCst);
        if self.are_settled() {
            self.settled.notify_waiters();
        }
    }

    /// Something that was to be uploaded was not, or is not known.
    pub(crate) fn fail(&self) {
        self.failed.store(true, SeqCst);
    }

    /// Waits until all that were asked for have come to their end. Whether all of them succeeded.
    pub(crate) async fn all_succeeded(&self) -> bool {
        loop {
            // It is woken from here on, before it looks.
            let settled = self.settled.notified();
            if self.are_settled() {
                return !self.failed.load(SeqCst);
            }
            settled.await;
        }
    }

    fn are_settled(&self) -> bool {
        self.done.load(SeqCst) >= self.asked.load(SeqCst)
    }
}
