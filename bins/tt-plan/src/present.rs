//! The plan for people, where stdout is a terminal: what would happen, in groups, and what it comes to.
//!
//! Ten million lines help nobody: of each group the first few are shown, and of all the largest. Memory is flat.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    io::{self, Write},
};

use tt_cli::{Origin, counted, human_bytes, printable};
use tt_record::{End, Fail, Put, Record, S3Url, Skip};

use crate::effort::{delete_requests, is_mended, put_requests};

/// How many of each group are shown, and how many of the largest.
const FEW: usize = 5;
/// How many are shown of what needs to be looked at.
const MANY: usize = 20;

/// What is alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    New,
    Changed,
    Delete,
    Keep,
    Skip,
    Fail,
}

/// The groups of a plan, in the order in which they are shown: by kind, and what changed by why.
type Groups = BTreeMap<(Kind, String), Group>;

/// Gathers a plan, and shows it in the end.
pub(crate) struct Plan {
    dest: S3Url,
    /// Whether each record is shown, when it comes.
    each: bool,
    groups: Groups,
    /// To upload.
    largest: BinaryHeap<Reverse<(u64, String)>>,
    requests: u64,
}

/// The records of a group.
#[derive(Default)]
struct Group {
    count: u64,
    bytes: u64,
    first: Vec<String>,
}

impl Plan {
    pub(crate) fn new(dest: S3Url, each: bool) -> Self {
        Self { dest, each, groups: Groups::new(), largest: BinaryHeap::new(), requests: 0 }
    }

    /// An object's name below the destination.
    fn name<'u>(&self, dst: &'u S3Url) -> &'u str {
        dst.key.strip_prefix(&self.dest.key).unwrap_or(&dst.key)
    }

    /// Adds a record to a group; shows it, where each is shown.
    fn add(
        &mut self,
        (kind, why): (Kind, &str),
        size: Option<u64>,
        name: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let group = self.groups.entry((kind, why.to_owned())).or_default();
        group.count += 1;
        group.bytes = group.bytes.saturating_add(size.unwrap_or(0));
        if self.each {
            let what = if why.is_empty() { kind.word() } else { why };
            return writeln!(out, "{:<9} {}", printable(what), line(size, name));
        }
        if group.first.len() < kind.shown() {
            group.first.push(line(size, name));
        }
        Ok(())
    }

    /// Takes note of an upload.
    fn weigh(&mut self, put: &Put, name: &str) {
        self.requests = self.requests.saturating_add(put_requests(put));
        if is_mended(put) {
            return;
        }
        let size = put.item.size;
        let full = self.largest.len() == FEW;
        if full && self.largest.peek().is_some_and(|Reverse((least, _))| size <= *least) {
            return;
        }
        if full {
            self.largest.pop();
        }
        self.largest.push(Reverse((size, name.to_owned())));
    }

    /// How many records of a kind there are, and their bytes.
    fn sum(&self, kind: Kind) -> (u64, u64) {
        let groups = self.groups.iter().filter(|((of, _), _)| *of == kind);
        groups.fold((0, 0), |(count, bytes), (_, group)| {
            (count + group.count, bytes.saturating_add(group.bytes))
        })
    }

    fn show_groups(&self, out: &mut dyn Write) -> io::Result<()> {
        for ((kind, why), group) in &self.groups {
            group.show(&kind.title(why), kind.has_bytes(), out)?;
        }
        Ok(())
    }

    /// Shows the largest, unless all of them have been shown.
    fn show_largest(&self, uploads: u64, out: &mut dyn Write) -> io::Result<()> {
        if self.largest.is_empty() || (uploads <= FEW as u64 && !self.each) {
            return Ok(());
        }
        let mut largest: Vec<_> = self.largest.iter().map(|Reverse(large)| large).collect();
        largest.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        writeln!(out, "The largest:")?;
        for (size, name) in largest {
            writeln!(out, "  {}", line(Some(*size), name))?;
        }
        writeln!(out)
    }

    /// What S3 charges for. Deletions are free; that each object is looked at before is not.
    fn show_requests(&self, out: &mut dyn Write) -> io::Result<()> {
        let deletes = self.sum(Kind::Delete).0;
        let classes = [(self.requests, "PUT"), (deletes, "HEAD"), (delete_requests(deletes), "DELETE")];
        let some = classes.into_iter().filter(|(count, _)| *count > 0);
        let asked: Vec<_> = some.map(|(count, class)| counted(count, &format!("{class} request"))).collect();
        if asked.is_empty() { Ok(()) } else { write!(out, " It takes about {}.", asked.join(", ")) }
    }
}

