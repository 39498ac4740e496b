//! The thread that tells how far things are, on a terminal, in a log, or to a machine.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

use super::{
    ProgressReport, ShowProgress,
    account::{Account, Moment},
    line::brief,
    log::{Entry, Log},
    meter::{Meter, Reading},
};
use crate::{Console, Patient, printable_json, start_thread};

/// How often the counters are looked at, and a terminal is redrawn.
const LOOK: Duration = Duration::from_millis(200);

/// How often a machine gets a line.
const REPORT: Duration = Duration::from_secs(1);

/// The line while things move. What does not fit on the terminal is cut.
const MOVING: &str = "{bar:12.cyan/blue} {wide_msg}";

/// The line while they don't.
const STALLED: &str = "{bar:12.yellow/blue} {wide_msg:.yellow}";

/// In which form it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Terminal,
    Log,
    Machine,
}

impl View {
    /// What the console wants, if anything.
    pub(super) fn of(console: &Console) -> Option<Self> {
        match console.progress() {
            ShowProgress::None => None,
            ShowProgress::Json => Some(Self::Machine),
            ShowProgress::Auto if Console::draws() => Some(Self::Terminal),
            ShowProgress::Auto => Some(Self::Log),
        }
    }

    pub(super) fn is_for_machines(self) -> bool {
        self == Self::Machine
    }
}

/// Tells until it is dropped.
pub(super) struct Show {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Show {
    pub(super) fn start(view: View, console: Console, verb: &'static str, account: Arc<Account>) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = start_thread(move || match view {
            View::Terminal => watch(&account, &stopped, Terminal::new(&console, verb)),
            View::Log => watch(&account, &stopped, Lines { console, log: Log::new(verb) }),
            View::Machine => watch(&account, &stopped, Reports { tool: console.tool(), next: REPORT }),
        });
        // Where none can be started nothing is told, and something else fails for it.
        Self { stop: Some(stop), thread: thread.ok() }
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread only tells: there is nothing to learn from how it ended.
            let _ = thread.join();
        }
    }
}

/// Who is told.
trait Audience {
    fn tell(&mut self, moment: &Moment, reading: &Reading);
    fn end(&mut self, moment: &Moment, reading: &Reading);
}

/// Looks at the counters until the other end of `stopped` is dropped.
fn watch(account: &Account, stopped: &Receiver<()>, mut audience: impl Audience) {
    let (started, mut meter) = (Instant::now(), Meter::default());
    let mut look = || {
        let moment = account.moment();
        let reading = meter.read(started.elapsed(), &moment);
        (moment, reading)
    };
    while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        let (moment, reading) = look();
        audience.tell(&moment, &reading);
    }
    let (moment, reading) = look();
    audience.end(&moment, &reading);
}

/// One line that is drawn again and again.
struct Terminal {
    bar: ProgressBar,
    verb: &'static str,
    position: (u64, u64),
    stalled: bool,
}

impl Terminal {
    fn new(console: &Console, verb: &'static str) -> Self {
        let bars = console.bars();
        let bar = bars.add(ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()));
        bars.set_draw_target(ProgressDrawTarget::stderr());
        let mut terminal = Self { bar, verb, position: (0, 0), stalled: false };
        terminal.paint(false);
        terminal
    }

    fn paint(&mut self, stalled: bool) {
        self.stalled = stalled;
        if let Ok(style) = ProgressStyle::with_template(if stalled { STALLED } else { MOVING }) {
            self.bar.set_style(style);
        }
    }
}

impl Audience for Terminal {
    fn tell(&mut self, moment: &Moment, reading: &Reading) {
        if self.stalled != reading.is_stalled() {
            self.paint(reading.is_stalled());
        }
        self.bar.set_message(brief(self.verb, moment, reading));
        let position = (moment.nearly().min(moment.total_bytes), moment.total_bytes);
        // Each change is drawn by itself, even if it changes nothing.
        if self.position != position {
            self.position = position;
            self.bar.update(|bar| {
                bar.set_pos(position.0);
                bar.set_len(position.1);
            });
        }
    }

    fn end(&mut self, _: &Moment, _: &Reading) {
        self.bar.finish_and_clear();
    }
}

/// Lines between those of others.
struct Lines {
    console: Console,
    log: Log,
}

impl Lines {
    fn write(&self, entry: Option<Entry>) {
        match entry {
            Some(Entry::Note(text)) => self.console.note(text),
            Some(Entry::Warning(text)) => self.console.warn(text),
            None => {}
        }
    }
}

impl Audience for Lines {
    fn tell(&mut self, moment: &Moment, reading: &Reading) {
        let entry = self.log.entry(moment, reading);
        self.write(entry);
    }

    fn end(&mut self, moment: &Moment, reading: &Reading) {
        self.write(self.log.end(moment, reading));
    }
}

/// JSON.
struct Reports {
    tool: &'static str,
    next: Duration,
}

impl Reports {
    fn write(&self, moment: &Moment, reading: &Reading, last: bool) {
        let report = ProgressReport::new(self.tool, now(), moment, reading, last);
        if let Ok(mut line) = serde_json::to_string(&report) {
            line.push('\n');
            if std::io::stderr().is_terminal() {
                line = printable_json(&line).into_owned();
            }
            // In one piece: the tools of a pipeline share stderr. Nobody is left to be told when it fails.
            let _ = Patient(std::io::stderr()).write_all(line.as_bytes());
        }
    }
}

impl Audience for Reports {
    fn tell(&mut self, moment: &Moment, reading: &Reading) {
        if reading.elapsed >= self.next {
            self.write(moment, reading, false);
            while self.next <= reading.elapsed {
                self.next += REPORT;
            }
        }
    }

    fn end(&mut self, moment: &Moment, reading: &Reading) {
        self.write(moment, reading, true);
    }
}

/// To the millisecond.
fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Trunc)).unwrap_or(now)
}
