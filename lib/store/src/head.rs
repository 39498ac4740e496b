//! HeadObject: what S3 knows of an object, its checksum above all.

use aws_sdk_s3::{operation::head_object::HeadObjectOutput, types::ChecksumMode};
use jiff::Timestamp;
use tt_record::{Checksum, Problem, ProblemKind, Properties, S3Url};
use tt_sum::Algorithm;

use crate::{
    Store,
    failure::{Attempt, Failure},
    put::confirmed,
    time::timestamp,
};

/// The name of the SHA-256 over all bytes of an object among its metadata. S3 keeps no such hash of an object in parts.
pub const SHA256_OF_ALL: &str = "sha256";

/// An object, as S3 describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Size in bytes.
    pub size: u64,
    /// When it was written, to the second.
    pub modified: Timestamp,
    /// With its quotes.
    pub etag: Option<String>,
    /// In a bucket that keeps versions.
    pub version_id: Option<String>,
    /// The checksum that is stored with it.
    pub checksum: Option<Checksum>,
    /// What S3 keeps with it, as far as HEAD tells: all but tags, ACL, locks and the context of its encryption. Where no
    /// storage class is named, it is STANDARD.
    pub properties: Properties,
    /// Whether the ETag of a single PUT would be the MD5 of the bytes: not where a key of KMS or of the customer
    /// encrypts them.
    pub etag_is_md5: bool,
}

impl Head {
    /// The SHA-256 over all bytes that an uploader has put among the metadata, in hexadecimal; S3 has not checked it.
    pub fn sha256(&self) -> Option<&str> {
        self.properties.metadata.get(SHA256_OF_ALL).map(String::as_str)
    }
}

impl Head {
    /// Whether this is its ETag. Some services list them without quotes.
    pub fn has_etag(&self, etag: &str) -> bool {
        self.etag.as_deref().is_some_and(|own| own.trim_matches('"') == etag.trim_matches('"'))
    }
}

impl Store {
    /// Describes the object at `dst`; `None` where there is none. Whether its bucket is there can't be told from that:
    /// ask [`Store::check_bucket`].
    pub async fn head(&self, dst: &S3Url) -> Result<Option<Head>, Problem> {
        let attempt = Attempt { verb: "ask about", needs: "s3:GetObject", place: dst };
        let request =
            self.sdk.head_object().bucket(&dst.bucket).key(&dst.key).checksum_mode(ChecksumMode::Enabled);
        let send = || async { request.clone().send().await.map_err(|e| Failure::of(&e, attempt)) };
        match self.retry.run(send).await {
            Ok(answer) => Ok(Some(described(answer))),
            Err(failure) if failure.status == Some(404) => Ok(None),
            Err(failure) => Err(with_key_hint(failure)),
        }
    }

    /// Fails where the bucket of `place` is not there, or not ours to read.
    pub async fn check_bucket(&self, place: &S3Url) -> Result<(), Problem> {
        let attempt = Attempt { verb: "find the bucket of", needs: "s3:ListBucket", place };
        let request = self.sdk.head_bucket().bucket(&place.bucket);
        let send = || async {
            request.clone().send().await.map_err(|e| {
                let mut failure = Failure::of(&e, attempt);
                if failure.status == Some(404) {
                    failure.problem.kind = ProblemKind::NoBucket;
                    failure.problem.message = format!("there is no bucket {}", place.bucket);
                    failure.problem.hint = Some("check the name of the bucket".into());
                }
                failure
            })
        };
        self.retry.run(send).await.map(|_| ()).map_err(|failure| failure.problem)
    }
}

/// An answer to HEAD has no body that could say why.
fn with_key_hint(failure: Failure) -> Problem {
    match failure.problem {
        problem if failure.status == Some(400) && problem.kind == ProblemKind::Refused => {
            problem.hint("the object, and no other, is seen with the key that encrypts it: see --sse-c-key")
        }
        problem => problem,
    }
}

fn described(answer: HeadObjectOutput) -> Head {
    let by_type = answer.checksum_type().map(|scope| scope.as_str().to_owned());
    let checksum = checksum(|algorithm| confirmed!(answer, algorithm), by_type.as_deref());
    let properties = properties(&answer);
    let plain = properties.sse.as_deref().is_none_or(|encryption| encryption == "AES256");
    Head {
        size: u64::try_from(answer.content_length.unwrap_or(0)).unwrap_or(0),
        modified: answer.last_modified.map_or(Timestamp::UNIX_EPOCH, timestamp),
        checksum,
        properties,
        etag_is_md5: plain && answer.sse_customer_algorithm.is_none(),
        etag: answer.e_tag,
        version_id: answer.version_id,
    }
}

fn properties(answer: &HeadObjectOutput) -> Properties {
    let text = |value: Option<&str>| value.map(str::to_owned);
    let sse = answer.server_side_encryption().map(|encryption| encryption.as_str().to_owned());
    let by_kms = sse.as_deref().is_some_and(|sse| sse.starts_with("aws:kms"));
    Properties {
        content_type: text(answer.content_type()),
        content_encoding: text(answer.content_encoding()),
        content_disposition: text(answer.content_disposition()),
        content_language: text(answer.content_language()),
        cache_control: text(answer.cache_control()),
        expires: text(answer.expires_string()),
        website_redirect: text(answer.website_redirect_location()),
        storage_class: answer.storage_class().map(|class| class.as_str().to_owned()),
        metadata: answer.metadata().cloned().unwrap_or_default().into_iter().collect(),
        sse_kms_key_id: text(answer.ssekms_key_id()).filter(|_| by_kms),
        bucket_key_enabled: answer.bucket_key_enabled().filter(|_| by_kms),
        sse,
        ..Properties::default()
    }
}

/// The stored checksum of which an answer tells, the cheapest to compute first if there should be several.
pub(crate) fn checksum<'a>(
    value: impl Fn(Algorithm) -> Option<&'a str>,
    r#type: Option<&str>,
) -> Option<Checksum> {
    let (algorithm, value) =
        Algorithm::ALL.into_iter().find_map(|algorithm| Some((algorithm, value(algorithm)?)))?;
    // Not every service names the type; a composite value shows by the number of parts behind it.
    let composite = if value.contains('-') { "COMPOSITE" } else { "FULL_OBJECT" };
    let r#type = r#type.unwrap_or(composite);
    Some(Checksum { algorithm: algorithm.name().into(), r#type: r#type.into(), value: value.into() })
}
