//! GetObject and HeadObject.

use std::ops::Range as Bytes;

use futures_util::stream::try_unfold;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        ChecksumMode, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, PartNumber, Range,
        StreamingBlob,
    },
};

use super::{
    Answer, Lab,
    conditions::OfRead,
    encryption,
    headers::{add_sum, describe, metadata},
};
use crate::{
    FaultKind,
    fail::{custom, fail, invalid_request},
    front::Struck,
    store::{bodies::Reader, object::Object},
    sums::{Scope, Sum},
};

pub(super) async fn get(lab: &Lab, request: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
    let input = &request.input;
    let found = lab.store.find(&input.bucket, &input.key).await?;
    let object = &found.object;
    encryption::unlock(&object.properties.encryption, &request.headers)?;
    OfRead {
        matches: input.if_match.clone(),
        matches_none: input.if_none_match.clone(),
        modified_since: input.if_modified_since.clone(),
        unmodified_since: input.if_unmodified_since.clone(),
    }
    .check(object)?;
    let selection = Selection::of(object, input.range.as_ref(), input.part_number)?;
    let mut headers = selection.headers(object, input.checksum_mode.as_ref());
    for name in overridden(input) {
        headers.remove(name);
    }
    let reader = found.bytes.read(selection.bytes.clone()).map_err(|e| unreadable(&e))?;
    let output = GetObjectOutput {
        body: Some(StreamingBlob::wrap(try_unfold(reader, next_chunk))),
        content_range: selection.content_range(object),
        metadata: metadata(object),
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, headers))
}

pub(super) async fn head(lab: &Lab, request: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
    let fault = request.extensions.get().map(|Struck(fault)| *fault);
    let input = &request.input;
    let object = lab.store.find(&input.bucket, &input.key).await?.object;
    encryption::unlock(&object.properties.encryption, &request.headers)?;
    OfRead {
        matches: input.if_match.clone(),
        matches_none: input.if_none_match.clone(),
        modified_since: input.if_modified_since.clone(),
        unmodified_since: input.if_unmodified_since.clone(),
    }
    .check(&object)?;
    let part = input.part_number.filter(|_| !matches!(fault, Some(FaultKind::NoParts | FaultKind::Neither)));
    let selection = Selection::of(&object, input.range.as_ref(), part)?;
    let told = !matches!(fault, Some(FaultKind::NoChecksums | FaultKind::Neither));
    let headers = selection.headers(&object, input.checksum_mode.as_ref().filter(|_| told));
    let output = HeadObjectOutput {
        content_range: selection.content_range(&object),
        metadata: metadata(&object),
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, headers))
}

/// The bytes of an object that a request is about.
struct Selection {
    bytes: Bytes<u64>,
    /// Whether it is all of the object, asked for as such.
    whole: bool,
    /// How many parts the object has, if one was asked for.
    parts: Option<usize>,
    /// The checksum of these bytes, if S3 tells it.
    sum: Option<Sum>,
}

impl Selection {
    fn of(object: &Object, range: Option<&Range>, part: Option<PartNumber>) -> S3Result<Self> {
        match (range, part) {
            (Some(_), Some(_)) => Err(invalid_request("a request is for a range or for a part, not both")),
            (None, None) => {
                Ok(Self { bytes: 0..object.size, whole: true, parts: None, sum: Some(object.sum.clone()) })
            }
            (Some(range), None) => {
                let bytes = range.check(object.size).ok().filter(|bytes| !bytes.is_empty());
                let bytes = bytes
                    .ok_or_else(|| fail(S3ErrorCode::InvalidRange, "the range lies outside of the object"))?;
                Ok(Self { bytes, whole: false, parts: None, sum: None })
            }
            (None, Some(number)) => Self::part(object, number),
        }
    }

    fn part(object: &Object, number: PartNumber) -> S3Result<Self> {
        let count = object.parts.len();
        let absent = || {
            let message = "the object does not have this part";
            custom("InvalidPartNumber", StatusCode::RANGE_NOT_SATISFIABLE, message)
        };
        let index =
            usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).ok_or_else(absent)?;
        if count == 0 && index == 0 {
            let sum = Some(object.sum.clone());
            return Ok(Self { bytes: 0..object.size, whole: false, parts: None, sum });
        }
        let part = object.parts.get(index).ok_or_else(absent)?;
        let start = object.parts[..index].iter().map(|part| part.size).sum::<u64>();
        let sum = match object.sum.scope {
            // The part's own, but with the type of the object's.
            Scope::Composite => Some(Sum { scope: Scope::Composite, ..part.sum.clone() }),
            Scope::FullObject => Some(object.sum.clone()).filter(|_| count == 1),
        };
        Ok(Self { bytes: start..start + part.size, whole: false, parts: Some(count), sum })
    }

    fn content_range(&self, object: &Object) -> Option<String> {
        let Bytes { start, end } = self.bytes;
        (!self.whole && start < end).then(|| format!("bytes {start}-{}/{}", end - 1, object.size))
    }

    fn headers(&self, object: &Object, mode: Option<&ChecksumMode>) -> HeaderMap {
        let mut headers = describe(object);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(self.bytes.end - self.bytes.start));
        if let Some(parts) = self.parts {
            headers.insert("x-amz-mp-parts-count", HeaderValue::from(parts));
        }
        let asked = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
        if let Some(sum) = self.sum.as_ref().filter(|_| asked) {
            add_sum(&mut headers, sum);
        }
        headers
    }
}

/// The headers that the request itself sets.
fn overridden(input: &GetObjectInput) -> impl Iterator<Item = HeaderName> {
    let names = [
        (header::CACHE_CONTROL, input.response_cache_control.is_some()),
        (header::CONTENT_DISPOSITION, input.response_content_disposition.is_some()),
        (header::CONTENT_ENCODING, input.response_content_encoding.is_some()),
        (header::CONTENT_LANGUAGE, input.response_content_language.is_some()),
        (header::CONTENT_TYPE, input.response_content_type.is_some()),
        (header::EXPIRES, input.response_expires.is_some()),
    ];
    names.into_iter().filter(|(_, set)| *set).map(|(name, _)| name)
}

/// The error for bytes that can't be had.
pub(super) fn unreadable(error: &std::io::Error) -> S3Error {
    match error.kind() {
        std::io::ErrorKind::Unsupported => fail(
            S3ErrorCode::NotImplemented,
            "this endpoint checks bodies and drops them, so there is nothing to read",
        ),
        _ => fail(S3ErrorCode::InternalError, format!("the body can't be read: {error}")),
    }
}

async fn next_chunk(mut reader: Reader) -> std::io::Result<Option<(bytes::Bytes, Reader)>> {
    Ok(reader.next().await?.map(|chunk| (chunk, reader)))
}
