//! The parts of plans that were split: is each of them there, and once?

use std::collections::{BTreeMap, BTreeSet};

use super::{Gap, Shortfall, gap::INPUT};
use crate::Part;

/// How many missing parts are named.
const NAMED: usize = 10;

/// The parts that were read, by plan.
#[derive(Debug, Default)]
pub(super) struct Covered(BTreeMap<Plan, Vec<(u32, String)>>);

/// A plan that was split.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Plan {
    run: String,
    parts: u32,
}

impl Covered {
    /// A part was read from a file.
    pub(super) fn add(&mut self, part: Part, file: &str) {
        let Part { run, part, parts } = part;
        self.0.entry(Plan { run, parts }).or_default().push((part, file.to_owned()));
    }

    pub(super) fn parts(self) -> Vec<Part> {
        let of = |(plan, read): (Plan, Vec<(u32, String)>)| {
            let Plan { run, parts } = plan;
            read.into_iter().map(move |(part, _)| Part { run: run.clone(), part, parts })
        };
        self.0.into_iter().flat_map(of).collect()
    }

    /// What is missing, and what is there twice. A part by itself may be all that is asked for.
    pub(super) fn gaps(self, lone_part: bool) -> Vec<Shortfall> {
        let mut gaps = Vec::new();
        for (plan, mut read) in self.0 {
            let alone = lone_part && read.len() == 1;
            read.sort_unstable();
            for pair in read.windows(2) {
                if let [(part, first), (other, second)] = pair
                    && part == other
                {
                    let (part, first, run) = (*part, first.clone(), plan.run.clone());
                    gaps.push(Shortfall { name: second.clone(), gap: Gap::Twice { part, first, run } });
                }
            }
            if let Some(gap) = plan.missing(&read).filter(|_| !alone) {
                gaps.push(Shortfall { name: INPUT.to_owned(), gap });
            }
        }
        gaps
    }
}

impl Plan {
    fn missing(&self, read: &[(u32, String)]) -> Option<Gap> {
        let there: BTreeSet<_> =
            read.iter().map(|(part, _)| *part).filter(|part| *part < self.parts).collect();
        let named: Vec<_> = (0..self.parts).filter(|part| !there.contains(part)).take(NAMED).collect();
        let missing = u64::from(self.parts) - there.len() as u64;
        let Self { run, parts } = self.clone();
        (missing > 0).then_some(Gap::Parts { missing, named, parts, run })
    }
}
