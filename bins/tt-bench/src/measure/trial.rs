//! One turn of one tool: it uploads, what it uploaded is proved, and it does the same once more with nothing to do.

use std::path::Path;

use tt_record::{End, Problem, ProblemKind};

use super::{
    Histograms, Runner,
    pipeline::{Done, Usage},
    read_latencies,
};
use crate::{
    data::DataSet,
    place::{Place, Seen, Site},
    report::{Sample, Task},
    tools::{Job, Stage, Tool, ToolName, proof},
};

/// What all turns have in common.
pub(crate) struct Trials<'a> {
    pub(crate) place: &'a Place,
    pub(crate) runner: &'a Runner<'a>,
    pub(crate) scratch: &'a Path,
}

/// What came of a turn.
pub(crate) enum Trial {
    /// It did what it was asked for.
    Right { samples: Vec<Sample>, latencies: Histograms },
    /// It did not: why.
    Wrong(String),
}

/// A turn.
struct Turn<'a> {
    tool: &'a Tool,
    data: &'a DataSet,
    round: u32,
    runner: &'a Runner<'a>,
    latencies: &'a Path,
}

impl Trials<'_> {
    /// Has a tool take its turn. `doing` is told what goes on.
    pub(crate) fn take(
        &self,
        tool: &Tool,
        data: &DataSet,
        round: u32,
        doing: impl FnMut(Task),
    ) -> Result<Trial, Problem> {
        let scratch = |e| {
            Problem::new(ProblemKind::Io, format!("there is no room for what tools say: {e}"))
                .hint("check TMPDIR")
        };
        let latencies = tempfile::tempdir_in(self.scratch).map_err(scratch)?;
        let label = format!("{} {} {round}", data.name, tool.label);
        let mut site = self.place.open(&label, self.scratch)?;
        let turn = Turn { tool, data, round, runner: self.runner, latencies: latencies.path() };
        let outcome = turn.at(&mut site, doing);
        // What it left there goes in any case, and what stopped it is told first.
        let cleared = site.clear(self.runner);
        match (outcome?, cleared) {
            (outcome, Ok(())) => Ok(outcome),
            (Trial::Right { .. }, Err(problem)) => Err(problem),
            (Trial::Wrong(why), Err(problem)) => {
                Err(problem
                    .context(format_args!("{} was wrong with {}: {why}; and then", tool.label, data.name)))
            }
        }
    }
}

impl Turn<'_> {
    fn at(&self, site: &mut Site<'_>, mut doing: impl FnMut(Task)) -> Result<Trial, Problem> {
        let mut samples = Vec::new();
        let dest = site.dest().to_owned();
        let latencies = (self.tool.name == ToolName::Tt).then_some(self.latencies);
        let job = Job { source: &self.data.directory, dest: &dest, latencies };
        for task in [Task::Upload, Task::Verify, Task::Again] {
            doing(task);
            let stages = match task {
                Task::Upload => self.tool.upload(job),
                Task::Verify => proof(job),
                Task::Again => self.tool.upload(Job { latencies: None, ..job }),
            };
            let stages: Vec<Stage> = stages.into_iter().map(|stage| site.equip(stage)).collect();
            let done = self.runner.run(&stages)?;
            if task == Task::Verify
                && let Some(why) = disproof(&done, self.data.files)
            {
                return Ok(Trial::Wrong(why));
            }
            if let Some(why) = done.failed() {
                return Ok(Trial::Wrong(why));
            }
            let seen = site.seen()?;
            samples.push(self.sample(task, &done, seen));
        }
        Ok(Trial::Right { samples, latencies: read_latencies(self.latencies)? })
    }

    fn sample(&self, task: Task, done: &Done, seen: Option<Seen>) -> Sample {
        let Usage { wall, user, system, memory } = done.usage;
        let first_body = seen.as_ref().and_then(|seen| seen.first_body);
        Sample {
            data: self.data.name.clone(),
            tool: self.tool.label.clone(),
            task,
            round: self.round,
            wall_seconds: wall.as_secs_f64(),
            user_seconds: user.as_secs_f64(),
            system_seconds: system.as_secs_f64(),
            memory_bytes: memory,
            first_byte_seconds: first_body.map(|at| done.started.duration_until(at).as_secs_f64().max(0.0)),
            seen,
        }
    }
}

/// What tt-verify found wrong, if it did.
fn disproof(done: &Done, files: u64) -> Option<String> {
    let Some(End { counts, ok, .. }) = done.end() else {
        return Some(done.failed().unwrap_or_else(|| "tt-verify did not come to its end".to_owned()));
    };
    let verified = counts.get("verified").copied().unwrap_or_default();
    if ok && verified == files {
        return None;
    }
    let others = counts.iter().filter(|(name, _)| *name != "verified");
    let others: Vec<_> = others.map(|(name, count)| format!("{count} {name}")).collect();
    Some(format!("only {verified} of {files} files are proved: {}", others.join(", ")))
}
