//! What S3 answers to a PUT, and errors that it answers to anything.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, response::Parts};
use serde::Deserialize;
use tt_record::Checksum;
use tt_sum::{Algorithm, Sum};

use super::checksum::CHECKSUM_HEADER;
use crate::{
    Payload,
    failure::{Attempt, Failure, Reply},
    put::{confirm, done, named},
};

/// An answer.
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    error: ErrorDocument,
}

/// The body of an error.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ErrorDocument {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

impl ErrorDocument {
    /// Reads it. What is no error document of S3's is told by its status.
    fn read(body: &Bytes) -> Self {
        let text = std::str::from_utf8(body).unwrap_or_default();
        quick_xml::de::from_str(text).unwrap_or_default()
    }
}

impl Answer {
    pub(crate) fn new(parts: Parts, body: &Bytes) -> Self {
        let error = if body.is_empty() { ErrorDocument::default() } else { ErrorDocument::read(body) };
        Self { status: parts.status, headers: parts.headers, error }
    }

    /// The answer, unless it is an error.
    pub(crate) fn check(self, attempt: Attempt<'_>) -> Result<Self, Failure> {
        if self.status.is_success() && self.error.code.is_none() {
            return Ok(self);
        }
        let header = |name| self.header(name);
        Err(Failure::of_reply(
            Reply {
                status: self.status.as_u16(),
                region: header("x-amz-bucket-region"),
                retry_after: header("retry-after"),
                date: header("date"),
                request_id: header("x-amz-request-id").or(self.error.request_id.clone()),
                code: self.error.code.clone(),
                message: self.error.message.clone(),
            },
            attempt,
        ))
    }

    /// What sort of answer it is.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// All that it says, but for what is in its body.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }

    /// What it says of what was stored: the ETag, and the checksum that S3 confirms. All that it tells of the bytes must be of
    /// those that were sent.
    pub(crate) fn stored(
        &self,
        sum: &Sum,
        body: &Payload,
        attempt: Attempt<'_>,
    ) -> Result<(String, Option<Checksum>), Failure> {
        done(self.status.as_u16(), attempt)?;
        let mut confirmed = None;
        for (name, value) in &self.headers {
            let Some(algorithm) = name.as_str().strip_prefix(CHECKSUM_HEADER) else { continue };
            // One of a kind that is not known can't be compared, nor does its type tell of the bytes.
            let Ok(algorithm) = algorithm.parse::<Algorithm>() else { continue };
            // Without a value it confirms nothing. What can't be read is not what was sent.
            if value.is_empty() {
                continue;
            }
            let value = value.to_str().unwrap_or("what can't be read");
            if algorithm == sum.algorithm() {
                confirmed = confirm(Some(value), sum, attempt)?;
            } else {
                confirm(Some(value), &body.sum(algorithm, attempt)?, attempt)?;
            }
        }
        Ok((named(self.header("etag"), attempt)?, confirmed))
    }
}
