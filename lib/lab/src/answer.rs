//! The last touch on answers: error documents as S3 writes them, request ids, and XML that every parser takes.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use s3s::Body;

/// The header that tells clients the right region.
const BUCKET_REGION: HeaderName = HeaderName::from_static("x-amz-bucket-region");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
const HOST_ID: HeaderName = HeaderName::from_static("x-amz-id-2");

/// An error document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    /// As XML text: escaped already.
    message: String,
    /// Further elements, as XML.
    extra: String,
    headers: HeaderMap,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &str, message: &str) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            extra: String::new(),
            headers: HeaderMap::new(),
        }
    }

    /// The request is signed for another region than the endpoint's.
    pub(crate) fn wrong_region(given: &str, region: &str) -> Self {
        let (given, region) = (escape(given), escape(region));
        let message = format!(
            "The authorization header is malformed; the region '{given}' is wrong; expecting '{region}'"
        );
        let mut refusal = Self::new(StatusCode::BAD_REQUEST, "AuthorizationHeaderMalformed", &message);
        refusal.extra = format!("<Region>{region}</Region>");
        if let Ok(value) = HeaderValue::try_from(region) {
            refusal.headers.insert(BUCKET_REGION, value);
        }
        refusal
    }

    /// The request was signed at another time.
    pub(crate) fn wrong_clock() -> Self {
        let message = "The difference between the request time and the current time is too large.";
        Self::new(StatusCode::FORBIDDEN, "RequestTimeTooSkewed", message)
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.headers.insert(name, value.into());
        self
    }

    /// Reads the error document of the protocol library.
    fn read(status: StatusCode, headers: HeaderMap, document: &str) -> Self {
        let text = |tag: &str| {
            let (_, rest) = document.split_once(&format!("<{tag}>"))?;
            rest.split_once(&format!("</{tag}>")).map(|(text, _)| text.to_owned())
        };
        let code = text("Code").unwrap_or_else(|| "InternalError".to_owned());
        let message = text("Message").unwrap_or_else(|| default_message(&code).to_owned());
        Self { status, code, message, extra: String::new(), headers }
    }

    fn document(&self, id: &str) -> String {
        let Self { code, message, extra, .. } = self;
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{extra}\
             <RequestId>{id}</RequestId><HostId>{id}</HostId></Error>"
        )
    }

    /// The answer, still without its request id in the headers.
    pub(crate) fn response(mut self, id: &str, method: &Method) -> Response<Body> {
        let bodiless = *method == Method::HEAD || self.status == StatusCode::NOT_MODIFIED;
        let body = if bodiless { Body::empty() } else { Body::from(self.document(id)) };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        self.headers.remove(header::CONTENT_LENGTH);
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        *response.headers_mut() = self.headers;
        response
    }
}

/// What the protocol library leaves unsaid.
fn default_message(code: &str) -> &str {
    match code {
        "SignatureDoesNotMatch" => {
            "the signature does not match the request and the secret key of this access key"
        }
        "InvalidBucketName" => "this is no name for a bucket",
        "KeyTooLongError" => "a key has at most 1024 bytes in UTF-8",
        "MalformedXML" => "the XML is not well-formed, or not what this operation takes",
        "InvalidURI" => "the path is not UTF-8, percent-encoded",
        "NotImplemented" => "the endpoint does not have this operation",
        code => code,
    }
}

/// Finishes an answer of the protocol library. Tells the error code, if it is one.
pub(crate) async fn finish(
    response: Response<Body>,
    id: &str,
    method: &Method,
    operation: &str,
) -> (Response<Body>, Option<String>) {
    let (mut parts, body) = response.into_parts();
    if parts.status == StatusCode::OK && parts.headers.contains_key(header::CONTENT_RANGE) {
        // The protocol library thinks of this for GetObject only.
        parts.status = StatusCode::PARTIAL_CONTENT;
    }
    let failed = parts.status.is_client_error() || parts.status.is_server_error();
    if failed || parts.status == StatusCode::NOT_MODIFIED {
        let document = collect(body).await;
        let refusal = Refusal::read(parts.status, parts.headers, &String::from_utf8_lossy(&document));
        let code = refusal.code.clone();
        return (refusal.response(id, method), Some(code));
    }
    // What GetObject sends is the client's own, whatever its type says.
    let ours = operation != "GetObject"
        && parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == b"application/xml");
    let body = match operation {
        "GetObjectAttributes" => Body::from(bare_etag(&collect(body).await)),
        _ if ours => Body::from(refer_controls(collect(body).await)),
        _ => body,
    };
    (Response::from_parts(parts, body), None)
}

/// Adds what every answer has.
pub(crate) fn identify(response: &mut Response<Body>, id: &str) {
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, value.clone());
        response.headers_mut().insert(HOST_ID, value);
    }
    response.headers_mut().insert(header::SERVER, HeaderValue::from_static("tt-lab"));
}

/// The bytes of a document that is in memory already.
async fn collect(body: Body) -> Bytes {
    body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default()
}

/// Writes control characters as character references: a parser would turn a carriage return into a newline, and refuse
/// the others outright. S3 does the same, and says that keys with such characters want `encoding-type=url`.
fn refer_controls(document: Bytes) -> Bytes {
    let control = |byte: u8| byte < 0x20 && byte != b'\n' && byte != b'\t';
    if !document.iter().any(|byte| control(*byte)) {
        return document;
    }
    let mut text = Vec::with_capacity(document.len() + 64);
    for byte in document {
        if control(byte) {
            text.extend_from_slice(format!("&#{byte};").as_bytes());
        } else {
            text.push(byte);
        }
    }
    text.into()
}

/// Takes the quotes off the ETag, as S3 does in the answer to GetObjectAttributes alone.
fn bare_etag(document: &[u8]) -> String {
    let document = String::from_utf8_lossy(document);
    let parts =
        document.split_once("<ETag>").and_then(|(head, rest)| Some((head, rest.split_once("</ETag>")?)));
    match parts {
        Some((head, (etag, tail))) => {
            let etag = etag.replace("&quot;", "").replace('"', "");
            format!("{head}<ETag>{etag}</ETag>{tail}")
        }
        None => document.into_owned(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_references() {
        assert_eq!(refer_controls(Bytes::from_static(b"<a>\r\n\x01\t</a>")), "<a>&#13;\n&#1;\t</a>");
    }

    #[test]
    fn etags_lose_their_quotes() {
        assert_eq!(
            bare_etag(b"<A b=\"c\"><ETag>&quot;x-1&quot;</ETag></A>"),
            "<A b=\"c\"><ETag>x-1</ETag></A>"
        );
        assert_eq!(bare_etag(b"<A/>"), "<A/>");
    }

    #[tokio::test]
    async fn errors_get_a_message_and_an_id() {
        let mut response =
            Response::new(Body::from("<Error><Code>SignatureDoesNotMatch</Code></Error>".to_owned()));
        *response.status_mut() = StatusCode::FORBIDDEN;
        let (response, code) = finish(response, "ID", &Method::GET, "GetObject").await;
        assert_eq!(code.as_deref(), Some("SignatureDoesNotMatch"));
        let text = String::from_utf8(collect(response.into_body()).await.to_vec()).unwrap();
        assert!(
            text.contains("<Message>the signature") && text.contains("<RequestId>ID</RequestId>"),
            "{text}"
        );
    }
}
