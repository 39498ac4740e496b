//! `tt-verify`: is what is in the bucket what is on the disk? Asked anew, of both, by a process that uploaded nothing.
//!
//! [`records`] ask the questions, or a [`tree`] does, or manifests ([`sums`]); [`worker`] asks S3 and reads the files; [`judge`] says
//! what that comes to.

mod cli;
mod download;
mod groups;
mod judge;
mod junit;
mod present;
mod proving;
mod question;
mod reading;
mod records;
mod report;
mod sample;
mod sums;
mod tally;
mod tree;
mod worker;

use std::sync::Arc;

use clap::{ArgMatches, Command, CommandFactory as _};
use tt_cli::{Console, Example, Exit, Input, Interrupt, Observe, Output, Page, Progress, new_run};
use tt_flow::{Crew, Feed, Flow, Lanes, LatencyFile, Records};
use tt_object::Disk;
use tt_record::{Begin, Problem, Requirement, Stage};
use tt_store::{S3Options, Tuning};

use self::{
    cli::{Request, WayIn},
    present::Proof,
    question::Question,
    records::router,
    sample::Sample,
    sums::Sums,
    tree::Tree,
    worker::Verifier,
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
            what: "Prove a tree, whoever uploaded it; name what is missing, what differs, and what has no file.",
            command: "tt-verify --extra /data s3://bucket/prefix/",
        },
        Example {
            what: "Upload what is new, and prove also what was there already.",
            command: "tt-plan --all /data s3://bucket/prefix/ | tt-push | tt-verify",
        },
        Example {
            what: "Where S3 keeps nothing that a file can be held against, compare the bytes.",
            command: "tt-verify --download /data s3://bucket/prefix/",
        },
        Example {
            what: "Push again what is missing or differs, whatever its time and size say.",
            command: "tt-verify --json results.ndjson > evidence.ndjson\n\
                      jq -c 'select(.type==\"mismatch\" or .type==\"missing\") | .type=\"put\" | .why=\"forced\"' \\\n\
                      \x20   evidence.ndjson | tt-push --partial-input | tt-verify",
        },
        Example {
            what: "Prove that objects are what a manifest lists. No file is needed where S3 keeps that kind of checksum; else name \
                   the directory before the prefix.",
            command: "tt-verify --sums SHA256SUMS s3://bucket/prefix/",
        },
        Example {
            what: "Write a manifest of what was verified, and hold the files against it later.",
            command: "tt-verify --write-sums SHA256SUMS results.ndjson\n\
                      cd /data && sha256sum --check --quiet SHA256SUMS",
        },
        Example {
            what: "Look at one object of a hundred, always the same ones.",
            command: "tt-verify --sample 1% results.ndjson",
        },
        Example {
            what: "Keep the evidence, a line for each object, and look at what is not proved.",
            command: "tt-verify --json results.ndjson > evidence.ndjson\n\
                      jq 'select(.type==\"mismatch\" or .type==\"missing\" or .type==\"unverifiable\")' evidence.ndjson",
        },
    ],
    see_also: &["tt-plan(1)", "tt-push(1)", "tt-sync(1)", "tt-bench(1)", "tt-install(1)", "tt-records(5)"],
    exits: &[],
};

/// The command line.
pub fn command() -> Command {
    // Files and objects are read more slowly than their names: less of these need be ahead than with tt-plan.
    let command = cli::Flags::command().mut_arg("memory", |memory| memory.default_value("12MiB"));
    tt_cli::finish(command, &PAGE)
}

/// Runs the tool.
pub fn run(matches: &ArgMatches) -> Result<Exit, Problem> {
    let request = Request::from_matches(matches)?;
    let console = Console::new(TOOL, request.verbosity);
    request.s3.warnings().for_each(|warning| console.warn(warning));
    let interrupt = Interrupt::install()?;
    let crew = request.crew();
    let Request { way_in, write_sums, evidence, sample, proving, possible, s3, json, .. } = request;
    let hash = write_sums.is_some();
    let mut observers = evidence.observers()?;
    observers.extend(LatencyFile::observer(&s3)?);
    observers.extend(write_sums.map(|sums| Box::new(sums) as Box<dyn Observe>));
    let output = Output::open(TOOL, json, Box::new(Proof::default()))?.beside(&console);
    let output = output.observed(observers).sampled(sample.share());
    // In a pipe tt-push shows how far things are, and this tool is never far behind.
    let in_a_pipe = matches!(&way_in, WayIn::Records { files, .. } if files.is_empty());
    let progress = if in_a_pipe { Progress::behind } else { Progress::start }(&console, "compared");
    let disk = Disk::new(s3.limits.timeout);
    let verifier = Arc::new(Verifier::new(&proving, hash, possible, crew.threads, disk, &progress));
    let run = Run { console, interrupt, progress, crew, s3, verifier, output, sample: sample.clone() };
    match way_in {
        WayIn::Records { files, required } => {
            let input = Input::open(&files)?;
            // Behind the tt-push of one part stands one that is about it alone.
            let required = Requirement { lone_part: input.is_stdin(), ..required };
            let feed = Records::new(input, required, router(run.progress.clone(), sample));
            run.flow(feed, Begin::new(TOOL, new_run()), required)
        }
        WayIn::Tree(request) => {
            let tree = Tree::new(*request, &run.s3, &run.console, &run.progress, sample);
            let begin = tree.places().begin(TOOL);
            run.flow(tree, begin, Requirement::default())
        }
        WayIn::Sums(request) => {
            let begin = request.begin();
            let progress = run.progress.clone();
            run.flow(Sums { request, sample, progress }, begin, Requirement::default())
        }
    }
}

/// What a run has, wherever its questions come from.
struct Run {
    console: Console,
    interrupt: Interrupt,
    progress: Progress,
    crew: Crew,
    s3: S3Options,
    verifier: Arc<Verifier>,
    output: Output,
    sample: Sample,
}

impl Run {
    /// Answers what the feed asks. Records have to be what is `required`.
    fn flow(self, feed: impl Feed<Question>, begin: Begin, required: Requirement) -> Result<Exit, Problem> {
        let Self { console, interrupt, progress, crew, s3, verifier, mut output, sample } = self;
        let flow = Flow {
            console: &console,
            interrupt: &interrupt,
            progress: &progress,
            threads: crew.threads,
            required,
            begin,
        };
        let turns = &verifier.turns;
        let tuning = Tuning {
            reentry: Some(Arc::new(turns.clone())),
            ..Tuning::new(turns.note(console.retry_note())).warned(console.warn_once())
        };
        let lanes = Lanes::new(s3, tuning, crew);
        let flowed =
            flow.run(feed, &mut output, move |jobs, results| lanes.run(&verifier, &jobs, &results))?;
        sample.tell(&console);
        let bytes = progress.bytes_done();
        drop(progress);
        flowed.close(output, &console, Stage::Verify, bytes)
    }
}
