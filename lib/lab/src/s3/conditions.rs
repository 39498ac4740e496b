//! Conditional requests.

use http::HeaderMap;
use s3s::{
    S3ErrorCode, S3Result,
    dto::{ETag, ETagCondition, Timestamp},
};

use super::headers::text;
use crate::{
    fail::{fail, invalid_argument, not_modified, precondition_failed},
    store::{Condition, object::Object},
};

/// Reads the condition of a write.
pub(super) fn of_write(headers: &HeaderMap) -> S3Result<Condition> {
    let absent = match text(headers, "if-none-match") {
        None => false,
        Some("*") => true,
        Some(_) => {
            return Err(fail(S3ErrorCode::NotImplemented, "a write takes If-None-Match with * only"));
        }
    };
    let expected = match text(headers, "if-match") {
        None => None,
        Some(value) => Some(
            ETagCondition::parse_http_header(value.as_bytes())
                .map_err(|_| invalid_argument("If-Match is no ETag"))?,
        ),
    };
    let etag = expected.as_ref().and_then(ETagCondition::as_etag).map(|etag| etag.value().to_owned());
    Ok(Condition { absent, present: expected.is_some(), etag })
}

/// The conditions of a read.
pub(super) struct OfRead {
    pub(super) matches: Option<ETagCondition>,
    pub(super) matches_none: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

impl OfRead {
    /// Checks them; of ETag and time the ETag counts.
    pub(super) fn check(&self, object: &Object) -> S3Result<()> {
        let modified = object.modified.timestamp();
        match (&self.matches, &self.unmodified_since) {
            (Some(wanted), _) if !holds(wanted, object) => return Err(precondition_failed("If-Match")),
            (None, Some(time)) if modified > *time => return Err(precondition_failed("If-Unmodified-Since")),
            _ => {}
        }
        match (&self.matches_none, &self.modified_since) {
            (Some(unwanted), _) if holds(unwanted, object) => Err(not_modified(&object.etag)),
            (None, Some(time)) if modified <= *time => Err(not_modified(&object.etag)),
            _ => Ok(()),
        }
    }

    /// Checks them for the source of a copy, where any that fails stops the copy.
    pub(super) fn check_source(&self, object: &Object) -> S3Result<()> {
        self.check(object).map_err(|error| match error.code() {
            S3ErrorCode::NotModified => {
                precondition_failed("x-amz-copy-source-if-none-match or -modified-since")
            }
            _ => error,
        })
    }
}

fn holds(condition: &ETagCondition, object: &Object) -> bool {
    condition.as_etag().map(ETag::value).is_none_or(|etag| etag == object.etag)
}
