//! HeadObject: what S3 knows of an object, its checksum above all.

use aws_sdk_s3::types::ChecksumMode;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_RANGE, IF_MATCH, RANGE},
};
use jiff::Timestamp;
use tt_record::{Checksum, Problem, ProblemKind, Properties, S3Url};
use tt_sum::Algorithm;

use crate::{
    Store,
    direct::{Answer, Portion, Sink, Way},
    failure::{Attempt, Failure},
    overheard::Overheard,
    time::http_date,
};

/// The name of the SHA-256 over all bytes of an object among its metadata. S3 keeps no such hash of an object in parts.
pub const SHA256_OF_ALL: &str = "sha256";

/// An object, as S3 describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Size in bytes; none where the service doesn't tell it, which is not 0.
    pub size: Option<u64>,
    /// When it was written, to the second.
    pub modified: Timestamp,
    /// With its quotes.
    pub etag: Option<String>,
    /// In a bucket that keeps versions.
    pub version_id: Option<String>,
    /// The checksum that is stored with it.
    pub checksum: Option<Checksum>,
    /// The algorithm of a stored checksum, in the service's words, that this version does not know.
    pub unknown_checksum: Option<String>,
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

    /// Whether this is its ETag. Some services list them without quotes.
    pub fn has_etag(&self, etag: &str) -> bool {
        self.etag.as_deref().is_some_and(|own| own.trim_matches('"') == etag.trim_matches('"'))
    }
}

impl Store {
    /// Describes the object at `dst`; `None` where there is none. Whether its bucket is there can't be told from that:
    /// ask [`Store::check_bucket`].
    pub async fn head(&self, dst: &S3Url) -> Result<Option<Head>, Problem> {
        Ok(self.head_with(dst, |_| ()).await?.map(|(head, ())| head))
    }

    /// The same, and what `read` makes of the headers of the answer.
    pub(crate) async fn head_with<T>(
        &self,
        dst: &S3Url,
        read: impl Fn(&HeaderMap) -> T,
    ) -> Result<Option<(Head, T)>, Problem> {
        let attempt = Attempt { verb: "ask about", needs: "s3:GetObject", place: dst };
        let way = self.direct.way(&dst.bucket).await;
        let ask = || async {
            match &way {
                Some(way) => head_directly(way, attempt, &read).await,
                None => Box::pin(self.head_by_sdk(attempt, &read)).await,
            }
        };
        match self.retry.run(ask).await {
            Ok((head, read)) if head.size.is_none() => {
                Ok(Some((Box::pin(self.measured(way, head, attempt)).await, read)))
            }
            Ok(described) => Ok(Some(described)),
            Err(failure) if failure.status == Some(404) => Ok(None),
            Err(failure) => Err(with_hint(failure)),
        }
    }

    async fn head_by_sdk<T>(
        &self,
        attempt: Attempt<'_>,
        read: impl Fn(&HeaderMap) -> T,
    ) -> Result<(Head, T), Failure> {
        let S3Url { bucket, key } = attempt.place;
        let overheard = Overheard::default();
        let request = self.sdk.head_object().bucket(bucket).key(key).checksum_mode(ChecksumMode::Enabled);
        let answered = request.customize().interceptor(overheard.clone()).send().await;
        answered.map_err(|e| Failure::of(&e, attempt))?;
        let headers = overheard.headers();
        Ok((described(&headers), read(&headers)))
    }

    /// The same object with its size, where GET tells it. Not every service names a length in an answer without a body, such as
    /// where it would compress the body on the way.
    async fn measured(&self, way: Option<Way<'_>>, head: Head, attempt: Attempt<'_>) -> Head {
        let S3Url { bucket, key } = attempt.place;
        let ask = || async {
            let (etag, range) = if let Some(way) = &way {
                let answer = first_byte(way, head.etag.as_deref(), attempt).await?;
                (answer.header("etag"), answer.header(CONTENT_RANGE.as_str()))
            } else {
                let request = self.sdk.get_object().bucket(bucket).key(key).range(FIRST_BYTE);
                let request = request.set_if_match(head.etag.clone()).send();
                let answer = Box::pin(request).await.map_err(|e| Failure::of(&e, attempt))?;
                (answer.e_tag, answer.content_range)
            };
            Ok(total(etag, range, &head))
        };
        let size = self.retry.run(ask).await.ok().flatten();
        Head { size, ..head }
    }

    /// Fails where the bucket of `place` is not there. One of which we may list some prefixes only is refused with 403, and is
    /// there.
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
        match self.retry.run(send).await {
            Err(failure) if failure.status == Some(403) => Ok(()),
            answered => answered.map(drop).map_err(|failure| failure.problem),
        }
    }
}

async fn head_directly<T>(
    way: &Way<'_>,
    attempt: Attempt<'_>,
    read: impl Fn(&HeaderMap) -> T,
) -> Result<(Head, T), Failure> {
    let answer = match way.head(attempt).await {
        Ok(answer) => answer,
        Err(failure) => {
            Box::pin(explain(failure, way, attempt)).await?;
            way.head(attempt).await?
        }
    };
    Ok((described(answer.headers()), read(answer.headers())))
}

