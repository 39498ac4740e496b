//! The results for people, where stdout is a terminal: what did not go, and what it came to.

use std::{
    io::{self, Write},
    time::Duration,
};

use tt_cli::{Origin, counted, human_bytes, human_duration, printable};
use tt_record::{End, Fail, Record, Unfinished};

/// Shows failures as they come, and a summary.
pub(crate) struct Summary;

impl tt_cli::Present for Summary {
    fn record(&mut self, record: &Record, _: Origin, out: &mut dyn Write) -> io::Result<()> {
        match record {
            Record::Skip(skip) => writeln!(out, "skip      {} ({})", printable(&skip.source.src), skip.why),
            Record::Fail(fail) => failed(fail, out),
            _ => Ok(()),
        }
    }

    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()> {
        let count = |name| end.own(name);
        let took = human_duration(Duration::try_from_secs_f64(end.seconds).unwrap_or_default());
        write!(out, "Pushed {}, {} in {took}", counted(count("pushed"), "file"), human_bytes(end.bytes))?;
        for (name, what) in
            [("put", "would be pushed"), ("deleted", "deleted"), ("skip", "skipped"), ("fail", "failed")]
        {
            if count(name) > 0 {
                write!(out, "; {} {what}", count(name))?;
            }
        }
        let partly = if end.incomplete { " The work is incomplete: run the same command again." } else { "" };
        let next = if count("pushed") > 0 { " Pipe this into tt-verify for the proof." } else { "" };
        writeln!(out, ".{partly}{next}")
    }
}

/// Shows unfinished uploads, and what became of them.
pub(crate) struct Leftovers;

impl tt_cli::Present for Leftovers {
    fn record(&mut self, record: &Record, _: Origin, out: &mut dyn Write) -> io::Result<()> {
        match record {
            Record::Unfinished(upload) => shown("unfinished", upload, out),
            Record::Aborted(upload) => shown("aborted", upload, out),
            Record::Fail(fail) => failed(fail, out),
            _ => Ok(()),
        }
    }

    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()> {
        let count = |name| end.counts.get(name).copied().unwrap_or(0);
        let found = count("unfinished") + count("aborted") + count("fail");
        writeln!(out, "{}; {} aborted.", counted(found, "unfinished upload"), count("aborted"))
    }
}

fn shown(what: &str, upload: &Unfinished, out: &mut dyn Write) -> io::Result<()> {
    let Unfinished { dst, initiated, initiator, .. } = upload;
    write!(out, "{what:<10}  {initiated}  {}", printable(&dst.to_string()))?;
    match initiator {
        Some(by) => writeln!(out, "  by {}", printable(by)),
        None => writeln!(out),
    }
}

fn failed(fail: &Fail, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "fail      {}", printable(&fail.error.message))
}
