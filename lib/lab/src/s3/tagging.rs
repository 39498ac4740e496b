//! The tags of objects.

use s3s::{
    S3Request, S3Response,
    dto::{
        DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput, GetObjectTaggingOutput,
        PutObjectTaggingInput, PutObjectTaggingOutput, Tag,
    },
};

use super::{Answer, Lab, headers::check_tags};

pub(super) fn put(lab: &Lab, request: S3Request<PutObjectTaggingInput>) -> Answer<PutObjectTaggingOutput> {
    let PutObjectTaggingInput { bucket, key, tagging, .. } = request.input;
    let pair = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
    let tags: Vec<_> = tagging.tag_set.into_iter().map(pair).collect();
    check_tags(&tags)?;
    lab.store.amend(&bucket, &key, |object| object.tags = tags)?;
    Ok(S3Response::new(PutObjectTaggingOutput::default()))
}

pub(super) async fn get(
    lab: &Lab,
    request: S3Request<GetObjectTaggingInput>,
) -> Answer<GetObjectTaggingOutput> {
    let object = lab.store.find(&request.input.bucket, &request.input.key).await?.object;
    let tag = |(key, value): &(String, String)| Tag { key: Some(key.clone()), value: Some(value.clone()) };
    let tag_set = object.tags.iter().map(tag).collect();
    Ok(S3Response::new(GetObjectTaggingOutput { tag_set, version_id: None }))
}

pub(super) fn delete(
    lab: &Lab,
    request: &S3Request<DeleteObjectTaggingInput>,
) -> Answer<DeleteObjectTaggingOutput> {
    lab.store.amend(&request.input.bucket, &request.input.key, |object| object.tags.clear())?;
    Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
}
