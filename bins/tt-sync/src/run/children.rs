//! The programs of a pipeline as processes, joined by pipes, and what they say.

use std::{
    io::{BufRead, BufReader, Read},
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tt_programs::own;
use tt_record::{Problem, ProblemKind, redacted};

use super::stages::{Stage, Stages};

/// Something that a process says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A line of its stderr.
    Said(&'static str, String),
    /// A line of the last one's stdout.
    Record(String),
}

/// Processes under way. Those that still run when this is dropped are killed.
pub(crate) struct Children {
    children: Vec<(&'static str, Child)>,
    events: Receiver<Event>,
}

impl Children {
    /// Starts all of them.
    pub(crate) fn start(stages: &Stages) -> Result<Self, Problem> {
        let (sender, events) = channel();
        let mut all = Self { children: Vec::new(), events };
        let mut upstream: Option<ChildStdout> = None;
        for stage in &stages.stages {
            let stdin = upstream.take().map_or_else(Stdio::null, Stdio::from);
            let mut child = spawn(stage, &stages.environment, stdin)?;
            let tool = stage.tool;
            if let Some(stderr) = child.stderr.take() {
                relay(stderr, sender.clone(), move |line| Event::Said(tool, shown(tool, line)));
            }
            upstream = child.stdout.take();
            all.children.push((tool, child));
        }
        if let Some(stdout) = upstream {
            relay(stdout, sender, Event::Record);
        }
        Ok(all)
    }

    /// What is said next, if anything is within that time. False when nothing will be said any more.
    pub(crate) fn next(&self, patience: Duration) -> (Option<Event>, bool) {
        match self.events.recv_timeout(patience) {
            Ok(event) => (Some(event), true),
            Err(RecvTimeoutError::Timeout) => (None, true),
            Err(RecvTimeoutError::Disconnected) => (None, false),
        }
    }

    /// Asks all of them to stop in order.
    pub(crate) fn stop(&self) {
        for (_, child) in &self.children {
            // One that has ended already needs not be asked.
            let _ = kill_process(Pid::from_child(child), Signal::TERM);
        }
    }

    /// The exit codes of all, in order. That of one that a signal ended is 128 and the signal's number.
    pub(crate) fn wait(mut self) -> Result<Vec<(&'static str, i32)>, Problem> {
        let code = |(tool, child): &mut (&'static str, Child)| {
            let status =
                child.wait().map_err(|e| Problem::new(ProblemKind::Io, format!("{tool} is lost: {e}")))?;
            Ok((*tool, status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())))
        };
        self.children.iter_mut().map(code).collect()
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for (_, child) in &mut self.children {
            if matches!(child.try_wait(), Ok(None)) {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

/// Ours is the one beside this one; others are found by their name.
fn program(tool: &str) -> PathBuf {
    if tool.starts_with("tt-") { own(tool) } else { tool.into() }
}

/// What a process says, without secrets. Ours know what is one.
fn shown(tool: &str, line: String) -> String {
    if tool.starts_with("tt-") { line } else { redacted(&line) }
}

fn spawn(stage: &Stage, environment: &[(&'static str, String)], stdin: Stdio) -> Result<Child, Problem> {
    let mut command = Command::new(program(stage.tool));
    command.args(&stage.args).envs(environment.iter().map(|(name, value)| (name, value)));
    // A signal from the terminal reaches this process alone, which passes it on once.
    command.process_group(0).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().map_err(|e| {
        Problem::new(ProblemKind::Config, format!("{} can't be started: {e}", stage.tool))
            .hint("install all tools together; `tt-install check` says what is missing")
    })
}

/// Hands on lines in a thread of their own, until there are no more, or nobody wants them.
fn relay(
    from: impl Read + Send + 'static,
    to: Sender<Event>,
    event: impl Fn(String) -> Event + Send + 'static,
) {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while matches!(from.read_until(b'\n', &mut line), Ok(length) if length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if to.send(event(text)).is_err() {
                return;
            }
        }
    });
}
