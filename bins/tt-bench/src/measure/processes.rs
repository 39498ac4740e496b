//! The processes of a pipeline: they are started, waited for, and ended with all that they started.

use std::{
    fs::File,
    io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use tt_record::{Problem, ProblemKind};
use wait4::{ResUse, Wait4 as _};

use crate::tools::Stage;

/// A program that has ended: which one, when, and what it took.
pub(super) type Waited = (usize, Instant, io::Result<ResUse>);

/// Those of a pipeline under way. What still runs when this is dropped is ended.
pub(super) struct Processes {
    /// Each has a process group of its own, so that all that it starts ends with it; none where it has ended.
    groups: Vec<Option<Pid>>,
    ends: Receiver<Waited>,
}

impl Processes {
    /// Starts all of them; the last one writes to the file `stdout`.
    pub(super) fn start(stages: &[Stage], scratch: &Path, stdout: &Path) -> Result<Self, Problem> {
        let (sender, ends) = channel();
        let mut processes = Self { groups: Vec::new(), ends };
        let mut upstream: Option<ChildStdout> = None;
        for (number, stage) in stages.iter().enumerate() {
            let stdin = upstream.take().map_or_else(Stdio::null, Stdio::from);
            let last = number + 1 == stages.len();
            let to = if last { file(stdout)?.into() } else { Stdio::piped() };
            let mut child = spawn(stage, stdin, to, file(&stderr(scratch, number))?)?;
            upstream = child.stdout.take();
            processes.groups.push(Some(Pid::from_child(&child)));
            let sender = sender.clone();
            // What a program took is known only to whoever waits for it.
            thread::spawn(move || {
                let used = child.wait4();
                // Nobody wants to know it any more where the run was stopped.
                let _ = sender.send((number, Instant::now(), used));
            });
        }
        Ok(processes)
    }

    /// The next that ends within that time.
    pub(super) fn next(&mut self, patience: Duration) -> Result<Waited, RecvTimeoutError> {
        let (number, at, used) = self.ends.recv_timeout(patience)?;
        self.groups[number] = None;
        Ok((number, at, used))
    }

    /// Ends those that still run.
    pub(super) fn kill(&self) {
        for group in self.groups.iter().flatten() {
            // One that has ended meanwhile needs no end.
            let _ = kill_process_group(*group, Signal::KILL);
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.kill();
        // Until all are gone: what they write to must not be removed under them.
        while let Some(left) = self.groups.iter().position(Option::is_some) {
            match self.ends.recv() {
                Ok((number, ..)) => self.groups[number] = None,
                Err(_) => self.groups[left] = None,
            }
        }
    }
}

fn spawn(stage: &Stage, stdin: Stdio, stdout: Stdio, stderr: File) -> Result<Child, Problem> {
    let mut command = Command::new(&stage.program);
    command.args(&stage.args).process_group(0).stdin(stdin).stdout(stdout).stderr(stderr);
    stage.without.iter().for_each(|name| {
        command.env_remove(name);
    });
    command.envs(stage.env.iter().map(|(name, value)| (name, value)));
    command.spawn().map_err(|e| {
        Problem::new(ProblemKind::Config, format!("{} can't be started: {e}", stage.program.display()))
            .hint("`tt-install check` says what is missing")
    })
}

fn file(path: &Path) -> Result<File, Problem> {
    File::create(path).map_err(|e| {
        Problem::new(ProblemKind::Io, format!("{} can't be written: {e}", path.display()))
            .hint("check TMPDIR")
    })
}

/// What the program of that number says.
pub(super) fn stderr(scratch: &Path, number: usize) -> PathBuf {
    scratch.join(format!("stderr-{number}"))
}
