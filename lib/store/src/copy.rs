//! CopyObject of an object onto itself: what S3 keeps with it changes, and its bytes stay where they are.

use std::sync::Arc;

use aws_sdk_s3::{
    operation::copy_object::CopyObjectOutput,
    types::{ChecksumAlgorithm, ChecksumType, MetadataDirective, TaggingDirective},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tt_record::{Problem, ProblemKind, S3Url};
use tt_sum::Algorithm;

use crate::{
    Store, Stored, Target,
    failure::{Attempt, Cure, Failure},
    head::checksum,
    properties::put_into,
    put::confirmed,
};

/// S3's limit on an object that is copied in one request, in bytes.
pub const LARGEST_COPY: u64 = 5 << 30;

/// What stays as it is in the name of a copy's source.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why an object was not copied onto itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyError {
    /// The service does not do it, or not with this object: to upload it may go well.
    Refused(Problem),
    /// The request failed, as an upload would.
    Failed(Problem),
}

impl From<Failure> for CopyError {
    fn from(failure: Failure) -> Self {
        let refused = match failure.problem.kind {
            ProblemKind::Server => is_unknown(&failure),
            kind => matches!(
                kind,
                ProblemKind::Refused
                    | ProblemKind::AccessDenied
                    | ProblemKind::Precondition
                    | ProblemKind::TooLarge
            ),
        };
        if refused { Self::Refused(failure.problem) } else { Self::Failed(failure.problem) }
    }
}

impl Store {
    /// Gives the object at `target` new properties, all of them, if its ETag is still `etag`. Its tags stay where none are
    /// given. It keeps its checksum, or gets one of `algorithm` if there is one.
    pub async fn copy_onto_itself(
        &self,
        target: &Target,
        etag: &str,
        algorithm: Option<Algorithm>,
    ) -> Result<Stored, CopyError> {
        let Target { dst, properties, .. } = target;
        let attempt = Attempt { verb: "change the properties of", needs: "s3:PutObject", place: dst };
        // What contradicts itself would not be uploaded either, but for what is there already.
        let headers = target.headers(attempt).map_err(|failure| CopyError::Failed(failure.problem))?;
        let headers = Arc::new(headers);
        let tagging =
            if properties.tags.is_empty() { TaggingDirective::Copy } else { TaggingDirective::Replace };
        let request = self.sdk.copy_object().bucket(&dst.bucket).key(&dst.key);
        let request = request
            .copy_source(source(dst))
            .copy_source_if_match(etag)
            .metadata_directive(MetadataDirective::Replace)
            .tagging_directive(tagging)
            .set_checksum_algorithm(algorithm.map(|algorithm| ChecksumAlgorithm::from(algorithm.name())));
        let send = || async {
            let headers = Arc::clone(&headers);
            let request = request.clone().customize().mutate_request(move |r| put_into(r, &headers));
            let answer = request.send().await.map_err(|e| only_if_known(Failure::of(&e, attempt)))?;
            Ok(stored(answer))
        };
        Ok(self.retry.run(send).await?)
    }
}

/// A service that does not know the operation will not learn it.
fn only_if_known(failure: Failure) -> Failure {
    if is_unknown(&failure) { Failure { cure: Cure::None, ..failure } } else { failure }
}

fn is_unknown(failure: &Failure) -> bool {
    failure.status == Some(501) || failure.code.as_deref() == Some("NotImplemented")
}

/// An object as the source of a copy: access points have a form of their own.
fn source(S3Url { bucket, key }: &S3Url) -> String {
    let between = if bucket.starts_with("arn:") { "/object/" } else { "/" };
    utf8_percent_encode(&format!("{bucket}{between}{key}"), PLAIN).to_string()
}

fn stored(answer: CopyObjectOutput) -> Stored {
    let CopyObjectOutput { copy_object_result: result, version_id, .. } = answer;
    let Some(result) = result else { return Stored { version_id, ..Stored::default() } };
    let r#type = result.checksum_type().map(ChecksumType::as_str);
    let checksum = checksum(|algorithm| confirmed!(result, algorithm), r#type);
    Stored { checksum, etag: result.e_tag, version_id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_encoded() {
        let of = |bucket: &str, key: &str| source(&S3Url { bucket: bucket.into(), key: key.into() });
        assert_eq!(of("b", "a b/ü+?"), "b/a%20b/%C3%BC%2B%3F");
        let arn = "arn:aws:s3:us-east-1:123456789012:accesspoint/my";
        assert_eq!(of(arn, "k/x"), "arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Aaccesspoint/my/object/k/x");
    }

    #[test]
    fn what_may_pass_is_no_refusal() {
        let failure = |kind| Failure::local(Problem::new(kind, "no"), Cure::None);
        for kind in [ProblemKind::Refused, ProblemKind::AccessDenied, ProblemKind::Precondition] {
            assert!(matches!(failure(kind).into(), CopyError::Refused(_)), "{kind}");
        }
        for kind in [ProblemKind::Throttled, ProblemKind::Server, ProblemKind::Unreachable] {
            assert!(matches!(failure(kind).into(), CopyError::Failed(_)), "{kind}");
        }
        let unknown = Failure { status: Some(501), ..failure(ProblemKind::Server) };
        assert_eq!(only_if_known(unknown).cure, Cure::None);
    }
}
