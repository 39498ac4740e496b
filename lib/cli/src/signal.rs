//! SIGINT and SIGTERM: asked once to stop in order, asked again to stop at once.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use tt_record::{Problem, ProblemKind};

/// Whether the user asked to stop. Cheap to clone and to ask.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Takes over SIGINT and SIGTERM. A second signal ends the process at once. A SIGINT that was ignored when the process
    /// started stays ignored: so shells start jobs in the background, which Ctrl-C is not meant for.
    pub fn install() -> Result<Self, Problem> {
        let interrupt = Self::default();
        let signals = [(SIGINT, !ignores_interrupts()), (SIGTERM, true)];
        for (signal, _) in signals.into_iter().filter(|(_, is_taken)| *is_taken) {
            flag::register_conditional_shutdown(signal, 130, Arc::clone(&interrupt.0))
                .and_then(|_| flag::register(signal, Arc::clone(&interrupt.0)))
                .map_err(|e| Problem::new(ProblemKind::Bug, format!("can't watch for signals: {e}")))?;
        }
        Ok(interrupt)
    }

    /// Whether a signal came.
    pub fn raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether this process ignores SIGINT. Linux tells; of other systems it is not known, and taken not to be so.
pub fn ignores_interrupts() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores(&status, SIGINT))
}

/// What the status of a process says of a signal.
fn ignores(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_shows_in_the_status() {
        let status = "Name:\tx\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001002\n";
        assert!(ignores(status, SIGINT) && !ignores(status, SIGTERM));
        assert!(!ignores("Name:\tx\n", SIGINT));
    }
}
