//! `tt-sync status`: how it stands, for people and for monitors.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use jiff::ZonedDateTime;
use serde::Serialize;
use tt_cli::{Exit, printable, printable_json};
use tt_record::{Problem, ProblemKind};

use super::checks::{Check, State, look};
use crate::{config::Settings, run};

/// All that there is to say.
#[derive(Serialize)]
struct Status<'a> {
    state: State,
    exit: u8,
    source: String,
    destination: String,
    /// Who is at work now.
    running: Option<String>,
    checks: &'a [Check],
}

/// Shows how it stands. The exit code is that of monitors: 0, 1, 2 or 3.
pub(crate) fn status(settings: &Settings, json: bool) -> Result<Exit, Problem> {
    let checks = look(settings, &ZonedDateTime::now());
    let state = State::of(&checks);
    let status = Status {
        state,
        exit: state.exit(),
        source: settings.source.display().to_string(),
        destination: settings.dest.to_string(),
        running: run::holder(&settings.dest)?,
        checks: &checks,
    };
    let mut out = anstream::stdout().lock();
    let written = if json { print_json(&status, &mut out) } else { show(&status, &mut out) };
    written.map_err(|e| Problem::new(ProblemKind::Io, format!("stdout can't be written to: {e}")))?;
    Ok(Exit::from_code(state.exit()))
}

fn print_json(status: &Status<'_>, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(status)?;
    // It says the same to programs, and nothing hidden to people.
    writeln!(out, "{}", printable_json(&text))
}

fn show(status: &Status<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Status { state, source, destination, running, checks, .. } = status;
    let style = style(*state);
    let between = format!("{source} to {destination}");
    writeln!(out, "{style}{}{style:#}: {}", state.word(), printable(&between))?;
    if let Some(running) = running {
        writeln!(out, "running      {}", printable(running))?;
    }
    for Check { name, state, what } in *checks {
        let mark = if *state == State::Ok { String::new() } else { format!("  {}", state.word()) };
        writeln!(out, "{name:12} {}{mark}", printable(what))?;
    }
    Ok(())
}

fn style(state: State) -> Style {
    match state {
        State::Ok => AnsiColor::Green.on_default(),
        State::Warning => AnsiColor::Yellow.on_default(),
        State::Critical | State::Unknown => AnsiColor::Red.on_default().bold(),
    }
}
