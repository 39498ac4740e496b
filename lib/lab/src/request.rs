//! What a request asks for, as far as faults, the log and the check of the region need to know it. Read from the request
//! line and the headers before the protocol library sees the request, so that it is known of refused requests too.

use http::{Method, request::Parts};
use percent_encoding::percent_decode_str;

/// What a request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// S3's name of the operation; `Other` for one that the endpoint does not have.
    pub(crate) operation: &'static str,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) part: Option<u32>,
    pub(crate) upload_id: Option<String>,
    /// The region that it is signed for.
    pub(crate) region: Option<String>,
}

impl Asked {
    pub(crate) fn of(parts: &Parts) -> Self {
        let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
        let path = path.strip_prefix('/').unwrap_or(&path);
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let query = Query::of(parts);
        let place = match (bucket, key) {
            ("", _) => Place::Root,
            (_, "") => Place::Bucket,
            _ => Place::Object,
        };
        Self {
            operation: operation(
                &parts.method,
                place,
                &query,
                parts.headers.contains_key("x-amz-copy-source"),
            ),
            bucket: Some(bucket.to_owned()).filter(|bucket| !bucket.is_empty()),
            key: Some(key.to_owned()).filter(|key| !key.is_empty()),
            part: query.get("partNumber").and_then(|number| number.parse().ok()),
            upload_id: query.get("uploadId").map(str::to_owned),
            region: region(parts, &query),
        }
    }
}

#[derive(Clone, Copy)]
enum Place {
    Root,
    Bucket,
    Object,
}

struct Query(Vec<(String, String)>);

impl Query {
    fn of(parts: &Parts) -> Self {
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let pairs = parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

fn operation(method: &Method, place: Place, query: &Query, copies: bool) -> &'static str {
    match place {
        Place::Root if method == Method::GET => "ListBuckets",
        Place::Root => "Other",
        Place::Bucket => bucket_operation(method, query),
        Place::Object => object_operation(method, query, copies),
    }
}

fn bucket_operation(method: &Method, query: &Query) -> &'static str {
    match method.as_str() {
        "GET" if query.has("location") => "GetBucketLocation",
        "GET" if query.has("versioning") => "GetBucketVersioning",
        "GET" if query.has("uploads") => "ListMultipartUploads",
        "GET" if query.get("list-type") == Some("2") => "ListObjectsV2",
        "GET" => "ListObjects",
        "HEAD" => "HeadBucket",
        "PUT" => "CreateBucket",
        "DELETE" => "DeleteBucket",
        "POST" if query.has("delete") => "DeleteObjects",
        _ => "Other",
    }
}

fn object_operation(method: &Method, query: &Query, copies: bool) -> &'static str {
    let upload = query.has("uploadId");
    match method.as_str() {
        "GET" if query.has("attributes") => "GetObjectAttributes",
        "GET" if query.has("acl") => "GetObjectAcl",
        "GET" if query.has("tagging") => "GetObjectTagging",
        "GET" if upload => "ListParts",
        "GET" => "GetObject",
        "HEAD" => "HeadObject",
        "PUT" if query.has("tagging") => "PutObjectTagging",
        "PUT" if upload && copies => "UploadPartCopy",
        "PUT" if upload => "UploadPart",
        "PUT" if copies => "CopyObject",
        "PUT" => "PutObject",
        "POST" if query.has("uploads") => "CreateMultipartUpload",
        "POST" if upload => "CompleteMultipartUpload",
        "DELETE" if query.has("tagging") => "DeleteObjectTagging",
        "DELETE" if upload => "AbortMultipartUpload",
        "DELETE" => "DeleteObject",
        _ => "Other",
    }
}

/// The region in the scope of the credential, `KEY/DATE/REGION/SERVICE/aws4_request`.
fn region(parts: &Parts, query: &Query) -> Option<String> {
    let header = parts.headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scope = match header {
        Some(header) => {
            header.strip_prefix("AWS4-HMAC-SHA256")?.split_once("Credential=")?.1.split([',', ' ']).next()?
        }
        None => query.get("X-Amz-Credential")?,
    };
    // An access key may hold slashes, so the scope is counted from its end.
    scope.rsplit('/').nth(2).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &str, uri: &str) -> Asked {
        let request = http::Request::builder().method(method).uri(uri).body(()).unwrap();
        Asked::of(&request.into_parts().0)
    }

    #[test]
    fn operations_are_told_apart() {
        let name = |method, uri| asked(method, uri).operation;
        assert_eq!(name("GET", "/"), "ListBuckets");
        assert_eq!(name("GET", "/b?list-type=2&prefix=a"), "ListObjectsV2");
        assert_eq!(name("GET", "/b/?uploads"), "ListMultipartUploads");
        assert_eq!(name("PUT", "/b/k"), "PutObject");
        assert_eq!(name("PUT", "/b/k?partNumber=1&uploadId=u"), "UploadPart");
        assert_eq!(name("POST", "/b/k?uploads="), "CreateMultipartUpload");
        assert_eq!(name("POST", "/b?delete"), "DeleteObjects");
    }

    #[test]
    fn names_are_decoded_and_kept_as_they_are() {
        let part = asked("PUT", "/b//a%20%2B%2541/..?partNumber=7&uploadId=u%2Fv");
        assert_eq!(part.key.as_deref(), Some("/a +%41/.."));
        assert_eq!((part.part, part.upload_id.as_deref()), (Some(7), Some("u/v")));
    }

    #[test]
    fn the_region_is_read_from_header_and_url() {
        let header = "AWS4-HMAC-SHA256 Credential=a/b/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let request = http::Request::builder().uri("/").header("authorization", header).body(()).unwrap();
        assert_eq!(Asked::of(&request.into_parts().0).region.as_deref(), Some("eu-west-1"));
        let url = "/b/k?X-Amz-Credential=a%2F20260101%2Fus-west-2%2Fs3%2Faws4_request";
        assert_eq!(asked("GET", url).region.as_deref(), Some("us-west-2"));
    }
}
