//! What was decided, on its way out: written in order, and counted.

use std::{sync::mpsc::Receiver, time::Duration};

use jiff::Timestamp;
use tt_cli::{Exit, Interrupt};
use tt_record::{Arrived, Problem, ProblemKind, Record};

use crate::{
    inspect::Answer,
    pending::{Draft, Pending},
    sink::Sink,
};

/// How often whoever waits for a closer look gets to look elsewhere.
const LOOK_UP: Duration = Duration::from_millis(100);

/// How the plan turned out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(crate) exit: Exit,
    /// To upload.
    pub(crate) bytes: u64,
    /// Files whose mtime is later than now.
    pub(crate) in_the_future: u64,
    /// Files of which there is no record, since they are taken for up to date.
    pub(crate) unchanged: u64,
    /// Files that the flags select.
    pub(crate) selected: u64,
}

impl Summary {
    /// What the end of the plan says of files without a record.
    pub(crate) fn arrived(&self) -> Arrived {
        Arrived { unchanged: Some(self.unchanged), ..Arrived::default() }
    }
}

/// Where the plan goes.
pub(crate) struct Outlet<'a> {
    output: &'a mut Sink,
    interrupt: &'a Interrupt,
    now: Timestamp,
    pending: Pending,
    pub(crate) summary: Summary,
}

impl<'a> Outlet<'a> {
    pub(crate) fn new(output: &'a mut Sink, interrupt: &'a Interrupt) -> Self {
        let summary = Summary { exit: Exit::OK, bytes: 0, in_the_future: 0, unchanged: 0, selected: 0 };
        Self { output, interrupt, now: Timestamp::now(), pending: Pending::default(), summary }
    }

    /// Writes a record, behind those that wait for a closer look.
    pub(crate) fn write(&mut self, record: &Record) -> Result<(), Problem> {
        if self.pending.is_empty() {
            return self.put_out(record);
        }
        self.pending.push(record.clone());
        self.advance()
    }

    /// Writes what an answer makes of a draft, when it comes.
    pub(crate) fn defer(&mut self, draft: Draft, answer: Receiver<Answer>) -> Result<(), Problem> {
        self.pending.push_asked(draft, answer);
        self.advance()
    }

    /// How many files a closer look took for up to date of which there is no record.
    pub(crate) fn unsaid(&self) -> u64 {
        self.pending.unsaid()
    }

    /// Waits for all answers.
    pub(crate) fn settle(&mut self) -> Result<(), Problem> {
        while !self.pending.is_empty() {
            self.wait_for_first()?;
        }
        Ok(())
    }

    /// Writes what is known, and waits where too much is not.
    fn advance(&mut self) -> Result<(), Problem> {
        self.put_out_known()?;
        while self.pending.is_full() {
            self.wait_for_first()?;
        }
        Ok(())
    }

    fn put_out_known(&mut self) -> Result<(), Problem> {
        while let Some(record) = self.pending.next(Duration::ZERO)? {
            self.put_out(&record)?;
        }
        Ok(())
    }

    fn wait_for_first(&mut self) -> Result<(), Problem> {
        self.check()?;
        match self.pending.next(Duration::ZERO)? {
            Some(record) => return self.put_out(&record),
            None => self.output.flush()?,
        }
        match self.pending.next(LOOK_UP)? {
            Some(record) => self.put_out(&record),
            None => Ok(()),
        }
    }

    fn put_out(&mut self, record: &Record) -> Result<(), Problem> {
        if record.is_failure() {
            self.summary.exit = self.summary.exit.and(Exit::ITEMS);
        }
        if let Record::Put(put) = record {
            self.summary.bytes += put.item.size;
            self.summary.in_the_future += u64::from(put.item.mtime > self.now);
        }
        self.output.write(record)
    }

    /// To be called before waiting for anything: hands on what there is. Fails once the user has asked to stop.
    pub(crate) fn wait(&mut self) -> Result<(), Problem> {
        self.check()?;
        self.put_out_known()?;
        self.output.flush()
    }

    /// Fails once the user has asked to stop.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        check(self.interrupt)
    }
}

/// Fails once the user has asked to stop.
pub(crate) fn check(interrupt: &Interrupt) -> Result<(), Problem> {
    if interrupt.raised() {
        return Err(Problem::new(ProblemKind::Interrupted, "interrupted: the plan is incomplete")
            .hint("run the same command again"));
    }
    Ok(())
}
