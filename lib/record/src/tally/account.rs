//! One file of records: its streams, and whether what their ends announce has come.
//!
//! Streams follow each other in a file, and each is compared with its own `end` where they are in order. Where they are not,
//! as after `shuf`, all of them are compared together.

use super::{Gap, Shortfall, add, gap::STDIN};
use crate::{Begin, Counts, End, Part, Record};

/// The account of one file, or stdin.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is one thing that was seen")]
pub(super) struct Account {
    /// None as long as no file is read.
    name: Option<String>,
    begins: u64,
    ends: u64,
    pub(super) truncated: bool,
    upstream_incomplete: bool,
    /// Between a `begin` and its `end`.
    inside: bool,
    /// Records stand outside of any stream, or streams within each other.
    mixed: bool,
    /// What came since the last `end`.
    since: Came,
    /// What came before it, and what was announced.
    came: Counts,
    announced: Counts,
    /// What the streams come to one by one.
    in_order: Difference,
    begun: Vec<Part>,
    covers: Vec<Part>,
}

/// How many of each type.
#[derive(Debug, Default)]
struct Came {
    /// There are few types, and mostly one comes after another of its kind.
    known: Vec<(&'static str, u64)>,
    foreign: Counts,
}

/// What was announced, beside what came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) unseen: Counts,
    pub(super) unannounced: Counts,
}

impl Came {
    fn note(&mut self, name: &'static str) {
        match self.known.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => self.known.push((name, 1)),
        }
    }

    fn into_counts(self) -> Counts {
        let mut counts = self.foreign;
        add(&mut counts, &self.known.into_iter().map(|(name, count)| (name.to_owned(), count)).collect());
        counts
    }
}

impl Difference {
    fn add(&mut self, came: &Counts, announced: &Counts) {
        let more = |of: &Counts, than: &Counts| -> Counts {
            let excess = |(name, count): (&String, &u64)| {
                let other = than.get(name).copied().unwrap_or(0);
                Some((name.clone(), count.checked_sub(other).filter(|more| *more > 0)?))
            };
            of.iter().filter_map(excess).collect()
        };
        add(&mut self.unseen, &more(announced, came));
        add(&mut self.unannounced, &more(came, announced));
    }
}

impl Account {
    pub(super) fn new(name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::default() }
    }

    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(STDIN)
    }

    /// Whether a file is read, or anything was noted without one.
    pub(super) fn is_open(&self) -> bool {
        self.name.is_some() || self.begins + self.ends > 0 || !self.since.known.is_empty() || self.truncated
    }

    pub(super) fn begin(&mut self, begin: &Begin) {
        self.begins += 1;
        self.mixed |= self.inside;
        self.inside = true;
        self.begun.extend(begin.of_part());
    }

    pub(super) fn note(&mut self, name: &'static str) {
        self.mixed |= !self.inside;
        self.since.note(name);
    }

    pub(super) fn note_foreign(&mut self, name: &str) {
        self.mixed |= !self.inside;
        *self.since.foreign.entry(name.to_owned()).or_default() += 1;
    }

    pub(super) fn end(&mut self, end: &End) {
        self.ends += 1;
        self.mixed |= !self.inside;
        self.inside = false;
        self.upstream_incomplete |= end.incomplete;
        self.covers.extend(end.covers.iter().cloned());
        let since = std::mem::take(&mut self.since).into_counts();
        self.in_order.add(&since, &end.counts);
        add(&mut self.came, &since);
        add(&mut self.announced, &end.counts);
    }

    /// Whether each `begin` has its `end`.
    pub(super) fn is_balanced(&self) -> bool {
        self.begins == self.ends && self.begins > 0 && !self.truncated
    }

    pub(super) fn difference(&self) -> Difference {
        if !self.mixed {
            return self.in_order.clone();
        }
        let mut came = self.came.clone();
        let since = Came { known: self.since.known.clone(), foreign: self.since.foreign.clone() };
        add(&mut came, &since.into_counts());
        let mut difference = Difference::default();
        difference.add(&came, &self.announced);
        difference
    }

    /// The parts of plans that the streams hold. The end of a stream knows all of them, its begin only the first.
    pub(super) fn parts(&self) -> impl Iterator<Item = Part> {
        let mut begun = self.begun.clone();
        for part in &self.covers {
            if let Some(known) = begun.iter().position(|begun| begun == part) {
                begun.swap_remove(known);
            }
        }
        self.covers.iter().cloned().chain(begun)
    }

    /// Why the file is not whole, if it is not.
    pub(super) fn gap(&self, partial: bool) -> Option<Shortfall> {
        let gap = self.broken().or_else(|| if partial { None } else { self.lacking() })?;
        Some(Shortfall { name: self.name().to_owned(), gap })
    }

    /// What is no better for being a piece.
    fn broken(&self) -> Option<Gap> {
        match self {
            Self { truncated: true, .. } => Some(Gap::Cut),
            Self { upstream_incomplete: true, .. } => Some(Gap::Upstream),
            _ => None,
        }
    }

    fn lacking(&self) -> Option<Gap> {
        match (self.begins, self.ends) {
            (0, 0) => Some(Gap::Empty),
            (begins, ends) if begins > ends => Some(Gap::NoEnd),
            (begins, ends) if begins < ends => Some(Gap::NoBegin),
            _ => {
                let unseen = self.difference().unseen.into_iter();
                let lost: Counts = unseen.filter(|(name, _)| !Record::is_plan(name)).collect();
                (!lost.is_empty()).then_some(Gap::Lost(lost))
            }
        }
    }
}
