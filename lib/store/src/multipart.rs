//! A multipart upload: created, filled part by part, and completed or aborted.

use std::{borrow::Cow, sync::Arc, time::Instant};

use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart, builders::CompletedPartBuilder,
};
use http::HeaderMap;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tt_record::{Problem, ProblemKind, S3Url};
use tt_sum::{Algorithm, Sum, WholeSum};

use crate::{
    Payload, Store, Stored, Target,
    before::{Began, Expected, Unseen},
    direct::{Parcel, Way, add_sum},
    failure::{Attempt, Cure, Failure},
    overheard::Overheard,
    properties::{headers_of, put_into},
    put::{confirm, confirm_whole, confirmed, done, named, with_sum},
};

/// The code that says that an upload is neither known nor, by this name, completed.
const NO_SUCH_UPLOAD: &str = "NoSuchUpload";

const SEND_PART: &str = "upload a part of";

/// An unfinished upload. It stays on the service, and costs, until it is completed or aborted. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// What it will be.
    pub target: Arc<Target>,
    /// S3's name of the upload.
    pub id: Arc<str>,
    /// When it was begun.
    pub began: Began,
}

/// A part that S3 holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// From 1 to 10,000.
    pub number: u16,
    /// With its quotes.
    pub etag: String,
    /// Its checksum.
    pub sum: Sum,
}

/// Why an upload does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadError {
    /// S3 does not know the upload any more, or holds other parts than were sent: it has to begin anew.
    Lost(Problem),
    /// A request failed.
    Failed(Problem),
}

impl From<Failure> for UploadError {
    fn from(failure: Failure) -> Self {
        match failure.code.as_deref() {
            Some(NO_SUCH_UPLOAD | "InvalidPart" | "ConditionalRequestConflict") => {
                Self::Lost(failure.problem)
            }
            _ => Self::Failed(failure.problem),
        }
    }
}

impl Upload {
    fn attempt(&self, verb: &'static str) -> Attempt<'_> {
        Attempt { verb, needs: "s3:PutObject", place: &self.target.dst }
    }
}

impl Store {
    /// Starts an upload whose parts and whole are checked with `algorithm`.
    pub async fn create_upload(&self, target: Arc<Target>, algorithm: Algorithm) -> Result<Upload, Problem> {
        let Target { dst, properties, checked, .. } = &*target;
        let attempt = Attempt { verb: "start the upload of", needs: "s3:PutObject", place: dst };
        let headers = Arc::new(headers_of(properties, attempt).map_err(|failure| failure.problem)?);
        let request = self.sdk.create_multipart_upload().bucket(&dst.bucket).key(&dst.key);
        let request = request
            .set_checksum_algorithm(checked.then(|| ChecksumAlgorithm::from(algorithm.name())))
            .set_checksum_type(checked.then(|| checksum_type(algorithm)));
        let send = || async {
            let headers = Arc::clone(&headers);
            let request = request.clone().customize().mutate_request(move |r| put_into(r, &headers));
            request.send().await.map_err(|e| Failure::of(&e, attempt))
        };
        let began = Began::Here(Instant::now());
        let answer = self.retry.run(send).await.map_err(|failure| failure.problem)?;
        let id = answer.upload_id.ok_or_else(|| {
            Problem::new(
                ProblemKind::Refused,
                format!("can't start the upload of {dst}: the service gave it no id"),
            )
        })?;
        Ok(Upload { target, id: id.into(), began })
    }

    /// Sends one part.
    pub async fn upload_part(
        &self,
        upload: &Upload,
        number: u16,
        body: Payload,
        sum: Sum,
    ) -> Result<Part, UploadError> {
        let etag = match self.direct.way(&upload.target.dst.bucket).await {
            Some(way) => self.part_directly(&way, upload, number, &body, &sum).await?,
            None => Box::pin(self.part_by_sdk(upload, number, &body, &sum)).await?,
        };
        Ok(Part { number, etag, sum })
    }

    async fn part_directly(
        &self,
        way: &Way<'_>,
        upload: &Upload,
        number: u16,
        body: &Payload,
        sum: &Sum,
    ) -> Result<String, Failure> {
        let attempt = upload.attempt(SEND_PART);
        let id = utf8_percent_encode(&upload.id, NON_ALPHANUMERIC);
        let query = format!("partNumber={number}&uploadId={id}");
        let mut headers = HeaderMap::with_capacity(8);
        add_sum(&mut headers, upload.target.checked.then_some(sum), attempt)?;
        let dst = &upload.target.dst;
        let headers = Cow::Borrowed(&headers);
        let sha256 = way.sha256(body, sum, attempt).await?;
        let sha256 = sha256.as_deref();
        let parcel = Parcel { dst, query: Some(&query), headers, body, sha256, may_repeat: true };
        let send = || async {
            let answer = way.send(parcel.clone(), attempt).await?;
            answer.stored(sum, body, attempt).map(|(etag, _)| etag)
        };
        self.retry.run(send).await
    }

