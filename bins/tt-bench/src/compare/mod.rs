//! `tt-bench compare`: what changed between two reports, beyond the noise.

mod change;
pub(crate) mod cli;

use std::io::{self, Write as _};

use tt_cli::{Console, Exit};
use tt_record::{Problem, ProblemKind};

use self::{
    change::{Change, Verdict, changes},
    cli::Compare,
};
use crate::{TOOL, report::Report};

/// Compares two reports.
pub(crate) fn compare(flags: &Compare) -> Result<Exit, Problem> {
    let console = Console::new(TOOL, flags.verbosity);
    let (old, new) = (Report::read(&flags.old)?, Report::read(&flags.new)?);
    for difference in differences(&old, &new) {
        console.warn(difference);
    }
    let changes = changes(&old, &new);
    if changes.is_empty() {
        return Err(Problem::new(ProblemKind::Usage, "the two have no tool with the same data in common")
            .hint("compare reports of runs with the same --tools and --data"));
    }
    say(&changes, flags.json).map_err(|e| {
        Problem::new(ProblemKind::Io, format!("stdout can't be written to: {e}"))
            .hint("see where the output goes")
    })?;
    let worse = changes.iter().any(|change| change.verdict == Verdict::Worse);
    Ok(if worse && flags.fail_if_worse { Exit::ITEMS } else { Exit::OK })
}

fn say(changes: &[Change], json: bool) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    if json {
        for change in changes {
            writeln!(stdout, "{}", serde_json::to_string(change)?)?;
        }
        return stdout.flush();
    }
    let (still, moved): (Vec<_>, Vec<_>) =
        changes.iter().partition(|change| matches!(change.verdict, Verdict::Same | Verdict::TooFew));
    for change in &moved {
        writeln!(stdout, "{change}")?;
    }
    let few = still.iter().filter(|change| change.verdict == Verdict::TooFew).count();
    match (moved.len(), still.len() - few) {
        (0, 0) => {}
        (0, all) => writeln!(stdout, "no change in {all} figures")?,
        (_, others) => writeln!(stdout, "no change in the other {others} figures")?,
    }
    if few > 0 {
        writeln!(stdout, "too few runs to tell in {few} figures: four of each are the least")?;
    }
    stdout.flush()
}

/// What is not the same with the two, so that figures may differ for that.
fn differences(old: &Report, new: &Report) -> Vec<String> {
    let mut all = Vec::new();
    if old.machine != new.machine {
        all.push(format!("the machines differ: {}, and {}", old.machine.cpu, new.machine.cpu));
    }
    if old.place != new.place {
        all.push(format!("the destinations differ: {}, and {}", old.place.text(), new.place.text()));
    }
    for one in &old.data {
        if let Some(other) = new.data.iter().find(|other| other.name == one.name && *other != one) {
            all.push(format!("the data set {} differs: {}, and {}", one.name, one.about, other.about));
        }
    }
    for one in &old.tools {
        if let Some(other) = new.tools.iter().find(|other| other.name == one.name && *other != one) {
            all.push(format!("{} differs: {}, and {}", one.name, one.version, other.version));
        }
    }
    all
}
