//! The flags about what reading the two sides may take.

use std::{env, path::PathBuf};

use clap::{Args, ValueHint};
use tt_cli::size;

/// The least memory that is of use, in bytes.
const LEAST_MEMORY: u64 = 1 << 10;

/// What reading the two sides may take.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How it is done")]
pub struct Means {
    /// How many pages of a large bucket's listing are asked for at once. A small one takes one request.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub list_concurrency: u16,
    /// How much memory the names of large directories and the pages read ahead may take; at least 1KiB.
    #[arg(long, value_name = "SIZE", default_value = "48MiB", value_parser = memory)]
    pub memory: u64,
    /// Where names wait that don't fit into the memory, and what may be written only once all is known [default: TMPDIR, or
    /// /tmp].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    tmp_dir: Option<PathBuf>,
}

impl Means {
    /// How many bytes names may take. The walk may need twice as much for a while.
    pub fn memory_of_names(&self) -> usize {
        usize::try_from(self.memory / 6).unwrap_or(usize::MAX)
    }

    /// How many bytes pages may take: the more are held ahead, the more ranges of a bucket can be listed at once.
    pub fn memory_of_pages(&self) -> usize {
        usize::try_from(self.memory / 3 * 2).unwrap_or(usize::MAX)
    }

    /// Where to put what does not fit into the memory.
    pub fn tmp_dir(&self) -> PathBuf {
        self.tmp_dir.clone().unwrap_or_else(env::temp_dir)
    }
}

fn memory(text: &str) -> Result<u64, String> {
    size(text).and_then(|bytes| {
        let enough = bytes >= LEAST_MEMORY;
        enough.then_some(bytes).ok_or_else(|| format!("{text:?} is less than 1KiB"))
    })
}
