//! Buckets.

use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::{
    S3ErrorCode, S3Request, S3Response,
    dto::{
        Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
        DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput, GetBucketVersioningInput,
        GetBucketVersioningOutput, HeadBucketInput, HeadBucketOutput, ListBucketsInput, ListBucketsOutput,
        Owner,
    },
};

use super::{Answer, Lab, OWNER};
use crate::fail::{fail, invalid_argument};

/// The region that has no name in a location constraint.
const FIRST_REGION: &str = "us-east-1";

pub(super) fn list(lab: &Lab, request: &S3Request<ListBucketsInput>) -> Answer<ListBucketsOutput> {
    let input = &request.input;
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = input.continuation_token.as_deref().unwrap_or_default();
    let limit = usize::try_from(input.max_buckets.unwrap_or(10_000)).unwrap_or(0);
    if !(1..=10_000).contains(&limit) {
        return Err(invalid_argument("max-buckets is from 1 to 10000"));
    }
    let mut buckets = lab.store.buckets();
    buckets.retain(|(name, _)| name.starts_with(prefix) && name.as_str() > after);
    let more = buckets.len() > limit;
    buckets.truncate(limit);
    Ok(S3Response::new(ListBucketsOutput {
        continuation_token: buckets.last().filter(|_| more).map(|(name, _)| name.clone()),
        owner: Some(Owner { display_name: None, id: Some(OWNER.to_owned()) }),
        prefix: input.prefix.clone(),
        buckets: Some(
            buckets
                .into_iter()
                .map(|(name, created)| Bucket {
                    bucket_region: Some(lab.region.clone()),
                    creation_date: Some(created.timestamp()),
                    name: Some(name),
                })
                .collect(),
        ),
    }))
}

pub(super) fn create(lab: &Lab, request: &S3Request<CreateBucketInput>) -> Answer<CreateBucketOutput> {
    let input = &request.input;
    let constraint = input
        .create_bucket_configuration
        .as_ref()
        .and_then(|configuration| configuration.location_constraint.as_ref())
        .map_or(FIRST_REGION, BucketLocationConstraint::as_str);
    if constraint != lab.region {
        let message = format!("this endpoint makes buckets in {} only, not in {constraint}", lab.region);
        return Err(fail(S3ErrorCode::IllegalLocationConstraintException, message));
    }
    // Only the oldest region forgives making one's own bucket again.
    if !lab.store.create_bucket(&input.bucket)? && lab.region != FIRST_REGION {
        return Err(fail(S3ErrorCode::BucketAlreadyOwnedByYou, "the bucket is there already, and yours"));
    }
    Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) }))
}

pub(super) fn head(lab: &Lab, request: &S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
    lab.store.place(&request.input.bucket)?;
    let region = HeaderValue::try_from(&lab.region).ok();
    let headers = region.map(|region| (HeaderName::from_static("x-amz-bucket-region"), region));
    Ok(S3Response::with_headers(HeadBucketOutput::default(), HeaderMap::from_iter(headers)))
}

pub(super) fn delete(lab: &Lab, request: &S3Request<DeleteBucketInput>) -> Answer<DeleteBucketOutput> {
    lab.store.delete_bucket(&request.input.bucket)?;
    Ok(S3Response::new(DeleteBucketOutput::default()))
}

pub(super) fn location(
    lab: &Lab,
    request: &S3Request<GetBucketLocationInput>,
) -> Answer<GetBucketLocationOutput> {
    lab.store.place(&request.input.bucket)?;
    let named = (lab.region != FIRST_REGION).then(|| BucketLocationConstraint::from(lab.region.clone()));
    Ok(S3Response::new(GetBucketLocationOutput { location_constraint: named }))
}

pub(super) fn versioning(
    lab: &Lab,
    request: &S3Request<GetBucketVersioningInput>,
) -> Answer<GetBucketVersioningOutput> {
    lab.store.place(&request.input.bucket)?;
    Ok(S3Response::new(GetBucketVersioningOutput::default()))
}
