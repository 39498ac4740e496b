//! `tt-verify`: is what is in the bucket what is on the disk? Asked anew, of both, by a process that uploaded nothing.
//!
//! [`tt_flow::Flow`] brings the records and takes the verdicts; [`worker`] asks S3 and reads the files; [`compare`] knows
//! what counts as proof.

mod cli;
mod compare;
mod present;
mod worker;

use std::sync::Arc;

use clap::{ArgMatches, Command, CommandFactory as _};
use tt_cli::{Console, Example, Exit, Input, Interrupt, Output, Page, Progress, new_run};
use tt_flow::{Flow, Lanes};
use tt_record::{Begin, Problem, Stage};
use tt_store::Tuning;

use self::{
    cli::Request,
    present::Proof,
    worker::{Verifier, router},
};

const TOOL: &str = "tt-verify";

/// The hand-written part of the man page.
pub const PAGE: Page = Page {
    examples: &[
        Example {
            what: "Upload a tree, and prove that it arrived. The exit code is that of the whole pipeline.",
            command: "tt-plan /data s3://bucket/prefix/ | tt-push | tt-verify",
        },
        Example {
            what: "Prove an upload again, later, from its results; those of several machines together.",
            command: "tt-verify results*.ndjson",
        },
        Example {
            what: "Prove everything below a prefix, not only what was uploaded now.",
            command: "tt-plan --all /data s3://bucket/prefix/ | tt-push | tt-verify",
        },
        Example {
            what: "Push again what is missing or differs, whatever its time and size say.",
            command: "tt-verify --json results.ndjson > evidence.ndjson\n\
                      jq -c 'select(.type==\"mismatch\" or .type==\"missing\") | .type=\"put\" | .why=\"forced\"' \\\n\
                      \x20   evidence.ndjson | tt-push --partial-input | tt-verify",
        },
        Example {
            what: "Keep the evidence, a line for each object, and look at what is not proved.",
            command: "tt-verify --json results.ndjson > evidence.ndjson\n\
                      jq 'select(.type==\"mismatch\" or .type==\"missing\" or .type==\"unverifiable\")' evidence.ndjson",
        },
    ],
    see_also: &["tt-plan(1)", "tt-push(1)", "tt-bench(1)", "tt-records(5)"],
    network: true,
};

/// The command line.
pub fn command() -> Command {
    cli::Flags::command()
}

/// Runs the tool.
pub fn run(matches: &ArgMatches) -> Result<Exit, Problem> {
    let request = Request::from_matches(matches)?;
    let console = Console::new(TOOL, request.verbosity);
    request.s3.warnings().for_each(|warning| console.warn(warning));
    let interrupt = Interrupt::install()?;
    let input = Input::open(&request.files)?;
    let mut output = Output::open(TOOL, request.json, Box::new(Proof::default()))?.beside(&console);
    // In a pipe tt-push shows how far things are, and this tool is never far behind.
    let in_a_pipe = request.files.is_empty();
    let progress = if in_a_pipe { Progress::behind } else { Progress::start }(&console, "compared");
    let crew = request.crew();
    let flow = Flow {
        console: &console,
        interrupt: &interrupt,
        progress: &progress,
        threads: crew.threads,
        partial: request.partial_input,
        begin: Begin::new(TOOL, new_run()),
    };
    let verifier = Arc::new(Verifier::new(&progress));
    let tuning = Tuning::new(Arc::new(console.retry_note()));
    let lanes = Lanes::new(request.s3.clone(), tuning, crew);
    let route = router(progress.clone());
    let flowed =
        flow.run(input, &mut output, route, move |jobs, results| lanes.run(&verifier, &jobs, &results))?;
    let bytes = progress.bytes_done();
    drop(progress);
    flowed.close(output, &console, Stage::Verify, bytes)
}
