//! A multipart upload: created, filled part by part, and completed or aborted.

use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart, builders::CompletedPartBuilder,
};
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tt_record::{Checksum, Problem, ProblemKind, Properties, S3Url};
use tt_sum::{Algorithm, Sum};

use crate::{
    Store, Stored,
    direct::{Headers, Parcel, Way},
    failure::{Attempt, Failure},
    properties::with_properties,
    put::{confirm, confirmed, full_object, with_sum},
};

const SEND_PART: &str = "upload a part of";

/// An unfinished upload. It stays on the service, and costs, until it is completed or aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Where the object will be.
    pub dst: S3Url,
    /// S3's name of the upload.
    pub id: String,
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

impl Upload {
    fn attempt(&self, verb: &'static str) -> Attempt<'_> {
        Attempt { verb, needs: "s3:PutObject", place: &self.dst }
    }
}

impl Store {
    /// Starts an upload whose parts and whole are checked with `algorithm`, over the full object: one of the CRCs.
    pub async fn create_upload(
        &self,
        dst: &S3Url,
        properties: &Properties,
        algorithm: Algorithm,
    ) -> Result<Upload, Problem> {
        let attempt = Attempt { verb: "start the upload of", needs: "s3:PutObject", place: dst };
        // What a small file may not have, a large one may not have either.
        Headers::default().properties(properties).finish(attempt).map_err(|failure| failure.problem)?;
        let request = self.sdk.create_multipart_upload().bucket(&dst.bucket).key(&dst.key);
        let request = with_properties!(request, properties)
            .checksum_algorithm(ChecksumAlgorithm::from(algorithm.name()))
            .checksum_type(ChecksumType::FullObject);
        let send = || async { request.clone().send().await.map_err(|e| Failure::of(&e, attempt)) };
        let answer = self.retry.run(send).await.map_err(|failure| failure.problem)?;
        let id = answer.upload_id.ok_or_else(|| {
            Problem::new(
                ProblemKind::Refused,
                format!("can't start the upload of {dst}: the service gave it no id"),
            )
        })?;
        Ok(Upload { dst: dst.clone(), id })
    }

    /// Sends one part.
    pub async fn upload_part(
        &self,
        upload: &Upload,
        number: u16,
        body: Bytes,
        sum: Sum,
    ) -> Result<Part, Problem> {
        let etag = match self.direct.way(&self.sdk, &upload.dst.bucket).await {
            Some(way) => self.part_directly(&way, upload, number, &body, &sum).await,
            None => Box::pin(self.part_by_sdk(upload, number, &body, &sum)).await,
        };
        Ok(Part { number, etag: etag.map_err(|failure| failure.problem)?, sum })
    }

    async fn part_directly(
        &self,
        way: &Way<'_>,
        upload: &Upload,
        number: u16,
        body: &Bytes,
        sum: &Sum,
    ) -> Result<String, Failure> {
        let attempt = upload.attempt(SEND_PART);
        let id = utf8_percent_encode(&upload.id, NON_ALPHANUMERIC);
        let query = format!("partNumber={number}&uploadId={id}");
        let headers = Headers::with_sum(sum).finish(attempt)?;
        let parcel = Parcel { dst: &upload.dst, query: Some(&query), headers: &headers, body };
        let send = || async {
            let answer = way.send(parcel, attempt).await?;
            answer.confirm(sum, attempt)?;
            Ok(answer.header("etag").unwrap_or_default())
        };
        self.retry.run(send).await
    }

    async fn part_by_sdk(
        &self,
        upload: &Upload,
        number: u16,
        body: &Bytes,
        sum: &Sum,
    ) -> Result<String, Failure> {
        let attempt = upload.attempt(SEND_PART);
        let Upload { dst, id } = upload;
        let send = || async {
            let request = self.sdk.upload_part().bucket(&dst.bucket).key(&dst.key).upload_id(id);
            let request = with_sum!(request.part_number(number.into()), sum).body(body.clone().into());
            let answer = request.customize().disable_payload_signing().send().await;
            let answer = answer.map_err(|e| Failure::of(&e, attempt))?;
            confirm(confirmed!(answer, sum), sum, attempt)?;
            Ok(answer.e_tag.unwrap_or_default())
        };
        self.retry.run(send).await
    }

    /// Joins the parts, in ascending order. S3 refuses if the whole has not this checksum or this size.
    pub async fn complete_upload(
        &self,
        upload: &Upload,
        parts: &[Part],
        whole: &Sum,
        size: u64,
    ) -> Result<Stored, Problem> {
        let attempt = upload.attempt("complete the upload of");
        let Upload { dst, id } = upload;
        let listed = parts.iter().map(completed).collect();
        let request = self.sdk.complete_multipart_upload().bucket(&dst.bucket).key(&dst.key).upload_id(id);
        let request = with_sum!(request, whole)
            .checksum_type(ChecksumType::FullObject)
            .set_mpu_object_size(i64::try_from(size).ok())
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(listed)).build());
        let send = || async {
            let answer = request.clone().send().await.map_err(|e| Failure::of(&e, attempt))?;
            let checksum = confirm(confirmed!(answer, whole), whole, attempt)?;
            Ok(Stored { checksum, etag: answer.e_tag, version_id: answer.version_id })
        };
        match self.retry.run(send).await {
            Ok(stored) => Ok(stored),
            // S3 may have done it, and the answer got lost on the way.
            Err(failure) if failure.code.as_deref() == Some("NoSuchUpload") => {
                self.completed_before(dst, whole, size).await?.ok_or(failure.problem)
            }
            Err(failure) => Err(failure.problem),
        }
    }

    /// The object, if it is the one that completing the upload would have made.
    async fn completed_before(&self, dst: &S3Url, whole: &Sum, size: u64) -> Result<Option<Stored>, Problem> {
        let expected = full_object(whole.algorithm(), whole.base64());
        let found = self.head(dst).await?.filter(|head| head.size == size);
        Ok(found.filter(|head| head.checksum.as_ref() == Some(&expected)).map(|head| Stored {
            etag: head.etag,
            version_id: head.version_id,
            checksum: Some(Checksum::clone(&expected)),
        }))
    }

    /// Gives an upload up: S3 forgets its parts.
    pub async fn abort_upload(&self, upload: &Upload) -> Result<(), Problem> {
        let Upload { dst, id } = upload;
        let attempt = Attempt { verb: "abort the upload of", needs: "s3:AbortMultipartUpload", place: dst };
        let request = self.sdk.abort_multipart_upload().bucket(&dst.bucket).key(&dst.key).upload_id(id);
        let send = || async { request.clone().send().await.map_err(|e| Failure::of(&e, attempt)) };
        match self.retry.run(send).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.code.as_deref() == Some("NoSuchUpload") => Ok(()),
            Err(failure) => Err(failure.problem),
        }
    }
}

fn completed(part: &Part) -> CompletedPart {
    let entry: CompletedPartBuilder =
        CompletedPart::builder().part_number(part.number.into()).e_tag(&part.etag);
    with_sum!(entry, part.sum).build()
}
