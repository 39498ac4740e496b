//! GetObjectAttributes.

use s3s::{
    S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        Checksum, ChecksumType, ETag, GetObjectAttributesInput, GetObjectAttributesOutput,
        GetObjectAttributesParts, ObjectPart, StorageClass,
    },
};

use super::{
    Answer, Lab, encryption,
    list::{count, limit, size},
    parts::Shown,
};
use crate::{
    FaultKind,
    fail::{fail, invalid_argument},
    front::Struck,
    store::object::{Object, Part, STANDARD},
    sums::{Algorithm, Scope},
};

const KNOWN: [&str; 5] = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

pub(super) async fn get(
    lab: &Lab,
    request: S3Request<GetObjectAttributesInput>,
) -> Answer<GetObjectAttributesOutput> {
    if let Some(Struck(FaultKind::NoParts | FaultKind::Neither)) = request.extensions.get() {
        return Err(fail(S3ErrorCode::NotImplemented, "injected: attributes are not known"));
    }
    let input = &request.input;
    // Names come one a header, or several in one.
    let asked: Vec<&str> =
        input.object_attributes.iter().flat_map(|names| names.as_str().split(',')).map(str::trim).collect();
    if let Some(unknown) = asked.iter().find(|name| !KNOWN.contains(name)) {
        return Err(invalid_argument(format!("there is no attribute {unknown:?}")));
    }
    let object = lab.store.find(&input.bucket, &input.key).await?.object;
    encryption::unlock(&object.properties.encryption, &request.headers)?;
    let wants = |name| asked.contains(&name);
    let class = object.properties.storage_class.clone().unwrap_or_else(|| STANDARD.to_owned());
    let parts =
        if wants("ObjectParts") && !object.parts.is_empty() { Some(parts(&object, input)?) } else { None };
    Ok(S3Response::new(GetObjectAttributesOutput {
        checksum: wants("Checksum").then(|| checksum(&object)),
        e_tag: wants("ETag").then(|| ETag::Strong(object.etag.clone())),
        last_modified: Some(object.modified.timestamp()),
        object_parts: parts,
        object_size: wants("ObjectSize").then(|| size(object.size)),
        storage_class: wants("StorageClass").then(|| StorageClass::from(class)),
        ..Default::default()
    }))
}

/// The object's checksum; here alone S3 leaves out the number of parts behind a composite.
fn checksum(object: &Object) -> Checksum {
    let value = object.sum.value.split_once('-').map_or(object.sum.value.as_str(), |(value, _parts)| value);
    let of = |algorithm| (object.sum.algorithm == algorithm).then(|| value.to_owned());
    Checksum {
        checksum_crc32: of(Algorithm::Crc32),
        checksum_crc32c: of(Algorithm::Crc32c),
        checksum_crc64nvme: of(Algorithm::Crc64Nvme),
        checksum_sha1: of(Algorithm::Sha1),
        checksum_sha256: of(Algorithm::Sha256),
        checksum_type: Some(ChecksumType::from_static(object.sum.scope.name())),
    }
}

/// How many parts there are; which ones is told only where each has a checksum of its own.
fn parts(object: &Object, input: &GetObjectAttributesInput) -> S3Result<GetObjectAttributesParts> {
    let limit = limit(input.max_parts)?;
    let total = Some(count(object.parts.len()));
    if object.sum.scope == Scope::FullObject {
        return Ok(GetObjectAttributesParts { total_parts_count: total, ..Default::default() });
    }
    let shown = Shown::of(&object.parts, input.part_number_marker, limit);
    Ok(GetObjectAttributesParts {
        is_truncated: Some(shown.truncated),
        max_parts: Some(count(limit)),
        next_part_number_marker: Some(shown.last),
        part_number_marker: Some(input.part_number_marker.unwrap_or(0)),
        parts: Some(shown.parts.iter().map(object_part).collect()),
        total_parts_count: total,
    })
}

fn object_part(part: &Part) -> ObjectPart {
    let of = |algorithm| (part.sum.algorithm == algorithm).then(|| part.sum.value.clone());
    ObjectPart {
        checksum_crc32: of(Algorithm::Crc32),
        checksum_crc32c: of(Algorithm::Crc32c),
        checksum_crc64nvme: of(Algorithm::Crc64Nvme),
        checksum_sha1: of(Algorithm::Sha1),
        checksum_sha256: of(Algorithm::Sha256),
        part_number: Some(part.number.into()),
        size: Some(size(part.size)),
    }
}
