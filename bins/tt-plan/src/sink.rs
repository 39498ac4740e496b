//! Where the plan goes: to stdout as one stream, or into parts.

use std::path::Path;

use tt_cli::{Console, Exit, Interrupt, Output};
use tt_flow::LatencyFile;
use tt_record::{Begin, Problem, Record, Stage};

use crate::{
    TOOL,
    cli::Request,
    outlet::{Summary, check},
    present::Plan,
    split::Parts,
};

/// Takes the plan, record by record.
pub(crate) enum Sink {
    Stream(Box<Output>),
    Parts(Box<Parts>, Option<LatencyFile>),
}

impl Sink {
    /// Opens what was asked for.
    pub(crate) fn open(request: &Request, begin: Begin) -> Result<Self, Problem> {
        if let Some(split) = &request.split {
            let parts = Parts::create(split, &request.means.tmp_dir(), begin)?;
            return Ok(Self::Parts(Box::new(parts), LatencyFile::of(&request.s3)?));
        }
        let plan = Plan::new(request.dest.clone(), request.verbosity.verbose);
        let mut output = Output::open(TOOL, request.json, Box::new(plan))?;
        output = output.observed(LatencyFile::observer(&request.s3)?);
        output.begin(begin, None)?;
        Ok(Self::Stream(Box::new(output)))
    }

    pub(crate) fn write(&mut self, record: &Record) -> Result<(), Problem> {
        match self {
            Self::Stream(output) => output.write(record),
            Self::Parts(parts, _) => parts.write(record),
        }
    }

    /// Hands on what there is, if somebody waits for it.
    pub(crate) fn flush(&mut self) -> Result<(), Problem> {
        match self {
            Self::Stream(output) => output.flush(),
            Self::Parts(..) => Ok(()),
        }
    }

    /// The plan is whole.
    pub(crate) fn end(
        self,
        console: &Console,
        interrupt: &Interrupt,
        summary: Summary,
    ) -> Result<Exit, Problem> {
        match self {
            Self::Stream(mut output) => {
                output.arrived(summary.arrived());
                output.end(summary.exit, false, summary.bytes)
            }
            Self::Parts(parts, latencies) => {
                let directory = parts.directory().to_owned();
                match parts.finish(summary, || check(interrupt)) {
                    Ok(made) => {
                        console.note(&made);
                        if let Some(warning) = made.warning() {
                            console.warn(warning);
                        }
                        latencies.map_or(Ok(()), LatencyFile::finish)?;
                        Ok(summary.exit)
                    }
                    Err(problem) => Ok(no_parts(console, &problem, &directory).and(summary.exit)),
                }
            }
        }
    }

    /// The plan stays incomplete because of `problem`. Of parts there are none then: nobody could tell what is missing.
    pub(crate) fn abort(
        self,
        console: &Console,
        problem: Problem,
        summary: Summary,
    ) -> Result<Exit, Problem> {
        match self {
            Self::Stream(mut output) => {
                output.arrived(summary.arrived());
                output.abort(console, Stage::Plan, problem, summary.exit, summary.bytes)
            }
            Self::Parts(parts, _) => Ok(no_parts(console, &problem, parts.directory()).and(summary.exit)),
        }
    }
}

/// Says that there are none, and why.
fn no_parts(console: &Console, problem: &Problem, directory: &Path) -> Exit {
    console.error(problem);
    console.warn(format_args!("no plan was written to {}", directory.display()));
    Exit::of(problem)
}
