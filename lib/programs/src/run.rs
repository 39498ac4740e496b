//! Running a program for what it says, with a time limit, and an eye on whether the user wants to stop.

use std::{
    ffi::OsStr,
    os::unix::process::CommandExt as _,
    path::Path,
    process::Output,
    time::{Duration, Instant},
};

use duct::{Expression, Handle, cmd};
use rustix::process::{Pid, Signal, kill_process_group};
use tt_cli::Interrupt;
use tt_record::{Problem, ProblemKind, redacted};

/// How often is looked whether the user wants to stop.
const TICK: Duration = Duration::from_millis(50);

/// How much is shown of what a program says that fails.
const LINES: usize = 3;

/// What to run, and for how long at most.
#[must_use]
pub struct Run<'a> {
    program: &'a Path,
    args: String,
    expression: Expression,
    limit: Duration,
}

impl<'a> Run<'a> {
    /// A program with arguments. It has nothing to read.
    pub fn new(program: &'a Path, args: &[&str], limit: Duration) -> Self {
        let expression = cmd(program, args)
            .stdin_null()
            .stdout_capture()
            .stderr_capture()
            .unchecked()
            // So that all that it starts ends with it.
            .before_spawn(|command| {
                command.process_group(0);
                Ok(())
            });
        Self { program, args: args.join(" "), expression, limit }
    }

    /// Runs it in a directory.
    pub fn within(self, dir: &Path) -> Self {
        Self { expression: self.expression.dir(dir), ..self }
    }

    /// Sets a variable for it.
    pub fn env(self, name: &str, value: impl AsRef<OsStr>) -> Self {
        Self { expression: self.expression.env(name, value.as_ref()), ..self }
    }

    /// Takes a variable away from it.
    pub fn without(self, name: &str) -> Self {
        Self { expression: self.expression.env_remove(name), ..self }
    }

    /// Runs it to its end, whatever that is. It is killed when the time is over, or when the user wants to stop.
    pub fn output(self, interrupt: &Interrupt) -> Result<Output, Problem> {
        let Self { program, expression, limit, .. } = self;
        let shown = program.display();
        let failed = |e| {
            Problem::new(ProblemKind::Other, format!("{shown} can't be run: {e}"))
                .hint("check its permissions, and that it is for this kind of machine")
        };
        let (handle, started) = (expression.start().map_err(failed)?, Instant::now());
        while handle.wait_timeout(TICK).map_err(failed)?.is_none() {
            if interrupt.raised() {
                kill(&handle);
                return Err(Problem::new(
                    ProblemKind::Interrupted,
                    format!("{shown} was stopped by a signal"),
                ));
            }
            if started.elapsed() > limit {
                kill(&handle);
                let message = format!("{shown} did not end within {} s", limit.as_secs());
                return Err(Problem::new(ProblemKind::Timeout, message).hint("run it by hand to see why"));
            }
        }
        handle.into_output().map_err(failed)
    }

    /// What it writes to stdout, if it succeeds.
    pub fn stdout(self, interrupt: &Interrupt) -> Result<String, Problem> {
        let shown = format!("{} {}", self.program.display(), self.args);
        let output = self.output(interrupt)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let message = format!("{shown} ended with {}: {}", output.status, end_of(&said));
        Err(Problem::new(ProblemKind::Other, message).hint("run the same by hand to see all that it says"))
    }
}

fn end_of(said: &str) -> String {
    match last_lines(said, LINES) {
        last if last.is_empty() => "it says nothing".to_owned(),
        last => last,
    }
}

/// The last lines of what a program says, in one, without secrets; those with nothing in them don't count.
pub fn last_lines(said: &str, count: usize) -> String {
    let lines: Vec<_> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(count)..].iter().map(|line| redacted(line));
    last.collect::<Vec<_>>().join("; ")
}

/// Ends a program and all that it started. One that has ended by itself meanwhile is no failure.
fn kill(handle: &Handle) {
    for pid in handle.pids() {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
    let _ = handle.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, limit: Duration) -> Run<'static> {
        Run::new(Path::new("/bin/sh"), &["-c", script], limit)
    }

    #[test]
    fn a_program_says_what_it_says() {
        let interrupt = Interrupt::default();
        let minute = Duration::from_mins(1);
        assert_eq!(sh("echo $A", minute).env("A", "b").stdout(&interrupt).unwrap(), "b\n");
        let failed = sh("echo why >&2; echo >&2; exit 3", minute).stdout(&interrupt).unwrap_err();
        assert!(failed.message.ends_with("ended with exit status: 3: why"), "{failed}");
        let missing = Run::new(Path::new("/no/such/program"), &[], minute).output(&interrupt).unwrap_err();
        assert!(missing.message.contains("/no/such/program can't be run"), "{missing}");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended_with_all_that_it_started() {
        let late = sh("sleep 600 & sleep 600", Duration::from_millis(200)).output(&Interrupt::default());
        assert_eq!(late.unwrap_err().kind, ProblemKind::Timeout);
    }
}
