//! The flags as they are typed, and the request that they come to.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, Command, FromArgMatches as _, Parser, ValueHint, parser::ValueSource};
use tt_cli::{InputFlags, Observe, Verbosity};
use tt_flow::{Crew, MOST_REQUESTS, possible_jobs};
use tt_record::{Problem, ProblemKind, Requirement, S3Url, S3UrlError};
use tt_sides::{Choose, Chosen, Means};
use tt_store::S3Options;

use crate::{
    junit::Junit,
    proving::Proving,
    report::Report,
    sample::{Sample, SampleFlags},
    sums::{SumsFlags, SumsRequest, WriteSums},
};

const USAGE: &str = "tt-verify [OPTIONS] [FILE]...\n       \
                     tt-verify [OPTIONS] SRC s3://BUCKET/PREFIX/\n       \
                     tt-verify [OPTIONS] --sums FILE [SRC] s3://BUCKET/PREFIX/";

/// The flags that are about records alone.
const OF_RECORDS: [&str; 2] = ["partial_input", "require_all"];

/// Prove that the objects in a bucket are the files on the disk.
///
/// Reads results of tt-push, or a plan; or goes through a tree, whoever uploaded it. Of each file that these name it reads the
/// bytes again, requests the checksum that S3 keeps, and compares. It checks no other file: to check unchanged files too, plan
/// with tt-plan --all. Nothing is downloaded unless that is asked for. Being last in a pipe it also reports what failed before
/// it, and its exit code is that of the whole pipeline.
#[derive(Debug, Parser)]
#[command(name = "tt-verify", version, override_usage = USAGE)]
pub(crate) struct Flags {
    /// Files of records, - being stdin; or a directory (or one file), and where its objects are: s3://bucket/prefix/; with
    /// --sums the directory may be left out [default: records on stdin].
    #[arg(value_name = "FILE")]
    places: Vec<PathBuf>,

    #[command(flatten)]
    tree: TreeFlags,
    #[command(flatten)]
    sums: SumsFlags,
    #[command(flatten)]
    proving: Proving,
    #[command(flatten)]
    sample: SampleFlags,
    #[command(flatten)]
    input: InputFlags,

    #[command(flatten)]
    evidence: EvidenceFlags,
    /// Write records even on a terminal [default: on a terminal, a summary for people].
    #[arg(long, help_heading = "What is said")]
    json: bool,
    #[command(flatten)]
    verbosity: Verbosity,
    #[command(flatten)]
    s3: S3Options,
}

/// What is written beside the stream.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What is said")]
pub(crate) struct EvidenceFlags {
    /// Write one JSON document too, with all the evidence and what failed by its cause; put in place at the end [default:
    /// none].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,
    /// Write a JUnit test suite too, as CI systems read it, with a case for each object; put in place at the end [default:
    /// none].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) junit: Option<PathBuf>,
}

/// What makes sense with a tree only.
#[derive(Args, Debug)]
struct TreeFlags {
    /// With SRC: also name objects that have no file, each of which is a failure, but none that the flags leave out, nor any
    /// where SRC can't be looked at [default: only files are gone through].
    #[arg(long, help_heading = "What is taken", conflicts_with = "files_from")]
    extra: bool,
    #[command(flatten)]
    choose: Choose,
    #[command(flatten)]
    means: Means,
}

/// What is to be proved.
#[derive(Debug)]
pub(crate) enum WayIn {
    /// What the records in these files are about.
    Records { files: Vec<PathBuf>, required: Requirement },
    /// The files of a tree.
    Tree(Box<TreeRequest>),
    /// What manifests list.
    Sums(SumsRequest),
}

/// A tree, and where its objects are.
#[derive(Debug)]
pub(crate) struct TreeRequest {
    pub(crate) source: PathBuf,
    /// Ends in a slash, or is a whole bucket.
    pub(crate) dest: S3Url,
    pub(crate) chosen: Chosen,
    pub(crate) means: Means,
    pub(crate) extra: bool,
}

/// What is to be done.
pub(crate) struct Request {
    pub(crate) way_in: WayIn,
    pub(crate) write_sums: Option<WriteSums>,
    pub(crate) evidence: EvidenceFlags,
    pub(crate) sample: Sample,
    pub(crate) proving: Proving,
    /// Requests that the limit on open files leaves room for.
    pub(crate) possible: usize,
    pub(crate) json: bool,
    pub(crate) verbosity: Verbosity,
    pub(crate) s3: S3Options,
}