/// The same failure in S3's own words; none where it is no more, for what was wrong has been put right for another request
/// meanwhile, the clock or the credentials. An answer to HEAD has no body that could say whether credentials have expired or are
/// wrong, or only this object is denied; one to GET has.
async fn explain(failure: Failure, way: &Way<'_>, attempt: Attempt<'_>) -> Result<(), Failure> {
    if !matches!(failure.status, Some(400 | 403)) {
        return Err(failure);
    }
    match first_byte(way, None, attempt).await {
        Err(told) if told.status == failure.status => Err(told),
        Err(_) => Err(failure),
        Ok(_) => Ok(()),
    }
}

/// The value of the header Range for the least that can be asked for.
const FIRST_BYTE: &str = "bytes=0-0";

/// Gets the first byte of an object, which goes nowhere: for the sake of what else the answer says.
async fn first_byte(way: &Way<'_>, etag: Option<&str>, attempt: Attempt<'_>) -> Result<Answer, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(RANGE, HeaderValue::from_static(FIRST_BYTE));
    if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
        headers.insert(IF_MATCH, etag);
    }
    let mut nowhere = |_: &[u8]| {};
    let portion = Portion::new(1, &mut nowhere);
    way.get(headers, Sink { expected: StatusCode::PARTIAL_CONTENT, portion }, attempt).await
}

/// The size of a whole object in the header Content-Range of an answer for a part of it, if it is the object that `head`
/// describes.
fn total(etag: Option<String>, range: Option<String>, head: &Head) -> Option<u64> {
    let same = etag.is_some_and(|etag| head.has_etag(&etag));
    range.filter(|_| same)?.strip_prefix("bytes ")?.rsplit_once('/')?.1.parse().ok()
}

/// What is said of an object that can't be seen.
fn with_hint(failure: Failure) -> Problem {
    let problem = failure.problem;
    match (failure.status, problem.kind) {
        (Some(400), ProblemKind::Refused) => {
            problem.hint("the object, and no other, is seen with the key that encrypts it: see --sse-c-key")
        }
        (Some(403), ProblemKind::AccessDenied) => problem.hint(
            "the credentials need s3:GetObject; the object may also be missing, which S3 tells only to those who may \
             list the bucket (s3:ListBucket)",
        ),
        _ => problem,
    }
}

/// What the headers of an answer say of an object. They are gone through once: looking for each by its name costs more.
fn described(headers: &HeaderMap) -> Head {
    let mut head = Described::default();
    for (name, value) in headers {
        if let Some(value) = text(value) {
            head.take(name.as_str(), value);
        }
    }
    head.finish()
}

/// An object, as far as its headers were read.
#[derive(Default)]
struct Described {
    size: Option<u64>,
    modified: Option<Timestamp>,
    etag: Option<String>,
    version_id: Option<String>,
    sums: Vec<(Algorithm, String)>,
    sums_are: Option<String>,
    unknown_sum: Option<String>,
    by_customer: bool,
    properties: Properties,
}

impl Described {
    fn take(&mut self, name: &str, value: &str) {
        let to = &mut self.properties;
        let property = match name {
            "content-length" => return self.size = value.parse().ok(),
            "last-modified" => return self.modified = http_date(value),
            "etag" => &mut self.etag,
            "x-amz-version-id" => &mut self.version_id,
            "x-amz-checksum-type" => &mut self.sums_are,
            "content-type" => &mut to.content_type,
            "content-encoding" => &mut to.content_encoding,
            "content-disposition" => &mut to.content_disposition,
            "content-language" => &mut to.content_language,
            "cache-control" => &mut to.cache_control,
            "expires" => &mut to.expires,
            "x-amz-website-redirect-location" => &mut to.website_redirect,
            "x-amz-storage-class" => &mut to.storage_class,
            "x-amz-server-side-encryption" => &mut to.sse,
            "x-amz-server-side-encryption-aws-kms-key-id" => &mut to.sse_kms_key_id,
            "x-amz-server-side-encryption-bucket-key-enabled" => {
                return to.bucket_key_enabled = value.parse().ok();
            }
            "x-amz-server-side-encryption-customer-algorithm" => return self.by_customer = true,
            _ => return self.take_other(name, value),
        };
        *property = Some(value.to_owned());
    }

    fn take_other(&mut self, name: &str, value: &str) {
        if let Some(name) = name.strip_prefix("x-amz-meta-") {
            self.properties.metadata.insert(name.to_owned(), value.to_owned());
        } else if let Some(name) = name.strip_prefix("x-amz-checksum-") {
            match name.parse() {
                Ok(algorithm) => self.sums.push((algorithm, value.to_owned())),
                Err(_) => self.unknown_sum = Some(name.to_ascii_uppercase()),
            }
        }
    }

