//! What happens below the source: told by the system, and, for drives where it tells nothing, found by a slow look at all of it.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::Duration,
};

use notify::{
    Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};
use tt_record::{Problem, ProblemKind};

/// Something that happened.
#[derive(Debug)]
pub(super) enum Happening {
    /// To this path.
    At(PathBuf),
    /// Somewhere: not all of it was told.
    Somewhere,
}

/// Watches. It ends with this.
pub(super) struct Events {
    happenings: Receiver<Happening>,
    _told: RecommendedWatcher,
    _looked: PollWatcher,
}

impl Events {
    /// Watches a directory and all below it; looks at all of it every so often.
    pub(super) fn watch(source: &Path, poll: Duration) -> Result<Self, Problem> {
        let (sender, happenings) = channel();
        let failed = |e: notify::Error| {
            Problem::new(ProblemKind::Io, format!("{} can't be watched: {e}", source.display()))
                .hint("on Linux, raise fs.inotify.max_user_watches; it takes one for each directory")
        };
        let to = sender.clone();
        let mut told = notify::recommended_watcher(move |event| hand_on(event, &to)).map_err(failed)?;
        told.watch(source, RecursiveMode::Recursive).map_err(failed)?;
        let config = Config::default().with_poll_interval(poll);
        let mut looked = PollWatcher::new(move |event| hand_on(event, &sender), config).map_err(failed)?;
        looked.watch(source, RecursiveMode::Recursive).map_err(failed)?;
        Ok(Self { happenings, _told: told, _looked: looked })
    }

    /// All that has happened since it was last asked for, after a wait for the first of it.
    pub(super) fn next(&self, patience: Duration) -> Vec<Happening> {
        match self.happenings.recv_timeout(patience) {
            Ok(first) => [first].into_iter().chain(self.happenings.try_iter()).collect(),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Vec::new(),
        }
    }
}

/// Nobody is there any more when the channel is closed.
fn hand_on(event: notify::Result<Event>, to: &Sender<Happening>) {
    match event {
        Ok(event) if event.need_rescan() => drop(to.send(Happening::Somewhere)),
        // That a file is read changes nothing.
        Ok(event) if is_reading(event.kind) => {}
        Ok(event) => event.paths.into_iter().for_each(|path| drop(to.send(Happening::At(path)))),
        Err(_) => drop(to.send(Happening::Somewhere)),
    }
}

fn is_reading(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}
