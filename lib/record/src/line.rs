//! From a line to a record and back.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Begin, Delete, End, Extra, Fail, Keep, Pushed, Put, Skip, SkipReason, Unfinished, VERSION, Verdict,
    VerdictKind,
};

/// Any record of this version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each variant is documented by the type that it holds")]
pub enum Record {
    Begin(Begin),
    Put(Put),
    Keep(Keep),
    Delete(Delete),
    Skip(Skip),
    Fail(Fail),
    Pushed(Pushed),
    Deleted(Delete),
    Unfinished(Unfinished),
    Aborted(Unfinished),
    Verified(Verdict),
    Mismatch(Verdict),
    Missing(Verdict),
    Unverifiable(Verdict),
    Extra(Extra),
    End(End),
}

impl Record {
    /// The value of the field `type`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Begin(_) => "begin",
            Self::Put(_) => "put",
            Self::Keep(_) => "keep",
            Self::Delete(_) => "delete",
            Self::Skip(_) => "skip",
            Self::Fail(_) => "fail",
            Self::Pushed(_) => "pushed",
            Self::Deleted(_) => "deleted",
            Self::Unfinished(_) => "unfinished",
            Self::Aborted(_) => "aborted",
            Self::Verified(_) => "verified",
            Self::Mismatch(_) => "mismatch",
            Self::Missing(_) => "missing",
            Self::Unverifiable(_) => "unverifiable",
            Self::Extra(_) => "extra",
            Self::End(_) => "end",
        }
    }

    /// Whether it says that something did not go, or is not proved. A link that was skipped because that was asked for is
    /// no failure; whatever else was skipped is in the source and not in the bucket.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Fail(_) | Self::Mismatch(_) | Self::Missing(_) | Self::Unverifiable(_) | Self::Extra(_) => {
                true
            }
            Self::Skip(skip) => skip.why != SkipReason::Symlink,
            _ => false,
        }
    }

    /// Whether a filter may leave it out: what is to be done, and not what was done or could not be.
    pub fn is_plan(name: &str) -> bool {
        matches!(name, "put" | "keep" | "delete")
    }

    /// Whether it says that work was done or what was found, which only the tool can know that did it.
    pub fn is_result(&self) -> bool {
        match self {
            Self::Begin(_)
            | Self::Put(_)
            | Self::Keep(_)
            | Self::Delete(_)
            | Self::Skip(_)
            | Self::Fail(_)
            | Self::End(_) => false,
            Self::Pushed(_)
            | Self::Deleted(_)
            | Self::Unfinished(_)
            | Self::Aborted(_)
            | Self::Verified(_)
            | Self::Mismatch(_)
            | Self::Missing(_)
            | Self::Unverifiable(_)
            | Self::Extra(_) => true,
        }
    }

    /// The record for a verdict of the given kind.
    pub fn verdict(kind: VerdictKind, verdict: Verdict) -> Self {
        match kind {
            VerdictKind::Verified => Self::Verified(verdict),
            VerdictKind::Mismatch => Self::Mismatch(verdict),
            VerdictKind::Missing => Self::Missing(verdict),
            VerdictKind::Unverifiable => Self::Unverifiable(verdict),
        }
    }
}

/// What a line holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A record of this version.
    Known(Box<Record>),
    /// A well-formed record of a type that this version does not know; the name of the type.
    Foreign(String),
}

