//! The flags as they are typed, and the request that they come to.

use std::path::PathBuf;

use clap::{ArgMatches, FromArgMatches as _, Parser};
use tt_cli::{InputFlags, Verbosity};
use tt_flow::{Crew, MOST_REQUESTS, possible_jobs};
use tt_record::{Problem, ProblemKind, Requirement};
use tt_store::S3Options;

use crate::{
    keeps::Keeps,
    leftovers::{self, Cleaning, Cleanup},
    pacing::Pacing,
    properties::Keep,
    safety::Safety,
};

/// Upload what a plan says, many files at once, with a checksum on everything.
///
/// Reads records from files or stdin, and writes a result for each as soon as it is known. S3 checks every byte against
/// a checksum. A file that changes while it is read is tried again, then skipped: what is published is what was read.
/// Killed at any moment, the same command again goes on where it was.
#[derive(Debug, Parser)]
#[command(name = "tt-push", version)]
pub(crate) struct Flags {
    /// Files of records; - is stdin. With --abort-uploads, the destination instead [default: stdin].
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    keeps: Keeps,

    #[command(flatten)]
    pacing: Pacing,
    #[command(flatten)]
    safety: Safety,
    /// Read the plan and the files' properties, but upload nothing: the plan passes on as it is [default: upload].
    #[arg(long, help_heading = "How it is done")]
    dry_run: bool,
    /// Delete objects although something was not uploaded or could not be planned [default: deletions wait for all uploads, and
    /// one that fails stops them].
    #[arg(long, help_heading = "How it is done")]
    ignore_errors: bool,
    #[command(flatten)]
    input: InputFlags,

    #[command(flatten)]
    cleanup: Cleanup,

    /// Write records even on a terminal [default: on a terminal, a summary for people].
    #[arg(long, help_heading = "What is said")]
    json: bool,
    #[command(flatten)]
    verbosity: Verbosity,
    #[command(flatten)]
    s3: S3Options,
}

/// What the tool is asked for.
pub(crate) enum Task {
    Push(Box<Request>),
    Clean(Box<Cleaning>),
}

impl Task {
    /// What the command line asks for.
    pub(crate) fn from_matches(matches: &ArgMatches) -> Result<Self, Problem> {
        let flags =
            Flags::from_arg_matches(matches).map_err(|e| Problem::new(ProblemKind::Usage, e.to_string()))?;
        if !flags.cleanup.is_wanted() {
            return Ok(Self::Push(Box::new(Request::from_flags(flags)?)));
        }
        Ok(Self::Clean(Box::new(Cleaning {
            prefix: leftovers::prefix(&flags.files)?,
            cleanup: flags.cleanup,
            json: flags.json,
            verbosity: flags.verbosity,
            s3: flags.s3,
        })))
    }
}

/// What is to be uploaded, and how.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) keep: Keep,
    pub(crate) pacing: Pacing,
    /// Requests that the limit on open files leaves room for.
    pub(crate) possible: usize,
    pub(crate) safety: Safety,
    pub(crate) dry_run: bool,
    pub(crate) ignore_errors: bool,
    pub(crate) required: Requirement,
    pub(crate) json: bool,
    pub(crate) verbosity: Verbosity,
    pub(crate) s3: S3Options,
}

impl Request {
    fn from_flags(flags: Flags) -> Result<Self, Problem> {
        Ok(Self {
            keep: flags.keeps.resolve(flags.s3.sse_c_key.is_some())?,
            files: flags.files,
            pacing: flags.pacing,
            possible: possible_jobs(),
            safety: flags.safety,
            dry_run: flags.dry_run,
            ignore_errors: flags.ignore_errors,
            // A worker has its part, and what all of them come to is up to tt-verify.
            required: Requirement { lone_part: true, ..flags.input.required() },
            json: flags.json,
            verbosity: flags.verbosity,
            s3: flags.s3,
        })
    }

    /// Who does it. In each thread that many files are under way or wait for their turn.
    pub(crate) fn crew(&self) -> Crew {
        Crew::new(self.most_requests())
    }

    fn most_requests(&self) -> usize {
        self.pacing.concurrency.map_or(MOST_REQUESTS, usize::from).min(self.possible)
    }
}
