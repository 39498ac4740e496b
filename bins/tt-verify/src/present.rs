//! The proof for people, where stdout is a terminal: what is not as it should be, by its cause, and what it came to.

use std::{
    io::{self, Write},
    time::Duration,
};

use tt_cli::{counted, human_bytes, human_duration, human_percent, printable};
use tt_record::{End, Record, Verdict};

use crate::{groups::Group, tally::Tally};

/// Shows a summary.
#[derive(Default)]
pub(crate) struct Proof(Tally);

impl tt_cli::Present for Proof {
    fn record(&mut self, record: &Record, _: &mut dyn Write) -> io::Result<()> {
        self.0.add(record);
        Ok(())
    }

    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()> {
        let Tally { by, failures } = &self.0;
        failures.iter().try_for_each(|group| show(group, out))?;
        let count = |name| end.counts.get(name).copied().unwrap_or(0);
        let took = human_duration(Duration::try_from_secs_f64(end.seconds).unwrap_or_default());
        let (verified, read) = (counted(count("verified"), "object"), human_bytes(end.bytes));
        write!(out, "{verified} verified, {read} read in {took}")?;
        for (name, what) in [
            ("mismatch", "DIFFERENT"),
            ("missing", "MISSING"),
            ("extra", "extra"),
            ("unverifiable", "can't be compared"),
            ("fail", "failed"),
            ("skip", "skipped"),
            ("deleted", "deleted"),
        ] {
            if count(name) > 0 {
                write!(out, "; {} {what}", count(name))?;
            }
        }
        writeln!(out, ".")?;
        if !by.is_empty() {
            let by: Vec<_> = by.iter().map(|(by, count)| format!("{count} by {by}")).collect();
            writeln!(out, "Proved: {}.", printable(&by.join(", ")))?;
        }
        writeln!(out, "{}", conclusion(end))
    }
}

fn conclusion(end: &End) -> String {
    match (end.ok, end.incomplete, end.sample) {
        (true, _, Some(share)) => {
            format!("What was looked at, a sample of {}, is as it is to be.", human_percent(share))
        }
        (true, _, None) => "Everything that was to be there is there, as it is on the disk.".to_owned(),
        (false, true, _) => {
            "INCOMPLETE: not everything was looked at. Run the same command again.".to_owned()
        }
        (false, false, _) => "NOT everything is there as it is on the disk: see above.".to_owned(),
    }
}

/// A line for the group, one for the first of it, one for what to do.
fn show(group: &Group, out: &mut dyn Write) -> io::Result<()> {
    let cause = group.cause.as_ref().map(|cause| format!(" ({cause})")).unwrap_or_default();
    writeln!(out, "{}: {}{}", printable(group.name), group.count, printable(&cause))?;
    let first = if group.count > 1 { "first: " } else { "" };
    writeln!(out, "    {first}{}", printable(&described(&group.first)))?;
    if let Some(hint) = &group.hint {
        writeln!(out, "    {}", printable(hint))?;
    }
    Ok(())
}

/// What there is to say about one object.
pub(crate) fn described(record: &Record) -> String {
    match record {
        Record::Mismatch(verdict) | Record::Unverifiable(verdict) | Record::Missing(verdict) => {
            [verdict.dst.to_string(), difference(verdict)].concat()
        }
        Record::Extra(extra) => format!("{} has no file", extra.dst),
        Record::Fail(fail) => fail.error.to_string(),
        Record::Skip(skip) => skip.source.src.clone(),
        _ => String::new(),
    }
}

fn difference(verdict: &Verdict) -> String {
    let Verdict { by, expected, found, note, .. } = verdict;
    let note = note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    match (by, expected, found) {
        (Some(by), Some(expected), Some(found)) => {
            format!("{note} (by {by}: expected {expected}, found {found})")
        }
        _ => note,
    }
}
