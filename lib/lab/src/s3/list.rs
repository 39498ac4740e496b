//! ListObjectsV2 and ListObjects.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use s3s::{
    S3Request, S3Response, S3Result,
    dto::{
        ChecksumAlgorithm, ChecksumType, CommonPrefix, ETag, ListObjectsInput, ListObjectsOutput,
        ListObjectsV2Input, ListObjectsV2Output, MaxKeys, Object as Entry, ObjectStorageClass, Owner, Size,
    },
};

use super::{Answer, Lab, OWNER, names::Names};
use crate::{
    FaultKind,
    fail::invalid_argument,
    front::Struck,
    store::{
        index::{PAGE, Page, Query},
        object::{Object, STANDARD},
    },
};

pub(super) fn v2(lab: &Lab, request: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
    let fault = request.extensions.get().map(|Struck(fault)| *fault);
    let input = request.input;
    let names = Names::asked(input.encoding_type.as_ref())?;
    let limit = limit(input.max_keys)?.min(lab.page);
    let start_after = input.start_after.clone().filter(|_| fault != Some(FaultKind::IgnoreStartAfter));
    let token = input.continuation_token.as_deref().map(read_token).transpose()?;
    let query = query(input.prefix.as_deref(), input.delimiter.as_deref(), token.or(start_after), limit);
    let mut page = lab.store.list(&input.bucket, &query)?;
    if let (Some(FaultKind::Disorder), [first, second, ..]) = (fault, page.entries.as_mut_slice()) {
        std::mem::swap(first, second);
    }
    let owned = input.fetch_owner.unwrap_or(false);
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(names.write(&query.prefix)),
        max_keys: Some(count(limit)),
        key_count: Some(count(page.len())),
        continuation_token: input.continuation_token,
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next.as_deref().map(|next| BASE64.encode(next)),
        contents: Some(entries(&page, names, owned)),
        common_prefixes: Some(common_prefixes(&page.prefixes, names)),
        delimiter: query.delimiter.as_deref().map(|delimiter| names.write(delimiter)),
        encoding_type: input.encoding_type,
        start_after: input.start_after.as_deref().map(|after| names.write(after)),
        request_charged: None,
    }))
}

pub(super) fn v1(lab: &Lab, request: S3Request<ListObjectsInput>) -> Answer<ListObjectsOutput> {
    let input = request.input;
    let names = Names::asked(input.encoding_type.as_ref())?;
    let limit = limit(input.max_keys)?.min(lab.page);
    let query = query(input.prefix.as_deref(), input.delimiter.as_deref(), input.marker.clone(), limit);
    let page = lab.store.list(&input.bucket, &query)?;
    // Without a delimiter the last key is the next marker, and S3 does not repeat it.
    let next = page.next.as_deref().filter(|_| query.delimiter.is_some());
    Ok(S3Response::new(ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(names.write(&query.prefix)),
        marker: Some(names.write(input.marker.as_deref().unwrap_or_default())),
        max_keys: Some(count(limit)),
        is_truncated: Some(page.next.is_some()),
        contents: Some(entries(&page, names, true)),
        common_prefixes: Some(common_prefixes(&page.prefixes, names)),
        delimiter: query.delimiter.as_deref().map(|delimiter| names.write(delimiter)),
        next_marker: next.map(|next| names.write(next)),
        encoding_type: input.encoding_type,
        request_charged: None,
    }))
}

fn query(prefix: Option<&str>, delimiter: Option<&str>, after: Option<String>, limit: usize) -> Query {
    Query {
        prefix: prefix.unwrap_or_default().to_owned(),
        delimiter: delimiter.filter(|delimiter| !delimiter.is_empty()).map(str::to_owned),
        after: after.filter(|after| !after.is_empty()),
        limit,
    }
}

/// How many entries a page has at most: no more than S3 gives, whatever is asked for.
pub(super) fn limit(asked: Option<MaxKeys>) -> S3Result<usize> {
    match asked.map(usize::try_from) {
        None => Ok(PAGE),
        Some(Ok(asked)) => Ok(asked.min(PAGE)),
        Some(Err(_)) => Err(invalid_argument("the size of a page is not negative")),
    }
}

/// A number of entries, as S3's messages carry it.
pub(super) fn count(entries: usize) -> i32 {
    i32::try_from(entries).unwrap_or(i32::MAX)
}

/// A number of bytes, as S3's messages carry it.
pub(super) fn size(bytes: u64) -> Size {
    Size::try_from(bytes).unwrap_or(Size::MAX)
}

pub(super) fn common_prefixes(prefixes: &[String], names: Names) -> Vec<CommonPrefix> {
    prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(names.write(prefix)) }).collect()
}

fn read_token(token: &str) -> S3Result<String> {
    let key = BASE64.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| invalid_argument("the continuation token is not one of this endpoint's"))
}

fn entries(page: &Page<Arc<Object>>, names: Names, owned: bool) -> Vec<Entry> {
    let account = || Owner { display_name: None, id: Some(OWNER.to_owned()) };
    let entry = |object: &Arc<Object>| {
        let class = object.properties.storage_class.as_deref().unwrap_or(STANDARD).to_owned();
        Entry {
            checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(object.sum.algorithm.name())]),
            checksum_type: Some(ChecksumType::from_static(object.sum.scope.name())),
            e_tag: Some(ETag::Strong(object.etag.clone())),
            key: Some(names.write(&object.key)),
            last_modified: Some(object.modified.timestamp()),
            owner: owned.then(account),
            restore_status: None,
            size: Some(size(object.size)),
            storage_class: Some(ObjectStorageClass::from(class)),
        }
    };
    page.entries.iter().map(entry).collect()
}
