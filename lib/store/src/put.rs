//! PutObject: an object in one request.

use bytes::Bytes;
use tt_record::{Checksum, Problem, ProblemKind, Properties, S3Url};
use tt_sum::{Algorithm, Sum};

use crate::{
    Store,
    direct::{Headers, Parcel, Way},
    failure::{Attempt, Cure, Failure},
    properties::with_properties,
};

/// What S3 says of an object that it stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// With its quotes.
    pub etag: Option<String>,
    /// In a bucket that keeps versions.
    pub version_id: Option<String>,
    /// The checksum that S3 confirmed; none where the service does not speak of it.
    pub checksum: Option<Checksum>,
}

/// Puts a checksum into a request, as the header of its algorithm. Request builders share no trait.
macro_rules! with_sum {
    ($request:expr, $sum:expr) => {{
        let (request, value) = ($request, $sum.base64());
        match $sum.algorithm() {
            tt_sum::Algorithm::Crc64Nvme => request.checksum_crc64_nvme(value),
            tt_sum::Algorithm::Crc32c => request.checksum_crc32_c(value),
            tt_sum::Algorithm::Crc32 => request.checksum_crc32(value),
            tt_sum::Algorithm::Sha256 => request.checksum_sha256(value),
            tt_sum::Algorithm::Sha1 => request.checksum_sha1(value),
            tt_sum::Algorithm::Md5 => request,
        }
    }};
}
pub(crate) use with_sum;

/// The checksum that an answer confirms, of the algorithm that was sent.
macro_rules! confirmed {
    ($answer:expr, $sum:expr) => {
        match $sum.algorithm() {
            tt_sum::Algorithm::Crc64Nvme => $answer.checksum_crc64_nvme(),
            tt_sum::Algorithm::Crc32c => $answer.checksum_crc32_c(),
            tt_sum::Algorithm::Crc32 => $answer.checksum_crc32(),
            tt_sum::Algorithm::Sha256 => $answer.checksum_sha256(),
            tt_sum::Algorithm::Sha1 => $answer.checksum_sha1(),
            tt_sum::Algorithm::Md5 => None,
        }
    };
}
pub(crate) use confirmed;

impl Store {
    /// Stores `body` at `dst`. S3 refuses it if it does not arrive with the checksum `sum`.
    pub async fn put(
        &self,
        dst: &S3Url,
        properties: &Properties,
        body: Bytes,
        sum: &Sum,
    ) -> Result<Stored, Problem> {
        let attempt = Attempt { verb: "upload", needs: "s3:PutObject", place: dst };
        let stored = match self.direct.way(&self.sdk, &dst.bucket).await {
            Some(way) => self.put_directly(&way, properties, &body, sum, attempt).await,
            // Rare, and large: it is not to weigh on every upload's future.
            None => Box::pin(self.put_by_sdk(properties, &body, sum, attempt)).await,
        };
        stored.map_err(|failure| failure.problem)
    }

    async fn put_directly(
        &self,
        way: &Way<'_>,
        properties: &Properties,
        body: &Bytes,
        sum: &Sum,
        attempt: Attempt<'_>,
    ) -> Result<Stored, Failure> {
        let headers = Headers::with_sum(sum).properties(properties).finish(attempt)?;
        let parcel = Parcel { dst: attempt.place, query: None, headers: &headers, body };
        self.retry.run(|| async { way.send(parcel, attempt).await?.stored(sum, attempt) }).await
    }

    async fn put_by_sdk(
        &self,
        properties: &Properties,
        body: &Bytes,
        sum: &Sum,
        attempt: Attempt<'_>,
    ) -> Result<Stored, Failure> {
        let S3Url { bucket, key } = attempt.place;
        let send = || async {
            let request = self.sdk.put_object().bucket(bucket).key(key).body(body.clone().into());
            let request = with_sum!(with_properties!(request, properties), sum);
            // The checksum covers the body: hashing it again for the signature would cost more than sending it.
            let answer = request.customize().disable_payload_signing().send().await;
            let answer = answer.map_err(|e| Failure::of(&e, attempt))?;
            let checksum = confirm(confirmed!(answer, sum), sum, attempt)?;
            Ok(Stored { checksum, etag: answer.e_tag, version_id: answer.version_id })
        };
        self.retry.run(send).await
    }
}

/// Holds the checksum in S3's answer against the one that was sent.
pub(crate) fn confirm(
    found: Option<&str>,
    sum: &Sum,
    attempt: Attempt<'_>,
) -> Result<Option<Checksum>, Failure> {
    let Some(found) = found else { return Ok(None) };
    let expected = sum.base64();
    if found != expected {
        let message =
            format!("can't {} {}: S3 stored {found}, and {expected} was sent", attempt.verb, attempt.place);
        return Err(Failure::local(Problem::new(ProblemKind::Corrupt, message), Cure::Retry));
    }
    Ok(Some(full_object(sum.algorithm(), expected)))
}

/// A checksum over all bytes of an object.
pub(crate) fn full_object(algorithm: Algorithm, value: String) -> Checksum {
    Checksum { algorithm: algorithm.name().into(), r#type: "FULL_OBJECT".into(), value }
}
