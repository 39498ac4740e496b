//! The report: what was measured, where and with what, in a form that can be read again, and those for people that are made
//! from it.

pub(crate) mod charts;
mod latencies;
mod machine;
mod page;
mod pictures;
mod requirement;
mod spread;
mod summary;
mod words;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tt_record::{Problem, ProblemKind};

pub(crate) use self::{
    latencies::{Latency, describe},
    machine::Machine,
    page::{check, write},
    requirement::{Judgement, Requirement},
    spread::Spread,
    summary::{Summary, number, summarize},
    words::{Board, figures},
};
use crate::{
    data::DataSet,
    place::Seen,
    tools::{Absent, Sweep, Tool},
};

/// The version of the report's form.
pub(crate) const VERSION: u32 = 1;

/// What was measured: the form of `report.json`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Report {
    /// Major version of this form.
    pub(crate) v: u32,
    /// The version of tt-bench that measured.
    pub(crate) version: String,
    /// When it was finished.
    #[schemars(with = "String")]
    pub(crate) date: Timestamp,
    /// The command line.
    pub(crate) command: String,
    /// Where it was measured.
    pub(crate) machine: Machine,
    /// Where uploads went.
    pub(crate) place: PlaceInfo,
    /// How often each tool was measured with each data set.
    pub(crate) runs: u32,
    /// How often each ran before that without being measured.
    pub(crate) warmup: u32,
    /// What was uploaded.
    pub(crate) data: Vec<DataInfo>,
    /// What uploaded, in the order in which they took turns.
    pub(crate) tools: Vec<ToolInfo>,
    /// Tools that were asked for, and were not there.
    pub(crate) absent: Vec<AbsentInfo>,
    /// Settings of tt-push that were tried.
    pub(crate) sweep: Vec<SweepInfo>,
    /// Each measurement.
    pub(crate) samples: Vec<Sample>,
    /// Tools that did not do what they were asked for: of these there are no figures.
    pub(crate) wrong: Vec<Wrong>,
    /// What the samples come to.
    pub(crate) summaries: Vec<Summary>,
    /// How long requests of our own tools took.
    pub(crate) latencies: Vec<Latency>,
    /// What was required, and whether it was met.
    pub(crate) requirements: Vec<Judgement>,
}

/// Where uploads went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PlaceInfo {
    /// Whether to an endpoint on the same machine, which checks bodies and drops them.
    pub(crate) local: bool,
    /// What was above the prefix of the run, where it was a bucket.
    pub(crate) dest: Option<String>,
    /// Whether over HTTPS; not known of a bucket.
    pub(crate) tls: Option<bool>,
    /// Bytes a second that all connections together could carry, if that was limited.
    pub(crate) link_bytes_per_second: Option<u64>,
    /// Bytes a second that each connection could carry, if that was limited.
    pub(crate) connection_bytes_per_second: Option<u64>,
    /// How long each answer was held back.
    pub(crate) rtt_seconds: Option<f64>,
}

/// A data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct DataInfo {
    pub(crate) name: String,
    /// What it is.
    pub(crate) about: String,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Where its bytes come from; none of a directory of the user's own.
    pub(crate) seed: Option<u64>,
}

impl From<&DataSet> for DataInfo {
    fn from(set: &DataSet) -> Self {
        let DataSet { name, about, files, bytes, seed, .. } = set.clone();
        Self { name, about, files, bytes, seed }
    }
}

/// A tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ToolInfo {
    pub(crate) name: String,
    pub(crate) version: String,
    /// How it was called, for a directory SRC and a place DEST.
    pub(crate) command: String,
    /// What a sweep has set, by the flag of tt-push.
    pub(crate) settings: Vec<(String, String)>,
}

impl From<&Tool> for ToolInfo {
    fn from(tool: &Tool) -> Self {
        Self {
            name: tool.label.clone(),
            version: tool.version.clone(),
            command: tool.shown(),
            settings: tool.settings.clone(),
        }
    }
}

/// A tool that was not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct AbsentInfo {
    pub(crate) name: String,
    pub(crate) why: String,
}

impl From<Absent> for AbsentInfo {
    fn from(Absent { name, why }: Absent) -> Self {
        Self { name: name.name(), why }
    }
}

/// A setting of tt-push, and the values that were tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct SweepInfo {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

impl From<&Sweep> for SweepInfo {
    fn from(Sweep { name, values }: &Sweep) -> Self {
        Self { name: name.clone(), values: values.clone() }
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Task {
    /// Everything was uploaded.
    Upload,
    /// The same once more, when nothing had changed.
    Again,
    /// tt-verify proved what the tool had uploaded.
    Verify,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Sample {
    pub(crate) data: String,
    pub(crate) tool: String,
    pub(crate) task: Task,
    /// Which turn it was, from 1.
    pub(crate) round: u32,
    pub(crate) wall_seconds: f64,
    /// CPU time of all processes.
    pub(crate) user_seconds: f64,
    pub(crate) system_seconds: f64,
    /// The largest resident sets of all processes together.
    pub(crate) memory_bytes: u64,
    /// From the start until the first request with bytes of a file came to the endpoint.
    pub(crate) first_byte_seconds: Option<f64>,
    /// What the endpoint saw of it; not known of a bucket.
    pub(crate) seen: Option<Seen>,
}

impl Sample {
    /// User and system time.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        self.user_seconds + self.system_seconds
    }

    /// Whether it was measured with that.
    pub(crate) fn is_of(&self, data: &str, tool: &str, task: Task) -> bool {
        (&*self.data, &*self.tool, self.task) == (data, tool, task)
    }
}

/// A tool that did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Wrong {
    pub(crate) data: String,
    pub(crate) tool: String,
    /// What it did instead.
    pub(crate) why: String,
}

/// What every version of the form has.
#[derive(Deserialize)]
struct Head {
    v: u32,
}

impl Report {
    /// Reads one that was written as JSON.
    pub(crate) fn read(path: &Path) -> Result<Self, Problem> {
        let unreadable = |why: String| {
            let message = format!("{} is no report of tt-bench: {why}", path.display());
            Problem::new(ProblemKind::Io, message).hint("give report.json, or the directory that it is in")
        };
        let file: PathBuf = if path.is_dir() { path.join("report.json") } else { path.into() };
        let text = fs::read(file).map_err(|e: io::Error| unreadable(e.to_string()))?;
        let head: Head = serde_json::from_slice(&text).map_err(|e| unreadable(e.to_string()))?;
        if head.v != VERSION {
            return Err(unreadable(format!("it has version {}, and this tt-bench reads {VERSION}", head.v)));
        }
        serde_json::from_slice(&text).map_err(|e| unreadable(e.to_string()))
    }

    pub(crate) fn summary(&self, data: &str, tool: &str, task: Task) -> Option<&Summary> {
        self.summaries.iter().find(|s| s.data == data && s.tool == tool && s.task == task)
    }
}
