//! Why an input is not whole, in words.

use std::fmt;

use crate::Counts;

/// A file that is not whole, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// The file, as it was named; `stdin`, or `the input` where it is about all files together.
    pub name: String,
    /// What is missing.
    pub gap: Gap,
}

/// Why a stream is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The last line is not a whole record.
    Cut,
    /// The tool that wrote it says so itself, and has said why.
    Upstream,
    /// Nothing came.
    Empty,
    /// The end is missing.
    NoEnd,
    /// The head is missing.
    NoBegin,
    /// Results, or failures, that the end announces did not come.
    Lost(Counts),
    /// Parts of a split plan are missing.
    Parts {
        /// How many.
        missing: u64,
        /// The first of them.
        named: Vec<u32>,
        /// How many parts the plan has.
        parts: u32,
        /// The run that made the plan.
        run: String,
    },
    /// A part of a split plan is there more than once.
    Twice {
        /// Which.
        part: u32,
        /// The other file that holds it.
        first: String,
        /// The run that made the plan.
        run: String,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cut => "its last line is cut off",
            Self::Upstream => "the tool before this one did not finish",
            Self::Empty => "it holds neither a begin nor an end record",
            Self::NoEnd => "it has no end record: the tool before this one was cut short",
            Self::NoBegin => "it has no begin record: its head is missing",
            Self::Lost(counts) => {
                return write!(f, "its end record announces {} that did not arrive", listed(counts));
            }
            Self::Parts { missing, named, parts, run } => {
                let numbers: Vec<_> = named.iter().map(ToString::to_string).collect();
                let more = missing.saturating_sub(named.len() as u64);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let plural = if *missing == 1 { "part" } else { "parts" };
                let numbers = numbers.join(", ");
                let last = parts.saturating_sub(1);
                return write!(
                    f,
                    "{plural} {numbers}{more} missing of the plan {run}, which has {parts} parts (0 to {last})"
                );
            }
            Self::Twice { part, first, run } => {
                return write!(f, "it holds part {part} of the plan {run}, which {first} holds too");
            }
        })
    }
}

/// Numbers of records in words: `7 put and 2 keep records`.
pub fn listed(counts: &Counts) -> String {
    let numbers: Vec<_> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let one = counts.values().sum::<u64>() == 1;
    format!("{} {}", numbers.join(" and "), if one { "record" } else { "records" })
}

/// What the name of a shortfall is where it is about no single file.
pub(super) const INPUT: &str = "the input";

/// The name of what is read from descriptor 0.
pub(super) const STDIN: &str = "stdin";

impl Shortfall {
    /// Whether it is about a file that was named.
    pub fn is_of_a_file(&self) -> bool {
        self.name != INPUT && self.name != STDIN
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_of_a_file() { &self.name } else { INPUT };
        write!(f, "{name} is not whole: {}", self.gap)
    }
}
