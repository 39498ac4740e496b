//! How an object was put together from parts, as far as the service tells.

use aws_sdk_s3::types::{GetObjectAttributesParts, ObjectAttributes};
use tt_record::{Problem, S3Url};

use crate::{
    Head, Store,
    failure::{Attempt, Failure},
};

/// The highest number of a part.
pub(crate) const LAST_PART: u32 = 10_000;

/// One part of an object, as HEAD tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartLength {
    /// In bytes.
    pub length: u64,
    /// How many parts the object has.
    pub parts: u32,
}

impl Store {
    /// The lengths of all parts of the object that `head` describes, in bytes and in their order: S3 lists them where the parts
    /// were sent with checksums. None where the service does not tell, or tells of more than `parts`.
    pub async fn part_lengths(
        &self,
        dst: &S3Url,
        head: &Head,
        parts: u32,
    ) -> Result<Option<Vec<u64>>, Problem> {
        let (mut lengths, mut place) = (Vec::new(), 0);
        loop {
            let marker = (place > 0).then(|| place.to_string());
            let Some(page) = self.page_of_parts(dst, head, marker).await? else { return Ok(None) };
            lengths.extend(page.parts().iter().filter_map(|part| u64::try_from(part.size()?).ok()));
            if lengths.len() > parts as usize {
                return Ok(None);
            }
            if !page.is_truncated.unwrap_or(false) || page.parts().is_empty() {
                return Ok(Some(lengths).filter(|lengths| !lengths.is_empty()));
            }
            // A marker that does not lead on would be followed without end, and so would one that leads on by less than it tells.
            let next = page.next_part_number_marker().and_then(|marker| marker.parse::<u32>().ok());
            match next.filter(|next| (place + 1..=LAST_PART).contains(next)) {
                Some(next) => place = next,
                None => return Ok(None),
            }
        }
    }

    async fn page_of_parts(
        &self,
        dst: &S3Url,
        head: &Head,
        marker: Option<String>,
    ) -> Result<Option<GetObjectAttributesParts>, Problem> {
        let attempt = Attempt { verb: "ask for the parts of", needs: "s3:GetObjectAttributes", place: dst };
        let request = self
            .sdk
            .get_object_attributes()
            .bucket(&dst.bucket)
            .key(&dst.key)
            .set_version_id(head.version_id.clone())
            .object_attributes(ObjectAttributes::ObjectParts)
            .object_attributes(ObjectAttributes::Etag)
            .set_part_number_marker(marker);
        let send = || async { request.clone().send().await.map_err(|e| Failure::of(&e, attempt)) };
        let Some(answer) = told(self.retry.run(send).await)? else { return Ok(None) };
        // Of another object that took its place nothing follows.
        let same = answer.e_tag().is_none_or(|etag| head.has_etag(etag));
        Ok(answer.object_parts.filter(|_| same))
    }

    /// The length of one part, counted from 1, of the object that `head` describes. None where the service does not tell.
    pub async fn part_length(
        &self,
        dst: &S3Url,
        head: &Head,
        number: u16,
    ) -> Result<Option<PartLength>, Problem> {
        let attempt = Attempt { verb: "ask for a part of", needs: "s3:GetObject", place: dst };
        let request = self
            .sdk
            .head_object()
            .bucket(&dst.bucket)
            .key(&dst.key)
            .set_if_match(head.etag.clone())
            .part_number(number.into());
        let send = || async { request.clone().send().await.map_err(|e| Failure::of(&e, attempt)) };
        let Some(answer) = told(self.retry.run(send).await)? else { return Ok(None) };
        // A service that knows no parts answers for the whole object.
        let parts = answer.parts_count().and_then(|parts| u32::try_from(parts).ok());
        let length = answer.content_length().and_then(|length| u64::try_from(length).ok());
        Ok(parts.zip(length).map(|(parts, length)| PartLength { length, parts }))
    }
}

/// What was answered; nothing where the service refuses to, does not know what was asked, or answers in another form than S3.
/// Only what may go better another time is a problem.
fn told<T>(answered: Result<T, Failure>) -> Result<Option<T>, Problem> {
    match answered {
        Ok(answer) => Ok(Some(answer)),
        Err(failure)
            if matches!(failure.status, Some(200..=299 | 400..=499 | 501))
                && !failure.problem.kind.may_pass() =>
        {
            Ok(None)
        }
        Err(failure) => Err(failure.problem),
    }
}

#[cfg(test)]
mod tests {
    use tt_record::ProblemKind::{self, Refused, Server};

    use super::*;
    use crate::failure::Cure;

    #[test]
    fn what_is_not_told_is_no_problem_unless_it_may_be_told_another_time() {
        let answered = |status, kind: ProblemKind| {
            let failure = Failure::local(Problem::new(kind, "why"), Cure::None);
            told::<()>(Err(Failure { status, ..failure }))
        };
        for status in [200, 400, 403, 404, 405, 412, 501] {
            assert_eq!(answered(Some(status), Refused), Ok(None), "{status}");
        }
        for (status, kind) in [(None, Refused), (Some(500), Server), (Some(429), ProblemKind::Throttled)] {
            assert!(answered(status, kind).is_err(), "{status:?}");
        }
    }
}