    async fn part_by_sdk(
        &self,
        upload: &Upload,
        number: u16,
        body: &Payload,
        sum: &Sum,
    ) -> Result<String, Failure> {
        let attempt = upload.attempt(SEND_PART);
        let Target { dst, checked, .. } = &*upload.target;
        let send = || async {
            let request = self.sdk.upload_part().bucket(&dst.bucket).key(&dst.key).upload_id(&*upload.id);
            let request = with_sum!(request.part_number(number.into()), checked.then_some(sum));
            let request = request.body(body.for_sdk());
            let overheard = Overheard::default();
            let request = request.customize().interceptor(overheard.clone());
            let answer = request.send().await.map_err(|e| Failure::of(&e, attempt))?;
            done(overheard.status(), attempt)?;
            confirm(confirmed!(answer, sum.algorithm()), sum, attempt)?;
            named(answer.e_tag, attempt)
        };
        self.retry.run(send).await
    }

    /// Joins the parts, in ascending order. S3 refuses if the whole has not this checksum or this size, or if the
    /// condition does not hold.
    pub async fn complete_upload(
        &self,
        upload: &Upload,
        parts: &[Part],
        whole: &WholeSum,
        size: u64,
    ) -> Result<Stored, UploadError> {
        let attempt = upload.attempt("complete the upload of");
        let Target { dst, condition, checked, .. } = &*upload.target;
        let listed = parts.iter().map(|part| completed(part, *checked)).collect();
        let request = self.sdk.complete_multipart_upload().bucket(&dst.bucket).key(&dst.key);
        let request = with_sum!(request.upload_id(&*upload.id), whole.full_object().filter(|_| *checked))
            .set_checksum_type(checked.then(|| checksum_type(whole.algorithm())))
            .set_if_match(condition.if_match())
            .set_if_none_match(condition.if_none_match())
            .set_mpu_object_size(i64::try_from(size).ok())
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(listed)).build());
        let send = || async {
            let overheard = Overheard::default();
            let request = request.clone().customize().interceptor(overheard.clone());
            let answer = request.send().await.map_err(|e| only_once(Failure::of(&e, attempt)))?;
            done(overheard.status(), attempt)?;
            let checksum = confirm_whole(confirmed!(answer, whole.algorithm()), whole, attempt)?;
            let names =
                |algorithm: &Algorithm| confirmed!(answer, algorithm).is_some_and(|sum| !sum.is_empty());
            if *checked && checksum.is_none() && Algorithm::ALL.iter().any(names) {
                return Err(attempt.refused("the service confirms a checksum of another kind than was sent"));
            }
            let etag = Some(named(answer.e_tag, attempt)?);
            Ok(Stored { checksum, etag, version_id: answer.version_id })
        };
        match self.retry.run(send).await {
            Ok(stored) => Ok(stored),
            // S3 may have done it, and the answer got lost on the way.
            Err(failure) if may_be_done(&failure) => {
                let (began, parts) = (upload.began, Some(parts));
                let expected = Expected { target: &upload.target, began, sum: whole, size, parts };
                match Box::pin(self.stored_before(&expected)).await {
                    Ok(Some(stored)) => Ok(stored),
                    Ok(None) => Err(failure.into()),
                    // Whether it is stored can't be seen: if it begins anew, that is known in the end.
                    Err(Unseen::Denied(_)) if failure.code.as_deref() == Some(NO_SUCH_UPLOAD) => {
                        Err(failure.into())
                    }
                    Err(unseen) => Err(UploadError::Failed(unseen.beside(&failure))),
                }
            }
            Err(failure) => Err(upload.target.explain(failure).into()),
        }
    }

    /// Gives an upload up, of whomever it is: S3 forgets its parts.
    pub async fn abort_upload(&self, dst: &S3Url, id: &str) -> Result<(), Problem> {
        let attempt = Attempt { verb: "abort the upload of", needs: "s3:AbortMultipartUpload", place: dst };
        let request = self.sdk.abort_multipart_upload().bucket(&dst.bucket).key(&dst.key).upload_id(id);
        let send = || async { request.clone().send().await.map_err(|e| Failure::of(&e, attempt)) };
        match self.retry.run(send).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.code.as_deref() == Some(NO_SUCH_UPLOAD) => Ok(()),
            Err(failure) => Err(failure.problem),
        }
    }
}

/// After a conflict with another writer the same parts can't be joined any more.
fn only_once(failure: Failure) -> Failure {
    match failure.code.as_deref() {
        Some("ConditionalRequestConflict") => Failure { cure: Cure::None, ..failure },
        _ => failure,
    }
}

fn may_be_done(failure: &Failure) -> bool {
    match failure.code.as_deref() {
        // To the first request that says that the upload is gone: another has aborted it, or a rule of the bucket.
        Some(NO_SUCH_UPLOAD | "PreconditionFailed") => failure.retried,
        // It went well, and the answer can't be read.
        None => failure.status.is_some_and(|status| (200..300).contains(&status)),
        Some(_) => false,
    }
}

fn completed(part: &Part, checked: bool) -> CompletedPart {
    let entry: CompletedPartBuilder =
        CompletedPart::builder().part_number(part.number.into()).e_tag(&part.etag);
    with_sum!(entry, checked.then_some(&part.sum)).build()
}

/// CRCs of parts combine to that of the whole; hashes don't.
fn checksum_type(algorithm: Algorithm) -> ChecksumType {
    if algorithm.combines() { ChecksumType::FullObject } else { ChecksumType::Composite }
}
