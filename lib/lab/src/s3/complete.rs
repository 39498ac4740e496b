//! CompleteMultipartUpload: the parts that the client lists against those that were uploaded.

use http::HeaderMap;
use s3s::{
    S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{ChecksumType, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, ETag},
};

use super::{Answer, Lab, conditions, encryption, headers::text, joining::SetAside, uploads::part_number};
use crate::{
    fail::{Internal as _, bad_digest, fail, invalid_request, no_such_upload},
    store::{
        multipart::{Completing, StoredPart, Upload, UploadHead},
        object::{Moment, Object},
    },
    sums::{Algorithm, Scope, Sum, hex, md5},
};

/// The smallest part but the last.
const SMALLEST: u64 = 5 * 1024 * 1024;

pub(super) async fn complete(
    lab: &Lab,
    request: S3Request<CompleteMultipartUploadInput>,
) -> Answer<CompleteMultipartUploadOutput> {
    let S3Request { input, headers, extensions, .. } = request;
    let aside = extensions.get::<SetAside>().cloned().unwrap_or_default();
    let condition = conditions::of_write(&headers)?;
    let listed =
        input.multipart_upload.as_ref().and_then(|listed| listed.parts.as_deref()).unwrap_or_default();
    let object = match lab.store.completing(&input.bucket, &input.key, &input.upload_id)? {
        Completing::Done(object) if same_parts(&object, listed) => object,
        Completing::Done(_) => return Err(no_such_upload()),
        Completing::Open(upload) => {
            encryption::unlock_optional(&upload.head.properties.encryption, &headers)?;
            let plan = plan(&upload, listed, &aside)?;
            check_claims(&upload.head, &plan, &input, &headers)?;
            let object = join(lab, &input.bucket, &upload.head, plan).await?;
            lab.store.complete_upload(&input.bucket, &input.upload_id, object, &condition)?
        }
    };
    let host = text(&headers, "host").unwrap_or("localhost");
    Ok(answer(host, input.bucket, &object))
}

/// What the object will be.
struct Plan {
    parts: Vec<StoredPart>,
    size: u64,
    etag: String,
    sum: Sum,
}

/// Finds the listed parts among the uploaded ones.
fn plan(upload: &Upload, listed: &[CompletedPart], aside: &SetAside) -> S3Result<Plan> {
    if listed.is_empty() {
        return Err(fail(S3ErrorCode::MalformedXML, "at least one part must be listed"));
    }
    let mut parts: Vec<StoredPart> = Vec::with_capacity(listed.len());
    for (place, entry) in listed.iter().enumerate() {
        let part = find(upload, entry, aside.get(place))?;
        match parts.last() {
            Some(last) if last.part.number >= part.part.number => {
                return Err(fail(S3ErrorCode::InvalidPartOrder, "parts must be listed in ascending order"));
            }
            Some(last) if last.part.size < SMALLEST => {
                let message = format!("part {} is smaller than 5 MiB, and not the last", last.part.number);
                return Err(fail(S3ErrorCode::EntityTooSmall, message));
            }
            _ => parts.push(part),
        }
    }
    let sums = parts.iter().map(|stored| (stored.part.sum.value.as_str(), stored.part.size));
    let sum = Sum::of_parts(upload.head.algorithm(), upload.head.scope, sums)
        .ok_or_else(|| fail(S3ErrorCode::InternalError, "the record of a part is damaged"))?;
    let size = parts.iter().map(|stored| stored.part.size).sum();
    Ok(Plan { etag: etag(&parts), size, sum, parts })
}

/// The uploaded part that an entry means.
fn find(upload: &Upload, entry: &CompletedPart, aside: Option<(Algorithm, &str)>) -> S3Result<StoredPart> {
    let (Some(number), Some(etag)) = (entry.part_number, &entry.e_tag) else {
        return Err(fail(S3ErrorCode::MalformedXML, "each part needs its number and its ETag"));
    };
    let number = part_number(number)?;
    let invalid = |why| fail(S3ErrorCode::InvalidPart, format!("part {number} {why}"));
    let stored = upload.parts.get(&number).ok_or_else(|| invalid("was not uploaded"))?;
    if stored.part.etag != etag.value() {
        return Err(invalid("has another ETag"));
    }
    match given(entry, aside)? {
        None if upload.head.scope == Scope::Composite => {
            Err(invalid_request(format!("part {number} must be listed with its checksum")))
        }
        Some((algorithm, _)) if algorithm != upload.head.algorithm() => {
            let message =
                format!("part {number} is listed with a checksum of another algorithm than the upload's");
            Err(invalid_request(message))
        }
        Some((_, value)) if value != stored.part.sum.value => Err(invalid("has another checksum")),
        _ => Ok(stored.clone()),
    }
}

