//! The flags as they are typed, and the request that they come to.

use std::{env, path::PathBuf};

use clap::{ArgMatches, Args, FromArgMatches as _, Parser, ValueHint};
use tt_cli::{HelpFlags, Verbosity, size};
use tt_record::{Problem, ProblemKind, S3Url};
use tt_store::S3Options;

use crate::{
    PAGE,
    choose::{Choose, Chosen},
    compare::{Compare, CompareFlags},
    deletions::{DeleteFlags, Deleting},
    rules::{Rules, RulesFlags},
    split::{Split, SplitFlags},
};

/// The least memory that is of use, in bytes.
const LEAST_MEMORY: u64 = 1 << 10;

/// Compare a directory tree with a bucket, and write what is to be uploaded as records.
///
/// A file is planned when its key is missing, when the sizes differ, or when the file is newer than the object. Nothing
/// is changed, neither here nor there. Pipe the plan into tt-push, or look at it, filter it, keep it.
#[derive(Debug, Parser)]
#[command(name = "tt-plan", version, styles = tt_cli::styles(), after_help = PAGE.help(), max_term_width = 100)]
#[command(disable_help_flag = true, disable_version_flag = true)]
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
    #[command(flatten)]
    _help: HelpFlags,
}

/// What the work may take.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How it is done")]
pub(crate) struct Means {
    /// How many pages of a large bucket's listing are asked for at once. A small one takes one request.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) list_concurrency: u16,
    /// How much memory the names of large directories and the pages read ahead may take; at least 1KiB.
    #[arg(long, value_name = "SIZE", default_value = "48MiB", value_parser = memory)]
    pub(crate) memory: u64,
    /// Where names wait that don't fit into the memory, and deletions and parts until the plan is whole [default: TMPDIR,
    /// or /tmp].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    tmp_dir: Option<PathBuf>,
}

impl Means {
    /// How many bytes names may take. The walk may need twice as much for a while.
    pub(crate) fn memory_of_names(&self) -> usize {
        usize::try_from(self.memory / 6).unwrap_or(usize::MAX)
    }

    /// How many bytes pages may take: the more are held ahead, the more ranges of a bucket can be listed at once.
    pub(crate) fn memory_of_pages(&self) -> usize {
        usize::try_from(self.memory / 3 * 2).unwrap_or(usize::MAX)
    }

    pub(crate) fn tmp_dir(&self) -> PathBuf {
        self.tmp_dir.clone().unwrap_or_else(env::temp_dir)
    }
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

fn memory(text: &str) -> Result<u64, String> {
    size(text).and_then(|bytes| {
        let enough = bytes >= LEAST_MEMORY;
        enough.then_some(bytes).ok_or_else(|| format!("{text:?} is less than 1KiB"))
    })
}
