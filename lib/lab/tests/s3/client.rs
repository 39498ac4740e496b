//! An endpoint, requests to it, and answers. Requests are signed by the SDK's signer, so that the endpoint's check of
//! signatures is checked by somebody else's code; everything else about a request is up to the test.

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4::SigningParams,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tt_lab::{Endpoint, Options};

/// The bucket that every endpoint has.
pub(crate) const BUCKET: &str = "bucket";

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// An answer that takes longer than this will never come.
const NEVER: Duration = Duration::from_secs(20);

/// A running endpoint.
pub(crate) struct Lab {
    pub(crate) endpoint: Endpoint,
}

impl Lab {
    /// A plain one.
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// One that behaves as `options` say, with the usual bucket.
    pub(crate) async fn with(mut options: Options) -> Self {
        options.buckets.push(BUCKET.to_owned());
        Self { endpoint: Endpoint::start(options).await.unwrap() }
    }

    /// One on which these faults strike.
    pub(crate) async fn failing(faults: &[&str]) -> Self {
        let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        Self::with(Options { faults, ..Options::default() }).await
    }

    /// A request for an object.
    pub(crate) fn object(&self, method: Method, key: &str) -> Call {
        self.path(method, &format!("/{BUCKET}/{}", utf8_percent_encode(key, PATH)))
    }

    /// A request for the bucket.
    pub(crate) fn bucket(&self, method: Method) -> Call {
        self.path(method, &format!("/{BUCKET}"))
    }

    /// A request for any path, which is percent-encoded already.
    pub(crate) fn path(&self, method: Method, path: &str) -> Call {
        Call {
            address: self.endpoint.addr(),
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            payload: SignableBody::UnsignedPayload,
            signer: Some(Signer::default()),
        }
    }

    /// Puts an object, which must succeed.
    pub(crate) async fn put(&self, key: &str, body: impl Into<Bytes>) -> Answer {
        self.object(Method::PUT, key).body(body).ok().await
    }

    /// Looks an object up, checksum included.
    pub(crate) async fn head(&self, key: &str) -> Answer {
        self.object(Method::HEAD, key).header("x-amz-checksum-mode", "ENABLED").send().await
    }
}

/// Who signs a request, and how.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) token: Option<String>,
    pub(crate) region: String,
    pub(crate) time: SystemTime,
}

impl Default for Signer {
    fn default() -> Self {
        Self {
            access_key: "test".to_owned(),
            secret_key: "testsecret".to_owned(),
            token: None,
            region: "us-east-1".to_owned(),
            time: SystemTime::now(),
        }
    }
}

/// A request on its way.
#[derive(Clone)]
pub(crate) struct Call {
    address: SocketAddr,
    method: Method,
    path: String,
    query: Vec<String>,
    headers: Vec<(String, String)>,
    body: Bytes,
    payload: SignableBody<'static>,
    signer: Option<Signer>,
}

impl Call {
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        let value = utf8_percent_encode(value, UNRESERVED);
        self.query.push(format!("{name}={value}"));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Says what goes into the signature for the body; `UNSIGNED-PAYLOAD` if nothing is said.
    pub(crate) fn payload(mut self, payload: SignableBody<'static>) -> Self {
        self.payload = payload;
        self
    }

    pub(crate) fn signed_by(mut self, signer: impl Into<Option<Signer>>) -> Self {
        self.signer = signer.into();
        self
    }

    /// Sends it, and expects success.
    pub(crate) async fn ok(self) -> Answer {
        let what = format!("{} {} {:?}", self.method, self.path, self.query);
        let answer = self.send().await;
        assert!(answer.status.is_success(), "{what}: {answer:?}");
        answer
    }

    /// Sends it, and expects this refusal.
    pub(crate) async fn refused(self, status: u16, code: &str) {
        let what = format!("{} {} {:?} {:?}", self.method, self.path, self.query, self.headers);
        let answer = self.send().await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{what}: {answer:?}");
    }

    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    /// Sends it over a connection of its own.
    pub(crate) async fn try_send(self) -> Result<Answer, String> {
        let stream = TcpStream::connect(self.address).await.map_err(|e| e.to_string())?;
        self.send_over(stream).await
    }

    pub(crate) async fn send_over(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<Answer, String> {
        let request = self.request();
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
        let driver = tokio::spawn(connection);
        let answer = async {
            let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map_err(|e| e.to_string())?.to_bytes();
            Ok(Answer { status: parts.status, headers: parts.headers, body })
        };
        let answer =
            tokio::time::timeout(NEVER, answer).await.unwrap_or_else(|_| Err("no answer".to_owned()));
        driver.abort();
        answer
    }

    fn request(self) -> Request<Full<Bytes>> {
        let uri = format!("http://{}{}", self.address, self.path_and_query());
        let mut request = Request::builder().method(&self.method).uri(&uri);
        for (name, value) in &self.headers {
            request = request.header(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        if self.body.is_empty() && [Method::PUT, Method::POST].contains(&self.method) {
            // The client library would say nothing, and S3 wants to know.
            request = request.header("content-length", "0");
        }
        let mut request = request.header("host", self.address.to_string()).body(()).unwrap();
        if let Some(signer) = &self.signer {
            sign_request(&mut request, signer, self.payload.clone());
        }
        // What goes over the wire names the host in its header only.
        *request.uri_mut() = self.path_and_query().parse().unwrap();
        request.map(|()| Full::new(self.body))
    }

    fn path_and_query(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query.join("&"))
        }
    }
}

fn sign_request(request: &mut Request<()>, signer: &Signer, payload: SignableBody<'_>) {
    let Signer { access_key, secret_key, token, region, time } = signer;
    let identity = Credentials::new(access_key, secret_key, token.clone(), None, "test").into();
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("s3")
        .time(*time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let uri = request.uri().to_string();
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), std::str::from_utf8(value.as_bytes()).unwrap()));
    let signable = SignableRequest::new(request.method().as_str(), &uri, headers, payload).unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    instructions.apply_to_request_http1x(request);
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// A header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| std::str::from_utf8(value.as_bytes()).unwrap())
    }

    /// The ETag, with its quotes.
    pub(crate) fn etag(&self) -> String {
        self.header("etag").to_owned()
    }

    /// The error code.
    pub(crate) fn code(&self) -> String {
        self.text("Code")
    }

    pub(crate) fn document(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// The text of the first element of a name; empty if there is none.
    pub(crate) fn text(&self, element: &str) -> String {
        self.texts(element).into_iter().next().unwrap_or_default()
    }

    /// The texts of all elements of a name, in order.
    pub(crate) fn texts(&self, element: &str) -> Vec<String> {
        let document = String::from_utf8_lossy(&self.body).into_owned();
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        document
            .split(&open)
            .skip(1)
            .filter_map(|rest| rest.split_once(&close))
            .map(|(text, _)| unescape(text))
            .collect()
    }
}

fn unescape(text: &str) -> String {
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#13;", "\r"), ("&#1;", "\x01")];
    let text = entities.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c));
    text.replace("&amp;", "&")
}

/// Escapes text for XML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
