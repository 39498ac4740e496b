//! What it means that something is, or is not, what a manifest lists.

use tt_object::{Evidence, no_checksum};
use tt_record::{Cause, Verdict, VerdictKind};
use tt_store::Head;
use tt_sum::Sum;

use crate::judge::{self, Judged};

/// What the object tells of itself is of the kind that is listed.
pub(super) fn of_evidence(blank: Box<Verdict>, listed: &Sum, evidence: &Evidence) -> Judged {
    let blank = Verdict { by: Some(evidence.name()), ..*blank };
    compared(blank, evidence.express(listed), evidence.found(), *listed == *evidence.sum())
}

/// All bytes of the object were fetched.
pub(super) fn of_bytes(blank: Box<Verdict>, listed: &Sum, found: &Sum) -> Judged {
    let blank = Verdict { by: Some("downloaded bytes".to_owned()), ..*blank };
    compared(blank, listed.hex(), found.hex(), listed == found)
}

/// The file is another one than is listed.
pub(super) fn of_file(blank: Box<Verdict>, listed: &Sum, file: &Sum, object_is_file: bool) -> Judged {
    let and_the_object = if object_is_file { ", nor is the object, which is as the file is" } else { "" };
    let note = format!("the file is not what the manifest lists{and_the_object}");
    let by = Some(format!("{} of the file", listed.algorithm()));
    not_as_listed(Verdict { by, ..*blank }, listed.hex(), file.hex(), note)
}

/// The file is what is listed, and the object is as `judged` says.
pub(super) fn of_object((kind, verdict): Judged) -> Judged {
    if kind != VerdictKind::Mismatch {
        return (kind, verdict);
    }
    let note = Some("the file is what the manifest lists, and the object is not".to_owned());
    (kind, Verdict { cause: Some(Cause::NotAsListed), note, ..verdict })
}

/// What is listed can't be held against what the object tells.
pub(super) fn of_another_kind(blank: Box<Verdict>, head: &Head, listed: &Sum) -> Judged {
    let kept: Vec<_> = Evidence::all_of(head).map(|evidence| evidence.name()).collect();
    let algorithm = listed.algorithm();
    if kept.is_empty() {
        let (cause, why) = no_checksum(head);
        let why = format!("{why}, and the {algorithm} of the manifest can't be compared with anything");
        return judge::unverifiable(blank, head, cause, &why);
    }
    let why = format!(
        "the service keeps its {}, and the manifest lists {algorithm}: with SRC before the prefix its file is read for both",
        kept.join(", ")
    );
    judge::unverifiable(blank, head, Cause::OtherAlgorithm, &why)
}

fn compared(blank: Verdict, expected: String, found: String, equal: bool) -> Judged {
    if equal {
        return (VerdictKind::Verified, Verdict { expected: Some(expected), found: Some(found), ..blank });
    }
    not_as_listed(blank, expected, found, "the object is not what the manifest lists".to_owned())
}

fn not_as_listed(blank: Verdict, expected: String, found: String, note: String) -> Judged {
    let (expected, found) = (Some(expected), Some(found));
    let (cause, note) = (Some(Cause::NotAsListed), Some(note));
    (VerdictKind::Mismatch, Verdict { expected, found, cause, note, ..blank })
}
