//! How many files and connections the process may have open.

use std::thread::available_parallelism;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are needed for other things.
const OTHERS: u64 = 24;

/// What a job needs: its file, its connection, and one that idles in a thread which has less to do now.
const PER_JOB: u64 = 3;

/// What a thread's runtime needs.
const PER_THREAD: u64 = 3;

/// How many jobs may be under way. Raises the limit on open files as far as the process may: many systems begin with
/// 1,024 or less, for the sake of programs from another age.
pub fn possible_jobs() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let open = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    let cores = available_parallelism().map_or(1, usize::from) as u64;
    usize::try_from(jobs(open.unwrap_or(u64::MAX), cores)).unwrap_or(usize::MAX)
}

/// There are as many threads as cores, but no more than jobs.
fn jobs(descriptors: u64, cores: u64) -> u64 {
    let free = descriptors.saturating_sub(OTHERS);
    let with_all_threads = free.saturating_sub(PER_THREAD * cores) / PER_JOB;
    (free / (PER_JOB + PER_THREAD)).max(with_all_threads).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_and_their_threads_fit() {
        for descriptors in (32..2000).step_by(7) {
            for cores in [1, 2, 8, 64, 1000] {
                let jobs = jobs(descriptors, cores);
                let needed = |jobs: u64| OTHERS + PER_JOB * jobs + PER_THREAD * cores.min(jobs);
                assert!(needed(jobs) <= descriptors, "{jobs} with {descriptors} on {cores}");
                assert!(needed(jobs + 2) > descriptors, "{jobs} with {descriptors} on {cores}");
            }
        }
        assert_eq!((jobs(10, 4), jobs(1024, 4), jobs(1024, 64)), (1, 329, 269));
        assert!(jobs(u64::MAX, 4) > 1 << 32);
    }
}
