//! Whether the object at a key is the one that an upload of this run has stored, although no answer said so: the answer was lost
//! on the way, and another attempt found the upload gone, or its condition broken.
//!
//! An older object may have the same bytes, and other metadata, tags or locks. So it counts only where its bytes are those that
//! were sent, where it is not older than the upload, and where all that was asked for can be seen at it. What can't be seen is
//! not taken for granted.

use std::time::Instant;

use http::{HeaderMap, header::DATE};
use jiff::{SignedDuration, Timestamp};
use tt_record::{Problem, ProblemKind, Properties};
use tt_sum::{Algorithm, Sum, WholeSum};

use crate::{Condition, Head, Part, Store, Stored, Target, failure::Failure, put::checksum, time::http_date};

/// How far the clocks of a service's machines may be apart, and times be cut off.
const SLACK: SignedDuration = SignedDuration::from_secs(2);

/// The storage class of objects of which none is named.
const USUAL_CLASS: &str = "STANDARD";

/// When an upload was begun: no object that is older can be its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// By this process, which knows how long ago that is.
    Here(Instant),
    /// By a run before this one, as the service tells.
    At(Timestamp),
}

/// What an upload makes.
pub(crate) struct Expected<'a> {
    pub(crate) target: &'a Target,
    pub(crate) began: Began,
    pub(crate) sum: &'a WholeSum,
    pub(crate) size: u64,
    /// Those that were joined; none, where there was one request.
    pub(crate) parts: Option<&'a [Part]>,
}

/// Why it is not known whether the object was stored.
pub(crate) enum Unseen {
    /// The credentials may not look.
    Denied(Problem),
    /// Looking failed otherwise.
    Failed(Problem),
}

impl Unseen {
    /// What there is to say of an upload that failed in this way, and may be stored even so. It is one object's affair.
    pub(crate) fn beside(self, failure: &Failure) -> Problem {
        match self {
            Self::Failed(problem) => problem,
            Self::Denied(problem) => Problem {
                message: format!(
                    "{}; an earlier answer was lost, so it may be stored all the same, and that can't be seen: {}",
                    failure.problem.message, problem.message
                ),
                ..failure.problem.clone()
            }
            .hint("give the credentials s3:GetObject, or plan again"),
        }
    }
}

/// How an object's age compares with that of the upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    /// It was there before.
    Older,
    /// It is as old as the upload, or its age is not known.
    Unsure,
    /// It was stored later than the upload was begun.
    Newer,
}

impl Store {
    /// The object at the target, if it is the one that the upload makes.
    pub(crate) async fn stored_before(&self, expected: &Expected<'_>) -> Result<Option<Stored>, Unseen> {
        let date = |headers: &HeaderMap| headers.get(DATE)?.to_str().ok().and_then(http_date);
        let found =
            self.head_with(&expected.target.dst, date).await.map_err(|problem| match problem.kind {
                ProblemKind::AccessDenied => Unseen::Denied(problem),
                _ => Unseen::Failed(problem),
            })?;
        Ok(found.filter(|(head, now)| expected.is(head, *now)).map(|(head, _)| Stored {
            etag: head.etag,
            version_id: head.version_id,
            checksum: head.checksum,
        }))
    }
}

