//! Whether the process may open enough files to do anything at all.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tt_record::{Problem, ProblemKind};

/// So many open files are the least that works: those that every process has, what a runtime needs, one file and its connections.
const LEAST: u64 = 32;

/// Fails where the process may open too few files. Raises its limit, if that is what it takes.
pub(crate) fn check_descriptors() -> Result<(), Problem> {
    let limit = getrlimit(Resource::Nofile);
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= LEAST);
    if is_enough(limit.current) {
        return Ok(());
    }
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if is_enough(limit.maximum) && setrlimit(Resource::Nofile, raised).is_ok() {
        return Ok(());
    }
    let allowed = limit.current.unwrap_or_default();
    let message =
        format!("this process may have {allowed} files open at once, and {LEAST} are the least that works");
    Err(Problem::new(ProblemKind::Config, message).hint("allow more open files: ulimit -n 1024"))
}
