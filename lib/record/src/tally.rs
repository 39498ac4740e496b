//! The account of what was read: is it all there, and how did it go so far?
//!
//! Each file is an account of its own ([`account`]), so that one that is whole does not make up for one that is not; the parts
//! of a plan that was split are counted over all files ([`parts`]).

mod account;
mod gap;
mod parts;

use self::{account::Account, parts::Covered};
use crate::{Begin, Counts, Line, Part, Record};

pub use self::gap::{Gap, Shortfall, listed};

/// What a reader requires of its input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    /// The input is knowingly a piece of a stream, or of several: missing ends, records and parts do not count.
    pub partial: bool,
    /// One part of a plan may be read without the others.
    pub lone_part: bool,
    /// Also records of the plan have to be all there, and no more than were announced.
    pub all: bool,
}

/// Keeps the account of what was read, over one or several files.
#[derive(Debug, Default)]
pub struct Tally {
    current: Account,
    closed: Vec<Account>,
    exits: Vec<u8>,
    first: Option<Begin>,
    arrived: Arrived,
}

/// What came, beside what was announced: here, and at the tools before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// Records of the plan that were announced and did not come.
    pub unseen: Counts,
    /// Records that nothing had announced.
    pub unannounced: Counts,
    /// Files that tt-plan takes for up to date and has written no record of, where it says so.
    pub unchanged: Option<u64>,
    /// The parts of split plans.
    pub covers: Vec<Part>,
}

impl Tally {
    /// A file begins, or stdin.
    pub fn open(&mut self, name: &str) {
        self.close();
        self.current = Account::new(name);
    }

    /// The file has come to its end.
    pub fn close(&mut self) {
        let account = std::mem::take(&mut self.current);
        if account.is_open() {
            self.closed.push(account);
        }
    }

    /// Takes note of a line that was read.
    pub fn note(&mut self, line: &Line) {
        match line {
            Line::Foreign(name) => self.current.note_foreign(name),
            Line::Known(record) => match &**record {
                Record::Begin(begin) => {
                    self.current.begin(begin);
                    self.first.get_or_insert_with(|| begin.clone());
                }
                Record::End(end) => {
                    self.current.end(end);
                    add(&mut self.arrived.unseen, &end.unseen);
                    add(&mut self.arrived.unannounced, &end.unannounced);
                    if let Some(unchanged) = end.unchanged {
                        let sum = self.arrived.unchanged.get_or_insert(0);
                        *sum = sum.saturating_add(unchanged);
                    }
                    // What is no success has no code of one.
                    let exit = if end.ok { end.exit } else { end.exit.max(1) };
                    if !self.exits.contains(&exit) {
                        self.exits.push(exit);
                    }
                }
                record => self.current.note(record.name()),
            },
        }
    }

    /// Takes note of a last line without a newline that is not a whole record.
    pub fn note_truncated(&mut self) {
        self.current.truncated = true;
    }

    /// The first `begin` that was read.
    pub fn first(&self) -> Option<&Begin> {
        self.first.as_ref()
    }

    /// The different exit codes of the `end` records that were read. That of an `end` that is not `ok` is never 0.
    pub fn exits(&self) -> &[u8] {
        &self.exits
    }

    /// Which files are not whole and why, and what is missing of all of them together.
    pub fn shortfalls(&self, required: Requirement) -> Vec<Shortfall> {
        let accounts = self.accounts();
        let of_each = accounts.filter_map(|account| account.gap(required.partial));
        let mut shortfalls: Vec<_> = of_each.collect();
        if !required.partial {
            shortfalls.extend(self.covered().gaps(required.lone_part));
        }
        shortfalls
    }

    /// Whether the input is all that is required.
    pub fn suffices(&self, required: Requirement) -> bool {
        let is_exact = || {
            let Arrived { unseen, unannounced, .. } = self.arrived(required);
            unseen.is_empty() && unannounced.is_empty()
        };
        self.shortfalls(required).is_empty() && (!required.all || is_exact())
    }

    /// What came, beside what was announced. Of a piece of a stream that is not known.
    pub fn arrived(&self, required: Requirement) -> Arrived {
        let Arrived { mut unseen, mut unannounced, .. } = self.arrived_here(required);
        add(&mut unseen, &self.arrived.unseen);
        add(&mut unannounced, &self.arrived.unannounced);
        Arrived { unseen, unannounced, unchanged: self.arrived.unchanged, covers: self.covered().parts() }
    }

    /// The same, without what the tools before have told already.
    pub fn arrived_here(&self, required: Requirement) -> Arrived {
        let mut arrived = Arrived::default();
        if !required.partial {
            for account in self.accounts().filter(|account| account.is_balanced()) {
                let difference = account.difference();
                let plan = difference.unseen.into_iter().filter(|(name, _)| Record::is_plan(name)).collect();
                add(&mut arrived.unseen, &plan);
                add(&mut arrived.unannounced, &difference.unannounced);
            }
        }
        arrived
    }

    fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.closed.iter().chain(Some(&self.current).filter(|account| account.is_open()))
    }

    fn covered(&self) -> Covered {
        let mut covered = Covered::default();
        for account in self.accounts() {
            account.parts().for_each(|part| covered.add(part, account.name()));
        }
        covered
    }
}

/// Adds one to the other.
pub(crate) fn add(to: &mut Counts, more: &Counts) {
    for (name, count) in more {
        let sum = to.entry(name.clone()).or_default();
        *sum = sum.saturating_add(*count);
    }
}

#[cfg(test)]
mod tests;
