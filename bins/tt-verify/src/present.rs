//! The proof for people, where stdout is a terminal: what is not as it should be, by its cause, and what it came to.

use std::{
    io::{self, Write},
    time::Duration,
};

use tt_cli::{Origin, counted, human_bytes, human_duration, human_percent, printable};
use tt_record::{End, Record, Verdict, listed};

use crate::{groups::Group, tally::Tally};

/// Shows a summary.
#[derive(Default)]
pub(crate) struct Proof(Tally);

impl tt_cli::Present for Proof {
    fn record(&mut self, record: &Record, origin: Origin, _: &mut dyn Write) -> io::Result<()> {
        self.0.add(record, origin);
        Ok(())
    }

    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()> {
        let Tally { by, failures, uploaded } = &self.0;
        failures.iter().try_for_each(|group| show(group, out))?;
        let took = human_duration(Duration::try_from_secs_f64(end.seconds).unwrap_or_default());
        let (verified, read) = (counted(end.own("verified"), "object"), human_bytes(end.bytes));
        write!(out, "{verified} verified, {read} read in {took}")?;
        for (name, what) in WORDS {
            let count = end.counts.get(name).copied().unwrap_or(0);
            if count > 0 {
                write!(out, "; {count} {what}")?;
            }
        }
        writeln!(out, ".")?;
        if !by.is_empty() {
            let by: Vec<_> = by.iter().map(|(by, count)| format!("{count} by {by}")).collect();
            writeln!(out, "Proved: {}.", by.join(", "))?;
        }
        if let Some(passed) = end.passed.get("verified") {
            writeln!(out, "{} verified by earlier runs, as the input says.", counted(*passed, "object"))?;
        }
        if !end.unseen.is_empty() {
            writeln!(out, "{} that were announced did not arrive.", listed(&end.unseen))?;
        }
        writeln!(out, "{}", conclusion(end, *uploaded))
    }
}

/// What there may be besides verified objects.
const WORDS: [(&str, &str); 7] = [
    ("mismatch", "DIFFERENT"),
    ("missing", "MISSING"),
    ("extra", "extra"),
    ("unverifiable", "can't be compared"),
    ("fail", "failed"),
    ("skip", "skipped"),
    ("deleted", "deleted"),
];

/// The verdict, which says no more than was checked.
fn conclusion(end: &End, uploaded: u64) -> String {
    let verified = verified(end, uploaded);
    if end.incomplete {
        return format!("INCOMPLETE: not everything was checked; {verified}. Run the same command again.");
    }
    if !end.ok {
        let wrong = WORDS.iter().filter(|(name, _)| *name != "deleted");
        let failed = wrong.filter_map(|(name, what)| Some(format!("{} {what}", end.counts.get(*name)?)));
        let failed: Vec<_> = failed.collect();
        let failed =
            if failed.is_empty() { "a tool before this one failed".to_owned() } else { failed.join(", ") };
        return format!("FAILED: {failed}; {verified}.");
    }
    let sample =
        end.sample.map(|share| format!("a sample of {}: ", human_percent(share))).unwrap_or_default();
    let unchanged = match end.unchanged {
        None | Some(0) => String::new(),
        Some(1) => "; 1 unchanged file was not checked (tt-plan --all checks it too)".to_owned(),
        Some(unchanged) => {
            format!("; {unchanged} unchanged files were not checked (tt-plan --all checks them too)")
        }
    };
    format!("OK: {sample}{verified}{unchanged}.")
}

fn verified(end: &End, uploaded: u64) -> String {
    let verified = end.own("verified");
    let objects = counted(verified, "object");
    match uploaded {
        0 if verified == 0 => "no object needed verifying".to_owned(),
        0 => format!("{objects} verified"),
        uploaded if uploaded == verified => format!("{objects} uploaded and verified"),
        uploaded => format!("{objects} verified, {uploaded} of them uploaded"),
    }
}

/// A line for the group, one for the first of it, one for what to do.
fn show(group: &Group, out: &mut dyn Write) -> io::Result<()> {
    let cause = group.cause.as_ref().map(|cause| format!(" ({cause})")).unwrap_or_default();
    writeln!(out, "{}: {}{cause}", group.name, group.count)?;
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
