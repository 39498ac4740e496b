//! `tt-push`: does what a plan says, many files at once, with a checksum on every byte.
//!
//! [`tt_flow::Flow`] brings the records and takes the results; [`worker`] decides what each record needs; [`upload`] moves
//! one file.

mod budget;
mod cli;
mod deletes;
mod keeps;
mod keys;
mod leftovers;
mod mend;
mod multipart;
mod pacing;
mod part;
mod present;
mod properties;
mod reader;
mod resume;
mod router;
mod safety;
mod trail;
mod upload;
mod uploads;
mod volume;
mod worker;

use std::sync::Arc;

use clap::{ArgMatches, Command, CommandFactory as _};
use tt_cli::{Console, Example, Exit, Input, Interrupt, Output, Page, Progress, new_run};
use tt_flow::{Flow, Lanes, LatencyFile, Records};
use tt_record::{Begin, Problem, Stage};
use tt_store::{Bandwidth, Tuning};

use self::{
    budget::Budget,
    cli::{Request, Task},
    leftovers::clean,
    present::Summary,
    router::Router,
    uploads::Uploads,
    worker::{Pusher, rehearsal},
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
        Example { what: "What would it do?", command: "tt-plan /data s3://bucket/ | tt-push --dry-run" },
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
        Example {
            what: "What has anybody left behind for more than a day? Remove it with --yes.",
            command: "tt-push --abort-uploads --older-than 1d s3://bucket/",
        },
        Example {
            what: "Keep owners, permissions and times with the objects, and tag them.",
            command: "tt-plan /data s3://bucket/ | tt-push --preserve --tag team=blue | tt-verify",
        },
        Example {
            what: "Encrypt with a key of one's own; verifying needs it too.",
            command: "tt-plan /data s3://bucket/ | tt-push --sse-c-key key.bin | tt-verify --sse-c-key key.bin",
        },
        Example {
            what: "Leave room for others in the daytime.",
            command: "tt-plan /data s3://bucket/ | tt-push --bandwidth \"08:00,20MB/s 18:00,off\" | tt-verify",
        },
    ],
    see_also: &["tt-plan(1)", "tt-verify(1)", "tt-sync(1)", "tt-bench(1)", "tt-install(1)", "tt-records(5)"],
    exits: &[],
};

/// The command line.
pub fn command() -> Command {
    tt_cli::finish(cli::Flags::command(), &PAGE)
}

/// Runs the tool.
pub fn run(matches: &ArgMatches) -> Result<Exit, Problem> {
    match Task::from_matches(matches)? {
        Task::Push(request) => push(&request),
        Task::Clean(cleaning) => clean(&cleaning, &Console::new(TOOL, cleaning.verbosity)),
    }
}

fn push(request: &Request) -> Result<Exit, Problem> {
    let console = Console::new(TOOL, request.verbosity);
    request.s3.warnings().for_each(|warning| console.warn(warning));
    let interrupt = Interrupt::install()?;
    let input = Input::open(&request.files)?;
    let mut output = Output::open(TOOL, request.json, Box::new(Summary))?.beside(&console);
    output = output.observed(LatencyFile::observer(&request.s3)?);
    // A rehearsal moves nothing, so there is nothing to draw.
    let progress = if request.dry_run { Progress::behind } else { Progress::start }(&console, "pushed");
    let crew = request.crew();
    let flow = Flow {
        console: &console,
        interrupt: &interrupt,
        progress: &progress,
        threads: crew.threads,
        required: request.required,
        begin: Begin::new(TOOL, new_run()),
    };
    let budget = Budget::new(&request.pacing, request.possible);
    let uploads = Arc::<Uploads>::default();
    let pusher = Arc::new(Pusher::new(request, &budget, &console, &progress, Arc::clone(&uploads)));
    let bandwidth = request.pacing.bandwidth.clone().map(|timetable| Bandwidth::new(move || timetable.now()));
    let in_flight = Some(progress.in_flight());
    let turns = budget.turns();
    let tuning = Tuning {
        bandwidth,
        in_flight,
        reentry: Some(Arc::new(turns.clone())),
        ..Tuning::new(turns.note(console.retry_note())).warned(console.warn_once())
    };
    let lanes = Lanes::new(request.s3.clone(), tuning, crew);
    let flowed = if request.dry_run {
        let rehearsal = rehearsal(console.clone(), request.keep.clone(), request.safety.clone());
        let feed = Records::new(input, request.required, rehearsal);
        flow.run(feed, &mut output, |jobs, _| jobs.none())?
    } else {
        let router = Router::new(progress.clone(), uploads, request.ignore_errors);
        let feed = Records::new(input, request.required, router);
        flow.run(feed, &mut output, move |jobs, results| lanes.run(&pusher, &jobs, &results))?
    };
    let bytes = progress.bytes_done();
    drop(progress);
    flowed.close(output, &console, Stage::Push, bytes)
}
