//! `tt-push`: does what a plan says, many files at once, with a checksum on every byte.
//!
//! [`tt_flow::Flow`] brings the records and takes the results; [`worker`] decides what each record needs; [`upload`] moves
//! one file.

mod budget;
mod buffers;
mod cli;
mod pace;
mod parts;
mod present;
mod properties;
mod upload;
mod worker;

use std::{sync::Arc, time::Duration};

use clap::{ArgMatches, Command, CommandFactory as _};
use tt_cli::{Console, Example, Exit, Input, Interrupt, Output, Page, Progress, new_run};
use tt_flow::{Flow, Lanes};
use tt_record::{Begin, Problem, ProblemKind, Stage};

use self::{
    budget::Budget,
    cli::Request,
    present::Summary,
    worker::{Pusher, rehearsal, router},
};

const TOOL: &str = "tt-push";

/// The hand-written part of the man page.
pub const PAGE: Page = Page {
    examples: &[
        Example {
            what: "Upload a tree, and prove that it arrived.",
            command: "tt-plan /data s3://bucket/prefix/ | tt-push | tt-verify",
        },
        Example {
            what: "Upload a plan that was looked at before; keep the results.",
            command: "tt-push plan.ndjson > results.ndjson",
        },
        Example {
            what: "Only the small files, now; a plan without its large files is still whole.",
            command: "tt-plan /data s3://bucket/ | jq -c 'select(.type!=\"put\" or .size<1000)' | tt-push | tt-verify",
        },
        Example {
            what: "A piece of a plan, as split(1) leaves it.",
            command: "tt-push --partial-input piece-aa.ndjson > results-aa.ndjson",
        },
        Example {
            what: "A year of caching for assets/, none for index.html, in one run.",
            command: "tt-plan site s3://www.example.com/ |\n\
                      jq -c 'if .type!=\"put\" then . elif (.dst|endswith(\"index.html\")) then .cache_control=\"no-cache\"\n\
                      \x20      elif (.dst|test(\"/assets/\")) then .cache_control=\"max-age=31536000\" else . end' |\n\
                      tt-push | tt-verify",
        },
        Example { what: "What would it do?", command: "tt-plan /data s3://bucket/ | tt-push --dry-run" },
    ],
    see_also: &["tt-plan(1)", "tt-verify(1)", "tt-bench(1)", "tt-records(5)"],
    network: true,
};

/// The command line.
pub fn command() -> Command {
    cli::Flags::command()
}

/// What is done about each failure that is tried again.
fn note(budget: Budget, console: &Console) -> impl Fn(&Problem, Duration) + Send + Sync + use<> {
    let tell = console.retry_note();
    move |problem, delay| {
        if problem.kind == ProblemKind::Throttled {
            budget.slow_down();
        }
        tell(problem, delay);
    }
}

/// Runs the tool.
pub fn run(matches: &ArgMatches) -> Result<Exit, Problem> {
    let request = Request::from_matches(matches)?;
    let console = Console::new(TOOL, request.verbosity);
    request.s3.warning().into_iter().for_each(|warning| console.warn(warning));
    let interrupt = Interrupt::install()?;
    let input = Input::open(&request.files)?;
    let mut output = Output::open(TOOL, request.json, Box::new(Summary))?;
    let progress = Progress::start(&console, "pushed");
    let crew = request.crew();
    let flow = Flow {
        console: &console,
        interrupt: &interrupt,
        progress: &progress,
        threads: crew.threads,
        partial: request.partial_input,
        begin: Begin::new(TOOL, new_run()),
    };
    let budget = Budget::new(request.concurrency, request.possible);
    let pusher = Arc::new(Pusher::new(&request, &budget, &console, &progress));
    let lanes = Lanes { s3: request.s3.clone(), note: Arc::new(note(budget, &console)), lanes: crew.lanes };
    let flowed = if request.dry_run {
        flow.run(input, &mut output, rehearsal(console.clone()), |jobs, _| jobs.none())?
    } else {
        let route = router(progress.clone());
        flow.run(input, &mut output, route, move |jobs, results| lanes.run(&pusher, &jobs, &results))?
    };
    let bytes = progress.bytes_done();
    drop(progress);
    flowed.close(output, &console, Stage::Push, bytes)
}
