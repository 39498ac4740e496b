//! The results for people, where stdout is a terminal: what did not go, and what it came to.

use std::{
    io::{self, Write},
    time::Duration,
};

use tt_cli::{counted, human_bytes, human_duration, printable};
use tt_record::{End, Record};

/// Shows failures as they come, and a summary.
pub(crate) struct Summary;

impl tt_cli::Present for Summary {
    fn record(&mut self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        match record {
            Record::Skip(skip) => writeln!(out, "skip      {} ({})", printable(&skip.source.src), skip.why),
            Record::Fail(fail) => writeln!(out, "fail      {}", printable(&fail.error.message)),
            _ => Ok(()),
        }
    }

    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()> {
        let count = |name| end.counts.get(name).copied().unwrap_or(0);
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