impl Request {
    /// What the command line asks for.
    pub(crate) fn from_matches(matches: &ArgMatches) -> Result<Self, Problem> {
        let flags =
            Flags::from_arg_matches(matches).map_err(|e| Problem::new(ProblemKind::Usage, e.to_string()))?;
        let Flags { places, sums, tree, proving, sample, input, evidence, json, verbosity, s3, .. } = flags;
        let write_sums = sums.written()?;
        let way_in = if let Some(sums) = sums.request(&places)? {
            refuse(
                matches,
                TreeFlags::names().chain(OF_RECORDS.map(str::to_owned)),
                "goes not together with --sums",
            )?;
            WayIn::Sums(sums)
        } else if let Some(dest) = dest(&places)? {
            refuse(matches, OF_RECORDS, "is for records, and SRC DEST reads none")?;
            WayIn::Tree(Box::new(tree.resolve(&places, dest, matches)?))
        } else {
            let why = "is for a tree: it needs SRC and s3://BUCKET/PREFIX/";
            refuse(matches, TreeFlags::names(), why)?;
            WayIn::Records { files: places, required: input.required() }
        };
        let (sample, possible) = (sample.sample(), possible_jobs());
        Ok(Self { way_in, write_sums, evidence, sample, proving, possible, json, verbosity, s3 })
    }

    /// Who does it.
    pub(crate) fn crew(&self) -> Crew {
        Crew::new(self.most_objects())
    }

    fn most_objects(&self) -> usize {
        self.proving.concurrency.map_or(MOST_REQUESTS, usize::from).min(self.possible)
    }
}

impl EvidenceFlags {
    /// Who is told of all that is written.
    pub(crate) fn observers(&self) -> Result<Vec<Box<dyn Observe>>, Problem> {
        let mut observers: Vec<Box<dyn Observe>> = Vec::new();
        if let Some(path) = &self.report {
            observers.push(Box::new(Report::create(path)?));
        }
        if let Some(path) = &self.junit {
            observers.push(Box::new(Junit::create(path)?));
        }
        Ok(observers)
    }
}

impl TreeFlags {
    /// Their names, as clap knows them.
    fn names() -> impl Iterator<Item = String> {
        let flags = Self::augment_args(Command::new(""));
        let names: Vec<_> = flags.get_arguments().map(|flag| flag.get_id().as_str().to_owned()).collect();
        names.into_iter()
    }

    fn resolve(self, places: &[PathBuf], dest: S3Url, matches: &ArgMatches) -> Result<TreeRequest, Problem> {
        let [source, _] = places else {
            let message = match places.len() {
                1 => "there is nothing to hold the objects against".to_owned(),
                more => format!("there are {} operands before the destination", more - 1),
            };
            return Err(Problem::new(ProblemKind::Usage, message).hint("tt-verify SRC s3://bucket/prefix/"));
        };
        let chosen = self.choose.resolve(matches)?;
        let Self { means, extra, .. } = self;
        Ok(TreeRequest { source: source.clone(), dest: dest.into_prefix(), chosen, means, extra })
    }
}

/// Where the objects are, if the last of the places says so.
fn dest(places: &[PathBuf]) -> Result<Option<S3Url>, Problem> {
    let url = |path: &Path| path.to_str().filter(|text| text.starts_with("s3://")).map(str::to_owned);
    let Some(text) = places.last().and_then(|last| url(last)) else { return Ok(None) };
    text.parse().map(Some).map_err(|e: S3UrlError| Problem::new(ProblemKind::Usage, e.to_string()))
}

/// Fails where one of the flags was typed.
fn refuse(
    matches: &ArgMatches,
    flags: impl IntoIterator<Item = impl AsRef<str>>,
    why: &str,
) -> Result<(), Problem> {
    let typed = |flag: &str| matches.value_source(flag) == Some(ValueSource::CommandLine);
    let Some(flag) = flags.into_iter().find(|flag| typed(flag.as_ref())) else { return Ok(()) };
    let flag = flag.as_ref().replace('_', "-");
    Err(Problem::new(ProblemKind::Usage, format!("--{flag} {why}")).hint("see tt-verify --help"))
}
