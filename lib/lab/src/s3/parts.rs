//! What is there of unfinished uploads: ListParts and ListMultipartUploads.

use s3s::{
    S3Request, S3Response,
    dto::{
        ChecksumAlgorithm, ChecksumType, ETag, Initiator, ListMultipartUploadsInput,
        ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Owner, Part as Entry,
        PartNumberMarker, StorageClass,
    },
};

use super::{
    Answer, Lab, OWNER,
    list::{common_prefixes, count, limit, size},
    names::Names,
};
use crate::{
    store::{
        index::Query,
        multipart::UploadHead,
        object::{Part, STANDARD},
    },
    sums::Algorithm,
};

pub(super) fn parts(lab: &Lab, request: S3Request<ListPartsInput>) -> Answer<ListPartsOutput> {
    let input = request.input;
    let upload = lab.store.upload(&input.bucket, &input.key, &input.upload_id)?;
    let limit = limit(input.max_parts)?;
    let parts: Vec<Part> = upload.parts.into_values().map(|stored| stored.part).collect();
    let shown = Shown::of(&parts, input.part_number_marker, limit);
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        checksum_algorithm: Some(ChecksumAlgorithm::from_static(upload.head.algorithm().name())),
        checksum_type: Some(ChecksumType::from_static(upload.head.scope.name())),
        initiator: Some(initiator()),
        is_truncated: Some(shown.truncated),
        key: Some(input.key),
        max_parts: Some(count(limit)),
        next_part_number_marker: Some(shown.last),
        owner: Some(owner()),
        part_number_marker: Some(input.part_number_marker.unwrap_or(0)),
        parts: Some(shown.parts.iter().map(entry).collect()),
        storage_class: Some(storage_class(&upload.head)),
        upload_id: Some(input.upload_id),
        ..Default::default()
    }))
}

pub(super) fn uploads(
    lab: &Lab,
    request: S3Request<ListMultipartUploadsInput>,
) -> Answer<ListMultipartUploadsOutput> {
    let input = request.input;
    let names = Names::asked(input.encoding_type.as_ref())?;
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (key_marker, id_marker) = (filled(input.key_marker), filled(input.upload_id_marker));
    let query = Query {
        prefix: input.prefix.unwrap_or_default(),
        delimiter: filled(input.delimiter),
        after: key_marker.clone(),
        limit: limit(input.max_uploads)?,
    };
    let page = lab.store.list_uploads(&input.bucket, &query, id_marker.as_deref())?;
    let (next_key, next_id) = page.next.unzip();
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        common_prefixes: Some(common_prefixes(&page.prefixes, names)),
        delimiter: query.delimiter.as_deref().map(|delimiter| names.write(delimiter)),
        encoding_type: input.encoding_type,
        is_truncated: Some(next_key.is_some()),
        key_marker: Some(names.write(&key_marker.unwrap_or_default())),
        max_uploads: Some(count(query.limit)),
        next_key_marker: next_key.map(|key| names.write(&key)),
        next_upload_id_marker: next_id,
        prefix: Some(names.write(&query.prefix)),
        request_charged: None,
        upload_id_marker: Some(id_marker.unwrap_or_default()),
        uploads: Some(page.uploads.iter().map(|upload| upload_entry(upload, names)).collect()),
    }))
}

/// A page of parts.
pub(super) struct Shown<'a> {
    pub(super) parts: &'a [Part],
    pub(super) truncated: bool,
    /// The number of the last part in the page; S3 tells it even if no page follows, and 0 if there is none.
    pub(super) last: PartNumberMarker,
}

impl<'a> Shown<'a> {
    /// The parts behind a marker.
    pub(super) fn of(parts: &'a [Part], marker: Option<PartNumberMarker>, limit: usize) -> Self {
        let start = parts.partition_point(|part| i32::from(part.number) <= marker.unwrap_or(0));
        let rest = &parts[start..];
        let shown = &rest[..limit.min(rest.len())];
        let last = shown.last().map_or(0, |part| part.number.into());
        Self { parts: shown, truncated: shown.len() < rest.len(), last }
    }
}

fn entry(part: &Part) -> Entry {
    let of = |algorithm| (part.sum.algorithm == algorithm).then(|| part.sum.value.clone());
    Entry {
        checksum_crc32: of(Algorithm::Crc32),
        checksum_crc32c: of(Algorithm::Crc32c),
        checksum_crc64nvme: of(Algorithm::Crc64Nvme),
        checksum_sha1: of(Algorithm::Sha1),
        checksum_sha256: of(Algorithm::Sha256),
        e_tag: Some(ETag::Strong(part.etag.clone())),
        last_modified: Some(part.modified.timestamp()),
        part_number: Some(part.number.into()),
        size: Some(size(part.size)),
    }
}

fn upload_entry(upload: &UploadHead, names: Names) -> MultipartUpload {
    MultipartUpload {
        checksum_algorithm: Some(ChecksumAlgorithm::from_static(upload.algorithm().name())),
        checksum_type: Some(ChecksumType::from_static(upload.scope.name())),
        initiated: Some(upload.initiated.timestamp()),
        initiator: Some(initiator()),
        key: Some(names.write(&upload.key)),
        owner: Some(owner()),
        storage_class: Some(storage_class(upload)),
        upload_id: Some(upload.id.clone()),
    }
}

fn storage_class(upload: &UploadHead) -> StorageClass {
    StorageClass::from(upload.properties.storage_class.clone().unwrap_or_else(|| STANDARD.to_owned()))
}

fn owner() -> Owner {
    Owner { display_name: None, id: Some(OWNER.to_owned()) }
}

fn initiator() -> Initiator {
    Initiator { display_name: None, id: Some(OWNER.to_owned()) }
}
