//! What a comparison comes to.

use tt_record::{Outcome, VerdictKind};

/// What two checksums come to.
pub(crate) fn verdict(expected: &str, found: &str) -> VerdictKind {
    if expected == found { VerdictKind::Verified } else { VerdictKind::Mismatch }
}

/// What a difference suggests, from what tt-push had seen.
pub(crate) fn suspicion(pushed: Option<&Outcome>, expected: &str, found: &str) -> &'static str {
    let stored = pushed.and_then(|outcome| outcome.checksum.as_ref()).map(|checksum| checksum.value.as_str());
    match stored {
        Some(stored) if stored == found => "the file changed after it was uploaded: plan again",
        Some(stored) if stored == expected => {
            "the object is not the one that was uploaded: it was replaced or damaged; push it again as tt-verify(1) shows"
        }
        Some(_) => "both the file and the object changed after the upload: plan again",
        None => "the file and the object differ; push it again as tt-verify(1) shows",
    }
}
