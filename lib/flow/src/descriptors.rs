//! How many files and connections the process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are needed for other things than files and their connections.
const OTHERS: u64 = 24;

/// How many jobs may be under way, each with a file and a connection. Raises the limit on open files as far as the
/// process may: many systems begin with 1,024 or less, for the sake of programs from another age.
pub fn possible_jobs() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let open = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    usize::try_from(open.unwrap_or(u64::MAX).saturating_sub(OTHERS) / 2).unwrap_or(usize::MAX).max(1)
}
