//! One figure in two reports, and whether it changed.

use std::fmt;

use serde::Serialize;
use statrs::stats_tests::{
    Alternative,
    mannwhitneyu::{MannWhitneyUMethod, mannwhitneyu},
};

use crate::report::{Report, Sample, Spread, Summary, Task, figures, number};

/// How rarely chance alone may bring what counts as a change.
const CHANCE: f64 = 0.05;

/// Less than this is of no interest.
const LEAST: f64 = 0.02;

/// A figure before and after.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Change {
    pub(super) data: String,
    pub(super) tool: String,
    pub(super) task: Task,
    pub(super) figure: &'static str,
    pub(super) old: Spread,
    pub(super) new: Spread,
    /// How likely chance alone would bring samples that lie so far apart.
    pub(super) chance: f64,
    pub(super) verdict: Verdict,
    #[serde(skip)]
    write: fn(f64) -> String,
}

/// What became of a figure. Of all figures, less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    Better,
    Worse,
    Same,
    /// However far the samples lie apart, they are too few to tell.
    TooFew,
}

struct Figure {
    name: &'static str,
    of: fn(&Sample) -> f64,
    write: fn(f64) -> String,
}

const FIGURES: [Figure; 3] = [
    Figure { name: "time", of: |sample| sample.wall_seconds, write: figures::seconds },
    Figure { name: "CPU", of: Sample::cpu_seconds, write: figures::seconds },
    Figure { name: "memory", of: |sample| number(sample.memory_bytes), write: figures::memory },
];

/// All figures that both reports have.
pub(super) fn changes(old: &Report, new: &Report) -> Vec<Change> {
    let of = |before: &Summary| {
        let after = new.summary(&before.data, &before.tool, before.task)?;
        let values = |report: &Report, figure: &Figure| {
            let of = report.samples.iter().filter(|s| s.is_of(&after.data, &after.tool, after.task));
            of.map(figure.of).collect::<Vec<_>>()
        };
        let change = |figure: &Figure| {
            let (old, new) = (values(old, figure), values(new, figure));
            let (chance, verdict) = judge(&old, &new);
            Some(Change {
                data: before.data.clone(),
                tool: before.tool.clone(),
                task: before.task,
                figure: figure.name,
                old: Spread::of(old)?,
                new: Spread::of(new)?,
                chance,
                verdict,
                write: figure.write,
            })
        };
        Some(FIGURES.iter().filter_map(change).collect::<Vec<_>>())
    };
    old.summaries.iter().filter_map(of).flatten().collect()
}

/// Whether the samples differ, and how likely that is by chance.
fn judge(old: &[f64], new: &[f64]) -> (f64, Verdict) {
    let test = |old: &[f64], new: &[f64]| {
        // The exact method of this library (0.19) gives the complement where both have as many samples; this one is near.
        let method = MannWhitneyUMethod::AsymptoticInclContinuityCorrection;
        mannwhitneyu(old, new, method, Alternative::TwoSided).map_or(1.0, |(_, chance)| chance)
    };
    // What the test could find at most.
    let apart = |from: usize, values: &[f64]| -> Vec<f64> {
        (from..from + values.len()).map(|place| number(place as u64)).collect()
    };
    if test(&apart(0, old), &apart(old.len(), new)) >= CHANCE {
        return (1.0, Verdict::TooFew);
    }
    let chance = if old == new { 1.0 } else { test(old, new) };
    let medians = Spread::of(old.iter().copied()).zip(Spread::of(new.iter().copied()));
    let share = medians.map_or(0.0, |(old, new)| new.median / old.median.max(f64::MIN_POSITIVE) - 1.0);
    let verdict = match share {
        _ if chance >= CHANCE => Verdict::Same,
        LEAST.. => Verdict::Worse,
        share if share <= -LEAST => Verdict::Better,
        _ => Verdict::Same,
    };
    (chance, verdict)
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { data, tool, task, figure, old, new, write, .. } = self;
        let what = match task {
            Task::Upload => "uploading",
            Task::Again => "nothing to do",
            Task::Verify => "proving",
        };
        let verdict = if self.verdict == Verdict::Better { "better" } else { "WORSE" };
        let percent = (new.median / old.median.max(f64::MIN_POSITIVE) - 1.0) * 100.0;
        write!(
            f,
            "{verdict}: {data}, {tool}, {what}: {figure} {} -> {} ({percent:+.1} %)",
            write(old.median),
            write(new.median)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: [f64; 5] = [1.0, 1.1, 1.05, 1.02, 1.08];

    #[test]
    fn what_is_in_the_noise_is_no_change() {
        assert_eq!(judge(&OLD, &OLD).1, Verdict::Same);
        assert_eq!(judge(&OLD, &[1.04, 1.07, 1.01, 1.12, 1.03]).1, Verdict::Same);
        // Sure, and of no interest.
        assert_eq!(
            judge(&[1.0, 1.001, 1.002, 1.003, 1.004], &[1.01, 1.011, 1.012, 1.013, 1.014]).1,
            Verdict::Same
        );
    }

    #[test]
    fn what_is_beyond_it_is_one() {
        assert_eq!(judge(&OLD, &[2.0, 2.1, 2.05, 2.02, 2.08]).1, Verdict::Worse);
        assert_eq!(judge(&OLD, &[0.5, 0.51, 0.52, 0.53, 0.54]).1, Verdict::Better);
        assert!(judge(&OLD, &[2.0, 2.1, 2.05, 2.02, 2.08]).0 < 0.02);
    }

    #[test]
    fn three_runs_are_too_few_to_tell() {
        assert_eq!(judge(&[1.0, 1.1, 1.2], &[2.0, 2.1, 2.2]).1, Verdict::TooFew);
        assert_eq!(judge(&[1.0], &[9.0]).1, Verdict::TooFew);
        assert_eq!(judge(&[1.0, 1.1, 1.2, 1.3], &[2.0, 2.1, 2.2, 2.3]).1, Verdict::Worse);
    }
}
