//! Headers that describe an object, on the way in and on the way out.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;
use s3s::{
    S3ErrorCode, S3Result,
    dto::{Expires, Metadata, Timestamp, TimestampFormat},
};

use super::{acl, encryption, lock};
use crate::{
    fail::{custom, fail, invalid_argument},
    store::object::{Object, Properties, STANDARD},
    sums::Sum,
};

/// How much user metadata an object may have, in bytes of names and values.
const METADATA: usize = 2 * 1024;

const STORAGE_CLASSES: [&str; 10] = [
    STANDARD,
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
    "SNOW",
    "EXPRESS_ONEZONE",
];

/// The value of a header, if it is text.
pub(super) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get(name)
        .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
        .filter(|text| !text.is_empty())
}

/// Reads what a request says of its object. Metadata and time come from the protocol library, which decodes them.
pub(super) fn properties(
    headers: &HeaderMap,
    metadata: Option<Metadata>,
    expires: Option<Expires>,
) -> S3Result<Properties> {
    let value = |name| text(headers, name).map(str::to_owned);
    let metadata = metadata.unwrap_or_default();
    if metadata.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > METADATA {
        return Err(fail(S3ErrorCode::MetadataTooLarge, "an object has at most 2 KiB of user metadata"));
    }
    Ok(Properties {
        content_type: value("content-type"),
        content_encoding: text(headers, "content-encoding").and_then(without_chunking),
        content_disposition: value("content-disposition"),
        content_language: value("content-language"),
        cache_control: value("cache-control"),
        expires,
        website_redirect: value("x-amz-website-redirect-location"),
        storage_class: storage_class(headers)?,
        acl: acl::canned(headers)?,
        grants: acl::grants(headers)?,
        lock: lock::read(headers)?,
        metadata: metadata.into_iter().collect(),
        encryption: encryption::read(headers)?,
    })
}

/// How a body was sent is no property of the object.
fn without_chunking(encoding: &str) -> Option<String> {
    let kept: Vec<_> = encoding.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked").collect();
    Some(kept.join(",")).filter(|encoding| !encoding.is_empty())
}

/// The storage class, unless it is the usual one.
fn storage_class(headers: &HeaderMap) -> S3Result<Option<String>> {
    match text(headers, "x-amz-storage-class") {
        Some(class) if !STORAGE_CLASSES.contains(&class) => {
            Err(fail(S3ErrorCode::InvalidStorageClass, format!("there is no storage class {class:?}")))
        }
        class => Ok(class.filter(|class| *class != STANDARD).map(str::to_owned)),
    }
}

/// Reads `x-amz-tagging`: pairs as in a query.
pub(super) fn tags(headers: &HeaderMap) -> S3Result<Vec<(String, String)>> {
    let Some(value) = text(headers, "x-amz-tagging") else { return Ok(Vec::new()) };
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8().map(Into::into)
    };
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(key)?, decode(value)?))
    };
    let tags = value.split('&').map(pair).collect::<Result<Vec<(String, String)>, std::str::Utf8Error>>();
    let tags = tags.map_err(|_| invalid_argument("x-amz-tagging is not UTF-8, percent-encoded"))?;
    check_tags(&tags)?;
    Ok(tags)
}

/// S3's limits on tags.
pub(super) fn check_tags(tags: &[(String, String)]) -> S3Result<()> {
    let invalid = |why| Err(fail(S3ErrorCode::InvalidTag, why));
    let mut keys: Vec<_> = tags.iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys.dedup();
    if tags.len() > 10 {
        return Err(custom("BadRequest", StatusCode::BAD_REQUEST, "an object has at most ten tags"));
    }
    if keys.len() != tags.len() {
        return invalid("two tags have the same key");
    }
    let fits = |(key, value): &(String, String)| {
        (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256
    };
    if !tags.iter().all(fits) {
        return invalid("a tag's key has 1 to 128 characters, its value at most 256");
    }
    Ok(())
}

/// The headers of HeadObject and GetObject, but for the checksum and what a range changes.
pub(super) fn describe(object: &Object) -> HeaderMap {
    let properties = &object.properties;
    let mut headers = encryption::headers(&properties.encryption);
    let mut put = |name: &'static str, value: Option<&str>| insert(&mut headers, name, value);
    put("accept-ranges", Some("bytes"));
    put("etag", Some(&format!("\"{}\"", object.etag)));
    put("last-modified", http_date(&object.modified.timestamp()).as_deref());
    put("content-type", Some(properties.content_type.as_deref().unwrap_or("binary/octet-stream")));
    put("content-encoding", properties.content_encoding.as_deref());
    put("content-disposition", properties.content_disposition.as_deref());
    put("content-language", properties.content_language.as_deref());
    put("cache-control", properties.cache_control.as_deref());
    put("expires", properties.expires.as_ref().and_then(http_date).as_deref());
    put("x-amz-website-redirect-location", properties.website_redirect.as_deref());
    put("x-amz-storage-class", properties.storage_class.as_deref());
    if !object.tags.is_empty() {
        put("x-amz-tagging-count", Some(&object.tags.len().to_string()));
    }
    lock::describe(&properties.lock, &mut headers);
    headers
}

/// Adds the headers of a checksum.
pub(super) fn add_sum(headers: &mut HeaderMap, sum: &Sum) {
    let name = format!("x-amz-checksum-{}", sum.algorithm.name().to_ascii_lowercase());
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(&sum.value)) {
        headers.insert(name, value);
    }
    headers.insert("x-amz-checksum-type", HeaderValue::from_static(sum.scope.name()));
}

/// Adds a header, if there is a value and it can be one.
pub(super) fn insert(headers: &mut HeaderMap, name: &'static str, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
        headers.insert(name, value);
    }
}

/// User metadata as the protocol library takes it.
pub(super) fn metadata(object: &Object) -> Option<Metadata> {
    let metadata: HashMap<_, _> = object.properties.metadata.clone().into_iter().collect();
    Some(metadata).filter(|metadata| !metadata.is_empty())
}

fn http_date(time: &Timestamp) -> Option<String> {
    let mut text = Vec::new();
    time.format(TimestampFormat::HttpDate, &mut text).ok()?;
    String::from_utf8(text).ok()
}
