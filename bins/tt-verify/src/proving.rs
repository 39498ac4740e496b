//! The flags about how the proof is come by.

use clap::{Args, ValueEnum};
use tt_cli::size;

/// How it is done.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How it is done")]
pub(crate) struct Proving {
    /// How many requests are under way at the same time [default: finds itself, up to 256: it grows while that makes
    /// things faster, and shrinks when S3 asks to slow down or gets slow].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(crate) concurrency: Option<u16>,
    /// Download objects and compare their bytes with those of the files, without storing them: --download or
    /// --download=needed, where nothing else can be compared; --download=always, each [default: download nothing].
    #[arg(long, value_enum, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "needed",
        hide_possible_values = true)]
    pub(crate) download: Option<Download>,
    /// Where only an ETag tells of an object in parts, and the service does not tell how large they are: try this size
    /// before those that are usual [default: those that are usual].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) part_size: Option<u64>,
    /// Leave the system's cache of files to other programs: what is read for the proof is not kept there [default: it is
    /// kept as usual].
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Take a file as unchanged while its size and modification time stay, whatever its inode number and change time: for
    /// file systems that keep neither.
    #[arg(long)]
    pub(crate) ignore_inode: bool,
}

/// Which objects are downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Download {
    /// Those of which nothing else can be compared.
    Needed,
    /// All.
    Always,
}
