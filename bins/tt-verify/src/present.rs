//! The proof for people, where stdout is a terminal: what is not as it should be, and what it came to.

use std::{
    io::{self, Write},
    time::Duration,
};

use tt_cli::{counted, human_bytes, human_duration, printable};
use tt_record::{End, Record, Verdict};

/// How many failures are shown one by one; all of them are counted.
const SHOWN: u64 = 20;

/// Shows failures as they come, and a summary.
#[derive(Default)]
pub(crate) struct Proof {
    failures: u64,
}

impl Proof {
    fn failure(&mut self, line: &str, out: &mut dyn Write) -> io::Result<()> {
        self.failures += 1;
        match self.failures {
            1..=SHOWN => writeln!(out, "{}", printable(line)),
            n if n == SHOWN + 1 => writeln!(out, "(more of them: --json shows each)"),
            _ => Ok(()),
        }
    }
}

impl tt_cli::Present for Proof {
    fn record(&mut self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        match record {
            Record::Mismatch(verdict) | Record::Unverifiable(verdict) => {
                self.failure(&described(record.name(), verdict), out)
            }
            Record::Missing(verdict) => self.failure(&format!("missing       {}", verdict.item.dst), out),
            Record::Skip(skip) => {
                self.failure(&format!("skip          {} ({})", skip.source.src, skip.why), out)
            }
            Record::Fail(fail) => {
                let hint = fail.error.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
                self.failure(&format!("fail          {}{hint}", fail.error), out)
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()> {
        let count = |name| end.counts.get(name).copied().unwrap_or(0);
        let took = human_duration(Duration::try_from_secs_f64(end.seconds).unwrap_or_default());
        write!(
            out,
            "{} verified, {} read in {took}",
            counted(count("verified"), "object"),
            human_bytes(end.bytes)
        )?;
        for (name, what) in [
            ("mismatch", "DIFFERENT"),
            ("missing", "MISSING"),
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
        match (end.ok, end.incomplete) {
            (true, _) => writeln!(out, "Everything that was to be there is there, as it is on the disk."),
            (false, true) => {
                writeln!(out, "INCOMPLETE: not everything was looked at. Run the same command again.")
            }
            (false, false) => writeln!(out, "NOT everything is there as it is on the disk: see above."),
        }
    }
}

fn described(what: &str, verdict: &Verdict) -> String {
    let note = verdict.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    format!("{what:<13} {}{note}", verdict.item.dst)
}
