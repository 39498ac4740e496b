//! Taking in a body: what the client says about it, and whether that is so. Nothing of a body that is not as promised
//! stays.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result, StdError, TrailingHeaders, dto::StreamingBlob};

use super::headers::text;
use crate::{
    fail::{Internal as _, bad_digest, custom, fail, invalid_request},
    store::bodies::{Body, Place, Reader, Writer},
    sums::{Algorithm, Hasher, Imprint, Sum, decode},
};

/// The largest body of a single request.
pub(super) const LARGEST: u64 = 5 * 1024 * 1024 * 1024;

/// What the client says about a body.
#[derive(Debug)]
pub(super) struct Claims {
    length: u64,
    md5: Option<[u8; 16]>,
    sum: Option<Claim>,
}

#[derive(Debug)]
enum Claim {
    Header(Algorithm, String),
    Trailer(Algorithm),
}

impl Claims {
    pub(super) fn read<T>(request: &S3Request<T>) -> S3Result<Self> {
        let headers = &request.headers;
        let chunked =
            text(headers, "x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-"));
        if chunked && request.credentials.is_none() {
            let message = "the endpoint takes aws-chunked bodies of signed requests only";
            return Err(fail(S3ErrorCode::NotImplemented, message));
        }
        // In chunks, a body may come without telling its length on the wire.
        let told = text(headers, if chunked { "x-amz-decoded-content-length" } else { "content-length" });
        let length = told
            .and_then(|length| length.parse().ok())
            .ok_or_else(|| fail(S3ErrorCode::MissingContentLength, "the length of the body is missing"))?;
        if length > LARGEST {
            return Err(fail(S3ErrorCode::EntityTooLarge, "a single request carries at most 5 GiB"));
        }
        Ok(Self { length, md5: claimed_md5(headers)?, sum: claimed_sum(headers)? })
    }

    /// The algorithm of the checksum, if there is one.
    pub(super) const fn algorithm(&self) -> Option<Algorithm> {
        match self.sum {
            Some(Claim::Header(algorithm, _) | Claim::Trailer(algorithm)) => Some(algorithm),
            None => None,
        }
    }
}

fn claimed_md5(headers: &HeaderMap) -> S3Result<Option<[u8; 16]>> {
    let Some(value) = headers.get("content-md5") else { return Ok(None) };
    let md5 = BASE64.decode(value).ok().and_then(|bytes| bytes.try_into().ok());
    md5.map(Some).ok_or_else(|| fail(S3ErrorCode::InvalidDigest, "Content-MD5 is not the base64 of 16 bytes"))
}

fn claimed_sum(headers: &HeaderMap) -> S3Result<Option<Claim>> {
    let trailers = text(headers, "x-amz-trailer").unwrap_or_default();
    let trailer = trailers.split(',').find_map(|name| name.trim().strip_prefix("x-amz-checksum-"));
    let trailer = trailer.map(|name| Algorithm::parse(name).ok_or_else(|| unknown(name))).transpose()?;
    let header = header_sum(headers)?;
    let announced = text(headers, "x-amz-sdk-checksum-algorithm");
    match (header, trailer) {
        (Some(_), Some(_)) => Err(invalid_request("a checksum is either in the headers or in the trailer")),
        (Some(sum), None) => Ok(Some(Claim::Header(sum.algorithm, sum.value))),
        (None, Some(algorithm)) => Ok(Some(Claim::Trailer(algorithm))),
        (None, None) if announced.is_some() => Err(invalid_request(
            "x-amz-sdk-checksum-algorithm announces a checksum that neither header nor trailer has",
        )),
        (None, None) => Ok(None),
    }
}

/// The one checksum among the headers, of full-object form.
pub(super) fn header_sum(headers: &HeaderMap) -> S3Result<Option<Sum>> {
    let mut found = None;
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix("x-amz-checksum-") else { continue };
        if matches!(name, "algorithm" | "type" | "mode") {
            continue;
        }
        let algorithm = Algorithm::parse(name).ok_or_else(|| unknown(name))?;
        let bytes = value.to_str().ok().and_then(|value| decode(algorithm, value));
        let bytes =
            bytes.ok_or_else(|| invalid_request(format!("the value of x-amz-checksum-{name} is invalid")))?;
        if found.replace(Sum::full(algorithm, &bytes)).is_some() {
            return Err(invalid_request("there is more than one x-amz-checksum header"));
        }
    }
    Ok(found)
}

fn unknown(name: &str) -> S3Error {
    fail(S3ErrorCode::NotImplemented, format!("the endpoint does not have the checksum algorithm {name}"))
}

