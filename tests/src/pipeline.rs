//! Several stages joined by the system's pipes.

use std::{
    fs::File,
    io::{Read, Write},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    thread::{self, JoinHandle},
};

use crate::{Outcome, Running, Scene, Stage};

/// What the first stage reads.
enum Feed {
    Nothing,
    Bytes(Vec<u8>),
    File(PathBuf),
}

/// A pipeline that was not started yet.
pub struct Pipeline<'s> {
    scene: &'s Scene,
    stages: Vec<Stage>,
    feed: Feed,
    stdout: Option<PathBuf>,
}

impl<'s> Pipeline<'s> {
    pub(crate) fn new(scene: &'s Scene, stages: Vec<Stage>) -> Self {
        Self { scene, stages, feed: Feed::Nothing, stdout: None }
    }

    /// The first stage reads these bytes.
    #[must_use]
    pub fn reading(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.feed = Feed::Bytes(bytes.into());
        self
    }

    /// The first stage reads this file.
    #[must_use]
    pub fn reading_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.feed = Feed::File(path.into());
        self
    }

    /// The last stage writes into this file, and nothing is captured.
    #[must_use]
    pub fn writing(mut self, path: impl Into<PathBuf>) -> Self {
        self.stdout = Some(path.into());
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Outcome {
        self.start().wait()
    }

    /// Starts it.
    pub fn start(self) -> Running {
        let mut running = Running::new(self.scene.directory(), self.stages.clone());
        let mut upstream: Option<ChildStdout> = None;
        for (index, stage) in self.stages.iter().enumerate() {
            let last = index + 1 == self.stages.len();
            let stdin = upstream.take().map_or_else(|| self.first_stdin(), Stdio::from);
            let stdout = if last { self.last_stdout() } else { Stdio::piped() };
            let mut child = self.spawn(stage, stdin, stdout);
            upstream = child.stdout.take();
            if let (0, Feed::Bytes(bytes)) = (index, &self.feed) {
                feed(&mut child, bytes.clone());
            }
            let stderr = capture(child.stderr.take());
            running.add(child, stderr);
        }
        running.stdout = Some(capture(upstream));
        running
    }

    fn spawn(&self, stage: &Stage, stdin: Stdio, stdout: Stdio) -> Child {
        let mut command = Command::new(stage.program());
        command.args(&stage.args).current_dir(self.scene.directory());
        command.env_clear().envs(self.scene.environment());
        for (name, value) in &stage.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(user) = stage.user {
            command.uid(user).gid(user);
        }
        // A group of its own, so that what a script started ends with it.
        command.process_group(0).stdin(stdin).stdout(stdout).stderr(Stdio::piped());
        command.spawn().unwrap_or_else(|e| panic!("can't start {}: {e}", stage.program))
    }

    fn first_stdin(&self) -> Stdio {
        match &self.feed {
            Feed::Nothing => Stdio::null(),
            Feed::Bytes(_) => Stdio::piped(),
            Feed::File(path) => File::open(path).unwrap().into(),
        }
    }

    fn last_stdout(&self) -> Stdio {
        match &self.stdout {
            None => Stdio::piped(),
            Some(path) => File::options().write(true).create(true).truncate(false).open(path).unwrap().into(),
        }
    }
}

fn feed(child: &mut Child, bytes: Vec<u8>) {
    let mut stdin = child.stdin.take().unwrap();
    // Whoever stops reading midway is what some tests are about.
    thread::spawn(move || drop(stdin.write_all(&bytes)));
}

/// Reads to the end, in a thread: a full pipe would stop the process.
fn capture(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).unwrap();
        }
        bytes
    })
}
