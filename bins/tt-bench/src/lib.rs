//! `tt-bench`: measures uploads with several tools, side by side, and serves an S3 endpoint to do so on this machine.
//!
//! [`run`](mod@run) has [`tools`] upload [`data`] to a [`place`], in turns, [`measure`]s and proves each, and writes a
//! [`report`]; [`compare`] holds two of these against each other, and [`render`](mod@render) draws one anew; [`serve`] is the endpoint for people. Unlike the other tools'
//! stdout, this one's is no stream of records: `run` and `compare` print tables and words, `serve` lines for a shell to evaluate.

mod cli;
mod compare;
mod data;
mod measure;
mod place;
mod render;
mod report;
mod run;
mod serve;
mod tools;

use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _};
use schemars::{Schema, schema_for};
use tt_cli::{Example, Exit, Page};
use tt_record::{Problem, ProblemKind};

use self::cli::{Action, Flags};

const TOOL: &str = "tt-bench";

/// The hand-written part of the man page.
pub const PAGE: Page = Page {
    examples: &[
        Example {
            what: "What do the tools here make of a line of 3 Gbit/s to an S3 that is 30 ms away? 20 files, 5 GB.",
            command: "tt-bench run --local --tls --link 3Gbit --per-connection 80MB/s --rtt 30ms",
        },
        Example {
            what: "The same question, of one's own files and bucket. It asks first, and removes what it has put there.",
            command: "tt-bench run --dest s3://bucket/tmp/ --data-dir ~/delivery --tools tt,aws --runs 3",
        },
        Example {
            what: "A check for CI: fail unless we are twice as fast as s5cmd with small files.",
            command: "tt-bench run --local --tls --data small --tools tt,s5cmd --require \"tt:s5cmd>=2\"",
        },
        Example {
            what: "Which settings are best on this line?",
            command: "tt-bench run --local --link 3Gbit --rtt 30ms --tools tt \\\n\
                      \x20   --sweep concurrency=8,16,32,64 --sweep part-size=8MiB,64MiB",
        },
        Example {
            what: "What has changed since last week?",
            command: "tt-bench compare last-week/report.json tt-bench-report/report.json",
        },
        Example {
            what: "An S3 endpoint in memory, with one bucket named demo. Paste what it prints into another shell.",
            command: "tt-bench serve",
        },
        Example {
            what: "Keep the objects in a directory, over restarts.",
            command: "tt-bench serve --dir ~/lab --bucket photos --bucket backup",
        },
        Example {
            what: "A far-away S3: 3 Gbit/s in all, 70 MB/s a connection, 30 ms an answer. Bodies are not kept.",
            command: "tt-bench serve --discard --link 3Gbit --per-connection 70MB/s --rtt 30ms",
        },
        Example {
            what: "A bad day: one part in five is throttled, and the first completion is a 200 with an error.",
            command: "tt-bench serve --fault slow-down:rate=0.2,op=UploadPart --fault error-in-200:count=1",
        },
        Example {
            what: "In a script: a free port, HTTPS, and a stop when the work is done.",
            command: "rm -f port\n\
                      tt-bench serve --listen 127.0.0.1:0 --tls --ca-out ca.pem --port-file port > env &\n\
                      while [ ! -s port ]; do sleep 0.1; done\n\
                      . ./env\n\
                      tt-plan ~/data s3://demo/data/ | tt-push | tt-verify\n\
                      kill %1",
        },
    ],
    see_also: &["tt-plan(1)", "tt-push(1)", "tt-verify(1)", "tt-sync(1)", "tt-install(1)", "tt-records(5)"],
    exits: &[],
};

/// The command line.
pub fn command() -> Command {
    tt_cli::finish(Flags::command(), &PAGE)
}

/// The form of `report.json`.
pub fn report_schema() -> Schema {
    schema_for!(report::Report)
}

/// Runs the tool.
pub fn run(matches: &ArgMatches) -> Result<Exit, Problem> {
    let flags =
        Flags::from_arg_matches(matches).map_err(|e| Problem::new(ProblemKind::Usage, e.to_string()))?;
    match flags.action {
        Action::Run(flags) => run::run(*flags),
        Action::Compare(flags) => compare::compare(&flags),
        Action::Report(flags) => render::render(&flags),
        Action::Serve(flags) => serve::serve(*flags),
    }
}
