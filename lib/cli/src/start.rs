//! From the command line to the exit code: what every `main` does.

use std::{panic, process::ExitCode};

use anstyle::AnsiColor;
use clap::{ArgAction, ArgMatches, Args, Command, builder::Styles, error::ErrorKind};
use tt_record::{Problem, ProblemKind};

use crate::{Console, Exit, Verbosity};

/// Help and version. To be flattened in last: clap's own ones would stand before everything else in the help.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Help")]
pub struct HelpFlags {
    /// Print help: a summary with -h, all of it with --help.
    #[arg(long, short, action = ArgAction::Help)]
    help: Option<bool>,
    /// Print the version.
    #[arg(long, short = 'V', action = ArgAction::Version)]
    version: Option<bool>,
}

/// The colours of `--help`.
pub const fn styles() -> Styles {
    Styles::styled()
        .header(AnsiColor::Green.on_default().bold())
        .usage(AnsiColor::Green.on_default().bold())
        .literal(AnsiColor::Cyan.on_default().bold())
        .placeholder(AnsiColor::Cyan.on_default())
}

/// Parses the command line and runs the tool. Wrong usage, an error and even a panic come out as a message and the exit
/// code for it.
pub fn start(
    tool: &'static str,
    command: Command,
    run: impl FnOnce(&ArgMatches) -> Result<Exit, Problem>,
) -> ExitCode {
    let matches = match command.try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return refuse(&error).into(),
    };
    let console = Console::new(tool, Verbosity::default());
    // Nothing that a panic may have left half done is used afterwards.
    match panic::catch_unwind(panic::AssertUnwindSafe(|| run(&matches))) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(problem)) => {
            console.error(&problem);
            Exit::of(&problem).into()
        }
        Err(_panic) => {
            console.error(
                &Problem::new(ProblemKind::Bug, "stopped by a bug; nothing more was done")
                    .hint("please report it with the message above and the command line"),
            );
            Exit::BUG.into()
        }
    }
}

/// Prints what clap has to say: help and version are no errors.
fn refuse(error: &clap::Error) -> Exit {
    // A closed stdout or stderr leaves nobody to tell.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::OK,
        _ => Exit::USAGE,
    }
}