/// A body that is as promised.
pub(super) struct Received {
    pub(super) body: Body,
    pub(super) size: u64,
    pub(super) imprint: Imprint,
    pub(super) sum: Sum,
}

/// Takes in a body. Its checksum is computed with `algorithm`; claims of another are checked, and not kept.
pub(super) async fn receive(
    place: &Place,
    algorithm: Algorithm,
    claims: Claims,
    body: Option<StreamingBlob>,
    trailers: Option<TrailingHeaders>,
) -> S3Result<Received> {
    let hasher = match (&claims.md5, place) {
        (None, Place::Nowhere) => Hasher::new(algorithm),
        _ => Hasher::with_md5(algorithm),
    };
    let mut sink = Sink::new(place, hasher, claims.length).await?;
    let mut other = claims.algorithm().filter(|claimed| *claimed != algorithm).map(Hasher::new);
    if let Some(mut body) = body {
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|e| broken(&e))?;
            sink.push(&chunk).await?;
            if let Some(other) = &mut other {
                other.update(&chunk);
            }
        }
    }
    if sink.size != claims.length {
        return Err(fail(S3ErrorCode::IncompleteBody, "the body is shorter than its length says"));
    }
    let (writer, size, imprint, sum) = sink.sums();
    if claims.md5.is_some() && claims.md5 != imprint.md5() {
        return Err(bad_digest("Content-MD5"));
    }
    let claimed = match claims.sum {
        None => None,
        Some(Claim::Header(_, value)) => Some(value),
        Some(Claim::Trailer(algorithm)) => Some(trailing(algorithm, trailers)?),
    };
    let checked = other.map_or_else(|| sum.clone(), |other| other.finish().1);
    if claimed.is_some_and(|claimed| claimed != checked.value) {
        return Err(bad_digest(checked.algorithm.name()));
    }
    Ok(Received { body: writer.finish().await.internal()?, size, imprint, sum })
}

/// Takes in bytes that the endpoint has already.
pub(super) async fn take_over(
    place: &Place,
    algorithm: Algorithm,
    length: u64,
    mut reader: Reader,
) -> S3Result<Received> {
    let mut sink = Sink::new(place, Hasher::with_md5(algorithm), length).await?;
    while let Some(chunk) = reader.next().await.internal()? {
        sink.push(&chunk).await?;
    }
    let (writer, size, imprint, sum) = sink.sums();
    Ok(Received { body: writer.finish().await.internal()?, size, imprint, sum })
}

/// A body on its way into the store.
struct Sink {
    writer: Writer,
    hasher: Hasher,
    size: u64,
}

impl Sink {
    async fn new(place: &Place, hasher: Hasher, length: u64) -> S3Result<Self> {
        Ok(Self { writer: place.create(length).await.internal()?, hasher, size: 0 })
    }

    async fn push(&mut self, chunk: &[u8]) -> S3Result<()> {
        self.hasher.update(chunk);
        self.size += chunk.len() as u64;
        self.writer.write(chunk).await.internal()
    }

    fn sums(self) -> (Writer, u64, Imprint, Sum) {
        let (imprint, sum) = self.hasher.finish();
        (self.writer, self.size, imprint, sum)
    }
}

fn trailing(algorithm: Algorithm, trailers: Option<TrailingHeaders>) -> S3Result<String> {
    let name = format!("x-amz-checksum-{}", algorithm.name().to_ascii_lowercase());
    let value = trailers
        .and_then(|trailers| trailers.take())
        .and_then(|trailers| trailers.get(&name).and_then(|value| value.to_str().ok().map(str::to_owned)));
    let Some(value) = value else {
        let message = format!("the trailer {name} was announced, and did not come");
        return Err(custom("MalformedTrailerError", StatusCode::BAD_REQUEST, message));
    };
    match decode(algorithm, &value) {
        Some(_) => Ok(value),
        None => Err(invalid_request(format!("the value of the trailer {name} is invalid"))),
    }
}

/// The error for a body that broke off or was tampered with. The protocol library keeps the types of these errors to
/// itself, and tells them apart by their text.
fn broken(error: &StdError) -> S3Error {
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        let message = "the body does not have the SHA-256 in x-amz-content-sha256";
        custom("XAmzContentSHA256Mismatch", StatusCode::BAD_REQUEST, message)
    } else if text.contains("SignatureMismatch") {
        fail(S3ErrorCode::SignatureDoesNotMatch, "a chunk's signature does not match")
    } else {
        fail(S3ErrorCode::IncompleteBody, format!("the body broke off or is malformed: {text}"))
    }
}
