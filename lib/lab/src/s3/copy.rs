//! CopyObject and UploadPartCopy: bytes that the endpoint has already.

use http::HeaderMap;
use s3s::{
    S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        ChecksumAlgorithm, ChecksumType, CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopyPartResult,
        CopySource, ETag, MetadataDirective, Range, TaggingDirective, UploadPartCopyInput,
        UploadPartCopyOutput,
    },
};

use super::{
    Answer, Lab,
    conditions::{self, OfRead},
    encryption,
    headers::{properties, tags, text},
    read::unreadable,
    receive::{LARGEST, Received, take_over},
    uploads::{part_number, stored},
};
use crate::{
    fail::{fail, invalid_argument, invalid_request},
    store::{
        object::{Moment, Object, Properties},
        outside::Found,
    },
    sums::{Algorithm, Sum},
};

pub(super) async fn object(lab: &Lab, request: S3Request<CopyObjectInput>) -> Answer<CopyObjectOutput> {
    let S3Request { input, headers, .. } = request;
    let condition = conditions::of_write(&headers)?;
    let place = lab.store.place(&input.bucket)?;
    let conditions = OfRead {
        matches: input.copy_source_if_match.clone(),
        matches_none: input.copy_source_if_none_match.clone(),
        modified_since: input.copy_source_if_modified_since.clone(),
        unmodified_since: input.copy_source_if_unmodified_since.clone(),
    };
    let Found { object: source, bytes } = find_source(lab, &input.copy_source, &conditions, &headers).await?;
    check_not_archived(&source)?;
    if source.size > LARGEST {
        return Err(invalid_request("a copy in one request has at most 5 GiB"));
    }
    check_not_itself(&input, &headers)?;
    let properties = copied_properties(&input, &source, &headers)?;
    let replaces_tags =
        input.tagging_directive.as_ref().is_some_and(|d| d.as_str() == TaggingDirective::REPLACE);
    let tags = if replaces_tags { tags(&headers)? } else { source.tags.clone() };
    let algorithm = match &input.checksum_algorithm {
        None => source.sum.algorithm,
        Some(name) => Algorithm::parse(name.as_str()).ok_or_else(|| unknown(name))?,
    };
    let reader = bytes.read(0..source.size).map_err(|e| unreadable(&e))?;
    let Received { body, size, imprint, sum } = take_over(&place, algorithm, source.size, reader).await?;
    let copy = Object {
        key: input.key,
        body,
        size,
        etag: properties.encryption.etag(imprint),
        modified: Moment::now(),
        sum,
        parts: Vec::new(),
        upload: None,
        properties,
        tags,
    };
    let copy = lab.store.put(&input.bucket, copy, &condition)?;
    let headers = encryption::headers(&copy.properties.encryption);
    let result = object_result(&copy);
    let output = CopyObjectOutput { copy_object_result: Some(result), ..Default::default() };
    Ok(S3Response::with_headers(output, headers))
}

pub(super) async fn part(lab: &Lab, request: S3Request<UploadPartCopyInput>) -> Answer<UploadPartCopyOutput> {
    let S3Request { input, headers, .. } = request;
    let number = part_number(input.part_number)?;
    let head = lab.store.upload_head(&input.bucket, &input.key, &input.upload_id)?;
    encryption::unlock(&head.properties.encryption, &headers)?;
    let conditions = OfRead {
        matches: input.copy_source_if_match.clone(),
        matches_none: input.copy_source_if_none_match.clone(),
        modified_since: input.copy_source_if_modified_since.clone(),
        unmodified_since: input.copy_source_if_unmodified_since.clone(),
    };
    let Found { object: source, bytes } = find_source(lab, &input.copy_source, &conditions, &headers).await?;
    let range = source_range(input.copy_source_range.as_deref(), source.size)?;
    let length = range.end - range.start;
    if length > LARGEST {
        return Err(invalid_request("a part has at most 5 GiB"));
    }
    let place = lab.store.place(&input.bucket)?;
    let reader = bytes.read(range).map_err(|e| unreadable(&e))?;
    let part = stored(&head, number, take_over(&place, head.algorithm(), length, reader).await?);
    let result = part_result(&part.part.etag, &part.part.sum, part.part.modified);
    lab.store.put_part(&input.bucket, &input.key, &input.upload_id, part)?;
    let output = UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() };
    Ok(S3Response::with_headers(output, encryption::headers(&head.properties.encryption)))
}

