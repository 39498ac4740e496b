//! What another thread reads ahead.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel},
    time::Duration,
};

use tt_record::{Problem, ProblemKind};

/// How many batches of files, and pages of the listing, wait to be compared.
const AHEAD: usize = 8;

/// How often whoever waits for a side gets to look elsewhere.
const LOOK_UP: Duration = Duration::from_millis(100);

/// What a side hands over; none is the end.
pub(crate) type Handed<T> = Result<Option<T>, Problem>;

/// What another thread reads ahead.
pub(crate) struct Ahead<T> {
    handed: Receiver<Handed<T>>,
    ended: bool,
}

impl<T> Ahead<T> {
    pub(crate) fn new() -> (SyncSender<Handed<T>>, Self) {
        let (sender, handed) = sync_channel(AHEAD);
        (sender, Self { handed, ended: false })
    }

    /// What comes next, or `None` at the end. `wait` is called before each spell of waiting.
    pub(crate) fn next(
        &mut self,
        mut wait: impl FnMut() -> Result<(), Problem>,
    ) -> Result<Option<T>, Problem> {
        if self.ended {
            return Ok(None);
        }
        let next = self.receive(&mut wait)??;
        self.ended = next.is_none();
        Ok(next)
    }

    fn receive(&self, mut wait: impl FnMut() -> Result<(), Problem>) -> Result<Handed<T>, Problem> {
        match self.handed.try_recv() {
            Ok(handed) => return Ok(handed),
            Err(TryRecvError::Disconnected) => return Err(broken_off()),
            Err(TryRecvError::Empty) => {}
        }
        loop {
            wait()?;
            match self.handed.recv_timeout(LOOK_UP) {
                Ok(handed) => return Ok(handed),
                Err(RecvTimeoutError::Disconnected) => return Err(broken_off()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

/// A side that ends without saying so is not at its end: what it would have said is not known.
fn broken_off() -> Problem {
    Problem::new(ProblemKind::Bug, "reading stopped by a bug")
}
