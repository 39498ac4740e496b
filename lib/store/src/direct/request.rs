//! The headers of a PUT.

use http::{HeaderMap, HeaderName, HeaderValue};
use tt_record::{Problem, ProblemKind, Properties};
use tt_sum::{Algorithm, Sum};

use crate::{
    failure::{Attempt, Cure, Failure},
    properties::tagging,
};

/// Headers in the making. The first that can't be one is remembered.
#[derive(Default)]
pub(crate) struct Headers {
    headers: HeaderMap,
    wrong: Option<String>,
}

impl Headers {
    /// The checksum that the body must arrive with.
    pub(crate) fn with_sum(sum: &Sum) -> Self {
        let mut headers = Self { headers: HeaderMap::with_capacity(16), wrong: None };
        headers.put(checksum_header(sum.algorithm()), Some(&sum.base64()));
        headers
    }

    /// Adds what S3 is to keep with the object.
    pub(crate) fn properties(mut self, properties: &Properties) -> Self {
        self.put("content-type", properties.content_type.as_deref());
        self.put("content-encoding", properties.content_encoding.as_deref());
        self.put("content-disposition", properties.content_disposition.as_deref());
        self.put("content-language", properties.content_language.as_deref());
        self.put("cache-control", properties.cache_control.as_deref());
        self.put("x-amz-website-redirect-location", properties.website_redirect.as_deref());
        self.put("x-amz-storage-class", properties.storage_class.as_deref());
        self.put("x-amz-acl", properties.acl.as_deref());
        self.put("x-amz-server-side-encryption", properties.sse.as_deref());
        self.put("x-amz-server-side-encryption-aws-kms-key-id", properties.sse_kms_key_id.as_deref());
        self.put("x-amz-tagging", tagging(properties).as_deref());
        for (name, value) in &properties.metadata {
            match HeaderName::try_from(format!("x-amz-meta-{name}")) {
                Ok(header) => self.insert(header, value),
                Err(_) => self.wrong = Some(format!("{name:?} can't be a name in the metadata")),
            }
        }
        self
    }

    /// The headers, if all of them can be sent.
    pub(crate) fn finish(self, attempt: Attempt<'_>) -> Result<HeaderMap, Failure> {
        let Some(wrong) = self.wrong else { return Ok(self.headers) };
        let message = format!("can't {} {}: {wrong}", attempt.verb, attempt.place);
        let problem =
            Problem::new(ProblemKind::Refused, message).hint("properties of objects are printable ASCII");
        Err(Failure::local(problem, Cure::None))
    }

    fn put(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.insert(HeaderName::from_static(name), value);
        }
    }

    fn insert(&mut self, name: HeaderName, value: &str) {
        // Anything else would be sent without being signed, or signed as something else.
        let plain = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        match HeaderValue::from_str(value) {
            Ok(value) if plain => drop(self.headers.insert(name, value)),
            _ => self.wrong = Some(format!("{value:?} can't be the value of {name}")),
        }
    }
}

/// The header that carries a checksum.
pub(super) fn checksum_header(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Crc64Nvme => "x-amz-checksum-crc64nvme",
        Algorithm::Crc32c => "x-amz-checksum-crc32c",
        Algorithm::Crc32 => "x-amz-checksum-crc32",
        Algorithm::Sha256 => "x-amz-checksum-sha256",
        Algorithm::Sha1 => "x-amz-checksum-sha1",
        Algorithm::Md5 => "content-md5",
    }
}
