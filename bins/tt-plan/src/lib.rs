//! `tt-plan`: what is to be done so that the bucket holds what the tree holds, as records.
//!
//! Two sides ([`tt_sides`]) stream in, the tree and the listing, both in the order of the keys; [`diff`] holds them against
//! each other, with the rules of [`compare`] and [`deletions`]; what it decides leaves through [`outlet`], for a [`sink`]:
//! stdout, or the parts of a [`split`]. Where a listing is not enough, [`inspect`] looks at objects and files, and what waits
//! for it is [`pending`].

mod cli;
mod compare;
mod deletions;
mod diff;
mod effort;
mod inspect;
mod last_look;
mod outlet;
mod pending;
mod present;
mod rules;
mod sink;
mod split;
mod spool;

use clap::{ArgMatches, Command, CommandFactory as _};
use jiff::SignedDuration;
use tt_cli::{Console, Example, Exit, Interrupt, Page, Progress, human_duration};
use tt_record::{Problem, ProblemKind};
use tt_sides::Sides;
use tt_tree::Root;

use self::{
    cli::Request,
    diff::Diff,
    inspect::Inspector,
    outlet::{Outlet, Summary},
    sink::Sink,
};

const TOOL: &str = "tt-plan";

/// By how much the clocks may differ before it is worth a word: mtimes are of one, and S3's times of the other.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

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
            what: "Upload in four parts of equal work, here or each on another machine, and verify all results together.",
            command: "tt-plan --split 4 -o parts /data s3://bucket/\n\
                      for i in 0 1 2 3; do tt-push parts/plan-$i.ndjson > results-$i.ndjson & done; wait\n\
                      tt-verify results-*.ndjson",
        },
        Example {
            what: "Only what was modified in the last day, none of it hidden, and as a file of filters says.",
            command: "tt-plan --newer-than 1d --hidden skip --filter-from filters.txt /data s3://bucket/ | tt-push | tt-verify",
        },
        Example {
            what: "Give each object what a file of rules says of its name: storage class, caching, tags.",
            command: "tt-plan --rules rules.toml /site s3://bucket/ | tt-push | tt-verify",
        },
        Example {
            what: "Find what differs although size and time do not tell, without downloading anything.",
            command: "tt-plan --checksum /data s3://bucket/prefix/ | tt-push | tt-verify",
        },
        Example {
            what: "Bring objects that are there already in line with the rules, in place.",
            command: "tt-plan --size-only --compare-properties --rules rules.toml /site s3://bucket/ | tt-push | tt-verify",
        },
        Example {
            what: "Prove also what was there already.",
            command: "tt-plan --all /data s3://bucket/prefix/ | tt-push | tt-verify",
        },
    ],
    see_also: &["tt-push(1)", "tt-verify(1)", "tt-sync(1)", "tt-bench(1)", "tt-install(1)", "tt-records(5)"],
    exits: &[],
};

/// The command line.
pub fn command() -> Command {
    tt_cli::finish(cli::Flags::command(), &PAGE)
}

/// Runs the tool.
pub fn run(matches: &ArgMatches) -> Result<Exit, Problem> {
    let request = Request::from_matches(matches)?;
    let console = Console::new(TOOL, request.verbosity);
    request.s3.warnings().for_each(|warning| console.warn(warning));
    let interrupt = Interrupt::install()?;
    // From here on whoever reads the stream is told how it went, whatever happens.
    let mut sink = Sink::open(&request, request.places().begin(TOOL))?;
    // People watch tt-push: how many files there are to compare, nobody knows before the end.
    let progress = Progress::behind(&console, "compared");
    let look = request.compare.look();
    let inspector = look.map(|look| Inspector::start(look, &request.s3, &console)).transpose();
    let mut outlet = Outlet::new(&mut sink, &interrupt);
    let opened = inspector.as_ref().map_err(Problem::clone);
    let opened = opened.and_then(|inspector| Ok((inspector, Sides::open(request.places(), &console)?)));
    let planned = opened.and_then(|(inspector, mut sides)| {
        refuse_to_delete_beside(&request, sides.local.root())?;
        let diff = Diff::new(&request, sides.local.root().clone(), inspector.as_ref(), progress.clone());
        let planned = diff.run(&mut sides, &mut outlet);
        warn(&console, &sides, outlet.summary);
        planned
    });
    let mut summary = outlet.summary;
    let unsaid = outlet.unsaid();
    drop(progress);
    if let Ok(Some(inspector)) = inspector {
        warn_of_incomparable(&console, inspector.incomparable());
        summary.unchanged +=
            if request.compare.reads() { unsaid.min(inspector.incomparable()) } else { unsaid };
    }
    if planned.is_ok() && summary.selected == 0 {
        warn_of_nothing(&console, &request);
    }
    match planned {
        Ok(()) => sink.end(&console, &interrupt, summary),
        Err(problem) => sink.abort(&console, problem, summary),
    }
}

/// Beside a single file there is nothing that a prefix could equal.
fn refuse_to_delete_beside(request: &Request, root: &Root) -> Result<(), Problem> {
    if request.deleting.is_none() || !root.is_file() {
        return Ok(());
    }
    let file = root.as_path().display();
    let message = format!("{file} is a single file, beside which --delete would leave nothing");
    Err(Problem::new(ProblemKind::Usage, message).hint("name the directory that DEST is to equal"))
}

/// Says what may surprise later.
fn warn(console: &Console, sides: &Sides, summary: Summary) {
    if summary.in_the_future > 0 {
        console.warn(format_args!(
            "{} files were modified in the future, says their mtime: they are planned again each time until then",
            summary.in_the_future
        ));
    }
    let clashes = sides.local.clashes();
    if clashes.count() > 0 {
        console.warn(clashes);
    }
    if let Some(skew) = sides.remote.skew().filter(|skew| skew.abs() >= SKEW) {
        let direction = if skew.is_negative() { "ahead of" } else { "behind" };
        console.warn(format_args!(
            "the clock here is {} {direction} that of S3: a file that is changed soon after it was uploaded may be \
             taken for up to date, or be uploaded once more; set the clock, or use --checksum",
            human_duration(skew.unsigned_abs())
        ));
    }
}

/// Says that there is nothing to upload because no file takes part, which may be a disk that is not mounted.
fn warn_of_nothing(console: &Console, request: &Request) {
    console.warn(format_args!(
        "no file is selected: {} is empty, or the filters exclude everything in it",
        request.source.display()
    ));
}

/// Says of how many objects checksums could not be compared.
fn warn_of_incomparable(console: &Console, objects: u64) {
    if objects > 0 {
        console.warn(format_args!(
            "of {objects} objects S3 keeps no checksum that a file could be held against: sizes and times were compared"
        ));
    }
}
