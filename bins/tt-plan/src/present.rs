//! The plan for people, where stdout is a terminal.

use std::io::{self, Write};

use tt_cli::{counted, human_bytes, printable};
use tt_record::{End, Record, S3Url};

/// Shows a plan, one line a record, and what it comes to.
pub(crate) struct Plan {
    dest: S3Url,
}

impl Plan {
    pub(crate) fn new(dest: S3Url) -> Self {
        Self { dest }
    }

    /// An object's name below the destination.
    fn name<'u>(&self, dst: &'u S3Url) -> &'u str {
        dst.key.strip_prefix(&self.dest.key).unwrap_or(&dst.key)
    }
}

impl tt_cli::Present for Plan {
    fn record(&mut self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        let mut line = |what: &str, size: Option<u64>, name: &str| {
            let size = size.map(human_bytes).unwrap_or_default();
            writeln!(out, "{what:<9} {size:>9}  {}", printable(name))
        };
        match record {
            Record::Put(put) => line(&put.why.to_string(), Some(put.item.size), self.name(&put.item.dst)),
            Record::Keep(keep) => line("keep", Some(keep.item.size), self.name(&keep.item.dst)),
            Record::Skip(skip) => line("skip", None, &format!("{} ({})", skip.source.src, skip.why)),
            Record::Fail(fail) => {
                let place =
                    fail.source.as_ref().map(|source| format!("{}: ", source.src)).unwrap_or_default();
                line("fail", None, &format!("{place}{}", fail.error))
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()> {
        let count = |name| end.counts.get(name).copied().unwrap_or(0);
        let (puts, dest) = (count("put"), printable(&self.dest.to_string()).into_owned());
        match puts {
            0 => write!(out, "\nNothing to upload to {dest}")?,
            puts => {
                write!(out, "\n{}, {} to upload to {dest}", counted(puts, "file"), human_bytes(end.bytes))?;
            }
        }
        for (name, what) in [("keep", "up to date"), ("skip", "skipped"), ("fail", "failed")] {
            if count(name) > 0 {
                write!(out, "; {} {what}", count(name))?;
            }
        }
        let partly = if end.incomplete { " The plan is incomplete." } else { "" };
        let next = if puts > 0 { " Nothing was uploaded: pipe this into tt-push." } else { "" };
        writeln!(out, ".{partly}{next}")
    }
}
