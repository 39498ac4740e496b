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
    unplanned: AtomicBool,
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
            self.failed.store(true, SeqCst);
        }
        self.done.fetch_add(1, SeqCst);
        if self.are_settled() {
            self.settled.notify_waiters();
        }
    }

    /// One can't be carried out.
    pub(crate) fn refuse(&self) {
        self.failed.store(true, SeqCst);
    }

    /// The plan says that something could not be planned: it may be what a deletion was to make way for.
    pub(crate) fn miss(&self) {
        self.unplanned.store(true, SeqCst);
    }

    /// Waits until all that were asked for have come to their end. Why nothing is to be deleted after them, if so.
    pub(crate) async fn objection(&self) -> Option<&'static str> {
        loop {
            // It is woken from here on, before it looks.
            let settled = self.settled.notified();
            if self.are_settled() {
                let failed = self.failed.load(SeqCst).then_some("an upload of this stream failed");
                let unplanned = || {
                    self.unplanned
                        .load(SeqCst)
                        .then_some("the plan has failures, so not all of the source is known")
                };
                return failed.or_else(unplanned);
            }
            settled.await;
        }
    }

    fn are_settled(&self) -> bool {
        self.done.load(SeqCst) >= self.asked.load(SeqCst)
    }
}
