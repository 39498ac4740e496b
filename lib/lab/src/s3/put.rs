//! PutObject.

use s3s::{S3ErrorCode, S3Request, S3Response, dto::PutObjectInput, dto::PutObjectOutput};

use super::{
    Answer, Lab, conditions, encryption,
    headers::{add_sum, properties, tags},
    lock,
    receive::{Claims, Received, receive},
};
use crate::{
    fail::fail,
    store::object::{Moment, Object},
    sums::Algorithm,
};

pub(super) async fn put(lab: &Lab, request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
    let place = lab.store.place(&request.input.bucket)?;
    let condition = conditions::of_write(&request.headers)?;
    let claims = Claims::read(&request)?;
    lock::require_sum(&request.headers, claims.algorithm().is_some())?;
    let tags = tags(&request.headers)?;
    let S3Request { input, headers, trailing_headers, .. } = request;
    if input.write_offset_bytes.is_some() {
        return Err(fail(S3ErrorCode::NotImplemented, "only directory buckets take appends"));
    }
    let properties = properties(&headers, input.metadata, input.expires)?;
    let algorithm = claims.algorithm().unwrap_or(Algorithm::Crc64Nvme);
    let Received { body, size, imprint, sum } =
        receive(&place, algorithm, claims, input.body, trailing_headers).await?;
    let object = Object {
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
    let object = lab.store.put(&input.bucket, object, &condition)?;
    let mut headers = encryption::headers(&object.properties.encryption);
    add_sum(&mut headers, &object.sum);
    let output =
        PutObjectOutput { e_tag: Some(s3s::dto::ETag::Strong(object.etag.clone())), ..Default::default() };
    Ok(S3Response::with_headers(output, headers))
}
