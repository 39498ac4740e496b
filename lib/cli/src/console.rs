//! stderr, where people are spoken to: one voice, colours only where they are wanted, lines that don't cut through a
//! progress bar.

use std::{
    fmt,
    io::{self, Write as _},
    os::fd::AsFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use anstream::{AutoStream, stream::RawStream};
use anstyle::{AnsiColor, Style};
use clap::Args;
use indicatif::{MultiProgress, ProgressDrawTarget};
use tt_record::{Problem, without_secrets};

use crate::{Patient, ShowProgress, printable};

/// How much is said on stderr.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "What is said")]
pub struct Verbosity {
    /// Say nothing on stderr but errors: no progress, no notes.
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on stderr: what was found, what is tried again and why [default: errors, warnings and progress].
    #[arg(long, short)]
    pub verbose: bool,
    /// How it is told on stderr how far the work is. What is for machines is told in spite of --quiet.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub progress: ShowProgress,
}

/// Writes to stderr in the name of a tool. Cheap to clone.
#[derive(Clone)]
pub struct Console(Arc<Inner>);

struct Inner {
    tool: &'static str,
    verbosity: Verbosity,
    bars: MultiProgress,
}

impl Console {
    /// A console for `tool`.
    pub fn new(tool: &'static str, verbosity: Verbosity) -> Self {
        Self(Arc::new(Inner { tool, verbosity, bars: MultiProgress::new() }))
    }

    /// The tool that speaks.
    pub fn tool(&self) -> &'static str {
        self.0.tool
    }

    /// Whether stderr is a terminal that can be drawn on.
    pub(crate) fn draws() -> bool {
        !ProgressDrawTarget::stderr().is_hidden()
    }

    /// How progress is to be shown. Machines are not disturbed by what would disturb people.
    pub(crate) fn progress(&self) -> ShowProgress {
        match self.0.verbosity {
            Verbosity { quiet: true, progress: ShowProgress::Auto, .. } => ShowProgress::None,
            Verbosity { progress, .. } => progress,
        }
    }

    /// The place for progress bars.
    pub(crate) fn bars(&self) -> &MultiProgress {
        &self.0.bars
    }

    /// Says what went wrong, what to do next, and where more is said of such problems.
    pub fn error(&self, problem: &Problem) {
        self.line("error: ", AnsiColor::Red.on_default().bold(), problem);
        let page = format!("tt-troubleshooting(7): {}", problem.kind);
        let hint =
            problem.hint.as_ref().map_or_else(|| format!("see {page}"), |hint| format!("{hint} [{page}]"));
        self.line("hint: ", AnsiColor::Cyan.on_default(), hint);
    }

    /// Says what may surprise, without being a failure.
    pub fn warn(&self, text: impl fmt::Display) {
        if !self.0.verbosity.quiet {
            self.line("warning: ", AnsiColor::Yellow.on_default().bold(), text);
        }
    }

    /// Says how things are.
    pub fn note(&self, text: impl fmt::Display) {
        if !self.0.verbosity.quiet {
            self.line("", Style::new(), text);
        }
    }

    /// Says what only `--verbose` wants to know.
    pub fn detail(&self, text: impl fmt::Display) {
        if self.0.verbosity.verbose {
            self.line("", AnsiColor::BrightBlack.on_default(), text);
        }
    }

    /// Says what is tried again and why, where `--verbose` wants to know.
    pub fn retry_note(&self) -> impl Fn(&Problem, Duration) + Send + Sync + use<> {
        let console = self.clone();
        move |problem, delay| {
            console.detail(format_args!("{problem}: trying again in {:.1} s", delay.as_secs_f32()));
        }
    }

    /// Warns once, however often it is told to.
    pub fn warn_once(&self) -> Arc<dyn Fn(&str) + Send + Sync> {
        let (console, warned) = (self.clone(), AtomicBool::new(false));
        Arc::new(move |text| {
            if !warned.swap(true, Relaxed) {
                console.warn(text);
            }
        })
    }

    fn line(&self, label: &str, style: Style, text: impl fmt::Display) {
        self.0.bars.suspend(|| {
            let text = printable(&without_secrets(&text.to_string())).into_owned();
            // Nobody is left to be told when stderr itself fails.
            let _ = print_styled(io::stderr(), &format!("{}: {style}{label}{style:#}{text}\n", self.0.tool));
        });
    }
}

/// Writes to stdout or stderr, in one piece, without the styles of `text` where they are not wanted.
pub fn print_styled<S: RawStream + AsFd>(to: S, text: &str) -> io::Result<()> {
    let mut shown = AutoStream::new(Vec::with_capacity(text.len()), AutoStream::choice(&to));
    shown.write_all(text.as_bytes())?;
    Patient(to).write_all(&shown.into_inner())
}