impl Expected<'_> {
    /// Whether this is what the upload has made; `now` is the time by the service's clock.
    fn is(&self, head: &Head, now: Option<Timestamp>) -> bool {
        let properties = &self.target.properties;
        let age = self.age(head, now);
        self.has_bytes(head)
            && age != Age::Older
            && (age == Age::Newer || are_seen(properties))
            && are_those(properties, &head.properties)
    }

    /// Whether it has the bytes that were sent, by the checksum, or by the MD5s of the parts where the service stores none.
    fn has_bytes(&self, head: &Head) -> bool {
        if head.size.is_some_and(|size| size != self.size) {
            return false;
        }
        let etag = self.parts.and_then(etag_of).filter(|_| head.etag_is_md5);
        match &head.checksum {
            Some(found) => *found == checksum(self.sum) && !self.is_of_other_parts(head),
            None => etag.is_some_and(|etag| head.has_etag(&etag)),
        }
    }

    /// Whether its ETag tells of another number of parts.
    fn is_of_other_parts(&self, head: &Head) -> bool {
        let told = head.etag.as_deref().and_then(|etag| etag.trim_matches('"').rsplit_once('-'));
        let told = told.and_then(|(_, parts)| parts.parse::<usize>().ok());
        told.zip(self.parts).is_some_and(|(told, parts)| told != parts.len())
    }

    fn age(&self, head: &Head, now: Option<Timestamp>) -> Age {
        // It is the one that was to be replaced.
        if let Condition::Unchanged(etag) = &self.target.condition
            && head.has_etag(etag)
        {
            return Age::Older;
        }
        let began = match (self.began, now) {
            (Began::At(began), _) => Some(began),
            (Began::Here(began), Some(now)) => {
                SignedDuration::try_from(began.elapsed()).ok().and_then(|ago| now.checked_sub(ago).ok())
            }
            (Began::Here(_), None) => None,
        };
        let Some((earliest, latest)) =
            began.and_then(|began| Some((began.checked_sub(SLACK).ok()?, began.checked_add(SLACK).ok()?)))
        else {
            return Age::Older;
        };
        // On S3 an object in parts is as old as its upload: the moment in which that was begun.
        match head.modified {
            modified if modified < earliest => Age::Older,
            modified if modified > latest => Age::Newer,
            _ => Age::Unsure,
        }
    }
}

/// The ETag of an object that was joined from parts, where theirs are MD5s.
fn etag_of(parts: &[Part]) -> Option<String> {
    let md5s = parts.iter().map(|part| Sum::parse_hex(Algorithm::Md5, part.etag.trim_matches('"')));
    let md5s = md5s.collect::<Option<Vec<_>>>()?;
    Some(format!("{}-{}", Sum::of_sums(Algorithm::Md5, &md5s).hex(), md5s.len()))
}

/// Whether HEAD tells of all that is asked for.
fn are_seen(asked: &Properties) -> bool {
    let unseen = [
        &asked.acl,
        &asked.object_lock_mode,
        &asked.object_lock_retain_until,
        &asked.object_lock_legal_hold,
        &asked.sse_kms_key_id,
        &asked.expires,
    ];
    asked.tags.is_empty()
        && asked.sse_kms_context.is_empty()
        && !asked.has_grants()
        && unseen.into_iter().all(Option::is_none)
}

