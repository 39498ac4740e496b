//! The flags as they are typed, and the request that they come to.

use std::path::PathBuf;

use clap::{ArgMatches, FromArgMatches as _, Parser, ValueEnum};
use tt_cli::{HelpFlags, Verbosity};
use tt_record::{Problem, ProblemKind, S3Url};
use tt_store::S3Options;
use tt_tree::{Filter, Rule, Symlinks};

use crate::{PAGE, diff::Compare};

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

    /// Leave out what matches this glob: '*.tmp' anywhere, '/bin/' only at the top of SRC, '**' across directories. Of
    /// all --exclude and --include the last that matches counts [default: nothing is left out].
    #[arg(long, value_name = "GLOB", help_heading = "What is taken")]
    exclude: Vec<String>,
    /// Take what matches this glob after all: after --exclude '*', only that [default: everything is taken].
    #[arg(long, value_name = "GLOB", help_heading = "What is taken")]
    include: Vec<String>,
    /// What to do with symbolic links.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t, help_heading = "What is taken")]
    symlinks: Links,

    /// Compare sizes only, not times [default: sizes and times].
    #[arg(long, help_heading = "What is compared")]
    size_only: bool,
    /// Write a keep record for what is up to date, so that tt-verify can prove that too [default: only changes].
    #[arg(long, help_heading = "What is compared")]
    all: bool,

    /// Write records even on a terminal [default: on a terminal, a plan for people].
    #[arg(long, help_heading = "What is said")]
    json: bool,
    #[command(flatten)]
    verbosity: Verbosity,
    #[command(flatten)]
    s3: S3Options,
    #[command(flatten)]
    _help: HelpFlags,
}

/// What to do with symbolic links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Links {
    /// Upload what they lead to.
    #[default]
    Follow,
    /// Leave them alone, with a skip record each.
    Skip,
    /// Report each as a failure.
    Error,
}

/// What is to be planned.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) source: PathBuf,
    /// Ends in a slash, or is a whole bucket.
    pub(crate) dest: S3Url,
    pub(crate) filter: Filter,
    pub(crate) symlinks: Symlinks,
    pub(crate) compare: Compare,
    pub(crate) json: bool,
    pub(crate) verbosity: Verbosity,
    pub(crate) s3: S3Options,
}

impl Request {
    /// What the command line asks for.
    pub(crate) fn from_matches(matches: &ArgMatches) -> Result<Self, Problem> {
        let flags =
            Flags::from_arg_matches(matches).map_err(|e| Problem::new(ProblemKind::Usage, e.to_string()))?;
        Ok(Self {
            filter: Filter::new(rules(matches))?,
            source: flags.source,
            dest: flags.dest.into_prefix(),
            symlinks: match flags.symlinks {
                Links::Follow => Symlinks::Follow,
                Links::Skip => Symlinks::Skip,
                Links::Error => Symlinks::Error,
            },
            compare: Compare { times: !flags.size_only, keep: flags.all },
            json: flags.json,
            verbosity: flags.verbosity,
            s3: flags.s3,
        })
    }
}

/// --exclude and --include in the order in which they were typed.
fn rules(matches: &ArgMatches) -> Vec<Rule> {
    let of = |name: &str, rule: fn(String) -> Rule| {
        let positions = matches.indices_of(name).into_iter().flatten();
        let patterns = matches.get_many::<String>(name).into_iter().flatten();
        positions.zip(patterns.map(|pattern| rule(pattern.clone()))).collect::<Vec<_>>()
    };
    let mut rules = of("exclude", Rule::exclude);
    rules.extend(of("include", Rule::include));
    rules.sort_by_key(|(position, _)| *position);
    rules.into_iter().map(|(_, rule)| rule).collect()
}
