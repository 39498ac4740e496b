//! Where a bucket is: host, path, and the region and service that requests are signed for.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_s3::{Client, presigning::PresigningConfig};
use http::{HeaderValue, Request, Uri, header::HOST};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::connection::{Body, Connection, Sink, Whole};
use crate::http::{Connector, Pulse, Transport};

/// A key in a path: what SigV4 leaves as it is, and the slash.
const KEY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// The key that stands in the URL that the SDK is asked for.
const PROBE: &str = "/k";

/// The host that requests for a bucket go to, and how they are addressed and signed.
pub(super) struct Address {
    base: Uri,
    /// What comes before the key's slash.
    path: String,
    host: HeaderValue,
    pub(super) region: String,
    pub(super) service: String,
}

/// A bucket's address, and a thread's idle connections to it.
pub(super) struct Endpoint {
    pub(super) address: Arc<Address>,
    idle: Mutex<Vec<Connection>>,
}

impl Address {
    /// Asks the SDK, by way of a presigned URL: that is where its rules for endpoints, access points and addressing
    /// styles show. `None` where it would sign with something else than SigV4.
    pub(super) async fn find(sdk: &Client, bucket: &str) -> Option<Self> {
        // Of a directory bucket the URL would be signed for a session, which had to be asked for.
        if bucket.ends_with("--x-s3") {
            return None;
        }
        let soon = PresigningConfig::expires_in(Duration::from_mins(1)).ok()?;
        let presigned = sdk.put_object().bucket(bucket).key(&PROBE[1..]).presigned(soon).await.ok()?;
        Self::read(&presigned.uri().parse().ok()?)
    }

    fn read(uri: &Uri) -> Option<Self> {
        let value = |name: &str| {
            let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.into_iter().find(|(known, _)| *known == name)?;
            percent_decode_str(value).decode_utf8().ok()
        };
        if value("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
            return None;
        }
        let credential = value("X-Amz-Credential")?;
        // KEY/DATE/REGION/SERVICE/aws4_request, where only the key may hold slashes.
        let mut scope = credential.rsplit('/').skip(1);
        let (service, region) = (scope.next()?.to_owned(), scope.next()?.to_owned());
        let host = HeaderValue::from_str(uri.authority()?.as_str()).ok()?;
        let path = uri.path().strip_suffix(PROBE)?.to_owned();
        Some(Self { base: uri.clone(), path, host, region, service })
    }

    /// The URL of an object, in the form that requests carry: path and query.
    pub(super) fn uri(&self, key: &str, query: Option<&str>) -> String {
        let key = utf8_percent_encode(key, KEY);
        match query {
            Some(query) => format!("{}/{key}?{query}", self.path),
            None => format!("{}/{key}", self.path),
        }
    }

    /// The URL of the bucket, in the same form.
    pub(super) fn bucket_uri(&self, query: &str) -> String {
        format!("{}/?{query}", self.path)
    }

    /// Whether nothing but signatures guards what is sent there: it is no TLS.
    pub(super) fn is_bare(&self) -> bool {
        self.base.scheme_str() != Some("https")
    }

    /// Puts in the host.
    pub(super) fn put_into(&self, request: &mut Request<Body>) {
        request.headers_mut().insert(HOST, self.host.clone());
    }

    /// The host, as signatures name it.
    pub(super) fn origin(&self) -> (&str, &str) {
        (self.base.scheme_str().unwrap_or("https"), self.host.to_str().unwrap_or_default())
    }
}

impl Endpoint {
    /// No connections yet.
    pub(super) fn new(address: Arc<Address>) -> Self {
        Self { address, idle: Mutex::default() }
    }

    /// Sends a request over an idle connection, the one that was used last, or over a new one. The answer's way shows in
    /// `pulse`.
    pub(super) async fn exchange(
        &self,
        connector: &Connector,
        request: Request<Body>,
        pulse: &Pulse,
        sink: Option<Sink<'_>>,
    ) -> Result<Whole, Transport> {
        let mut connection = self.connection(connector).await?;
        let whole = connection.exchange(request, pulse, sink).await?;
        if connection.is_free().await {
            self.leave_idle(connection);
        }
        Ok(whole)
    }

    async fn connection(&self, connector: &Connector) -> Result<Connection, Transport> {
        while let Some(mut connection) = self.take_idle() {
            if connection.is_ready().await {
                return Ok(connection);
            }
        }
        let mut connection = Box::pin(Connection::open(connector, self.address.base.clone())).await?;
        connection.is_ready().await;
        Ok(connection)
    }

    /// Keeps a connection for the next request, and closes those that none came for: they stand first.
    fn leave_idle(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let stale = idle.iter().take_while(|connection| connection.is_stale()).count();
        idle.drain(..stale);
        idle.push(connection);
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}