async fn find_source(
    lab: &Lab,
    source: &CopySource,
    conditions: &OfRead,
    headers: &HeaderMap,
) -> S3Result<Found> {
    let CopySource::Bucket { bucket, key, version_id: None } = source else {
        return Err(fail(S3ErrorCode::NotImplemented, "copies are from buckets, and there are no versions"));
    };
    let found = lab.store.find(bucket, key).await?;
    encryption::unlock_source(&found.object.properties.encryption, headers)?;
    conditions.check_source(&found.object)?;
    Ok(found)
}

fn replaces_metadata(input: &CopyObjectInput) -> bool {
    input
        .metadata_directive
        .as_ref()
        .is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE)
}

/// What is archived has to be restored before anything reads it. Nothing is ever restored here.
fn check_not_archived(source: &Object) -> S3Result<()> {
    match source.properties.storage_class.as_deref() {
        Some("GLACIER" | "DEEP_ARCHIVE") => {
            Err(fail(S3ErrorCode::InvalidObjectState, "the object is archived, and was not restored"))
        }
        _ => Ok(()),
    }
}

/// A copy onto itself must change something.
fn check_not_itself(input: &CopyObjectInput, headers: &HeaderMap) -> S3Result<()> {
    let CopySource::Bucket { bucket, key, .. } = &input.copy_source else { return Ok(()) };
    let itself = **bucket == *input.bucket && **key == *input.key;
    let changes = replaces_metadata(input)
        || ["x-amz-storage-class", "x-amz-server-side-encryption", "x-amz-website-redirect-location"]
            .into_iter()
            .chain(["x-amz-server-side-encryption-customer-key", "x-amz-checksum-algorithm"])
            .any(|name| text(headers, name).is_some());
    if itself && !changes {
        return Err(invalid_request("the object would be copied onto itself without a change"));
    }
    Ok(())
}

/// The source's properties or new ones. Storage class, ACL, lock, redirect and encryption are always the request's.
fn copied_properties(input: &CopyObjectInput, source: &Object, headers: &HeaderMap) -> S3Result<Properties> {
    let asked = properties(headers, input.metadata.clone(), input.expires.clone())?;
    if replaces_metadata(input) {
        return Ok(asked);
    }
    Ok(Properties {
        storage_class: asked.storage_class,
        acl: asked.acl,
        grants: asked.grants,
        lock: asked.lock,
        website_redirect: asked.website_redirect,
        encryption: asked.encryption,
        ..source.properties.clone()
    })
}

fn source_range(range: Option<&str>, size: u64) -> S3Result<std::ops::Range<u64>> {
    let Some(range) = range else { return Ok(0..size) };
    match Range::parse(range) {
        Ok(Range::Int { first, last: Some(last) }) if last < size => Ok(first..last + 1),
        _ => Err(invalid_argument("the source's range must be bytes=FIRST-LAST, and lie within the source")),
    }
}

fn unknown(name: &ChecksumAlgorithm) -> s3s::S3Error {
    invalid_request(format!("there is no checksum algorithm {:?}", name.as_str()))
}

fn object_result(copy: &Object) -> CopyObjectResult {
    let of = |algorithm| (copy.sum.algorithm == algorithm).then(|| copy.sum.value.clone());
    CopyObjectResult {
        checksum_crc32: of(Algorithm::Crc32),
        checksum_crc32c: of(Algorithm::Crc32c),
        checksum_crc64nvme: of(Algorithm::Crc64Nvme),
        checksum_sha1: of(Algorithm::Sha1),
        checksum_sha256: of(Algorithm::Sha256),
        checksum_type: Some(ChecksumType::from_static(copy.sum.scope.name())),
        e_tag: Some(ETag::Strong(copy.etag.clone())),
        last_modified: Some(copy.modified.timestamp()),
    }
}

fn part_result(etag: &str, sum: &Sum, modified: Moment) -> CopyPartResult {
    let of = |algorithm| (sum.algorithm == algorithm).then(|| sum.value.clone());
    CopyPartResult {
        checksum_crc32: of(Algorithm::Crc32),
        checksum_crc32c: of(Algorithm::Crc32c),
        checksum_crc64nvme: of(Algorithm::Crc64Nvme),
        checksum_sha1: of(Algorithm::Sha1),
        checksum_sha256: of(Algorithm::Sha256),
        e_tag: Some(ETag::Strong(etag.to_owned())),
        last_modified: Some(modified.timestamp()),
    }
}