/// Whether an object has exactly what is asked for, as far as HEAD tells. The bucket may add encryption, and the service a type.
fn are_those(asked: &Properties, found: &Properties) -> bool {
    let class =
        |properties: &Properties| properties.storage_class.clone().unwrap_or_else(|| USUAL_CLASS.to_owned());
    let either = |asked: &Option<String>, found: &Option<String>| asked.is_none() || asked == found;
    let metadata = asked.metadata.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()));
    let exact = [
        (&asked.content_encoding, &found.content_encoding),
        (&asked.content_disposition, &found.content_disposition),
        (&asked.content_language, &found.content_language),
        (&asked.cache_control, &found.cache_control),
        (&asked.website_redirect, &found.website_redirect),
    ];
    let metadata_found = found.metadata.iter().map(|(name, value)| (name.clone(), value.as_str()));
    class(asked) == class(found)
        && exact.into_iter().all(|(asked, found)| asked == found)
        && either(&asked.content_type, &found.content_type)
        && either(&asked.sse, &found.sse)
        && (asked.bucket_key_enabled.is_none() || asked.bucket_key_enabled == found.bucket_key_enabled)
        && metadata.collect::<std::collections::BTreeMap<_, _>>() == metadata_found.collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tt_record::Checksum;

    use super::*;

    const NOW: &str = "2026-03-01T12:00:00Z";

    fn at(seconds: i64) -> Timestamp {
        NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    }

    fn target(properties: Properties) -> Target {
        let condition = Condition::Always;
        Target { dst: "s3://bucket/key".parse().unwrap(), properties, condition, checked: true }
    }

    fn sum() -> WholeSum {
        Sum::of(Algorithm::Crc64Nvme, b"a").into()
    }

    /// An object of the upload's bytes, so many seconds younger than `NOW`.
    fn head(seconds: i64) -> Head {
        Head {
            size: Some(1),
            modified: at(seconds),
            etag: Some("\"e\"".into()),
            version_id: None,
            checksum: Some(checksum(&sum())),
            unknown_checksum: None,
            properties: Properties::default(),
            etag_is_md5: true,
        }
    }

    #[track_caller]
    fn is(target: &Target, parts: Option<&[Part]>, head: &Head) -> bool {
        let sum = sum();
        // A minute ago.
        let began = Began::Here(Instant::now().checked_sub(Duration::from_mins(1)).unwrap());
        Expected { target, began, sum: &sum, size: 1, parts }.is(head, Some(at(0)))
    }

    #[test]
    fn what_is_older_than_the_upload_is_not_its_own() {
        let plain = target(Properties::default());
        assert!([-61, -60, -30, 0].into_iter().all(|age| is(&plain, None, &head(age))));
        assert!([-3600, -64].into_iter().all(|age| !is(&plain, None, &head(age))));
        let unknown = Head { modified: Timestamp::UNIX_EPOCH, ..head(0) };
        assert!(!is(&plain, None, &unknown));
        let replaced = Target { condition: Condition::Unchanged("\"e\"".into()), ..plain.clone() };
        assert!(!is(&replaced, None, &head(0)));
        let sum = sum();
        let found = Expected { target: &plain, began: Began::At(at(-5)), sum: &sum, size: 1, parts: None };
        assert!(found.is(&head(-5), None) && !found.is(&head(-9), None));
        let blind = Expected { began: Began::Here(Instant::now()), ..found };
        assert!(!blind.is(&head(0), None));
    }

    #[test]
    fn what_has_other_bytes_is_not() {
        let plain = target(Properties::default());
        let of = |value: &str| Checksum { value: value.into(), ..checksum(&sum()) };
        for wrong in [
            Head { size: Some(2), ..head(0) },
            Head { checksum: Some(of("AAAAAAAAAAA=")), ..head(0) },
            Head { checksum: None, ..head(0) },
        ] {
            assert!(!is(&plain, None, &wrong), "{wrong:?}");
        }
    }

    #[test]
    fn etags_tell_of_parts() {
        let plain = target(Properties::default());
        let md5 = Sum::of(Algorithm::Md5, b"a");
        let part = Part { number: 1, etag: format!("\"{}\"", md5.hex()), sum: md5.clone() };
        let whole = Sum::of_sums(Algorithm::Md5, [&md5]).hex();
        let of = |etag: &str| Head { etag: Some(etag.into()), ..head(0) };
        assert!(is(&plain, Some(std::slice::from_ref(&part)), &of(&format!("\"{whole}-1\""))));
        assert!(!is(&plain, Some(std::slice::from_ref(&part)), &of(&format!("\"{whole}-2\""))));
        let unsummed = Head { checksum: None, ..of(&format!("{whole}-1")) };
        assert!(is(&plain, Some(std::slice::from_ref(&part)), &unsummed));
        let other = Head { etag: Some(format!("{}-1", md5.hex())), ..unsummed };
        assert!(!is(&plain, Some(&[part]), &other));
    }

    #[test]
    fn what_lacks_something_that_was_asked_for_is_not() {
        let text = || Some("x".to_owned());
        let pairs = |value: &str| [("A".to_owned(), value.to_owned())].into();
        let base = Properties::default;
        for asked in [
            Properties { metadata: pairs("1"), ..base() },
            Properties { storage_class: text(), ..base() },
            Properties { sse: text(), ..base() },
            Properties { content_type: text(), ..base() },
            Properties { cache_control: text(), ..base() },
            Properties { bucket_key_enabled: Some(true), ..base() },
        ] {
            assert!(!is(&target(asked), None, &head(0)));
        }
        let asked = Properties { metadata: pairs("1"), storage_class: text(), ..base() };
        let metadata = [("a".to_owned(), "1".to_owned())].into();
        let found = Properties { metadata, sse: Some("AES256".into()), ..asked.clone() };
        assert!(is(&target(asked), None, &Head { properties: found.clone(), ..head(0) }));
        assert!(!is(&target(base()), None, &Head { properties: found, ..head(0) }), "it has more");
    }

    #[test]
    fn what_can_not_be_seen_counts_only_where_the_object_must_be_new() {
        let tags = [("a".to_owned(), "1".to_owned())].into();
        let tagged = target(Properties { tags, ..Properties::default() });
        let locked = Properties { object_lock_legal_hold: Some("ON".into()), ..Properties::default() };
        for target in [tagged, target(locked)] {
            assert!(!is(&target, None, &head(-60)) && is(&target, None, &head(0)));
        }
    }
}
