//! From the command line to the exit code: what every `main` does.

use std::{panic, process::ExitCode};

use anstyle::AnsiColor;
use clap::{Arg, ArgAction, ArgMatches, Command, builder::Styles, error::ErrorKind};
use tt_record::{Problem, ProblemKind};

use crate::{
    Console, Exit, Page, Verbosity,
    streams::{require_stdout, take_stdin},
};

/// A command line as all tools have it: the same colours and width, examples where they are looked for, help and version last.
pub fn finish(command: Command, page: &Page) -> Command {
    let tool = command.get_name().to_owned();
    let finished = |sub: Command| {
        let examples = page.help(&format!("{tool} {} ", sub.get_name()));
        with_help(sub).after_help(examples)
    };
    with_help(command.mut_subcommands(finished))
        .styles(styles())
        .max_term_width(100)
        .help_template(page.template())
}

/// Adds the flags for help and, where there is one, for the version: clap's own ones would stand before all others.
fn with_help(command: Command) -> Command {
    let versioned = command.get_version().is_some();
    let flag = |name, short, action, help| {
        Arg::new(name).long(name).short(short).action(action).help(help).help_heading("Help")
    };
    let help = flag("help", 'h', ArgAction::Help, "Print help: a summary with -h, all of it with --help");
    let version = flag("version", 'V', ArgAction::Version, "Print the version");
    command.disable_help_flag(true).disable_version_flag(true).arg(help).args(versioned.then_some(version))
}

/// The colours of `--help`.
const fn styles() -> Styles {
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
    let run = |matches: &ArgMatches| {
        require_stdout()?;
        take_stdin()?;
        run(matches)
    };
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
