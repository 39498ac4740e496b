//! `tt-bench`: serves an S3 endpoint on this machine, to try the tools and to measure against.
//!
//! Unlike the other tools' stdout, this one's is no stream of records: `serve` prints lines for a shell to evaluate.

mod announce;
mod cli;
mod resolve;
mod serve;

use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _};
use tt_cli::{Example, Exit, Page};
use tt_record::{Problem, ProblemKind};

use self::cli::{Action, Flags};

/// The hand-written part of the man page.
pub const PAGE: Page = Page {
    examples: &[
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
    Flags::command()
}

/// Runs the tool.
pub fn run(matches: &ArgMatches) -> Result<Exit, Problem> {
    let flags =
        Flags::from_arg_matches(matches).map_err(|e| Problem::new(ProblemKind::Usage, e.to_string()))?;
    match flags.action {
        Action::Serve(flags) => serve::serve(&resolve::resolve(*flags)?),
    }
}
