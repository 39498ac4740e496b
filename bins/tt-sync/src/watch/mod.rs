//! `tt-sync watch`: the hot folder. [`events`] say what has changed, [`pending`] waits until it has stopped to, and then a run deals
//! with just that; from time to time one with everything.

mod events;
mod pending;

use std::{
    io::Write as _,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use sd_notify::NotifyState;
use tempfile::NamedTempFile;
use tt_cli::{Console, Exit, Interrupt};
use tt_record::{Problem, ProblemKind};

use self::{
    events::{Events, Happening},
    pending::Pending,
};
use crate::{
    cli::{Manner, Rhythm},
    config::Settings,
    run::{self, Engine},
};

/// How often is looked whether something has settled, and whether the user wants to stop.
const TICK: Duration = Duration::from_millis(200);

/// After how long a run that failed is followed by the next; twice as long each time it fails again, up to this.
const FIRST_RETRY: Duration = Duration::from_secs(15);
const LAST_RETRY: Duration = Duration::from_mins(10);

/// Watches until it is stopped.
pub(crate) fn watch(
    settings: &Settings,
    manner: &Manner,
    rhythm: &Rhythm,
    console: &Console,
) -> Result<Exit, Problem> {
    if manner.engine == Engine::Aws {
        let message = "the AWS CLI takes whatever it finds, and would upload files that still grow";
        return Err(Problem::new(ProblemKind::Usage, message).hint("watch with --engine tt or s5cmd"));
    }
    let interrupt = Interrupt::install()?;
    let events = Events::watch(&settings.source, rhythm.poll.unwrap_or(settings.poll))?;
    let mut watching = Watching {
        settings,
        manner,
        rhythm,
        console,
        interrupt: &interrupt,
        pending: Pending::new(rhythm.settle),
        whole: Instant::now(),
        blocked: None,
        retry: FIRST_RETRY,
    };
    // Where no systemd runs it, nobody listens.
    let _ = sd_notify::notify(&[NotifyState::Ready]);
    watching.follow(&events);
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
    Ok(Exit::OK)
}

/// What is going on.
struct Watching<'a> {
    settings: &'a Settings,
    manner: &'a Manner,
    rhythm: &'a Rhythm,
    console: &'a Console,
    interrupt: &'a Interrupt,
    pending: Pending,
    /// When all is looked at next.
    whole: Instant,
    /// Until when nothing is tried, after a failure.
    blocked: Option<Instant>,
    retry: Duration,
}

impl Watching<'_> {
    fn follow(&mut self, events: &Events) {
        while !self.interrupt.raised() {
            let now = Instant::now();
            for happening in events.next(TICK) {
                match happening {
                    // The log is no data, wherever it is.
                    Happening::At(path) if path.starts_with(&self.settings.logs_dir) => {}
                    Happening::At(path) => self.pending.note(&path, now),
                    Happening::Somewhere => self.whole = now,
                }
            }
            if self.blocked.is_some_and(|until| now < until) {
                continue;
            }
            if now >= self.whole {
                self.whole = now + self.rhythm.reconcile;
                self.run_whole(now);
            } else {
                let settled = self.pending.settled(now);
                if !settled.is_empty() {
                    self.run_some(settled, now);
                }
            }
        }
    }

    /// Deals with everything but what may still change, which waits like what is told.
    fn run_whole(&mut self, now: Instant) {
        let settle = self.rhythm.settle;
        let recently = SystemTime::now() - settle - TICK;
        if self.run(run::Extent::Settled(settle)) {
            self.pending.note_since(recently, &self.settings.source, now);
        } else {
            self.whole = now + self.retry;
        }
    }

    fn run_some(&mut self, files: Vec<PathBuf>, now: Instant) {
        let listed = list(&self.settings.source, &files);
        let done = match &listed {
            Ok(list) => self.run(run::Extent::Listed(list.path())),
            Err(problem) => {
                self.console.error(problem);
                false
            }
        };
        if !done {
            self.pending.put_back(files, now);
        }
    }

    /// Whether it went well.
    fn run(&mut self, extent: run::Extent<'_>) -> bool {
        let ended = run::run(self.settings, self.manner, extent, self.console, self.interrupt);
        if let Err(problem) = &ended {
            self.console.error(problem);
        }
        let well = matches!(ended, Ok(Exit::OK));
        if well {
            (self.blocked, self.retry) = (None, FIRST_RETRY);
        } else {
            self.blocked = Some(Instant::now() + self.retry);
            self.retry = LAST_RETRY.min(self.retry * 2);
        }
        well
    }
}

/// A list for tt-plan, which knows files by their names in the source.
fn list(source: &Path, files: &[PathBuf]) -> Result<NamedTempFile, Problem> {
    let written = NamedTempFile::new().and_then(|mut list| {
        for name in files.iter().filter_map(|file| file.strip_prefix(source).ok()) {
            list.write_all(name.as_os_str().as_bytes())?;
            list.write_all(b"\0")?;
        }
        Ok(list)
    });
    written.map_err(|e| {
        Problem::new(ProblemKind::Io, format!("the list of what has changed can't be written: {e}"))
            .hint("check TMPDIR")
    })
}
