//! HTTP for the SDK: pooled connections, and requests that are given up when nothing moves any more.
//!
//! The SDK's own client offers neither private certificate authorities beside the platform's, nor unverified TLS, nor a
//! limit on silence that lets a slow upload live. Knows nothing of S3, but that completing an upload takes its time.

mod body;
mod in_flight;
mod pulse;
mod resolve;
mod route;
mod shape;
mod tls;
mod traffic;

use std::{error::Error, fmt, pin::pin, time::Duration};

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use tt_record::Problem;

use crate::{
    S3Options, Tuning,
    latencies::{Latencies, Stopwatch},
    payload::Unreadable,
};

use self::{
    body::{Sending, receiving},
    route::Route,
};

pub use self::shape::Bandwidth;
pub(crate) use self::{
    pulse::Pulse,
    shape::Steps,
    tls::Trust,
    traffic::{Counted, Traffic},
};

/// Opens connections, plain or with TLS.
pub(crate) type Connector = HttpsConnector<Route>;

/// S3 closes idle connections after 5 to 20 s: ours go first, so that no request is written to a dead one.
pub(crate) const IDLE: Duration = Duration::from_secs(4);

/// The most headers that an answer may have.
pub(crate) const MOST_HEADERS: usize = 2000;

/// Joining the parts of a large upload may take S3 minutes in which it says nothing.
const SILENCE_WHILE_JOINING: Duration = Duration::from_mins(10);

/// A pool of connections. Cheap to clone; belongs to the runtime that first used it.
#[derive(Clone)]
pub(crate) struct Connections {
    client: Client<Connector, Sending>,
    /// How long nothing may move before a request is given up.
    silence: Duration,
    tuning: Tuning,
    latencies: Option<Latencies>,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections")
    }
}

/// What opens connections; those with TLS trust what `trust` says.
pub(crate) fn connector(trust: &Trust) -> Result<Connector, Problem> {
    let builder = HttpsConnectorBuilder::new().with_tls_config(trust.client_config()?);
    Ok(builder.https_or_http().enable_http1().wrap_connector(Route::from_env()))
}

impl Connections {
    /// An empty pool.
    pub(crate) fn new(connector: Connector, options: &S3Options, tuning: &Tuning) -> Self {
        Self::keeping(usize::MAX, connector, options, tuning)
    }

    /// One that opens a connection for each request, so that any runtime may use it.
    pub(crate) fn unpooled(connector: Connector, options: &S3Options, tuning: &Tuning) -> Self {
        Self::keeping(0, connector, options, tuning)
    }

    fn keeping(idle: usize, connector: Connector, options: &S3Options, tuning: &Tuning) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(idle)
            // Retries are decided in one place, and this is not it.
            .retry_canceled_requests(false)
            .http1_max_headers(MOST_HEADERS)
            .build(connector);
        let (silence, latencies) = (options.limits.timeout, options.latencies.clone());
        Self { client, silence, tuning: tuning.clone(), latencies }
    }

    async fn send(self, request: HttpRequest, limit: Option<Duration>) -> Result<HttpResponse, Transport> {
        let limit = limit.unwrap_or_else(|| self.patience(&request));
        // Only the bytes of an object may be any number.
        let longest = if request.uri().contains("x-id=GetObject") { usize::MAX } else { LONGEST_ANSWER };
        let pulse = Pulse::new(self.tuning.in_flight.clone());
        let request = request.try_into_http1x().map_err(|e| Transport::Malformed(e.to_string()))?;
        let _stopwatch = Stopwatch::start(self.latencies.as_ref(), request.method(), request.uri());
        let steps = Steps::new(self.tuning.bandwidth.clone());
        let request = request.map(|body| Sending::new(body, steps, pulse.clone()));
        let response = pulse
            .watch(limit, || None, pin!(self.client.request(request)))
            .await
            .map_err(Transport::Silent)?;
        let response = response.map_err(|e| Transport::of(&e))?;
        let response = response.map(|body| receiving(body, limit, longest));
        HttpResponse::try_from(response).map_err(|e| Transport::Malformed(e.to_string()))
    }

    fn patience(&self, request: &HttpRequest) -> Duration {
        let joins = request.method() == "POST" && request.uri().contains("uploadId=");
        if joins { self.silence.max(SILENCE_WHILE_JOINING) } else { self.silence }
    }
}

impl HttpClient for Connections {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Caller { connections: self.clone(), limit: settings.read_timeout() })
    }
}

/// The pool, with the time limit of one kind of request; the instance metadata service wants a short one.
#[derive(Clone, Debug)]
struct Caller {
    connections: Connections,
    limit: Option<Duration>,
}

impl HttpConnector for Caller {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { connections, limit } = self.clone();
        HttpConnectorFuture::new(async move {
            connections.send(request, limit).await.map_err(|e| match e {
                Transport::Silent(_) => ConnectorError::timeout(Box::new(e)),
                Transport::Unreachable(_) | Transport::Scarce(_) => {
                    ConnectorError::io(Box::new(e)).never_connected()
                }
                Transport::Broken(_)
                | Transport::TooLong(_)
                | Transport::Malformed(_)
                | Transport::Unreadable(_) => ConnectorError::io(Box::new(e)),
            })
        })
    }
}

/// An answer is held in memory; S3's longest is a page of 1,000 keys, each of 1,024 bytes that are all escaped.
pub(crate) const LONGEST_ANSWER: usize = 16 << 20;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Transport {
    /// There is no connection: name, route, refusal or certificate.
    Unreachable(String),
    /// There is no connection, since this process, or the system, has too many open files.
    Scarce(String),
    /// The connection ended midway.
    Broken(String),
    /// Nothing moved for so long.
    Silent(Duration),
    /// The body of an answer has more than so many bytes.
    TooLong(u64),
    /// It is not HTTP.
    Malformed(String),
    /// What was to be sent could not be read.
    Unreadable(String),
}

impl Transport {
    fn of(error: &hyper_util::client::legacy::Error) -> Self {
        if error.is_connect() { Self::unreachable(error) } else { Self::broken(error) }
    }

    /// A connection that did not come about.
    pub(crate) fn unreachable(error: &(dyn Error + 'static)) -> Self {
        let innermost = innermost(error);
        let scarce =
            [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE].map(|errno| Some(errno.raw_os_error()));
        match innermost
            .downcast_ref::<std::io::Error>()
            .filter(|error| scarce.contains(&error.raw_os_error()))
        {
            Some(error) => Self::Scarce(error.to_string()),
            None => Self::Unreachable(innermost.to_string()),
        }
    }

    /// A connection that ended midway.
    pub(crate) fn broken(error: &(dyn Error + 'static)) -> Self {
        let innermost = innermost(error);
        match innermost.downcast_ref::<Unreadable>() {
            Some(unreadable) => Self::Unreadable(unreadable.to_string()),
            None => Self::Broken(innermost.to_string()),
        }
    }
}

/// What lies at the bottom of an error: what is above only says that a connection failed.
fn innermost<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) | Self::Scarce(why) => write!(f, "no connection: {why}"),
            Self::Broken(why) => write!(f, "the connection broke: {why}"),
            Self::Silent(limit) => write!(f, "nothing moved for {} s", limit.as_secs_f32()),
            Self::Unreadable(why) => f.write_str(why),
            Self::TooLong(bytes) => write!(f, "the answer has more than {bytes} bytes"),
            Self::Malformed(why) => write!(f, "the answer is not HTTP: {why}"),
        }
    }
}

impl Error for Transport {}