    fn finish(self) -> Head {
        let Self { size, modified, etag, version_id, sums, sums_are, unknown_sum, by_customer, .. } = self;
        let mut properties = self.properties;
        if !properties.sse.as_deref().is_some_and(|sse| sse.starts_with("aws:kms")) {
            (properties.sse_kms_key_id, properties.bucket_key_enabled) = (None, None);
        }
        let value =
            |algorithm| sums.iter().find(|(found, _)| *found == algorithm).map(|(_, value)| value.as_str());
        Head {
            size,
            modified: modified.unwrap_or(Timestamp::UNIX_EPOCH),
            checksum: checksum(value, sums_are.as_deref())
                .filter(|checksum| sums_are.is_some() || is_of_all(checksum, etag.as_deref())),
            etag_is_md5: !by_customer && properties.sse.as_deref().is_none_or(|sse| sse == "AES256"),
            unknown_checksum: unknown_sum,
            properties,
            etag,
            version_id,
        }
    }
}

/// Whether a checksum of no told type can be taken for what it looks like. Of an object in parts some services call one by this
/// name that is made of those of the parts, and say neither that nor of how many.
fn is_of_all(checksum: &Checksum, etag: Option<&str>) -> bool {
    let in_parts = etag.is_some_and(|etag| etag.contains('-'));
    !in_parts || checksum.value.contains('-') || checksum.algorithm == Algorithm::Crc64Nvme.name()
}

/// Values of metadata may be UTF-8.
fn text(value: &HeaderValue) -> Option<&str> {
    str::from_utf8(value.as_bytes()).ok()
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

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn head(headers: &[(&'static str, &str)]) -> Head {
        let value = |value: &str| HeaderValue::from_bytes(value.as_bytes()).unwrap();
        described(&headers.iter().map(|(name, text)| (HeaderName::from_static(name), value(text))).collect())
    }

    #[test]
    fn a_checksum_that_may_be_of_anything_is_none() {
        let of = |etag, name, value| {
            head(&[("etag", etag), (name, value)]).checksum.map(|checksum| checksum.r#type)
        };
        assert_eq!(of("\"e-9\"", "x-amz-checksum-crc32", "rFtTbA=="), None);
        assert_eq!(of("\"e-9\"", "x-amz-checksum-crc32", "rFtTbA==-9").as_deref(), Some("COMPOSITE"));
        assert_eq!(of("\"e-9\"", "x-amz-checksum-crc64nvme", "rosUhgp5mYg=").as_deref(), Some("FULL_OBJECT"));
        assert_eq!(of("\"e\"", "x-amz-checksum-crc32", "rFtTbA==").as_deref(), Some("FULL_OBJECT"));
        let named = [
            ("etag", "\"e-9\""),
            ("x-amz-checksum-type", "FULL_OBJECT"),
            ("x-amz-checksum-crc32", "rFtTbA=="),
        ];
        assert!(head(&named).checksum.is_some());
    }

    #[test]
    fn headers_describe_an_object() {
        let head = head(&[
            ("content-length", "5368709120"),
            ("last-modified", "Sun, 01 Mar 2026 12:00:42 GMT"),
            ("etag", "\"e\""),
            ("x-amz-checksum-sha256", "AA==-2"),
            ("content-md5", "AA=="),
            ("x-amz-meta-name", "é"),
            ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
        ]);
        assert_eq!((head.size, head.modified.to_string().as_str()), (Some(5 << 30), "2026-03-01T12:00:42Z"));
        let checksum = head.checksum.unwrap();
        assert_eq!((checksum.algorithm.as_str(), checksum.r#type.as_str()), ("SHA256", "COMPOSITE"));
        assert_eq!(head.properties.metadata["name"], "é");
        assert_eq!((head.properties.bucket_key_enabled, head.etag_is_md5), (Some(true), false));
    }

    #[test]
    fn a_checksum_that_is_not_known_is_one_all_the_same() {
        let head = head(&[("x-amz-checksum-blake3", "AA=="), ("x-amz-checksum-type", "FULL_OBJECT")]);
        assert_eq!((head.checksum, head.unknown_checksum.as_deref()), (None, Some("BLAKE3")));
    }

    #[test]
    fn a_size_that_is_not_told_is_unknown() {
        for none in [&[][..], &[("content-length", "-5")], &[("content-length", "")]] {
            assert_eq!(head(none).size, None, "{none:?}");
        }
        let told = |etag, range: &str| {
            total(Some(String::from(etag)), Some(range.to_owned()), &head(&[("etag", "\"e\"")]))
        };
        assert_eq!(told("\"e\"", "bytes 0-0/6"), Some(6));
        for (etag, range) in [("\"f\"", "bytes 0-0/6"), ("\"e\"", "bytes 0-0/*"), ("\"e\"", "6")] {
            assert_eq!(told(etag, range), None, "{etag} {range}");
        }
    }

    #[test]
    fn an_etag_is_an_md5_only_where_no_key_of_the_customers_encrypts() {
        assert!(head(&[]).etag_is_md5 && head(&[("x-amz-server-side-encryption", "AES256")]).etag_is_md5);
        assert!(!head(&[("x-amz-server-side-encryption-customer-algorithm", "AES256")]).etag_is_md5);
    }
}
