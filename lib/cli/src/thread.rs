//! Threads, of which a system may let no more be started.

use std::thread::{Builder, JoinHandle};

use tt_record::{Problem, ProblemKind};

/// Starts a thread.
pub fn start_thread<T: Send + 'static>(
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Problem> {
    Builder::new().spawn(run).map_err(|e| {
        Problem::new(ProblemKind::Io, format!("can't start a thread: {e}"))
            .hint("allow more threads (ulimit -u), and run the same command again")
    })
}
