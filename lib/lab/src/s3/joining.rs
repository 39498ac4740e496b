//! CompleteMultipartUpload of an upload whose checksum is made of those of its parts. The protocol library neither reads nor
//! writes the elements of the newest algorithms, and refuses a request that has one: so they are set aside before it reads the
//! request, and put into what it writes.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderValue, Method, Uri, header::CONTENT_TYPE};
use percent_encoding::percent_decode_str;
use s3s::{
    Body, S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{ChecksumType, CompleteMultipartUploadInput, CompletedMultipartUpload},
    route::S3Route,
    xml::{Deserialize as _, Deserializer, Serialize as _, Serializer},
};

use super::{Lab, complete, headers::text};
use crate::{
    auth::Keys,
    fail::fail,
    sums::{Algorithm, Scope, Sum},
};

/// The largest list of parts: 10,000, each with all that it may have.
const LONGEST: usize = 16 << 20;

const END: &str = "</CompleteMultipartUploadResult>";

/// The algorithms that the protocol library does not know.
const NEWEST: [Algorithm; 5] =
    [Algorithm::Sha512, Algorithm::Md5, Algorithm::Xxhash64, Algorithm::Xxhash3, Algorithm::Xxhash128];

/// The checksums that were set aside, by the place of the part in the list.
#[derive(Clone, Default)]
pub(super) struct SetAside(BTreeMap<usize, (Algorithm, String)>);

impl SetAside {
    /// That of the part at a place.
    pub(super) fn get(&self, place: usize) -> Option<(Algorithm, &str)> {
        self.0.get(&place).map(|(algorithm, value)| (*algorithm, value.as_str()))
    }
}

/// Joins parts.
pub(crate) struct Joining {
    lab: Lab,
    keys: Keys,
}

impl Joining {
    pub(crate) fn new(lab: Lab, keys: Keys) -> Self {
        Self { lab, keys }
    }
}

#[async_trait::async_trait]
impl S3Route for Joining {
    fn is_match(&self, method: &Method, uri: &Uri, headers: &HeaderMap, _: &mut http::Extensions) -> bool {
        method == Method::POST
            && upload_id(uri).is_some()
            && text(headers, "x-amz-checksum-type") == Some(Scope::Composite.name())
    }

    async fn check_access(&self, request: &mut S3Request<Body>) -> S3Result<()> {
        let signer = request.credentials.as_ref().map(|signer| signer.access_key.as_str());
        self.keys.allow(&request.headers, &request.uri, signer, "CompleteMultipartUpload")
    }

    async fn call(&self, mut request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let body = request.input.store_all_limited(LONGEST).await.map_err(|e| malformed(&e.to_string()))?;
        let body = std::str::from_utf8(&body).map_err(|e| malformed(&e.to_string()))?;
        let (plain, aside) = set_aside(body);
        let input = input(&request.uri, &request.headers, &plain)?;
        let mut request = request.map_input(|_| input);
        request.extensions.insert(aside);
        let S3Response { output, status, headers, extensions } =
            complete::complete(&self.lab, request).await?;
        let mut document = Vec::new();
        let mut serializer = Serializer::new(&mut document);
        let written = serializer.decl().and_then(|()| output.serialize(&mut serializer));
        written.map_err(S3Error::internal_error)?;
        let mut document = String::from_utf8(document).map_err(S3Error::internal_error)?;
        if let Some(Sum { algorithm, value, .. }) = extensions.get::<Sum>()
            && NEWEST.contains(algorithm)
        {
            let (open, close) = tags(*algorithm);
            document = document.replace(END, &format!("{open}{value}{close}{END}"));
        }
        let mut answer = S3Response::new(Body::from(document));
        (answer.status, answer.headers) = (status, headers);
        answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        Ok(answer)
    }
}

fn input(uri: &Uri, headers: &HeaderMap, document: &str) -> S3Result<CompleteMultipartUploadInput> {
    let path = percent_decode_str(uri.path()).decode_utf8_lossy();
    let (bucket, key) = path.trim_start_matches('/').split_once('/').ok_or_else(|| malformed("no key"))?;
    let mut deserializer = Deserializer::new(document.as_bytes());
    let listed = CompletedMultipartUpload::deserialize(&mut deserializer);
    let listed = listed.and_then(|listed| deserializer.expect_eof().map(|()| listed));
    Ok(CompleteMultipartUploadInput {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        upload_id: upload_id(uri).unwrap_or_default(),
        checksum_type: text(headers, "x-amz-checksum-type").map(|name| ChecksumType::from(name.to_owned())),
        mpu_object_size: text(headers, "x-amz-mp-object-size").and_then(|size| size.parse().ok()),
        multipart_upload: Some(listed.map_err(|e| malformed(&e.to_string()))?),
        ..Default::default()
    })
}

fn upload_id(uri: &Uri) -> Option<String> {
    let id = uri.query()?.split('&').find_map(|pair| pair.strip_prefix("uploadId="))?;
    Some(percent_decode_str(id).decode_utf8_lossy().into_owned())
}

fn tags(algorithm: Algorithm) -> (String, String) {
    let name = algorithm.name();
    (format!("<Checksum{name}>"), format!("</Checksum{name}>"))
}

/// A list of parts without the checksums of the newest algorithms, and these.
fn set_aside(document: &str) -> (String, SetAside) {
    let (mut plain, mut aside) = (String::with_capacity(document.len()), SetAside::default());
    for (place, part) in document.split_inclusive("</Part>").enumerate() {
        let found = NEWEST.into_iter().find_map(|algorithm| {
            let (open, close) = tags(algorithm);
            let (before, rest) = part.split_once(&open)?;
            let (value, after) = rest.split_once(&close)?;
            Some((algorithm, before, value, after))
        });
        match found {
            Some((algorithm, before, value, after)) => {
                plain.extend([before, after]);
                aside.0.insert(place, (algorithm, value.trim().to_owned()));
            }
            None => plain.push_str(part),
        }
    }
    (plain, aside)
}

fn malformed(why: &str) -> S3Error {
    fail(S3ErrorCode::MalformedXML, format!("the list of parts can't be read: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_does_not_read_is_set_aside() {
        let document =
            "<C><Part><ETag>e</ETag><ChecksumMD5>a=</ChecksumMD5></Part><Part><ETag>f</ETag></Part></C>";
        let (plain, aside) = set_aside(document);
        assert_eq!(plain, "<C><Part><ETag>e</ETag></Part><Part><ETag>f</ETag></Part></C>");
        assert_eq!((aside.get(0), aside.get(1)), (Some((Algorithm::Md5, "a=")), None));
    }
}
