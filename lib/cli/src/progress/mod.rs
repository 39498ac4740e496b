//! How far the work is, as it is told on stderr: one steady line on a terminal, a line now and then in a log, JSON for
//! machines.
//!
//! [`account`] counts, from any thread. [`meter`] makes rates and stalls of what was counted, with the time given to it.
//! [`line`] puts that into words, [`log`] decides when a log gets any, [`report`] is the JSON; [`show`] is the thread that
//! tells.

mod account;
mod line;
mod log;
mod meter;
mod report;
mod show;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use clap::ValueEnum;

use self::{
    account::Account,
    show::{Show, View},
};
use crate::Console;

pub use self::report::ProgressReport;

/// How it is told how far the work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ShowProgress {
    /// A line on a terminal; in a log a line every ten seconds, or every two percent.
    #[default]
    Auto,
    /// One JSON object a line, every second and at the end.
    Json,
    /// Not at all.
    None,
}

/// The account of work done and to do. Clones count too; what is shown ends when the one that was started is dropped.
pub struct Progress {
    account: Arc<Account>,
    _show: Option<Show>,
}

/// A request under way, for as long as it is held.
pub struct RequestUnderWay(Arc<Account>);

/// A large file under way, for as long as it is held.
pub struct LargeUnderWay {
    account: Arc<Account>,
    id: u64,
}

impl Clone for Progress {
    fn clone(&self) -> Self {
        Self { account: Arc::clone(&self.account), _show: None }
    }
}

impl Progress {
    /// Starts to show progress as the console wants it; `verb` is what is done, such as `pushed`.
    pub fn start(console: &Console, verb: &'static str) -> Self {
        Self::shown(console, verb, View::of(console))
    }

    /// For a tool that is not the one to draw, since another of its pipeline does: it shows only what machines read.
    pub fn behind(console: &Console, verb: &'static str) -> Self {
        Self::shown(console, verb, View::of(console).filter(|view| view.is_for_machines()))
    }

    fn shown(console: &Console, verb: &'static str, view: Option<View>) -> Self {
        let account = Arc::<Account>::default();
        let show = view.map(|view| Show::start(view, console.clone(), verb, Arc::clone(&account)));
        Self { account, _show: show }
    }

    /// More work was found.
    pub fn expect(&self, files: u64, bytes: u64) {
        self.account.total_files.fetch_add(files, Relaxed);
        self.account.total_bytes.fetch_add(bytes, Relaxed);
    }

    /// No more work will be found: from here on the time left can be told.
    pub fn all_known(&self) {
        self.account.total_known.store(true, Relaxed);
    }

    /// Bytes moved. A file that has to be sent again is taken back with [`Progress::take_back`].
    pub fn moved(&self, bytes: u64) {
        self.account.bytes.fetch_add(bytes, Relaxed);
        self.account.moved.fetch_add(bytes, Relaxed);
    }

    /// Bytes that an earlier run had moved: they count as done, but not for the rates.
    pub fn resumed(&self, bytes: u64) {
        self.account.bytes.fetch_add(bytes, Relaxed);
        self.account.resumed.fetch_add(bytes, Relaxed);
    }

    /// Bytes that were moved, now or earlier, in vain.
    pub fn take_back(&self, bytes: u64) {
        self.account.bytes.fetch_sub(bytes, Relaxed);
    }

    /// Bytes moved so far, and not in vain.
    pub fn bytes_done(&self) -> u64 {
        self.account.bytes.load(Relaxed)
    }

    /// A file is done.
    pub fn file_done(&self) {
        self.account.files.fetch_add(1, Relaxed);
    }

    /// A file failed.
    pub fn file_failed(&self) {
        self.account.files.fetch_add(1, Relaxed);
        self.account.failed.fetch_add(1, Relaxed);
    }

    /// A request is under way, until what this gives is dropped.
    pub fn request(&self) -> RequestUnderWay {
        self.account.requests.fetch_add(1, Relaxed);
        RequestUnderWay(Arc::clone(&self.account))
    }

    /// A file is under way, until what this gives is dropped. Nothing for a small one: it is done before its name is read.
    pub fn file(&self, path: &Path, size: u64) -> Option<LargeUnderWay> {
        let id = self.account.begin(path, size)?;
        Some(LargeUnderWay { account: Arc::clone(&self.account), id })
    }

    /// Where to keep how many bytes the network has taken of requests under way, long before they have [`moved`]: then
    /// rates are steady, and a slow line is no stall.
    ///
    /// [`moved`]: Progress::moved
    pub fn in_flight(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.account.in_flight)
    }
}

impl Drop for RequestUnderWay {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Relaxed);
    }
}

impl Drop for LargeUnderWay {
    fn drop(&mut self) {
        self.account.end(self.id);
    }
}
