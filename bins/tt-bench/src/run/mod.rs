//! `tt-bench run`: everything is prepared, the tools take turns, and a report is written.

pub(crate) mod cli;
mod consent;
mod live;
mod prepare;
mod request;
mod tally;

use std::io::{self, IsTerminal as _, Write as _};

use tempfile::TempDir;
use tt_cli::{Console, Exit, Interrupt};
use tt_record::{Problem, ProblemKind};

use self::{
    cli::Run,
    live::{Live, Step},
    prepare::{contestants, data, place},
    request::Request,
    tally::Tally,
};
use crate::{
    TOOL,
    data::DataSet,
    measure::{Runner, Trials},
    report::{DataInfo, Report, Task, Wrong, check, write},
    tools::Tool,
};

/// Measures, and writes the report.
pub(crate) fn run(flags: Run) -> Result<Exit, Problem> {
    let request = flags.resolve()?;
    let console = Console::new(TOOL, request.verbosity);
    let interrupt = Interrupt::install()?;
    check(&request.out)?;
    let scratch = TempDir::with_prefix("tt-bench-").map_err(|e| {
        Problem::new(ProblemKind::Io, format!("there is no room for temporary files: {e}")).hint("set TMPDIR")
    })?;
    let (tools, absent) = contestants(&request, &console, &interrupt)?;
    let runner = Runner::new(&interrupt, scratch.path(), request.limit);
    let data = data(&request, &console, &runner)?;
    let place = place(&request, scratch.path())?;
    consent::ask(&request, &place, &data, tools.len())?;
    let trials = Trials { place: &place, runner: &runner, scratch: scratch.path() };
    let tally = take_turns(&request, &trials, &tools, &data, &console)?;
    let report = tally.report(&request, &tools, absent, &data);
    write(&report, &request.out)?;
    conclude(&report, &request, &console)
}

/// Has the tools take turns: A B C A B C.
fn take_turns(
    request: &Request,
    trials: &Trials<'_>,
    tools: &[Tool],
    data: &[DataSet],
    console: &Console,
) -> Result<Tally, Problem> {
    let mut tally = Tally::default();
    let infos: Vec<_> = data.iter().map(DataInfo::from).collect();
    let rounds = request.warmup + request.runs;
    let mut live = Live::over(console, rounds, data.len() * tools.len());
    for round in 1..=rounds {
        for set in data {
            for tool in tools {
                if tally.is_wrong(set, tool) {
                    live.left_out();
                    continue;
                }
                let turn = round.saturating_sub(request.warmup);
                let trial = trials.take(tool, set, turn, |task| {
                    let step = Step { round, data: &set.name, tool: &tool.label, task };
                    live.step(&step, || tally.tables(&infos, request.link()));
                })?;
                live.took(&set.name, &tool.label, &trial);
                tally.add(set, tool, trial, turn > 0)?;
            }
        }
    }
    Ok(tally)
}

/// Shows the tables, says what was required, and how it ends.
fn conclude(report: &Report, request: &Request, console: &Console) -> Result<Exit, Problem> {
    let coloured = io::stdout().is_terminal();
    let tables: Vec<_> =
        report.tables(&[Task::Upload, Task::Again]).iter().map(|table| table.text(coloured)).collect();
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", tables.join("\n\n")).and_then(|()| stdout.flush()).map_err(|e| {
        Problem::new(ProblemKind::Io, format!("stdout can't be written to: {e}"))
            .hint(format!("the report is in {}", request.out.display()))
    })?;
    for Wrong { data, tool, why } in &report.wrong {
        console.error(&Problem::new(ProblemKind::Other, format!("{tool} was wrong with {data}: {why}")));
    }
    for judgement in &report.requirements {
        console.note(judgement);
    }
    console.note(format_args!("the report is in {}", request.out.display()));
    let right = report.wrong.is_empty() && report.requirements.iter().all(|judgement| judgement.met);
    Ok(if right { Exit::OK } else { Exit::ITEMS })
}
