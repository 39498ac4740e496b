//! CreateMultipartUpload, UploadPart and AbortMultipartUpload.

use s3s::{
    S3Request, S3Response, S3Result,
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType,
        CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, PartNumber, UploadPartInput,
        UploadPartOutput,
    },
};

use super::{
    Answer, Lab, encryption,
    headers::{add_sum, properties, tags},
    receive::{Claims, Received, receive},
};
use crate::{
    fail::{invalid_argument, invalid_request},
    store::{
        bodies::unique,
        multipart::{StoredPart, UploadHead},
        object::{Moment, Part},
    },
    sums::{Algorithm, Scope},
};

pub(super) fn create(
    lab: &Lab,
    request: S3Request<CreateMultipartUploadInput>,
) -> Answer<CreateMultipartUploadOutput> {
    let S3Request { input, headers, .. } = request;
    let named = input.checksum_algorithm.as_ref().map(named_algorithm).transpose()?;
    let scope = scope(named, input.checksum_type.as_ref())?;
    let head = UploadHead {
        id: unique(),
        key: input.key,
        initiated: Moment::now(),
        named,
        scope,
        properties: properties(&headers, input.metadata, input.expires)?,
        tags: tags(&headers)?,
    };
    let head = lab.store.create_upload(&input.bucket, head)?;
    let output = CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        checksum_algorithm: named.map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name())),
        checksum_type: named.map(|_| ChecksumType::from_static(scope.name())),
        key: Some(head.key.clone()),
        upload_id: Some(head.id.clone()),
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, encryption::headers(&head.properties.encryption)))
}

fn named_algorithm(name: &ChecksumAlgorithm) -> S3Result<Algorithm> {
    let unknown = || invalid_request(format!("there is no checksum algorithm {:?}", name.as_str()));
    Algorithm::parse(name.as_str()).ok_or_else(unknown)
}

/// What the upload's checksum is computed over: what is asked for, if the algorithm can do that.
fn scope(named: Option<Algorithm>, asked: Option<&ChecksumType>) -> S3Result<Scope> {
    let asked = match asked.map(ChecksumType::as_str) {
        None => None,
        Some(name) => {
            let known = [Scope::FullObject, Scope::Composite].into_iter().find(|scope| scope.name() == name);
            Some(known.ok_or_else(|| invalid_request(format!("there is no checksum type {name:?}")))?)
        }
    };
    let Some(algorithm) = named else {
        return match asked {
            None => Ok(Scope::FullObject),
            Some(_) => Err(invalid_request("a checksum type needs a checksum algorithm")),
        };
    };
    let (usual, other) = match algorithm {
        Algorithm::Crc64Nvme => (Scope::FullObject, None),
        other => (Scope::Composite, other.combines().then_some(Scope::FullObject)),
    };
    match asked {
        None => Ok(usual),
        Some(asked) if asked == usual || Some(asked) == other => Ok(asked),
        Some(asked) => {
            Err(invalid_request(format!("{} has no checksums of type {}", algorithm.name(), asked.name())))
        }
    }
}

pub(super) async fn part(lab: &Lab, request: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
    let number = part_number(request.input.part_number)?;
    let claims = Claims::read(&request)?;
    let S3Request { input, headers, trailing_headers, .. } = request;
    let head = lab.store.upload_head(&input.bucket, &input.key, &input.upload_id)?;
    encryption::unlock(&head.properties.encryption, &headers)?;
    check_algorithm(&head, claims.algorithm())?;
    let place = lab.store.place(&input.bucket)?;
    let received = receive(&place, head.algorithm(), claims, input.body, trailing_headers).await?;
    let part = stored(&head, number, received);
    let (etag, sum) = (part.part.etag.clone(), part.part.sum.clone());
    lab.store.put_part(&input.bucket, &input.key, &input.upload_id, part)?;
    let mut headers = encryption::headers(&head.properties.encryption);
    // Where the upload has named an algorithm S3 tells each part's sum, given or not, and else none.
    if head.named.is_some() {
        add_sum(&mut headers, &sum);
        headers.remove("x-amz-checksum-type");
    }
    let output = UploadPartOutput { e_tag: Some(ETag::Strong(etag)), ..Default::default() };
    Ok(S3Response::with_headers(output, headers))
}

/// A part's number, if it can be one.
pub(super) fn part_number(number: PartNumber) -> S3Result<u16> {
    let number = u16::try_from(number).ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| invalid_argument("a part's number is from 1 to 10000"))
}

/// A part as it is kept.
pub(super) fn stored(head: &UploadHead, number: u16, received: Received) -> StoredPart {
    let Received { body, size, imprint, sum } = received;
    let etag = head.properties.encryption.etag_of_part(imprint);
    StoredPart { part: Part { number, size, etag, sum, modified: Moment::now() }, body }
}

fn check_algorithm(head: &UploadHead, given: Option<Algorithm>) -> S3Result<()> {
    // Where none is named, as some SDKs do that sum the parts nevertheless, any will do.
    let Some(named) = head.named else { return Ok(()) };
    match given {
        Some(given) if given != named => Err(invalid_request(format!(
            "the part's checksum algorithm is {}, the upload's {}",
            given.name(),
            named.name()
        ))),
        None if head.scope == Scope::Composite => {
            Err(invalid_request(format!("each part of this upload needs a checksum with {}", named.name())))
        }
        _ => Ok(()),
    }
}

pub(super) fn abort(
    lab: &Lab,
    request: &S3Request<AbortMultipartUploadInput>,
) -> Answer<AbortMultipartUploadOutput> {
    let input = &request.input;
    lab.store.abort_upload(&input.bucket, &input.key, &input.upload_id)?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_have_the_types_that_s3_gives_them() {
        let full = ChecksumType::from_static(ChecksumType::FULL_OBJECT);
        let composite = ChecksumType::from_static(ChecksumType::COMPOSITE);
        let of = |algorithm, asked| scope(Some(algorithm), asked).ok();
        assert_eq!(of(Algorithm::Crc64Nvme, None), Some(Scope::FullObject));
        assert_eq!(of(Algorithm::Crc64Nvme, Some(&composite)), None);
        assert_eq!(of(Algorithm::Crc32, None), Some(Scope::Composite));
        assert_eq!(of(Algorithm::Crc32c, Some(&full)), Some(Scope::FullObject));
        assert_eq!(of(Algorithm::Sha256, None), Some(Scope::Composite));
        assert_eq!(of(Algorithm::Sha1, Some(&full)), None);
        assert_eq!(scope(None, None).ok(), Some(Scope::FullObject));
    }
}
