//! DeleteObject and DeleteObjects.

use s3s::{
    S3ErrorCode, S3Request, S3Response,
    dto::{
        DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, Error,
    },
};

use super::{Answer, Lab, conditions};
use crate::{fail::fail, store::Condition};

/// How many objects one request deletes at most.
const MANY: usize = 1000;

pub(super) fn one(lab: &Lab, request: &S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
    let condition = conditions::of_write(&request.headers)?;
    lab.store.delete(&request.input.bucket, &request.input.key, &condition)?;
    Ok(S3Response::new(DeleteObjectOutput::default()))
}

pub(super) fn many(lab: &Lab, request: S3Request<DeleteObjectsInput>) -> Answer<DeleteObjectsOutput> {
    let DeleteObjectsInput { bucket, delete, .. } = request.input;
    lab.store.place(&bucket)?;
    if !(1..=MANY).contains(&delete.objects.len()) {
        return Err(fail(S3ErrorCode::MalformedXML, "one request deletes 1 to 1000 objects"));
    }
    let quiet = delete.quiet.unwrap_or(false);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in delete.objects {
        let etag = object.e_tag.map(s3s::dto::ETag::into_value);
        let condition = Condition { etag, ..Condition::default() };
        match lab.store.delete(&bucket, &object.key, &condition) {
            Ok(()) if quiet => {}
            Ok(()) => deleted.push(DeletedObject { key: Some(object.key), ..Default::default() }),
            Err(error) => errors.push(Error {
                code: Some(error.code().as_str().to_owned()),
                key: Some(object.key),
                message: error.message().map(str::to_owned),
                version_id: None,
            }),
        }
    }
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: Some(deleted),
        errors: Some(errors),
        request_charged: None,
    }))
}
