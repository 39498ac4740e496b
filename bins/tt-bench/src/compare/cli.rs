//! The flags of `tt-bench compare`, and their help.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use tt_cli::Verbosity;

/// Hold two reports against each other, and say what changed beyond the noise.
///
/// A figure has changed where chance alone would bring samples that lie so far apart less than once in twenty times
/// (Mann-Whitney), and the medians differ by more than two percent. Three runs are too few to tell. Whether the machines, the
/// versions and the data are the same is said, too.
#[derive(Args, Debug)]
#[command(mut_arg("progress", |arg| arg.hide(true)))]
pub(crate) struct Compare {
    /// The report from before: report.json, or the directory that it is in.
    #[arg(value_name = "OLD", value_hint = ValueHint::AnyPath)]
    pub(super) old: PathBuf,
    /// The report from after.
    #[arg(value_name = "NEW", value_hint = ValueHint::AnyPath)]
    pub(super) new: PathBuf,
    /// Write one JSON object a line instead of words [default: words].
    #[arg(long, help_heading = "What is said")]
    pub(super) json: bool,
    /// End with 1 if anything got worse [default: what changed is no failure].
    #[arg(long, help_heading = "What is said")]
    pub(super) fail_if_worse: bool,
    #[command(flatten)]
    pub(super) verbosity: Verbosity,
}
