//! S3's errors, with messages of our own. The codes and statuses are S3's.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3s::{S3Error, S3ErrorCode, S3Result};

/// An error with a code that S3 documents.
pub(crate) fn fail(code: S3ErrorCode, message: impl Into<String>) -> S3Error {
    S3Error::with_message(code, message.into())
}

/// An error whose code the protocol library doesn't know.
pub(crate) fn custom(code: &'static str, status: StatusCode, message: impl Into<String>) -> S3Error {
    let mut error = fail(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(status);
    error
}

/// The request contradicts itself or the state of what it names.
pub(crate) fn invalid_request(message: impl Into<String>) -> S3Error {
    fail(S3ErrorCode::InvalidRequest, message)
}

/// A value that S3 does not take.
pub(crate) fn invalid_argument(message: impl Into<String>) -> S3Error {
    fail(S3ErrorCode::InvalidArgument, message)
}

/// The body does not have the sum that was promised.
pub(crate) fn bad_digest(what: &str) -> S3Error {
    fail(S3ErrorCode::BadDigest, format!("the {what} given does not match what was received"))
}

/// No object has the key.
pub(crate) fn no_such_key() -> S3Error {
    fail(S3ErrorCode::NoSuchKey, "no object has this key")
}

/// No bucket has the name.
pub(crate) fn no_such_bucket(bucket: &str) -> S3Error {
    fail(S3ErrorCode::NoSuchBucket, format!("no bucket is named {bucket}"))
}

/// The upload was completed, aborted or never there.
pub(crate) fn no_such_upload() -> S3Error {
    fail(
        S3ErrorCode::NoSuchUpload,
        "no unfinished upload of this key has this id; it may be completed or aborted",
    )
}

/// A condition of the request does not hold.
pub(crate) fn precondition_failed(condition: &str) -> S3Error {
    fail(S3ErrorCode::PreconditionFailed, format!("the condition {condition} does not hold"))
}

/// The object was not changed; `etag` goes with the answer.
pub(crate) fn not_modified(etag: &str) -> S3Error {
    let mut error = fail(S3ErrorCode::NotModified, "not modified");
    if let Ok(value) = HeaderValue::try_from(format!("\"{etag}\"")) {
        error.set_headers(HeaderMap::from_iter([(HeaderName::from_static("etag"), value)]));
    }
    error
}

/// What the disk says becomes S3's internal error.
pub(crate) trait Internal<T> {
    /// Turns any error into an internal one.
    fn internal(self) -> S3Result<T>;
}

impl<T, E: std::error::Error + Send + Sync + 'static> Internal<T> for Result<T, E> {
    fn internal(self) -> S3Result<T> {
        self.map_err(|e| {
            let message = format!("the endpoint's own storage failed: {e}");
            let mut error = fail(S3ErrorCode::InternalError, message);
            error.set_source(Box::new(e));
            error
        })
    }
}
