//! What is shown while tools take turns: the table as it grows, what goes on, and the time left.

use std::time::{Duration, Instant};

use tt_cli::{Board as Lines, Console, human_duration};

use crate::{
    measure::Trial,
    report::{Board, DataInfo, Sample, Task, Wrong, figures, summarize},
};

/// What is shown.
pub(super) struct Live<'a> {
    console: &'a Console,
    lines: Lines,
    rounds: u32,
    names: Vec<String>,
    /// Turns that are still to come.
    left: usize,
    /// How long turns took: of which tool, with which data.
    took: Vec<((String, String), Duration)>,
    /// When the one under way began.
    began: Instant,
}

/// What goes on.
pub(super) struct Step<'a> {
    pub(super) round: u32,
    pub(super) data: &'a str,
    pub(super) tool: &'a str,
    pub(super) task: Task,
}

impl<'a> Live<'a> {
    pub(super) fn new(console: &'a Console) -> Self {
        let lines = Lines::new(console);
        Self {
            console,
            lines,
            rounds: 0,
            names: Vec::new(),
            left: 0,
            took: Vec::new(),
            began: Instant::now(),
        }
    }

    /// With turns to take.
    pub(super) fn over(self, rounds: u32, names: Vec<String>, tools: usize) -> Self {
        let left = usize::try_from(rounds).unwrap_or(0) * names.len() * tools;
        Self { rounds, names, left, ..self }
    }

    pub(super) fn show(&self, text: &str) {
        self.lines.show(text);
    }

    /// Shows what goes on, below what is known so far.
    pub(super) fn step(
        &mut self,
        step: &Step<'_>,
        samples: &[Sample],
        wrong: &[Wrong],
        data: &[DataInfo],
        link: Option<u64>,
    ) {
        if step.task == Task::Upload {
            self.began = Instant::now();
        }
        if !self.lines.is_drawn() {
            return;
        }
        let summaries = summarize(samples, data, link);
        let board = Board { summaries: &summaries, wrong, names: &self.names };
        let tables = board.tables(Task::Upload).into_iter().map(|table| table.text(true));
        let doing = match step.task {
            Task::Upload => "uploads",
            Task::Verify => "is being proved:",
            Task::Again => "has nothing to do:",
        };
        let Step { round, data, tool, .. } = step;
        let now = format!("turn {round} of {}: {tool} {doing} {data}{}", self.rounds, self.remaining());
        self.lines.show(&tables.chain([now]).collect::<Vec<_>>().join("\n"));
    }

    /// A turn is over.
    pub(super) fn took(&mut self, data: &str, tool: &str, trial: &Trial) {
        self.left = self.left.saturating_sub(1);
        self.took.push(((data.to_owned(), tool.to_owned()), self.began.elapsed()));
        if self.lines.is_drawn() {
            return;
        }
        let upload =
            |samples: &[Sample]| samples.iter().find(|s| s.task == Task::Upload).map(|s| s.wall_seconds);
        match trial {
            Trial::Right { samples, .. } => {
                let time = upload(samples).map(figures::seconds).unwrap_or_default();
                self.console.note(format_args!("{data}: {tool} took {time}{}", self.remaining()));
            }
            Trial::Wrong(why) => self.console.warn(format_args!("{data}: {tool} is wrong: {why}")),
        }
    }

    /// A turn is not taken.
    pub(super) fn left_out(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    /// The time left, as far as it can be told: turns to come take as long as those so far did in the mean.
    fn remaining(&self) -> String {
        let Some(turns) = u32::try_from(self.took.len()).ok().filter(|turns| *turns > 0) else {
            return String::new();
        };
        let mean = self.took.iter().map(|(_, time)| *time).sum::<Duration>() / turns;
        let left = mean * u32::try_from(self.left).unwrap_or(u32::MAX);
        if left.is_zero() { String::new() } else { format!("; about {} left", human_duration(left)) }
    }
}
