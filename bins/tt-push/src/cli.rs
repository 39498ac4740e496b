//! The flags as they are typed, and the request that they come to.

use std::{collections::BTreeMap, path::PathBuf};

use clap::{ArgMatches, FromArgMatches as _, Parser};
use tt_cli::{HelpFlags, Verbosity};
use tt_flow::{Crew, possible_jobs};
use tt_record::{Problem, ProblemKind, Properties};
use tt_store::S3Options;

use crate::{
    PAGE, pace,
    parts::{LARGEST_PART, SMALLEST_PART},
};

/// Upload what a plan says, many files at once, with a checksum on everything.
///
/// Reads records from files or stdin, and writes a result for each as soon as it is known. S3 checks every byte against
/// a CRC64NVME. A file that changes while it is read is tried again, then skipped: what is published is what was read.
#[derive(Debug, Parser)]
#[command(name = "tt-push", version, styles = tt_cli::styles(), after_help = PAGE.help(), max_term_width = 100)]
#[command(disable_help_flag = true, disable_version_flag = true)]
pub(crate) struct Flags {
    /// Files of records; - is stdin [default: stdin].
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Storage class of new objects, such as STANDARD_IA or INTELLIGENT_TIERING; a record's own wins [default: the
    /// bucket's, mostly STANDARD].
    #[arg(long, value_name = "CLASS", help_heading = "What S3 keeps")]
    storage_class: Option<String>,
    /// User metadata of new objects. May be repeated; a record's own wins, name by name [default: none].
    #[arg(long, value_name = "NAME=VALUE", value_parser = metadata, help_heading = "What S3 keeps")]
    metadata: Vec<(String, String)>,

    /// How many requests are under way at the same time [default: finds itself, up to 256: it grows while that makes
    /// things faster, and shrinks when S3 asks to slow down].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096),
        help_heading = "How it is done")]
    concurrency: Option<u16>,
    /// Size of the parts of large files, from 5MiB to 5GiB; grows by itself where 10,000 parts would not suffice.
    #[arg(long, value_name = "SIZE", default_value = "8MiB", value_parser = part_size, help_heading = "How it is done")]
    part_size: u64,
    /// Read the plan and the files' properties, but upload nothing: the plan passes on as it is [default: upload].
    #[arg(long, help_heading = "How it is done")]
    dry_run: bool,
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
    /// What new objects get where their record says nothing.
    pub(crate) properties: Properties,
    /// Requests at the same time; without it the number finds itself.
    pub(crate) concurrency: Option<u16>,
    /// Requests that the limit on open files leaves room for.
    pub(crate) possible: usize,
    pub(crate) part_size: u64,
    pub(crate) dry_run: bool,
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
        Ok(Self {
            properties: Properties {
                storage_class: flags.storage_class,
                metadata: flags.metadata.into_iter().collect::<BTreeMap<_, _>>(),
                ..Properties::default()
            },
            files: flags.files,
            concurrency: flags.concurrency,
            possible: possible_jobs(),
            part_size: flags.part_size,
            dry_run: flags.dry_run,
            partial_input: flags.partial_input,
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
        self.concurrency.map_or(pace::MOST, usize::from).min(self.possible)
    }
}

/// Metadata travels in headers, which take neither every name nor every value.
fn metadata(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it must be NAME=VALUE")?;
    let of_a_token = |c: char| c.is_ascii_alphanumeric() || "-_.!#$%&'*+^`|~".contains(c);
    if name.is_empty() || !name.chars().all(of_a_token) {
        return Err(format!("{name:?} can't be the name of a header"));
    }
    if !value.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return Err(format!(
            "{value:?} holds more than printable ASCII, which is all that S3 keeps as it is"
        ));
    }
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}

fn part_size(text: &str) -> Result<u64, String> {
    let size = tt_cli::size(text)?;
    if (SMALLEST_PART..=LARGEST_PART).contains(&size) {
        return Ok(size);
    }
    Err("S3 takes parts from 5MiB to 5GiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_checked() {
        assert_eq!(metadata("Owner=a=b"), Ok(("owner".into(), "a=b".into())));
        for wrong in ["owner", "=x", "a b=x", "a=\n", "a=é"] {
            assert!(metadata(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn part_sizes_are_those_of_s3() {
        assert_eq!(part_size("5MiB"), Ok(5 << 20));
        assert!(part_size("5MB").is_err());
        assert!(part_size("6GiB").is_err());
    }
}
