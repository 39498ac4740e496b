//! The flags as they are typed, and the request that they come to.

use std::path::PathBuf;

use clap::{ArgMatches, FromArgMatches as _, Parser};
use tt_cli::Verbosity;
use tt_record::{Problem, ProblemKind, S3Url};
use tt_sides::{Choose, Chosen, Means, Places};
use tt_store::S3Options;

use crate::{
    compare::{Compare, CompareFlags},
    deletions::{DeleteFlags, Deleting},
    rules::{Rules, RulesFlags},
    split::{Split, SplitFlags},
};

/// Compare a directory tree with a bucket, and write what is to be uploaded as records.
///
/// A file is planned when its key is missing, when the sizes differ, or when the file is newer than the object. Nothing
/// is changed, neither here nor there. Pipe the plan into tt-push, or look at it, filter it, keep it.
#[derive(Debug, Parser)]
#[command(name = "tt-plan", version)]
pub(crate) struct Flags {
    /// The directory, or the one file, to upload.
    #[arg(value_name = "SRC")]
    source: PathBuf,
    /// Where it goes: s3://bucket or s3://bucket/prefix/. A trailing slash, here or at SRC, changes nothing.
    #[arg(value_name = "DEST")]
    dest: S3Url,

    #[command(flatten)]
    choose: Choose,
    #[command(flatten)]
    rules: RulesFlags,
    #[command(flatten)]
    compare: CompareFlags,
    #[command(flatten)]
    delete: DeleteFlags,
    #[command(flatten)]
    means: Means,
    #[command(flatten)]
    split: SplitFlags,

    /// Write records even on a terminal [default: on a terminal, a plan for people].
    #[arg(long, help_heading = "What is said", conflicts_with = "split")]
    json: bool,
    #[command(flatten)]
    verbosity: Verbosity,
    #[command(flatten)]
    s3: S3Options,
}

/// What is to be planned.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) source: PathBuf,
    /// Ends in a slash, or is a whole bucket.
    pub(crate) dest: S3Url,
    pub(crate) chosen: Chosen,
    pub(crate) rules: Rules,
    pub(crate) compare: Compare,
    /// None where nothing may be deleted.
    pub(crate) deleting: Option<Deleting>,
    pub(crate) means: Means,
    /// None where the plan goes to stdout.
    pub(crate) split: Option<Split>,
    pub(crate) json: bool,
    pub(crate) verbosity: Verbosity,
    pub(crate) s3: S3Options,
}

impl Request {
    /// Where the two sides are.
    pub(crate) fn places(&self) -> Places<'_> {
        let Self { source, dest, chosen, means, s3, .. } = self;
        Places { source, dest, chosen, means, s3, skips: self.deleting.is_none() }
    }

    /// What the command line asks for.
    pub(crate) fn from_matches(matches: &ArgMatches) -> Result<Self, Problem> {
        let flags =
            Flags::from_arg_matches(matches).map_err(|e| Problem::new(ProblemKind::Usage, e.to_string()))?;
        let chosen = flags.choose.resolve(matches)?;
        Ok(Self {
            source: flags.source,
            dest: flags.dest.into_prefix(),
            chosen,
            rules: flags.rules.resolve()?,
            compare: flags.compare.resolve(),
            deleting: flags.delete.resolve(),
            means: flags.means,
            split: flags.split.resolve(),
            json: flags.json,
            verbosity: flags.verbosity,
            s3: flags.s3,
        })
    }
}
