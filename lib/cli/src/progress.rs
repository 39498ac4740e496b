//! How far the work is: one steady line on a terminal, a line every ten seconds elsewhere.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{Console, human_bytes, human_duration};

/// How often a terminal is redrawn.
const REDRAW: Duration = Duration::from_millis(200);
/// How often a log gets a line.
const LOG_LINE: Duration = Duration::from_secs(10);

/// Counts work, from any thread.
#[derive(Debug, Default)]
struct Counters {
    files: AtomicU64,
    bytes: AtomicU64,
    total_files: AtomicU64,
    total_bytes: AtomicU64,
    total_known: AtomicBool,
    failed: AtomicU64,
}

/// The account of work done and to do, shown on stderr while it lives. Cheap to clone; the last one to go ends the show.
#[derive(Clone)]
pub struct Progress {
    counters: Arc<Counters>,
    _show: Arc<Show>,
}

struct Show {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts to show progress; `verb` is what is done, such as `pushed`. A quiet console shows nothing.
    pub fn start(console: &Console, verb: &'static str) -> Self {
        let counters = Arc::new(Counters::default());
        let (stop, stopped) = mpsc::channel();
        let view =
            View { console: console.clone(), counters: Arc::clone(&counters), verb, started: Instant::now() };
        let thread = (!console.quiet()).then(|| std::thread::spawn(move || view.run(&stopped)));
        Self { counters, _show: Arc::new(Show { stop: Some(stop), thread }) }
    }

    /// Counts without showing anything.
    pub fn hidden() -> Self {
        Self { counters: Arc::default(), _show: Arc::new(Show { stop: None, thread: None }) }
    }

    /// More work was found.
    pub fn expect(&self, files: u64, bytes: u64) {
        self.counters.total_files.fetch_add(files, Relaxed);
        self.counters.total_bytes.fetch_add(bytes, Relaxed);
    }

    /// No more work will be found: from here on the time left can be told.
    pub fn all_known(&self) {
        self.counters.total_known.store(true, Relaxed);
    }

    /// Bytes moved. A file that has to be sent again is taken back with [`Progress::take_back`].
    pub fn moved(&self, bytes: u64) {
        self.counters.bytes.fetch_add(bytes, Relaxed);
    }

    /// Bytes that were moved in vain.
    pub fn take_back(&self, bytes: u64) {
        self.counters.bytes.fetch_sub(bytes, Relaxed);
    }

    /// Bytes moved so far, and not in vain.
    pub fn bytes_done(&self) -> u64 {
        self.counters.bytes.load(Relaxed)
    }

    /// A file is done.
    pub fn file_done(&self) {
        self.counters.files.fetch_add(1, Relaxed);
    }

    /// A file failed.
    pub fn file_failed(&self) {
        self.counters.files.fetch_add(1, Relaxed);
        self.counters.failed.fetch_add(1, Relaxed);
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread only draws: there is nothing to learn from how it ended.
            let _ = thread.join();
        }
    }
}

/// Draws the counters.
struct View {
    console: Console,
    counters: Arc<Counters>,
    verb: &'static str,
    started: Instant,
}

impl View {
    /// Draws until the other end of `stopped` is dropped.
    fn run(&self, stopped: &mpsc::Receiver<()>) {
        let draws = self.console.draws();
        let bar = self.bar(draws);
        let mut next_line = LOG_LINE;
        while stopped.recv_timeout(REDRAW) == Err(RecvTimeoutError::Timeout) {
            let total = self.counters.total_bytes.load(Relaxed);
            bar.set_length(total);
            bar.set_position(self.counters.bytes.load(Relaxed).min(total));
            if draws {
                bar.set_message(self.text(&bar));
                bar.tick();
            } else if self.started.elapsed() >= next_line {
                self.console.note(self.text(&bar));
                next_line += LOG_LINE;
            }
        }
        bar.finish_and_clear();
    }

    /// A bar that draws on a terminal, and elsewhere only works out the rate.
    fn bar(&self, draws: bool) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        if !draws {
            return bar;
        }
        let bar = self.console.bars().add(bar);
        self.console.bars().set_draw_target(ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:24.cyan/blue} {msg}") {
            bar.set_style(style);
        }
        bar
    }

    /// `pushed 123 of 500 files, 2.5 GB of 5.5 GB (45 %), 125 MB/s, 24s left`.
    fn text(&self, bar: &ProgressBar) -> String {
        let c = &self.counters;
        let (bytes, total) = (c.bytes.load(Relaxed), c.total_bytes.load(Relaxed));
        let known = c.total_known.load(Relaxed);
        let so_far = if known { "" } else { " so far" };
        let percent = bytes.saturating_mul(100).checked_div(total).unwrap_or(100);
        let text = format!(
            "{} {} of {} files{so_far}, {} of {} ({percent} %), {}/s",
            self.verb,
            c.files.load(Relaxed),
            c.total_files.load(Relaxed),
            human_bytes(bytes),
            human_bytes(total),
            human_bytes(whole(bar.per_sec())),
        );
        let left = if known && bytes < total {
            format!(", {} left", human_duration(bar.eta()))
        } else {
            String::new()
        };
        match c.failed.load(Relaxed) {
            0 => text + &left,
            failed => format!("{text}{left}, {failed} failed"),
        }
    }
}

/// A rate without its fraction.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are finite and not negative"
)]
fn whole(rate: f64) -> u64 {
    rate as u64
}
