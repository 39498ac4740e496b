//! PutObject: an object in one request.

use std::{borrow::Cow, sync::Arc, time::Instant};

use tt_record::{Checksum, Problem, ProblemKind, S3Url};
use tt_sum::{Sum, WholeSum};

use crate::{
    Payload, Store, Target,
    before::{Began, Expected},
    direct::{Parcel, Way, add_sum},
    failure::{Attempt, Cure, Failure},
    overheard::Overheard,
    properties::put_into,
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

/// Puts a checksum into a request, if there is one, as the header of its algorithm. Request builders share no trait.
macro_rules! with_sum {
    ($request:expr, $sum:expr) => {{
        let (request, sum) = ($request, $sum);
        match sum.map(|sum| (sum.algorithm(), sum.base64())) {
            Some((tt_sum::Algorithm::Crc64Nvme, value)) => request.checksum_crc64_nvme(value),
            Some((tt_sum::Algorithm::Crc32c, value)) => request.checksum_crc32_c(value),
            Some((tt_sum::Algorithm::Crc32, value)) => request.checksum_crc32(value),
            Some((tt_sum::Algorithm::Sha256, value)) => request.checksum_sha256(value),
            Some((tt_sum::Algorithm::Sha1, value)) => request.checksum_sha1(value),
            Some((tt_sum::Algorithm::Sha512, value)) => request.checksum_sha512(value),
            Some((tt_sum::Algorithm::Md5, value)) => request.checksum_md5(value),
            Some((tt_sum::Algorithm::Xxhash64, value)) => request.checksum_xxhash64(value),
            Some((tt_sum::Algorithm::Xxhash3, value)) => request.checksum_xxhash3(value),
            Some((tt_sum::Algorithm::Xxhash128, value)) => request.checksum_xxhash128(value),
            None => request,
        }
    }};
}
pub(crate) use with_sum;

/// The checksum of one algorithm that an answer names.
macro_rules! confirmed {
    ($answer:expr, $algorithm:expr) => {
        match $algorithm {
            tt_sum::Algorithm::Crc64Nvme => $answer.checksum_crc64_nvme(),
            tt_sum::Algorithm::Crc32c => $answer.checksum_crc32_c(),
            tt_sum::Algorithm::Crc32 => $answer.checksum_crc32(),
            tt_sum::Algorithm::Sha256 => $answer.checksum_sha256(),
            tt_sum::Algorithm::Sha1 => $answer.checksum_sha1(),
            tt_sum::Algorithm::Sha512 => $answer.checksum_sha512(),
            tt_sum::Algorithm::Md5 => $answer.checksum_md5(),
            tt_sum::Algorithm::Xxhash64 => $answer.checksum_xxhash64(),
            tt_sum::Algorithm::Xxhash3 => $answer.checksum_xxhash3(),
            tt_sum::Algorithm::Xxhash128 => $answer.checksum_xxhash128(),
        }
    };
}
pub(crate) use confirmed;

impl Store {
    /// Stores `body`. S3 refuses it if it does not arrive with the checksum `sum`, or if the condition does not hold.
    pub async fn put(&self, target: &Target, body: &Payload, sum: &Sum) -> Result<Stored, Problem> {
        let attempt = Attempt { verb: "upload", needs: "s3:PutObject", place: &target.dst };
        let began = Began::Here(Instant::now());
        let stored = match self.direct.way(&target.dst.bucket).await {
            Some(way) => self.put_directly(&way, target, body, sum, attempt).await,
            // Rare, and large: it is not to weigh on every upload's future.
            None => Box::pin(self.put_by_sdk(target, body, sum, attempt)).await,
        };
        match stored {
            // It was written by an attempt whose answer got lost, and the condition does not hold any more.
            Err(failure) if failure.retried && failure.code.as_deref() == Some("PreconditionFailed") => {
                let whole = sum.clone().into();
                let expected = Expected { target, began, sum: &whole, size: body.length(), parts: None };
                let before = Box::pin(self.stored_before(&expected)).await;
                before.map_err(|unseen| unseen.beside(&failure))?.ok_or(failure.problem)
            }
            stored => stored.map_err(|failure| target.explain(failure).problem),
        }
    }

    async fn put_directly(
        &self,
        way: &Way<'_>,
        target: &Target,
        body: &Payload,
        sum: &Sum,
        attempt: Attempt<'_>,
    ) -> Result<Stored, Failure> {
        let sha256 = way.sha256(body, sum, attempt).await?;
        let sha256 = sha256.as_deref();
        let send = || async {
            let mut headers = target.headers(attempt)?;
            add_sum(&mut headers, target.checked.then_some(sum), attempt)?;
            let headers = Cow::Owned(headers);
            let parcel = Parcel { dst: attempt.place, query: None, headers, body, sha256, may_repeat: false };
            let answer = way.send(parcel, attempt).await?;
            let (etag, checksum) = answer.stored(sum, body, attempt)?;
            Ok(Stored { etag: Some(etag), version_id: answer.header("x-amz-version-id"), checksum })
        };
        self.retry.run(send).await
    }

    async fn put_by_sdk(
        &self,
        target: &Target,
        body: &Payload,
        sum: &Sum,
        attempt: Attempt<'_>,
    ) -> Result<Stored, Failure> {
        let Target { dst: S3Url { bucket, key }, checked, .. } = target;
        let headers = Arc::new(target.headers(attempt)?);
        let send = || async {
            let request = self.sdk.put_object().bucket(bucket).key(key).body(body.for_sdk());
            let headers = Arc::clone(&headers);
            let request = with_sum!(request, checked.then_some(sum));
            let request = request.customize().mutate_request(move |r| put_into(r, &headers));
            let overheard = Overheard::default();
            let answer = request.interceptor(overheard.clone()).send().await;
            let answer = answer.map_err(|e| Failure::of(&e, attempt))?;
            done(overheard.status(), attempt)?;
            let checksum = confirm(confirmed!(answer, sum.algorithm()), sum, attempt)?;
            let etag = Some(named(answer.e_tag, attempt)?);
            Ok(Stored { checksum, etag, version_id: answer.version_id })
        };
        self.retry.run(send).await
    }
}

/// The ETag in an answer to whoever stored something. Every service names one; whatever does not, a page that asks to sign in,
/// has stored nothing.
pub(crate) fn named(etag: Option<String>, attempt: Attempt<'_>) -> Result<String, Failure> {
    etag.filter(|etag| !etag.trim_matches('"').trim().is_empty()).ok_or_else(|| {
        let mut failure = attempt.refused("the answer names no ETag, so nothing is known to be stored");
        failure.problem = failure.problem.hint(NO_S3);
        failure
    })
}

/// Fails unless the status of an answer is the one that says that something was stored. Of others that are no errors, S3 has
/// none, and whatever answers so has done something else.
pub(crate) fn done(status: u16, attempt: Attempt<'_>) -> Result<(), Failure> {
    if status == 200 {
        return Ok(());
    }
    let why = format_args!("the answer has the status {status}, and only 200 says that it is stored");
    let mut failure = attempt.refused(why);
    failure.problem = failure.problem.hint(NO_S3);
    Err(failure)
}

/// What to do about answers that S3 would not give.
const NO_S3: &str = "see that the endpoint URL leads to a service that speaks S3";

/// Holds the checksum in S3's answer against the one that was sent.
pub(crate) fn confirm(
    found: Option<&str>,
    sum: &Sum,
    attempt: Attempt<'_>,
) -> Result<Option<Checksum>, Failure> {
    confirm_whole(found, &sum.clone().into(), attempt)
}

/// Holds the checksum of a whole object in S3's answer against ours.
pub(crate) fn confirm_whole(
    found: Option<&str>,
    sum: &WholeSum,
    attempt: Attempt<'_>,
) -> Result<Option<Checksum>, Failure> {
    let Some(found) = found.filter(|found| !found.is_empty()) else { return Ok(None) };
    let expected = checksum(sum);
    if found != expected.value {
        let why = format_args!("S3 stored {found}, and {} was sent", expected.value);
        let problem = attempt.problem(ProblemKind::Corrupt, why);
        let hint =
            "the service or what lies before it is at fault: try another way to it, and tell whoever runs it";
        return Err(Failure::local(problem.hint(hint), Cure::Retry));
    }
    Ok(Some(expected))
}

/// A checksum in S3's words.
pub(crate) fn checksum(sum: &WholeSum) -> Checksum {
    let r#type = if sum.full_object().is_some() { "FULL_OBJECT" } else { "COMPOSITE" };
    Checksum { algorithm: sum.algorithm().name().into(), r#type: r#type.into(), value: sum.to_string() }
}
