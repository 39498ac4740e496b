//! The evidence as one JSON document, written as it comes.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
};

use serde::Serialize;
use tt_cli::{Observe, Origin, Outfile};
use tt_record::{Begin, End, Problem, Record};

use crate::{TOOL, groups::Group, tally::Tally};

/// Writes the document.
pub(crate) struct Report {
    file: Outfile,
    tally: Tally,
    /// Whether an object stands there already.
    any: bool,
}

/// What is known at first.
#[derive(Serialize)]
struct Head<'a> {
    tool: &'static str,
    version: &'static str,
    #[serde(flatten)]
    begin: Option<Opened<'a>>,
}

/// What the stream says of itself.
#[derive(Serialize)]
struct Opened<'a> {
    run: &'a str,
    began: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest: Option<&'a str>,
}

/// A record, and whether it is the word of another run.
#[derive(Serialize)]
struct Object<'a> {
    #[serde(flatten)]
    record: &'a Record,
    #[serde(skip_serializing_if = "is_own")]
    passed: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants it")]
fn is_own(passed: &bool) -> bool {
    !passed
}

/// What is known at last.
#[derive(Serialize)]
struct Tail<'a> {
    failures: Vec<&'a Group>,
    by: &'a BTreeMap<String, u64>,
    counts: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    passed: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unseen: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unannounced: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unchanged: Option<u64>,
    bytes: u64,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<f64>,
    ok: bool,
    exit: u8,
    incomplete: bool,
}

impl Report {
    /// One that will be at `path`.
    pub(crate) fn create(path: &Path) -> Result<Self, Problem> {
        Ok(Self { file: Outfile::create(path, "report")?, tally: Tally::default(), any: false })
    }

    fn open(&mut self, begin: &Begin) {
        let Begin { run, time, source, dest, .. } = begin;
        let (source, dest) = (source.as_deref(), dest.as_deref());
        let begin = Some(Opened { run, began: time.to_string(), source, dest });
        let head = Head { tool: TOOL, version: env!("CARGO_PKG_VERSION"), begin };
        self.file.write(|out| {
            unclosed(&head, out)?;
            out.write_all(b",\"objects\":[")
        });
    }

    fn object(&mut self, record: &Record, origin: Origin) {
        self.tally.add(record, origin);
        let object = Object { record, passed: origin == Origin::Passed && record.is_result() };
        let separator: &[u8] = if self.any { b",\n" } else { b"\n" };
        self.any = true;
        self.file.write(|out| {
            out.write_all(separator)?;
            serde_json::to_writer(&mut *out, &object).map_err(io::Error::other)
        });
    }
}

impl Observe for Report {
    fn record(&mut self, record: &Record, origin: Origin) -> Result<(), Problem> {
        match record {
            Record::Begin(begin) => self.open(begin),
            Record::End(_) => {}
            record => self.object(record, origin),
        }
        Ok(())
    }

    fn end(self: Box<Self>, end: &End) -> Result<(), Problem> {
        let Self { mut file, tally, .. } = *self;
        let End {
            counts,
            passed,
            unseen,
            unannounced,
            unchanged,
            bytes,
            seconds,
            sample,
            ok,
            exit,
            incomplete,
            ..
        } = end;
        let tail = Tail {
            failures: tally.failures.iter().collect(),
            by: &tally.by,
            counts,
            passed,
            unseen,
            unannounced,
            unchanged: *unchanged,
            bytes: *bytes,
            seconds: *seconds,
            sample: *sample,
            ok: *ok,
            exit: *exit,
            incomplete: *incomplete,
        };
        file.write(|out| {
            out.write_all(b"\n],")?;
            let tail = serde_json::to_vec(&tail)?;
            // Its opening brace stands at the beginning of the document.
            out.write_all(&tail[1..])?;
            out.write_all(b"\n")
        });
        file.finish()
    }
}

/// Writes an object without its closing brace.
fn unclosed(object: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_vec(object)?;
    out.write_all(text.strip_suffix(b"}").unwrap_or(&text))
}
