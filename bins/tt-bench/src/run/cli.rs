//! The flags of `tt-bench run` as they are typed, and their help. What they mean together is [`super::request`]'s to say.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueHint};
use tt_cli::Verbosity;
use tt_record::S3Url;

use crate::{
    data::SetName,
    report::Requirement,
    tools::{Sweep, ToolName},
};

/// Measure uploads with several tools that take turns, prove each, and write a report.
///
/// Each tool uploads everything, tt-verify proves it, and the tool runs once more with nothing to do. Figures are medians;
/// ratios are taken turn by turn. A tool that lost or damaged an object, or failed, has no figures but a red line, and the exit
/// code is 1 then. Interrupted, nothing is left behind: no process, no object, no report.
#[derive(Args, Debug)]
#[command(mut_arg("progress", |arg| arg.hide(true)))]
pub(crate) struct Run {
    #[command(flatten)]
    pub(super) subject: Subject,
    #[command(flatten)]
    pub(super) destination: Destination,
    #[command(flatten)]
    pub(super) outcome: Outcome,
    #[command(flatten)]
    pub(super) verbosity: Verbosity,
}

/// What is measured.
#[derive(Args, Debug)]
#[command(next_help_heading = "What is measured")]
pub(super) struct Subject {
    /// Which tools; those that are not there are named and left out.
    #[arg(long, value_enum, value_name = "TOOL,TOOL", value_delimiter = ',')]
    #[arg(default_value = "tt,s5cmd,s5cmd-tuned,aws,aws-tuned,aws-crt,rclone,rclone-tuned")]
    pub(super) tools: Vec<ToolName>,
    /// Sets of files that are made once and kept, the same ones everywhere, of bytes that can't be compressed.
    #[arg(long, value_enum, value_name = "SET,SET", value_delimiter = ',', default_value = "plan")]
    pub(super) data: Vec<SetName>,
    /// A directory of one's own instead [default: the sets].
    #[arg(long, value_name = "DIR", conflicts_with_all = ["data", "scale", "seed"], value_hint = ValueHint::DirPath)]
    pub(super) data_dir: Option<PathBuf>,
    /// Make less of the sets: 0.1 is a tenth, in fewer files, or in smaller ones where there are few.
    #[arg(long, value_name = "SHARE", default_value = "1", value_parser = scale)]
    pub(super) scale: f64,
    /// Where the randomness of the sets starts: the same seed gives the same bytes.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Where the sets are kept [default: $XDG_CACHE_HOME/datasync-turbo, or ~/.cache/datasync-turbo].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) cache: Option<PathBuf>,
    /// Measure tt with each of these values of a flag of tt-push: concurrency, part-size, memory or checksum. May be repeated:
    /// each value is tried with each of the others [default: without flags].
    #[arg(long, value_name = "NAME=VALUE,VALUE")]
    pub(super) sweep: Vec<Sweep>,
    /// How many turns of each tool count.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) runs: u32,
    /// How many turns of each tool come before that, and don't count.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(super) warmup: u32,
    /// How long a tool may take for one upload before it is ended and counts as wrong.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = tt_cli::duration)]
    pub(super) limit: Duration,
}

/// Where uploads go.
#[derive(Args, Debug)]
#[command(next_help_heading = "Where it goes")]
pub(super) struct Destination {
    /// A place in a bucket: s3://bucket/prefix/. Whatever is uploaded lies below a prefix of the run's own, and is removed
    /// after each turn. Endpoint, region and credentials are those of the environment, for all tools [default: none, so one
    /// of --dest and --local is needed].
    #[arg(long, value_name = "S3URL", required_unless_present = "local")]
    #[arg(conflicts_with_all = ["local", "tls", "link", "per_connection", "rtt"])]
    pub(super) dest: Option<S3Url>,
    /// Don't ask before requests are made that cost money [default: ask, and refuse where nobody can answer].
    #[arg(long, conflicts_with = "local")]
    pub(super) yes: bool,
    /// An endpoint on this machine, in a process of its own, that checks what it gets and drops it [default: --dest].
    #[arg(long)]
    pub(super) local: bool,
    /// It speaks HTTPS, as S3 does [default: HTTP].
    #[arg(long, requires = "local")]
    pub(super) tls: bool,
    /// Bytes a second of all connections together, in each direction, e.g. 3Gbit [default: unlimited].
    #[arg(long, value_name = "RATE", value_parser = tt_cli::rate, requires = "local")]
    pub(super) link: Option<u64>,
    /// Bytes a second of each connection, in each direction, e.g. 80MB/s [default: unlimited].
    #[arg(long, value_name = "RATE", value_parser = tt_cli::rate, requires = "local")]
    pub(super) per_connection: Option<u64>,
    /// How long each answer is held back, e.g. 30ms [default: not at all].
    #[arg(long, value_name = "DURATION", value_parser = tt_cli::duration, requires = "local")]
    pub(super) rtt: Option<Duration>,
}

/// What comes of it.
#[derive(Args, Debug)]
#[command(next_help_heading = "What comes of it")]
pub(super) struct Outcome {
    /// Where report.json, report.md, report.html, chart.svg and chart.png go. Those that are there are replaced.
    #[arg(long, value_name = "DIR", default_value = "tt-bench-report", value_hint = ValueHint::DirPath)]
    pub(super) out: PathBuf,
    /// End with 1 unless the first tool is that many times as fast as the other, with each data set: tt:aws>=3. May be
    /// repeated [default: nothing is required].
    #[arg(long, value_name = "TOOL:TOOL>=N")]
    pub(super) require: Vec<Requirement>,
    /// The same as --require "tt:aws>=3" [default: not required].
    #[arg(long)]
    pub(super) check: bool,
}

fn scale(text: &str) -> Result<f64, String> {
    let scale = text.parse::<f64>().ok().filter(|scale| *scale > 0.0 && *scale <= 1.0);
    scale.ok_or_else(|| "a share is more than 0, and at most 1".to_owned())
}
