//! A pipeline under way: it can be sent signals, and is waited for, but not forever.

use std::{
    fs,
    path::PathBuf,
    process::{Child, ExitStatus},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::{Ended, Outcome, Stage};

/// Whatever takes longer hangs.
const LIMIT: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(5);

/// Waits until something holds; fails the test if it never does.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        thread::sleep(PAUSE);
    }
}

/// A pipeline under way. Dropping it kills it.
pub struct Running {
    directory: PathBuf,
    stages: Vec<Stage>,
    children: Vec<Child>,
    stderr: Vec<JoinHandle<Vec<u8>>>,
    pub(crate) stdout: Option<JoinHandle<Vec<u8>>>,
    deadline: Instant,
}

impl Running {
    pub(crate) fn new(directory: PathBuf, stages: Vec<Stage>) -> Self {
        let deadline = Instant::now() + LIMIT;
        Self { directory, stages, children: Vec::new(), stderr: Vec::new(), stdout: None, deadline }
    }

    pub(crate) fn add(&mut self, child: Child, stderr: JoinHandle<Vec<u8>>) {
        self.children.push(child);
        self.stderr.push(stderr);
    }

    /// Sends a signal to one stage, counted from 0.
    pub fn signal(&self, stage: usize, signal: Signal) {
        kill_process(Pid::from_child(&self.children[stage]), signal).expect("the process is there");
    }

    /// Whether a stage still runs.
    pub fn runs(&mut self, stage: usize) -> bool {
        self.children[stage].try_wait().unwrap().is_none()
    }

    /// How much memory, in bytes, a stage which still runs has now taken for its data; none where the system does not tell.
    /// The pages of the program itself are not counted: an unoptimised one with its debugging information has many.
    pub fn memory(&self, stage: usize) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.children[stage].id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib << 10)
    }

    /// Waits until all stages have ended.
    pub fn wait(mut self) -> Outcome {
        let mut hung = false;
        let statuses: Vec<_> = (0..self.children.len()).map(|stage| self.status(stage, &mut hung)).collect();
        let stdout = self.stdout.take().map(|reader| reader.join().unwrap()).unwrap_or_default();
        let stderr: Vec<_> = self.stderr.drain(..).map(|reader| reader.join().unwrap()).collect();
        let ended = statuses
            .into_iter()
            .zip(stderr)
            .zip(&self.stages)
            .map(|((status, stderr), stage)| Ended::new(stage.clone(), status, &stderr))
            .collect();
        let outcome = Outcome::new(self.directory.clone(), ended, stdout);
        assert!(!hung, "it hung, and was killed after {} s\n{outcome}", LIMIT.as_secs());
        outcome.check();
        outcome
    }

    fn status(&mut self, stage: usize, hung: &mut bool) -> ExitStatus {
        loop {
            if let Some(status) = self.children[stage].try_wait().unwrap() {
                return status;
            }
            if Instant::now() > self.deadline {
                *hung = true;
                self.kill();
            }
            thread::sleep(PAUSE);
        }
    }

    fn kill(&mut self) {
        for child in &mut self.children {
            if matches!(child.try_wait(), Ok(None)) {
                // It may have ended just now.
                let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