impl tt_cli::Present for Plan {
    fn record(&mut self, record: &Record, _: Origin, out: &mut dyn Write) -> io::Result<()> {
        match record {
            Record::Put(put) => {
                let (why, name) = (put.why.to_string(), self.name(&put.item.dst).to_owned());
                self.weigh(put, &name);
                let kind = if why == "new" { Kind::New } else { Kind::Changed };
                self.add((kind, &why), Some(put.item.size), &name, out)
            }
            Record::Keep(keep) => {
                let name = self.name(&keep.item.dst).to_owned();
                self.add((Kind::Keep, ""), Some(keep.item.size), &name, out)
            }
            Record::Delete(delete) => {
                let name = self.name(&delete.dst).to_owned();
                self.add((Kind::Delete, ""), Some(delete.size), &name, out)
            }
            Record::Skip(skip) => self.add((Kind::Skip, ""), None, &skipped(skip), out),
            Record::Fail(fail) => self.add((Kind::Fail, ""), None, &failed(fail), out),
            _ => Ok(()),
        }
    }

    fn end(&mut self, end: &End, out: &mut dyn Write) -> io::Result<()> {
        let [new, changed, delete, keep, skip, fail] =
            [Kind::New, Kind::Changed, Kind::Delete, Kind::Keep, Kind::Skip, Kind::Fail]
                .map(|kind| self.sum(kind).0);
        let puts = new + changed;
        if self.each && !self.groups.is_empty() {
            writeln!(out)?;
        }
        self.show_groups(out)?;
        if puts > 0 {
            self.show_largest(puts, out)?;
        }
        let dest = self.dest.to_string();
        match puts {
            0 => write!(out, "Nothing to upload to {}", printable(&dest))?,
            puts => {
                let (files, bytes) = (counted(puts, "file"), human_bytes(end.bytes));
                write!(out, "{files}, {bytes} to upload to {}", printable(&dest))?;
            }
        }
        let unchanged = end.unchanged.unwrap_or(0);
        for (count, what) in [
            (delete, "to delete"),
            (keep, "up to date"),
            (unchanged, "unchanged by size and time"),
            (skip, "skipped"),
            (fail, "failed"),
        ] {
            if count > 0 {
                write!(out, "; {count} {what}")?;
            }
        }
        write!(out, ".")?;
        self.show_requests(out)?;
        let partly = if end.incomplete { " The plan is incomplete." } else { "" };
        let next = if puts + delete > 0 { " Nothing was done: pipe this into tt-push." } else { "" };
        writeln!(out, "{partly}{next}")
    }
}

impl Kind {
    /// What is said beside a single record.
    fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Delete => "delete",
            Self::Keep => "keep",
            Self::Skip => "skip",
            Self::Fail => "fail",
        }
    }

    /// What is said above a group.
    fn title(self, why: &str) -> String {
        match self {
            Self::New => "New".into(),
            Self::Changed => format!("Changed ({})", printable(why)),
            Self::Delete => "To delete".into(),
            Self::Keep => "Up to date".into(),
            Self::Skip => "Skipped".into(),
            Self::Fail => "Failed".into(),
        }
    }

    fn has_bytes(self) -> bool {
        !matches!(self, Self::Skip | Self::Fail)
    }

    fn shown(self) -> usize {
        if self.has_bytes() { FEW } else { MANY }
    }
}

impl Group {
    fn show(&self, title: &str, has_bytes: bool, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{title}: {}", self.count)?;
        if has_bytes {
            write!(out, ", {}", human_bytes(self.bytes))?;
        }
        writeln!(out)?;
        for line in &self.first {
            writeln!(out, "  {line}")?;
        }
        let more = self.count - u64::try_from(self.first.len()).unwrap_or(u64::MAX).min(self.count);
        if more > 0 && !self.first.is_empty() {
            writeln!(out, "  and {more} more")?;
        }
        writeln!(out)
    }
}

fn line(size: Option<u64>, name: &str) -> String {
    let name = printable(name);
    size.map_or_else(|| name.clone().into_owned(), |size| format!("{:>9}  {name}", human_bytes(size)))
}

fn skipped(skip: &Skip) -> String {
    format!("{} ({})", skip.source.src, skip.why)
}

fn failed(fail: &Fail) -> String {
    let place = fail.source.as_ref().map(|source| format!("{}: ", source.src)).unwrap_or_default();
    let hint = fail.error.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{place}{}{hint}", fail.error)
}

#[cfg(test)]
mod tests;
