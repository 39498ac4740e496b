//! The two ends of a stream, and the account of whether all of it arrived.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Record, VERSION};

/// `begin`: the first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Begin {
    /// Major version of the stream.
    pub v: u32,
    /// The tool that writes the stream.
    pub tool: String,
    /// One id for the whole pipeline: each tool takes over what it reads.
    pub run: String,
    /// Local root, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Destination prefix, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dest: Option<String>,
    /// When the tool started.
    #[schemars(with = "String")]
    pub time: Timestamp,
}

/// How many records of each type a stream carries, `begin` and `end` apart.
pub type Counts = BTreeMap<String, u64>;

/// `end`: the last line. It folds in what the tool read from the one before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct End {
    /// Major version of the stream.
    pub v: u32,
    /// The tool that wrote the stream.
    pub tool: String,
    /// Whether everything up to here succeeded: the same as `exit` = 0.
    pub ok: bool,
    /// The exit code of the pipeline up to here.
    pub exit: u8,
    /// Records of each type in this stream.
    pub counts: Counts,
    /// Bytes to upload (tt-plan), uploaded (tt-push), or compared (tt-verify).
    pub bytes: u64,
    /// Wall time of this tool.
    pub seconds: f64,
    /// Whether something is missing: a part of the input, of the listing, or of the work.
    pub incomplete: bool,
    /// The share of the objects that were looked at, where that is not all of them: 0.05 is one in twenty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<f64>,
}

/// Keeps the account of what was read, over one or several streams: is it all there, and how did it go so far?
#[derive(Clone, Debug, Default)]
pub struct Tally {
    begins: u64,
    ends: u64,
    truncated: bool,
    upstream_incomplete: bool,
    exits: Vec<u8>,
    first: Option<Begin>,
}

impl Tally {
    /// Takes note of a record that was read.
    pub fn note(&mut self, record: &Record) {
        match record {
            Record::Begin(begin) => {
                self.begins += 1;
                self.first.get_or_insert_with(|| begin.clone());
            }
            Record::End(end) => {
                self.ends += 1;
                self.upstream_incomplete |= end.incomplete;
                if !self.exits.contains(&end.exit) {
                    self.exits.push(end.exit);
                }
            }
            _ => {}
        }
    }

    /// Takes note of a last line without a newline that is not a whole record.
    pub fn note_truncated(&mut self) {
        self.truncated = true;
    }

    /// The first `begin` that was read.
    pub fn first(&self) -> Option<&Begin> {
        self.first.as_ref()
    }

    /// The different exit codes of the `end` records that were read.
    pub fn exits(&self) -> &[u8] {
        &self.exits
    }

    /// Why the input is not whole, if it is not. With `partial` the caller knows that it holds only a piece of a
    /// stream, so missing ends do not count; what an `end` itself says still does.
    pub fn gap(&self, partial: bool) -> Option<Gap> {
        if self.truncated {
            return Some(Gap::Cut);
        }
        if self.upstream_incomplete {
            return Some(Gap::Upstream);
        }
        if partial {
            return None;
        }
        match (self.begins, self.ends) {
            (0, 0) => Some(Gap::Empty),
            (begins, ends) if begins > ends => Some(Gap::NoEnd),
            (begins, ends) if begins < ends => Some(Gap::NoBegin),
            _ => None,
        }
    }
}

/// Why a stream is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cut => "its last line is cut off",
            Self::Upstream => "the tool before this one did not finish",
            Self::Empty => "it holds neither a begin nor an end record",
            Self::NoEnd => "it has no end record: the tool before this one was cut short",
            Self::NoBegin => "it has no begin record: its head is missing",
        })
    }
}

impl Begin {
    /// A `begin` of this version, now.
    pub fn new(tool: &str, run: String) -> Self {
        Self { v: VERSION, tool: tool.into(), run, source: None, dest: None, time: Timestamp::now() }
    }
}
