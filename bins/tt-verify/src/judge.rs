//! What a comparison comes to, and what a difference suggests.

use tt_object::Comparison;
use tt_record::{Cause, Outcome, PutReason, Verdict, VerdictKind};
use tt_store::Head;
use tt_sum::Sum;
use tt_tree::SourceFile;

/// What was found, and in which words it is told.
pub(crate) type Judged = (VerdictKind, Verdict);

/// There is no such object.
pub(crate) fn missing(blank: Box<Verdict>) -> Judged {
    (VerdictKind::Missing, *blank)
}

/// The two have not the same size.
pub(crate) fn of_size(blank: Box<Verdict>, file: u64, object: u64) -> Judged {
    let planned = blank.size;
    let cause = match (&blank.outcome, planned == Some(file), planned == Some(object)) {
        (_, false, true) => Cause::FileChanged,
        (Some(_), true, _) => Cause::ObjectReplaced,
        (Some(_), false, false) => Cause::BothChanged,
        (None, ..) => Cause::Differs,
    };
    let (expected, found) = (file.to_string(), object.to_string());
    differing(Verdict { by: Some("size".to_owned()), ..*blank }, expected, found, cause)
}

/// What the comparison of two checksums comes to.
pub(crate) fn of_comparison(
    blank: Box<Verdict>,
    file: &SourceFile,
    head: &Head,
    comparison: &Comparison,
) -> Judged {
    let Comparison { evidence, expected, note, also } = comparison;
    let (equal, found) = (comparison.is_equal(), evidence.found());
    let expected = evidence.express(expected);
    let blank = Verdict { by: Some(evidence.name()), note: note.clone(), ..hashed(blank, also.first()) };
    if equal {
        return verified(blank, expected, found);
    }
    let as_stored = head.checksum.as_ref().is_some_and(|checksum| checksum.value == found);
    let cause = suspicion(&blank, file, head, as_stored.then_some(&expected));
    differing(blank, expected, found, cause)
}

/// What the comparison of all bytes comes to.
pub(crate) fn of_bytes(
    blank: Box<Verdict>,
    file: &SourceFile,
    head: &Head,
    expected: &Sum,
    found: &Sum,
    sha256: Option<&Sum>,
) -> Judged {
    let blank = Verdict { by: Some("downloaded bytes".to_owned()), ..hashed(blank, sha256) };
    if expected == found {
        return verified(blank, expected.base64(), found.base64());
    }
    let cause = suspicion(&blank, file, head, None);
    differing(blank, expected.base64(), found.base64(), cause)
}

fn hashed(blank: Box<Verdict>, sha256: Option<&Sum>) -> Verdict {
    Verdict { sha256: sha256.map(Sum::hex), ..*blank }
}

fn verified(blank: Verdict, expected: String, found: String) -> Judged {
    (VerdictKind::Verified, Verdict { expected: Some(expected), found: Some(found), ..blank })
}

/// Nothing can be compared.
pub(crate) fn unverifiable(blank: Box<Verdict>, head: &Head, cause: Cause, why: &str) -> Judged {
    let note = format!("{why}: --download compares its bytes, without storing them");
    let size = blank.size.or(head.size);
    (
        VerdictKind::Unverifiable,
        Verdict { size, found: head.etag.clone(), cause: Some(cause), note: Some(note), ..*blank },
    )
}

fn differing(blank: Verdict, expected: String, found: String, cause: Cause) -> Judged {
    let only_mended = cause == Cause::Differs && blank.why == Some(PutReason::Properties);
    let note = if only_mended { MENDED } else { advice(&cause) };
    (
        VerdictKind::Mismatch,
        Verdict {
            expected: Some(expected),
            found: Some(found),
            cause: Some(cause),
            note: Some(note.to_owned()),
            ..blank
        },
    )
}

const MENDED: &str = "only the properties of the object were changed, and its bytes are not those of the file: \
                      plan again with --checksum";

/// What a difference means for whoever reads it.
fn advice(cause: &Cause) -> &'static str {
    match cause {
        Cause::FileChanged => "the file changed after it was planned or uploaded: plan again",
        Cause::ObjectReplaced => {
            "the object is not the one that was uploaded: it was replaced or damaged; push it again as tt-verify(1) shows"
        }
        Cause::BothChanged => "both the file and the object changed after the upload: plan again",
        _ => "the file and the object differ; push it again as tt-verify(1) shows",
    }
}

/// Which of the two has changed, from what tt-push had seen. `of_file` is the file's checksum of the kind that S3 keeps.
fn suspicion(blank: &Verdict, file: &SourceFile, head: &Head, of_file: Option<&String>) -> Cause {
    let Some(outcome) = blank.outcome.as_ref().filter(|_| blank.why != Some(PutReason::Properties)) else {
        return Cause::Differs;
    };
    let file_is_the_same = match stored(outcome, head).zip(of_file) {
        Some((stored, of_file)) => stored == of_file,
        None => Some(file.mtime()) == blank.mtime && Some(file.size()) == blank.size,
    };
    match (is_pushed(outcome, head), file_is_the_same) {
        (true, _) => Cause::FileChanged,
        (false, true) => Cause::ObjectReplaced,
        (false, false) => Cause::BothChanged,
    }
}

/// The checksum that tt-push had seen, where the object has one of that kind.
fn stored<'o>(outcome: &'o Outcome, head: &Head) -> Option<&'o str> {
    let (then, now) = (outcome.checksum.as_ref()?, head.checksum.as_ref()?);
    (then.algorithm == now.algorithm && then.r#type == now.r#type).then_some(then.value.as_str())
}

/// Whether the object is the one that was uploaded.
fn is_pushed(outcome: &Outcome, head: &Head) -> bool {
    match (&outcome.checksum, &head.checksum) {
        (Some(then), Some(now)) => then == now,
        _ => outcome.etag.as_ref().is_some_and(|etag| head.has_etag(etag)),
    }
}
