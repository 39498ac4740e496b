//! The flags as they are typed, and the request that they come to.

use std::path::PathBuf;

use clap::{ArgMatches, FromArgMatches as _, Parser};
use tt_cli::{HelpFlags, Verbosity};
use tt_flow::{Crew, possible_jobs};
use tt_record::{Problem, ProblemKind};
use tt_store::S3Options;

use crate::PAGE;

/// Prove that the objects in a bucket are the files on the disk.
///
/// Reads results of tt-push, or a plan. Reads each local file anew, asks S3 for the checksum that it stored, and
/// compares. Nothing is downloaded. Being last in the pipe it also reports what failed before it, and its exit code is
/// that of the whole pipeline.
#[derive(Debug, Parser)]
#[command(name = "tt-verify", version, styles = tt_cli::styles(), after_help = PAGE.help(), max_term_width = 100)]
#[command(disable_help_flag = true, disable_version_flag = true)]
pub(crate) struct Flags {
    /// Files of records; - is stdin [default: stdin].
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How many objects are compared at the same time.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=4096),
        help_heading = "How it is done")]
    concurrency: u16,
    /// The input is a piece of a stream: that its begin or end is missing is no error [default: it must be whole].
    #[arg(long, help_heading = "How it is done")]
    partial_input: bool,

    /// Write records even on a terminal [default: on a terminal, a summary for people].
    #[arg(long, help_heading = "What is said")]
    json: bool,
    #[command(flatten)]
    verbosity: Verbosity,
    #[command(flatten)]
    s3: S3Options,
    #[command(flatten)]
    _help: HelpFlags,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) concurrency: u16,
    /// Objects that the limit on open files leaves room for.
    pub(crate) possible: usize,
    pub(crate) partial_input: bool,
    pub(crate) json: bool,
    pub(crate) verbosity: Verbosity,
    pub(crate) s3: S3Options,
}

impl Request {
    /// What the command line asks for.
    pub(crate) fn from_matches(matches: &ArgMatches) -> Result<Self, Problem> {
        let flags =
            Flags::from_arg_matches(matches).map_err(|e| Problem::new(ProblemKind::Usage, e.to_string()))?;
        let Flags { files, concurrency, partial_input, json, verbosity, s3, _help: _ } = flags;
        Ok(Self { files, concurrency, possible: possible_jobs(), partial_input, json, verbosity, s3 })
    }

    /// Who does it.
    pub(crate) fn crew(&self) -> Crew {
        Crew::new(self.most_objects())
    }

    fn most_objects(&self) -> usize {
        usize::from(self.concurrency).min(self.possible)
    }
}
