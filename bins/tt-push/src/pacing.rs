//! The flags about how much is done at once.

use clap::Args;
use tt_cli::Timetable;
use tt_store::{LARGEST_PART, SMALLEST_PART};

/// One body of the largest size that goes in a single request.
const LEAST_MEMORY: u64 = 16 << 20;

/// How much is done at once.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How it is done")]
pub(crate) struct Pacing {
    /// How many requests are under way at the same time [default: finds itself, up to 256: it grows while that makes
    /// things faster, and shrinks when S3 asks to slow down or gets slow].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(crate) concurrency: Option<u16>,
    /// Memory for the bytes that are on their way, from 16MiB: it bounds how many requests are under way, too. Parts
    /// of more than an eighth of it are not held in memory, but read twice.
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = memory)]
    pub(crate) memory: u64,
    /// Size of the parts of large files, from 5MiB to 5GiB; grows by itself where 10,000 parts would not suffice.
    #[arg(long, value_name = "SIZE", default_value = "8MiB", value_parser = part_size)]
    pub(crate) part_size: u64,
    /// How much is sent per second, all files together: a rate such as 100MB/s, or a timetable in local time such as
    /// "08:00,20MB/s 18:00,off Sat-08:00,off", where an entry holds until the next one [default: as much as goes].
    #[arg(long, value_name = "RATE")]
    pub(crate) bandwidth: Option<Timetable>,
}

fn memory(text: &str) -> Result<u64, String> {
    let size = tt_cli::size(text)?;
    if size >= LEAST_MEMORY { Ok(size) } else { Err("less than 16MiB is not enough to work with".to_owned()) }
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
    fn part_sizes_are_those_of_s3() {
        assert_eq!(part_size("5MiB"), Ok(5 << 20));
        assert!(part_size("5MB").is_err());
        assert!(part_size("6GiB").is_err());
    }

    #[test]
    fn what_is_not_enough_memory_is_refused() {
        assert_eq!(memory("32MiB"), Ok(32 << 20));
        assert!(memory("1MiB").is_err());
    }
}
