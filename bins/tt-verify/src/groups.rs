//! What is not as it should be, by its cause: how often, the first of each, and what to do about it.

use std::collections::BTreeMap;

use serde::Serialize;
use tt_record::{Cause, Record, Verdict};

/// Causes, the gravest first. Does not grow with what there is of each.
#[derive(Default)]
pub(crate) struct Groups(BTreeMap<Key, Group>);

/// What is told together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    gravity: u8,
    cause: String,
}

/// All that has the same cause.
#[derive(Serialize)]
pub(crate) struct Group {
    /// The type of the records.
    #[serde(rename = "type")]
    pub(crate) name: &'static str,
    /// As the records say it; of what is missing or extra, nothing more is to be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<String>,
    pub(crate) count: u64,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    pub(crate) first: Record,
}

impl Groups {
    /// Takes note of a record, if it is a failure.
    pub(crate) fn add(&mut self, record: &Record) {
        if !record.is_failure() {
            return;
        }
        let cause = cause(record);
        let key = Key { gravity: gravity(record), cause: cause.clone().unwrap_or_default() };
        let group = self.0.entry(key).or_insert_with(|| Group {
            name: record.name(),
            cause,
            count: 0,
            hint: hint(record),
            first: record.clone(),
        });
        group.count += 1;
    }

    /// All groups, the gravest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.0.values()
    }
}

fn gravity(record: &Record) -> u8 {
    match record {
        Record::Mismatch(_) => 0,
        Record::Missing(_) => 1,
        Record::Fail(_) => 2,
        Record::Unverifiable(_) => 3,
        Record::Skip(_) => 4,
        _ => 5,
    }
}

/// Why, in a word.
pub(crate) fn cause(record: &Record) -> Option<String> {
    match record {
        Record::Mismatch(verdict) | Record::Unverifiable(verdict) => {
            verdict.cause.as_ref().map(ToString::to_string)
        }
        Record::Fail(fail) => Some(fail.error.kind.to_string()),
        Record::Skip(skip) => Some(skip.why.to_string()),
        _ => None,
    }
}

fn hint(record: &Record) -> Option<String> {
    let text = match record {
        Record::Mismatch(verdict) | Record::Unverifiable(verdict) => advice(verdict)?,
        Record::Missing(_) => "push what is missing: tt-plan | tt-push",
        Record::Extra(_) => "if they are not meant to be there: tt-plan --delete; else --exclude them",
        Record::Fail(fail) => return fail.error.hint.clone(),
        Record::Skip(_) => "such things can't be objects: --exclude them if that is known",
        _ => return None,
    };
    Some(text.to_owned())
}

fn advice(verdict: &Verdict) -> Option<&'static str> {
    Some(match verdict.cause.as_ref()? {
        Cause::FileChanged | Cause::BothChanged => "plan and push again",
        Cause::ObjectReplaced | Cause::Differs => "push them again, as the examples of tt-verify(1) show",
        Cause::NotAsListed => "find out which of the two is right: the manifest, or what it lists",
        Cause::NoChecksum | Cause::UnknownAlgorithm => {
            "--download compares their bytes, without storing them"
        }
        Cause::UnknownParts => "name the size of the parts (--part-size), or compare the bytes (--download)",
        Cause::OtherAlgorithm => "name the directory of the files before the destination, or use --download",
        Cause::Other(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use tt_record::{Problem, ProblemKind, Stage, VerdictKind};

    use super::*;

    fn verdict(kind: VerdictKind, key: &str, cause: Option<Cause>) -> Record {
        let dst = format!("s3://b/{key}").parse().unwrap();
        Record::verdict(kind, Verdict { cause, ..Verdict::of(dst) })
    }

    #[test]
    fn what_has_one_cause_is_told_once() {
        let mut groups = Groups::default();
        for record in [
            verdict(VerdictKind::Verified, "fine", None),
            verdict(VerdictKind::Missing, "a", None),
            verdict(VerdictKind::Mismatch, "b", Some(Cause::FileChanged)),
            verdict(VerdictKind::Mismatch, "c", Some(Cause::ObjectReplaced)),
            verdict(VerdictKind::Mismatch, "d", Some(Cause::FileChanged)),
            Record::Fail(tt_record::Fail {
                stage: Stage::Verify,
                source: None,
                dst: None,
                error: Problem::new(ProblemKind::Changing, "it changed").hint("wait"),
            }),
        ] {
            groups.add(&record);
        }
        let told: Vec<_> =
            groups.iter().map(|group| (group.name, group.cause.as_deref(), group.count)).collect();
        let expected = [
            ("mismatch", Some("file-changed"), 2),
            ("mismatch", Some("object-replaced"), 1),
            ("missing", None, 1),
            ("fail", Some("changing"), 1),
        ];
        assert_eq!(told, expected);
        assert!(groups.iter().all(|group| group.hint.is_some()));
        let first = &groups.iter().next().unwrap().first;
        assert!(matches!(first, Record::Mismatch(verdict) if verdict.dst.key == "b"));
    }
}