/// The checksum in an entry.
fn given<'a>(
    entry: &'a CompletedPart,
    aside: Option<(Algorithm, &'a str)>,
) -> S3Result<Option<(Algorithm, &'a str)>> {
    let all = [
        (Algorithm::Crc32, &entry.checksum_crc32),
        (Algorithm::Crc32c, &entry.checksum_crc32c),
        (Algorithm::Crc64Nvme, &entry.checksum_crc64nvme),
        (Algorithm::Sha1, &entry.checksum_sha1),
        (Algorithm::Sha256, &entry.checksum_sha256),
    ];
    let all = all.into_iter().filter_map(|(algorithm, value)| Some((algorithm, value.as_deref()?)));
    let mut given = all.chain(aside);
    match (given.next(), given.next()) {
        (_, Some(_)) => Err(invalid_request("a part is listed with more than one checksum")),
        (first, None) => Ok(first),
    }
}

/// The MD5 of the parts' MD5s, and their number.
fn etag(parts: &[StoredPart]) -> String {
    let digit =
        |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let digests: Vec<u8> =
        parts.iter().flat_map(|stored| stored.part.etag.as_bytes().chunks(2)).filter_map(digit).collect();
    format!("{}-{}", hex(&md5(&digests)), parts.len())
}

/// Checks what the client says of the whole.
fn check_claims(
    head: &UploadHead,
    plan: &Plan,
    input: &CompleteMultipartUploadInput,
    headers: &HeaderMap,
) -> S3Result<()> {
    if input.mpu_object_size.is_some_and(|size| u64::try_from(size) != Ok(plan.size)) {
        return Err(invalid_request(format!(
            "the parts have {} bytes in all, not what the request says",
            plan.size
        )));
    }
    if input.checksum_type.as_ref().map(ChecksumType::as_str).is_some_and(|scope| scope != head.scope.name())
    {
        return Err(invalid_request(format!("the upload's checksum is of type {}", head.scope.name())));
    }
    let mut claims = Algorithm::ALL.into_iter().filter_map(|algorithm| {
        let name = format!("x-amz-checksum-{}", algorithm.name().to_ascii_lowercase());
        text(headers, &name).map(|value| (algorithm, value))
    });
    match (claims.next(), claims.next()) {
        (_, Some(_)) => Err(invalid_request("there is more than one x-amz-checksum header")),
        (Some((algorithm, _)), None) if algorithm != plan.sum.algorithm => {
            Err(invalid_request(format!("the upload's checksum is with {}", plan.sum.algorithm.name())))
        }
        (Some((algorithm, value)), None) if value != plan.sum.value => Err(bad_digest(algorithm.name())),
        _ => Ok(()),
    }
}

async fn join(lab: &Lab, bucket: &str, head: &UploadHead, plan: Plan) -> S3Result<Object> {
    let (parts, bodies): (Vec<_>, Vec<_>) =
        plan.parts.into_iter().map(|stored| (stored.part, stored.body)).unzip();
    Ok(Object {
        key: head.key.clone(),
        body: lab.store.place(bucket)?.join(bodies).await.internal()?,
        size: plan.size,
        etag: plan.etag,
        modified: Moment::now(),
        sum: plan.sum,
        parts,
        upload: Some(head.id.clone()),
        properties: head.properties.clone(),
        tags: head.tags.clone(),
    })
}

/// Whether an object was made of the listed parts.
fn same_parts(object: &Object, listed: &[CompletedPart]) -> bool {
    object.parts.len() == listed.len()
        && object.parts.iter().zip(listed).all(|(part, entry)| {
            entry.part_number == Some(part.number.into())
                && entry.e_tag.as_ref().is_some_and(|etag| etag.value() == part.etag)
        })
}

fn answer(host: &str, bucket: String, object: &Object) -> S3Response<CompleteMultipartUploadOutput> {
    let of = |algorithm| (object.sum.algorithm == algorithm).then(|| object.sum.value.clone());
    let output = CompleteMultipartUploadOutput {
        location: Some(format!("http://{host}/{bucket}/{}", object.key)),
        bucket: Some(bucket),
        key: Some(object.key.clone()),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        checksum_crc32: of(Algorithm::Crc32),
        checksum_crc32c: of(Algorithm::Crc32c),
        checksum_crc64nvme: of(Algorithm::Crc64Nvme),
        checksum_sha1: of(Algorithm::Sha1),
        checksum_sha256: of(Algorithm::Sha256),
        checksum_type: Some(ChecksumType::from_static(object.sum.scope.name())),
        ..Default::default()
    };
    let mut answer = S3Response::with_headers(output, encryption::headers(&object.properties.encryption));
    // For checksums that the output has no field for.
    answer.extensions.insert(object.sum.clone());
    answer
}
