//! `tt-sync`: takes the place of a deployment's sync script, without those around it noticing.
//!
//! Its own job is only to configure ([`config`]), to run the pipeline of the other tools and watch it, and to log and report
//! ([`run`]), once or whenever something has changed ([`watch`]). [`monitor`] does what status and alert scripts did, [`shim`] puts it in the place of the old script. Unlike the
//! other tools' stdout, this one's is the log.

mod cli;
mod config;
mod log;
mod monitor;
mod run;
mod shim;
mod watch;

use std::io::{self, Write as _};

use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _};
use tt_cli::{Console, Example, Exit, Interrupt, Page, Patient, Verbosity, printable, printable_lines};
use tt_record::{Problem, ProblemKind};

use self::{
    cli::{Action, Flags, Shim, Sources, Watch},
    config::{Layers, Settings, Shown},
    shim::Done,
};

pub use self::config::{Assignment, BadLine, read_config};

/// The name of the tool.
const TOOL: &str = "tt-sync";

/// The exit codes, which are fewer than those of other tools: scripts ask no more than whether it went well.
const EXITS: [(u8, &str); 7] = [
    (0, "All was uploaded and verified, or there was nothing to upload."),
    (
        1,
        "Not all of it was; log and last-sync.json say what. With --fine-exit-codes, the code of the pipeline instead.",
    ),
    (64, "Wrong usage."),
    (70, "A bug in the tool."),
    (74, "The log can't be written, or nothing can be printed; nothing was done."),
    (75, "Another run for the same destination is under way; nothing was done."),
    (78, "The configuration is wrong; nothing was done."),
];

/// The exit codes of `tt-sync status` and `tt-sync alerts`, which are those of monitors.
const MONITOR_EXITS: [(u8, &str); 6] = [
    (0, "All is in order."),
    (1, "Something is worth a warning."),
    (2, "Something is critical."),
    (3, "Nothing is known, or somebody could not be told."),
    (64, "Wrong usage."),
    (78, "The configuration is wrong."),
];

/// Those of `tt-sync watch`.
const WATCH_EXITS: [(u8, &str); 4] = [
    (0, "It was stopped by SIGINT or SIGTERM, which is its usual end."),
    (64, "Wrong usage."),
    (74, "The directory can't be watched."),
    (78, "The configuration is wrong."),
];

/// The hand-written part of the man page.
pub const PAGE: Page = Page {
    examples: &[
        Example { what: "What cron runs, in the directory of the deployment.", command: "tt-sync --quiet" },
        Example {
            what: "Which setting has which value, and who said so.",
            command: "tt-sync --print-config",
        },
        Example {
            what: "What would be uploaded now.",
            command: "tt-sync --config /srv/deploy/datasync-config.env --dry-run",
        },
        Example {
            what: "The hot folder: whatever is dropped into it is uploaded once it has stopped to grow.",
            command: "tt-sync watch --settle 10s",
        },
        Example {
            what: "How the last run went, as a check of Nagios.",
            command: "tt-sync status --config /srv/deploy/datasync-config.env",
        },
        Example {
            what: "In the place of the old script; and back again.",
            command: "tt-sync shim /srv/deploy/scripts\ntt-sync shim --undo /srv/deploy/scripts",
        },
    ],
    see_also: &["tt-plan(1)", "tt-push(1)", "tt-verify(1)", "tt-install(1)", "tt-records(5)"],
    exits: &[
        (TOOL, &EXITS),
        ("tt-sync-status", &MONITOR_EXITS),
        ("tt-sync-alerts", &MONITOR_EXITS),
        ("tt-sync-watch", &WATCH_EXITS),
    ],
};

/// The command line.
pub fn command() -> Command {
    tt_cli::finish(Flags::command(), &PAGE)
}

/// Runs the tool.
pub fn run(matches: &ArgMatches) -> Result<Exit, Problem> {
    let flags =
        Flags::from_arg_matches(matches).map_err(|e| Problem::new(ProblemKind::Usage, e.to_string()))?;
    match flags.action {
        None => sync(&flags),
        Some(Action::Status(status)) => monitor::status(&settings(&status.sources)?, status.json),
        Some(Action::Alerts(alerts)) => {
            Ok(monitor::alerts(&settings(&alerts.sources)?, &Console::new(TOOL, Verbosity::default())))
        }
        Some(Action::Watch(Watch { sources, manner, rhythm })) => {
            let settings = settings(&sources).and_then(Settings::checked)?;
            watch::watch(&settings, &manner, &rhythm, &Console::new(TOOL, Verbosity::default()))
        }
        Some(Action::Shim(Shim { dir, undo: false })) => print(&told(&shim::place(&dir)?)),
        Some(Action::Shim(Shim { dir, undo: true })) => print(&told(&shim::undo(&dir)?)),
    }
}

fn layers(sources: &Sources) -> Result<Layers, Problem> {
    let file = config::find(sources.config.as_deref())?;
    Layers::read(sources.variables(), file.as_deref())
}

fn settings(sources: &Sources) -> Result<Settings, Problem> {
    Settings::read(&layers(sources)?)
}

fn sync(flags: &Flags) -> Result<Exit, Problem> {
    let layers = layers(&flags.sources)?;
    let instead = flags.shown.print_config || flags.shown.print_pipeline;
    let settings = Settings::read(&layers).and_then(Settings::checked).inspect_err(|problem| {
        if !instead && !flags.manner.dry_run {
            run::leave_word(&layers, problem);
        }
    })?;
    if flags.shown.print_config {
        return print(&settings.account.iter().map(described).collect::<String>());
    }
    if flags.shown.print_pipeline {
        return print(&(run::pipeline(&settings, &flags.manner) + "\n"));
    }
    let console = Console::new(TOOL, Verbosity::default());
    run::run(&settings, &flags.manner, run::Extent::Whole, &console, &Interrupt::install()?)
}

fn told(done: &Done) -> String {
    match done {
        Done::Placed(script, Some(kept)) => {
            format!("{} starts tt-sync now; the old one is {}\n", script.display(), kept.display())
        }
        Done::Placed(script, None) => {
            format!("{} starts tt-sync now; there was none before\n", script.display())
        }
        Done::Undone(script, true) => format!("{} is the old one again\n", script.display()),
        Done::Undone(script, false) => format!("{} is gone; there was none before\n", script.display()),
    }
}

fn described(Shown { name, value, origin }: &Shown) -> String {
    format!("{name}={}  # {origin}\n", shell_words::quote(&printable(value)))
}

fn print(text: &str) -> Result<Exit, Problem> {
    let written = Patient(io::stdout()).write_all(printable_lines(text).as_bytes());
    written.map_err(|e| Problem::new(ProblemKind::Io, format!("stdout can't be written to: {e}")))?;
    Ok(Exit::OK)
}
