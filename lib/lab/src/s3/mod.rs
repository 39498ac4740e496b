//! The S3 operations: what each checks, does and answers. One concern a file; this one is their table of contents.

mod acl;
mod attributes;
mod buckets;
mod complete;
mod conditions;
mod copy;
mod delete;
mod encryption;
mod headers;
mod joining;
mod list;
mod lock;
mod names;
mod parts;
mod put;
mod read;
mod receive;
mod tagging;
mod uploads;

use std::sync::Arc;

use s3s::{
    S3, S3Request, S3Response, S3Result,
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
        CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateBucketInput,
        CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteBucketInput,
        DeleteBucketOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectTaggingInput,
        DeleteObjectTaggingOutput, DeleteObjectsInput, DeleteObjectsOutput, GetBucketLocationInput,
        GetBucketLocationOutput, GetBucketVersioningInput, GetBucketVersioningOutput, GetObjectAclInput,
        GetObjectAclOutput, GetObjectAttributesInput, GetObjectAttributesOutput, GetObjectInput,
        GetObjectOutput, GetObjectTaggingInput, GetObjectTaggingOutput, HeadBucketInput, HeadBucketOutput,
        HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput, ListMultipartUploadsInput,
        ListMultipartUploadsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
        ListObjectsV2Output, ListPartsInput, ListPartsOutput, PutObjectInput, PutObjectOutput,
        PutObjectTaggingInput, PutObjectTaggingOutput, UploadPartCopyInput, UploadPartCopyOutput,
        UploadPartInput, UploadPartOutput,
    },
};

pub(crate) use self::joining::Joining;

use crate::store::{Store, index::PAGE};

/// The account that owns everything.
const OWNER: &str = "tt-lab";

/// The S3 operations over a store.
#[derive(Clone)]
pub(crate) struct Lab {
    store: Arc<Store>,
    region: String,
    /// The largest page of a listing.
    page: usize,
}

impl Lab {
    pub(crate) fn new(store: Arc<Store>, region: String, page: usize) -> Self {
        let page = if page == 0 { PAGE } else { page.min(PAGE) };
        Self { store, region, page }
    }
}

type Answer<T> = S3Result<S3Response<T>>;

#[async_trait::async_trait]
#[rustfmt::skip] // one line an operation
impl S3 for Lab {
    async fn list_buckets(&self, r: S3Request<ListBucketsInput>) -> Answer<ListBucketsOutput> { buckets::list(self, &r) }
    async fn create_bucket(&self, r: S3Request<CreateBucketInput>) -> Answer<CreateBucketOutput> { buckets::create(self, &r) }
    async fn head_bucket(&self, r: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> { buckets::head(self, &r) }
    async fn delete_bucket(&self, r: S3Request<DeleteBucketInput>) -> Answer<DeleteBucketOutput> { buckets::delete(self, &r) }
    async fn get_bucket_location(&self, r: S3Request<GetBucketLocationInput>) -> Answer<GetBucketLocationOutput> { buckets::location(self, &r) }
    async fn get_bucket_versioning(&self, r: S3Request<GetBucketVersioningInput>) -> Answer<GetBucketVersioningOutput> { buckets::versioning(self, &r) }

    async fn list_objects(&self, r: S3Request<ListObjectsInput>) -> Answer<ListObjectsOutput> { list::v1(self, r) }
    async fn list_objects_v2(&self, r: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> { list::v2(self, r) }

    async fn put_object(&self, r: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> { put::put(self, r).await }
    async fn copy_object(&self, r: S3Request<CopyObjectInput>) -> Answer<CopyObjectOutput> { copy::object(self, r).await }
    async fn get_object(&self, r: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> { read::get(self, r).await }
    async fn head_object(&self, r: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> { read::head(self, r).await }
    async fn get_object_attributes(&self, r: S3Request<GetObjectAttributesInput>) -> Answer<GetObjectAttributesOutput> { attributes::get(self, r).await }
    async fn get_object_acl(&self, r: S3Request<GetObjectAclInput>) -> Answer<GetObjectAclOutput> { acl::get(self, r).await }
    async fn delete_object(&self, r: S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> { delete::one(self, &r) }
    async fn delete_objects(&self, r: S3Request<DeleteObjectsInput>) -> Answer<DeleteObjectsOutput> { delete::many(self, r) }
    async fn put_object_tagging(&self, r: S3Request<PutObjectTaggingInput>) -> Answer<PutObjectTaggingOutput> { tagging::put(self, r) }
    async fn get_object_tagging(&self, r: S3Request<GetObjectTaggingInput>) -> Answer<GetObjectTaggingOutput> { tagging::get(self, r).await }
    async fn delete_object_tagging(&self, r: S3Request<DeleteObjectTaggingInput>) -> Answer<DeleteObjectTaggingOutput> { tagging::delete(self, &r) }

    async fn create_multipart_upload(&self, r: S3Request<CreateMultipartUploadInput>) -> Answer<CreateMultipartUploadOutput> { uploads::create(self, r) }
    async fn upload_part(&self, r: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> { uploads::part(self, r).await }
    async fn upload_part_copy(&self, r: S3Request<UploadPartCopyInput>) -> Answer<UploadPartCopyOutput> { copy::part(self, r).await }
    async fn complete_multipart_upload(&self, r: S3Request<CompleteMultipartUploadInput>) -> Answer<CompleteMultipartUploadOutput> { complete::complete(self, r).await }
    async fn abort_multipart_upload(&self, r: S3Request<AbortMultipartUploadInput>) -> Answer<AbortMultipartUploadOutput> { uploads::abort(self, &r) }
    async fn list_multipart_uploads(&self, r: S3Request<ListMultipartUploadsInput>) -> Answer<ListMultipartUploadsOutput> { parts::uploads(self, r) }
    async fn list_parts(&self, r: S3Request<ListPartsInput>) -> Answer<ListPartsOutput> { parts::parts(self, r) }
}
