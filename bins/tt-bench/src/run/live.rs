//! What is shown while tools take turns: the table as it grows, what goes on, and the time left.

use std::time::{Duration, Instant};

use tt_cli::{Board, Console, human_duration};

use crate::{
    measure::Trial,
    report::{Task, figures},
};

/// What is shown.
pub(super) struct Live<'a> {
    console: &'a Console,
    board: Board,
    rounds: u32,
    /// Turns that are still to come.
    left: usize,
    /// How long those took that are over.
    took: Vec<Duration>,
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
    /// For rounds of so many turns.
    pub(super) fn over(console: &'a Console, rounds: u32, turns: usize) -> Self {
        let left = usize::try_from(rounds).unwrap_or(0) * turns;
        Self { console, board: Board::new(console), rounds, left, took: Vec::new(), began: Instant::now() }
    }

    /// Shows what goes on, below what is known so far.
    pub(super) fn step(&mut self, step: &Step<'_>, tables: impl FnOnce() -> Vec<String>) {
        let Step { round, data, tool, task } = step;
        if *task == Task::Upload {
            self.began = Instant::now();
        }
        if !self.board.is_drawn() {
            return;
        }
        let doing = match task {
            Task::Upload => "uploads",
            Task::Verify => "is being proved:",
            Task::Again => "has nothing to do:",
        };
        let now = format!("turn {round} of {}: {tool} {doing} {data}{}", self.rounds, self.remaining());
        self.board.show(&tables().into_iter().chain([now]).collect::<Vec<_>>().join("\n"));
    }

    /// A turn is over.
    pub(super) fn took(&mut self, data: &str, tool: &str, trial: &Trial) {
        self.left = self.left.saturating_sub(1);
        self.took.push(self.began.elapsed());
        if self.board.is_drawn() {
            return;
        }
        match trial {
            Trial::Right { samples, .. } => {
                let upload = samples.iter().find(|sample| sample.task == Task::Upload);
                let time = upload.map_or(0.0, |upload| upload.wall_seconds);
                let (time, remaining) = (figures::seconds(time), self.remaining());
                self.console.note(format_args!("{data}: {tool} took {time}{remaining}"));
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
        let mean = self.took.iter().sum::<Duration>() / turns;
        let left = mean * u32::try_from(self.left).unwrap_or(u32::MAX);
        if left.is_zero() { String::new() } else { format!("; about {} left", human_duration(left)) }
    }
}
