//! The two ends of a stream.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::VERSION;

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
    /// Which part this is of a plan that was split; the first is 0. All parts of a plan have the same `run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
    /// How many parts the plan was split into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<u32>,
    /// When the tool started.
    #[schemars(with = "String")]
    pub time: Timestamp,
}

/// How many records of each type a stream carries, `begin` and `end` apart.
pub type Counts = BTreeMap<String, u64>;

/// One part of a plan that was split.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// The plan: the `run` of its `begin`.
    pub run: String,
    /// Which part; the first is 0.
    pub part: u32,
    /// How many there are.
    pub parts: u32,
}

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
    /// Of `counts`, the results that came from the tool before this one and were passed on: another run has uploaded, deleted
    /// or verified these, if it is true.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub passed: Counts,
    /// Records that an `end` upstream announces and that did not come, here or at a tool before.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub unseen: Counts,
    /// Records that came and that no `end` upstream announces, here or at a tool before.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub unannounced: Counts,
    /// Files that tt-plan takes for up to date by size and time and has no record of: they are not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged: Option<u64>,
    /// The parts of plans that were read, where `begin` can't name them: where there is more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<Part>,
}

impl Begin {
    /// A `begin` of this version, now.
    pub fn new(tool: &str, run: String) -> Self {
        Self {
            v: VERSION,
            tool: tool.into(),
            run,
            source: None,
            dest: None,
            part: None,
            parts: None,
            time: Timestamp::now(),
        }
    }
    /// The part of a split plan that the stream holds or comes from, where it says so.
    pub fn of_part(&self) -> Option<Part> {
        let (part, parts) = self.part.zip(self.parts)?;
        Some(Part { run: self.run.clone(), part, parts })
    }
}

impl End {
    /// An `end` of this version, of which nothing is known yet.
    pub fn new(tool: &str) -> Self {
        Self {
            v: VERSION,
            tool: tool.into(),
            ok: false,
            exit: 0,
            counts: Counts::new(),
            bytes: 0,
            seconds: 0.0,
            incomplete: false,
            sample: None,
            passed: Counts::new(),
            unseen: Counts::new(),
            unannounced: Counts::new(),
            unchanged: None,
            covers: Vec::new(),
        }
    }

    /// How many records of a type this tool has written of its own.
    pub fn own(&self, name: &str) -> u64 {
        let count = |counts: &Counts| counts.get(name).copied().unwrap_or(0);
        count(&self.counts).saturating_sub(count(&self.passed))
    }
}
