//! stdin and stdout, as the process was given them.
//!
//! Always holds: no other process that is started reads what is meant for this one. Records and names are read from a
//! descriptor that no child inherits, and the descriptor 0 that it does inherit has nothing to read.

use std::{
    fs::File,
    io::{self, IsTerminal, Read},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use tt_record::{Problem, ProblemKind};

use crate::Patient;

/// The least descriptor that is none of the three that children inherit.
const BEHIND_STDERR: i32 = 3;

/// What was on descriptor 0.
static STDIN: OnceLock<File> = OnceLock::new();

/// Whether descriptor 1 was closed. Rust's runtime opens /dev/null in its place before `main`, and all that is written is lost.
static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Runs before the runtime does.
#[ctor::ctor]
fn look_at_stdout() {
    let open = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_ok();
    STDOUT_WAS_CLOSED.store(!open, Relaxed);
}

/// Fails where there is no stdout: what is to be told would be lost.
pub(crate) fn require_stdout() -> Result<(), Problem> {
    if STDOUT_WAS_CLOSED.load(Relaxed) {
        let problem = Problem::new(ProblemKind::Io, "can't write to stdout: it is closed");
        return Err(problem.hint("connect stdout to a file, a pipe or /dev/null"));
    }
    Ok(())
}

/// Takes stdin away from descriptor 0, which children inherit: programs that hand out credentials, for example, which may read
/// whatever they find there.
pub(crate) fn take_stdin() -> Result<(), Problem> {
    if STDIN.get().is_some() {
        return Ok(());
    }
    let taken = rustix::io::fcntl_dupfd_cloexec(plain(), BEHIND_STDERR).map_err(io::Error::from);
    let taken = taken.and_then(|taken| {
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        Ok(File::from(taken))
    });
    let taken = taken.map_err(|e| Problem::new(ProblemKind::Io, format!("can't set stdin aside: {e}")))?;
    // Set once, above all other threads.
    let _ = STDIN.set(taken);
    Ok(())
}

/// stdin, without a buffer. For whoever is started otherwise than by [`crate::start`] it is descriptor 0.
pub fn stdin() -> Stdin {
    Stdin(())
}

/// Reads stdin.
#[derive(Debug)]
pub struct Stdin(());

impl Stdin {
    /// Whether it is a terminal.
    pub fn is_terminal(&self) -> bool {
        STDIN.get().map_or_else(|| plain().is_terminal(), IsTerminal::is_terminal)
    }
}

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match STDIN.get() {
            Some(file) => Patient(file).read(buffer),
            None => Patient(plain()).read(buffer),
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "here alone")]
fn plain() -> io::Stdin {
    io::stdin()
}
