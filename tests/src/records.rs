//! A strict reader of records, independent of the tools' own: it knows the stream from its documentation only.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// The fields that a record must have, by its type; what may be missing is not listed.
const FIELDS: [(&str, &[&str]); 16] = [
    ("begin", &["v", "tool", "run", "time"]),
    ("put", &["src", "dst", "size", "mtime", "why"]),
    ("keep", &["src", "dst", "size", "mtime"]),
    ("delete", &["dst", "size"]),
    ("deleted", &["dst", "size"]),
    ("unfinished", &["dst", "upload", "initiated"]),
    ("aborted", &["dst", "upload", "initiated"]),
    ("skip", &["src", "why"]),
    ("fail", &["stage", "error"]),
    ("pushed", &["src", "dst", "size", "mtime", "why", "etag", "checksum", "parts", "attempts", "seconds"]),
    ("verified", &["dst", "size", "by", "expected", "found"]),
    ("mismatch", &["dst", "size", "by", "expected", "found", "cause", "note"]),
    ("missing", &["dst"]),
    ("unverifiable", &["dst", "size", "cause", "note"]),
    ("extra", &["dst", "size"]),
    ("end", &["v", "tool", "ok", "exit", "counts", "bytes", "seconds", "incomplete"]),
];

type Record = Map<String, Value>;

/// A stream that holds what the format promises.
#[derive(Debug)]
pub struct Records {
    /// The first record.
    pub begin: Value,
    /// Those between the first and the last.
    pub items: Vec<Value>,
    /// The last record.
    pub end: Value,
}

impl Records {
    /// Reads a whole stream. Besides the known ones it may hold records of the `foreign` types.
    pub fn read(bytes: &[u8], foreign: &[&str]) -> Result<Self, String> {
        let text = str::from_utf8(bytes).map_err(|e| e.to_string())?;
        let text = text.strip_suffix('\n').ok_or("the last line does not end")?;
        let mut records = text
            .split('\n')
            .zip(1..)
            .map(|(line, number)| record(line, foreign).map_err(|e| format!("line {number}: {e}: {line}")))
            .collect::<Result<Vec<_>, _>>()?;
        let end = records.pop().filter(|last| kind(last) == "end").ok_or("the last record is no end")?;
        let first = records.first().is_some_and(|first| kind(first) == "begin");
        let begin = first.then(|| records.remove(0)).ok_or("the first record is no begin")?;
        let stream = Self { begin, items: records, end };
        stream.check().map(|()| stream)
    }

    /// The records of one type.
    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.items.iter().filter(move |record| kind(record) == name)
    }

    /// How many of one type there are.
    pub fn count(&self, name: &str) -> usize {
        self.of(name).count()
    }

    /// How many there are of each type.
    pub fn counts(&self) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        for record in &self.items {
            *counts.entry(kind(record)).or_default() += 1;
        }
        counts
    }

    /// The values of a text field in the records of one type.
    pub fn values<'a>(&'a self, name: &'a str, field: &'a str) -> BTreeSet<&'a str> {
        self.of(name).filter_map(|record| record[field].as_str()).collect()
    }

    /// The objects in the records of one type.
    pub fn objects<'a>(&'a self, name: &'a str) -> BTreeSet<&'a str> {
        self.values(name, "dst")
    }

    /// The exit code that the last record tells.
    pub fn exit(&self) -> i64 {
        self.end["exit"].as_i64().unwrap_or(-1)
    }

    /// Whether the last record says that something is missing.
    pub fn is_incomplete(&self) -> bool {
        self.end["incomplete"] == true
    }

    /// What the last record says must be true of those before it.
    fn check(&self) -> Result<(), String> {
        let told: BTreeMap<&str, u64> = self.end["counts"]
            .as_object()
            .ok_or("counts are no object")?
            .iter()
            .map(|(name, count)| (name.as_str(), count.as_u64().unwrap_or(u64::MAX)))
            .collect();
        let counted = self.counts();
        require(told == counted, || format!("end counts {told:?}, and there are {counted:?}"))?;
        require(self.begin["tool"] == self.end["tool"], || "begin and end name different tools".into())?;
        let ok = self.end["ok"] == true;
        require(ok == (self.exit() == 0), || "ok and exit contradict each other".into())?;
        require(!(ok && self.is_incomplete()), || "ok, and yet incomplete".into())?;
        self.check_bytes()
    }

    /// `bytes` are those to upload, uploaded, or compared.
    fn check_bytes(&self) -> Result<(), String> {
        let work = match self.end["tool"].as_str() {
            Some("tt-plan") => "put",
            Some("tt-push") => "pushed",
            // tt-verify also reads the files whose verdict is another.
            _ => return Ok(()),
        };
        let sum: u64 = self.of(work).filter_map(|record| record["size"].as_u64()).sum();
        let told = self.end["bytes"].as_u64();
        require(told == Some(sum), || format!("end tells {told:?} bytes, and {work} come to {sum}"))
    }
}

fn kind(record: &Value) -> &str {
    record["type"].as_str().unwrap_or_default()
}

fn require(holds: bool, else_: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(else_()) }
}

fn record(line: &str, foreign: &[&str]) -> Result<Value, String> {
    let value: Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
    let name = kind(&value).to_owned();
    require(line.starts_with(&format!("{{\"type\":\"{name}\"")), || "type is not the first field".into())?;
    if foreign.contains(&name.as_str()) {
        return Ok(value);
    }
    let fields = FIELDS.iter().find(|(known, _)| *known == name).map(|(_, fields)| *fields);
    let object = value.as_object().ok_or("not an object")?;
    for field in fields.ok_or("a type that is not known")? {
        require(object.contains_key(*field), || format!("no field {field}"))?;
    }
    // A field that stands twice would be lost in the value: then the line is longer than what was read.
    let again = serde_json::to_string(&value).map_err(|e| e.to_string())?;
    require(again.len() == line.len(), || format!("not what it reads as: {again}"))?;
    object.iter().try_for_each(|(field, value)| field_is_right(field, value))?;
    version(object)?;
    Ok(value)
}

/// Only `begin` and `end` tell the version.
fn version(object: &Record) -> Result<(), String> {
    let framing = matches!(object["type"].as_str(), Some("begin" | "end"));
    let told = object.get("v").and_then(Value::as_u64);
    require(told == framing.then_some(1), || "a wrong version, or one where none belongs".into())
}

fn field_is_right(field: &str, value: &Value) -> Result<(), String> {
    let text = value.as_str();
    let right = match field {
        "size" | "bytes" | "parts" | "resumed" | "attempts" | "exit" => value.is_u64(),
        "seconds" => value.as_f64().is_some_and(|seconds| seconds >= 0.0),
        "ok" | "incomplete" => value.is_boolean(),
        "mtime" | "time" => text.is_some_and(|time| time.len() >= 20 && time.ends_with('Z')),
        "dst" => text.is_some_and(|url| url.starts_with("s3://")),
        "src" => text.is_some_and(|path| path.starts_with('/')),
        "why" | "tool" | "run" | "by" | "note" | "expected" | "found" => {
            text.is_some_and(|text| !text.is_empty())
        }
        "stage" => matches!(text, Some("plan" | "push" | "verify")),
        "error" => value["kind"].is_string() && value["message"].is_string(),
        "checksum" => ["algorithm", "type", "value"].iter().all(|part| value[part].is_string()),
        _ => !value.is_null(),
    };
    require(right, || format!("{field} is wrong: {value}"))
}
