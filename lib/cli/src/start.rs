//! From the command line to the exit code: what every `main` does.

use std::{
    env,
    ffi::OsString,
    io::{self, Write as _},
    panic,
    process::ExitCode,
};

use anstream::adapter::strip_str;
use anstyle::AnsiColor;
use clap::{
    Arg, ArgAction, ArgMatches, Command,
    builder::Styles,
    error::{ContextValue, ErrorKind},
};
use tt_record::{Problem, ProblemKind};

use crate::{
    Console, Exit, Page, Patient, Verbosity,
    descriptors::check_descriptors,
    is_hidden, printable, printable_lines,
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
        Err(error) => return refuse(error).into(),
    };
    let console = Console::new(tool, Verbosity::default());
    show_panics();
    let run = |matches: &ArgMatches| {
        require_stdout()?;
        check_descriptors()?;
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
fn refuse(error: clap::Error) -> Exit {
    let exit = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::OK,
        _ => Exit::USAGE,
    };
    // A closed stdout or stderr leaves nobody to tell.
    let _ = match shown(error, env::args_os()) {
        Ok(text) if exit != Exit::OK => Patient(io::stderr()).write_all(text.as_bytes()),
        Ok(text) => Patient(io::stdout()).write_all(text.as_bytes()),
        Err(error) => error.print(),
    };
    exit
}

/// What clap says of arguments that hold what can't be seen, without colours, and with that written out; of others it is given back.
fn shown(error: clap::Error, args: impl Iterator<Item = OsString>) -> Result<String, clap::Error> {
    let is_odd = |text: &str| text.contains(|c| c != '\n' && is_hidden(c));
    let args: Vec<_> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    if !args.iter().any(|arg| arg.contains(is_hidden)) && !is_odd(&error.render().to_string()) {
        return Err(error);
    }
    let mut text = with_plain_context(error).render().to_string();
    // What flags of ours say of their values is no context. clap takes sequences of escapes out of it.
    for arg in args
        .iter()
        .flat_map(|arg| [Some(arg.as_str()), arg.split_once('=').map(|(_, value)| value)])
        .flatten()
    {
        for piece in [arg, &strip_str(arg).to_string()].into_iter().filter(|piece| piece.contains(is_hidden))
        {
            text = text.replace(piece, &printable(piece));
        }
    }
    Ok(printable_lines(&text))
}

/// The same error with what it quotes written out.
fn with_plain_context(mut error: clap::Error) -> clap::Error {
    let plain = |value: &ContextValue| match value {
        ContextValue::String(text) => Some(ContextValue::String(printable(text).into_owned())),
        ContextValue::Strings(all) => {
            Some(ContextValue::Strings(all.iter().map(|text| printable(text).into_owned()).collect()))
        }
        // The name of a flag with its value is styled, and clap takes sequences of escapes out of it.
        _ => None,
    };
    let plain: Vec<_> = error.context().filter_map(|(kind, value)| Some((kind, plain(value)?))).collect();
    for (kind, value) in plain {
        error.insert(kind, value);
    }
    error
}

/// Has a panic tell what is wrong with nothing in it that a terminal obeys.
fn show_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        match info.payload_as_str().filter(|text| text.contains(is_hidden)) {
            Some(text) => {
                let place = info.location().map(ToString::to_string).unwrap_or_default();
                let _ = writeln!(io::stderr(), "panicked at {place}: {}", printable(text));
            }
            None => usual(info),
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(args: &[&str]) -> Option<String> {
        let command =
            Command::new("tt-x").arg(Arg::new("n").long("n").value_parser(clap::value_parser!(u16)));
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        shown(command.try_get_matches_from(&args).unwrap_err(), args.into_iter()).ok()
    }

    #[test]
    fn an_argument_adds_no_line_and_no_colour() {
        for arg in [
            "--x\x1b[31m\nerror: all is well",
            "more\u{202e}\nx",
            "--n=\x1b]0;t\x07\nx",
            "--y\x1b]0;t\x07\nx",
        ] {
            let text = said(&["tt-x", arg]).unwrap();
            assert!(!text.contains(|c| c != '\n' && is_hidden(c)), "{text}");
            assert!(
                text.contains("\\n") && !text.contains("\nx") && !text.contains("\nerror: all"),
                "{text}"
            );
        }
        assert_eq!(said(&["tt-x", "--unknown"]), None);
    }
}