/// Why a line is not a record.
#[derive(Debug)]
pub enum DecodeError {
    /// Not a JSON object with a `type`.
    NotARecord(serde_json::Error),
    /// A record whose fields are missing or of the wrong kind: its type, and the reason.
    BadFields(String, serde_json::Error),
    /// A stream of another major version.
    Version(u64),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARecord(error) => write!(f, "not a record: {error}"),
            Self::BadFields(name, error) => write!(f, "not a valid {name:?} record: {error}"),
            Self::Version(v) => write!(f, "a stream of version {v}, and this tool reads version {VERSION}"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// The part of a record that says how to read the rest.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, rename = "type")]
    name: Cow<'a, str>,
    #[serde(default)]
    v: Option<u64>,
}

/// Reads a record of a known type by itself: an internally tagged enum would first buffer every field.
fn as_type<'a, T: Deserialize<'a>>(line: &'a str, to: fn(T) -> Record) -> Result<Record, serde_json::Error> {
    serde_json::from_str(line).map(to)
}

/// Reads a record whose type is known already. None, if this version knows no such type.
fn of_type(name: &str, line: &str) -> Option<Result<Record, serde_json::Error>> {
    Some(match name {
        "begin" => as_type(line, Record::Begin),
        "put" => as_type(line, Record::Put),
        "keep" => as_type(line, Record::Keep),
        "delete" => as_type(line, Record::Delete),
        "skip" => as_type(line, Record::Skip),
        "fail" => as_type(line, Record::Fail),
        "pushed" => as_type(line, Record::Pushed),
        "deleted" => as_type(line, Record::Deleted),
        "unfinished" => as_type(line, Record::Unfinished),
        "aborted" => as_type(line, Record::Aborted),
        "verified" => as_type(line, Record::Verified),
        "mismatch" => as_type(line, Record::Mismatch),
        "missing" => as_type(line, Record::Missing),
        "unverifiable" => as_type(line, Record::Unverifiable),
        "extra" => as_type(line, Record::Extra),
        "end" => as_type(line, Record::End),
        _ => return None,
    })
}

/// Reads a record as these tools write it, its type first, without a look at its head. None, if it is anything else: what is
/// wrong with it, its head tells best.
fn decode_own(line: &str) -> Option<Record> {
    let (name, _) = line.strip_prefix(r#"{"type":""#)?.split_once('"')?;
    // Of these the version counts before anything else.
    if matches!(name, "begin" | "end") {
        return None;
    }
    of_type(name, line)?.ok()
}

/// Reads one line, with or without its newline.
pub fn decode(line: &str) -> Result<Line, DecodeError> {
    if let Some(record) = decode_own(line) {
        return Ok(Line::Known(Box::new(record)));
    }
    let head: Head<'_> = serde_json::from_str(line).map_err(DecodeError::NotARecord)?;
    if let Some(v) = head.v.filter(|&v| v != u64::from(VERSION)) {
        return Err(DecodeError::Version(v));
    }
    match of_type(&head.name, line) {
        Some(Ok(record)) => Ok(Line::Known(Box::new(record))),
        Some(Err(error)) => Err(DecodeError::BadFields(head.name.into_owned(), error)),
        None => Ok(Line::Foreign(head.name.into_owned())),
    }
}

/// Appends the record and a newline to `buffer`.
pub fn encode(record: &Record, buffer: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    serde_json::to_writer(&mut *buffer, record)?;
    buffer.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Cause, Checksum, Item, Outcome, Part, Problem, ProblemKind, Properties, PutReason, SkipReason,
        Source, Stage,
    };

    fn item() -> Item {
        Item {
            source: Source { src: "/data/a\n\"b\"".into(), src_b64: None },
            dst: "s3://b/p/ä +%41".parse().unwrap(),
            size: 1 << 52,
            mtime: "2026-11-24T13:59:00.123456789Z".parse().unwrap(),
        }
    }

    fn samples() -> Vec<Record> {
        let outcome = Outcome {
            etag: Some("\"e\"".into()),
            checksum: Some(Checksum {
                algorithm: "CRC64NVME".into(),
                r#type: "FULL_OBJECT".into(),
                value: "AAAAAAAAAAA=".into(),
            }),
            parts: 3,
            attempts: 1,
            seconds: 0.25,
            planned_size: Some(2),
            planned_mtime: Some(item().mtime),
            ..Outcome::default()
        };
        let properties = Properties {
            storage_class: Some("GLACIER".into()),
            metadata: [("a".into(), "b".into())].into(),
            ..Properties::default()
        };
        let verdict = Verdict {
            source: Some(item().source),
            size: Some(1),
            mtime: Some(item().mtime),
            why: Some(PutReason::Newer),
            properties: properties.clone(),
            outcome: Some(outcome.clone()),
            by: Some("full-object CRC64NVME".into()),
            expected: Some("x".into()),
            found: Some("y".into()),
            cause: Some(Cause::BothChanged),
            ..Verdict::of(item().dst)
        };
        let delete = Delete { dst: item().dst, size: 1, etag: None };
        vec![
            Record::Begin(Begin { source: Some("/data".into()), ..Begin::new("tt-plan", "r".into()) }),
            Record::Put(Put {
                item: item(),
                why: PutReason::Newer,
                etag: Some("e".into()),
                properties: properties.clone(),
            }),
            Record::Keep(Keep { item: item(), etag: None }),
            Record::Delete(delete.clone()),
            Record::Deleted(delete),
            Record::Skip(Skip { source: item().source, why: SkipReason::LinkLoop }),
            Record::Fail(Fail {
                stage: Stage::Plan,
                source: Some(item().source),
                dst: None,
                error: Problem::new(ProblemKind::Unreadable, "no").hint("chmod"),
            }),
            Record::Pushed(Pushed { item: item(), why: PutReason::New, properties, outcome }),
            Record::Verified(verdict.clone()),
            Record::Mismatch(verdict.clone()),
            Record::Missing(Verdict { outcome: None, ..verdict.clone() }),
            Record::Unverifiable(verdict),
            Record::Extra(Extra { dst: item().dst, size: 1, etag: None }),
            Record::End(End {
                ok: true,
                counts: [("put".into(), 1)].into(),
                bytes: 3,
                seconds: 0.5,
                unseen: [("put".into(), 2)].into(),
                unchanged: Some(0),
                covers: vec![Part { run: "r".into(), part: 0, parts: 2 }],
                ..End::new("tt-plan")
            }),
        ]
    }

    #[test]
    fn every_record_survives_the_pipe() {
        for record in samples() {
            let mut buffer = Vec::new();
            encode(&record, &mut buffer).unwrap();
            let text = String::from_utf8(buffer).unwrap();
            assert!(text.starts_with(&format!("{{\"type\":\"{}\"", record.name())), "{text}");
            assert_eq!(text.matches('\n').count(), 1);
            match decode(&text).unwrap() {
                // A verdict without an outcome reads back with an empty one.
                Line::Known(back) if matches!(&record, Record::Missing(_)) => {
                    assert_eq!(back.name(), "missing");
                }
                Line::Known(back) => assert_eq!(*back, record),
                Line::Foreign(name) => panic!("{name}"),
            }
        }
    }

    #[test]
    fn what_is_not_a_record_is_told_apart() {
        assert!(matches!(decode("garbage"), Err(DecodeError::NotARecord(_))));
        assert!(matches!(decode("[]"), Err(DecodeError::NotARecord(_))));
        assert!(matches!(decode("{}"), Err(DecodeError::NotARecord(_))));
        assert!(matches!(decode(r#"{"type":"put"}"#), Err(DecodeError::BadFields(..))));
        assert!(matches!(decode(r#"{"type":"begin","v":2}"#), Err(DecodeError::Version(2))));
        assert_eq!(decode(r#"{"type":"hologram"}"#).unwrap(), Line::Foreign("hologram".into()));
    }
}
