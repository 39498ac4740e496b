//! `tt-plan`: what is to be done so that the bucket holds what the tree holds, as records.
//!
//! Two sides stream in, the tree and the listing, both in the order of the keys; [`diff`] holds them against each other.

mod cli;
mod diff;
mod present;
mod sides;

use clap::{ArgMatches, Command, CommandFactory as _};
use tt_cli::{Console, Example, Exit, Interrupt, Output, Page, Progress, new_run};
use tt_record::{Begin, Problem, Stage};

use self::{cli::Request, diff::Diff, present::Plan, sides::Sides};

const TOOL: &str = "tt-plan";

/// The hand-written part of the man page.
pub const PAGE: Page = Page {
    examples: &[
        Example { what: "Look at what would be uploaded.", command: "tt-plan /data s3://bucket/prefix/" },
        Example {
            what: "Upload it, and prove that it arrived.",
            command: "tt-plan /data s3://bucket/prefix/ | tt-push | tt-verify",
        },
        Example {
            what: "Only pictures, and nothing below any cache directory.",
            command: "tt-plan --exclude '*' --include '*.jpg' --exclude cache/ /data s3://bucket/ | tt-push | tt-verify",
        },
        Example {
            what: "Only what is smaller than 1 GB.",
            command: "tt-plan /data s3://bucket/ | jq -c 'select(.type!=\"put\" or .size<1e9)' | tt-push | tt-verify",
        },
        Example {
            what: "Keep the plan, upload it in four pieces, and verify all results together.",
            command: "tt-plan /data s3://bucket/ > plan.ndjson\n\
                      split -n l/4 --additional-suffix=.ndjson plan.ndjson piece-\n\
                      for p in piece-*.ndjson; do tt-push --partial-input \"$p\" > \"results-$p\" & done; wait\n\
                      tt-verify results-*.ndjson",
        },
        Example {
            what: "Prove also what was there already.",
            command: "tt-plan --all /data s3://bucket/prefix/ | tt-push | tt-verify",
        },
    ],
    see_also: &["tt-push(1)", "tt-verify(1)", "tt-bench(1)", "tt-records(5)"],
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
    let mut output = Output::open(TOOL, request.json, Box::new(Plan::new(request.dest.clone())))?;
    // From here on whoever reads the stream is told how it went, whatever happens.
    output.begin(begin(&request), None)?;
    // People watch tt-push: how many files there are to compare, nobody knows before the end.
    let progress = Progress::behind(&console, "compared");
    let mut diff = Diff::new(request.dest.clone(), request.compare, progress.clone());
    let planned =
        Sides::open(&request, &console).and_then(|mut sides| diff.run(&mut sides, &mut output, &interrupt));
    drop(progress);
    let summary = diff.summary();
    if summary.in_the_future > 0 {
        console.warn(format_args!(
            "{} files were modified in the future, says their mtime: they are planned again each time until then",
            summary.in_the_future
        ));
    }
    match planned {
        Ok(()) => output.end(summary.exit, false, summary.bytes),
        Err(problem) => output.abort(&console, Stage::Plan, problem, summary.exit, summary.bytes),
    }
}

fn begin(request: &Request) -> Begin {
    let source = std::path::absolute(&request.source).unwrap_or_else(|_| request.source.clone());
    Begin {
        source: Some(source.to_string_lossy().into_owned()),
        dest: Some(request.dest.to_string()),
        ..Begin::new(TOOL, new_run())
    }
}
