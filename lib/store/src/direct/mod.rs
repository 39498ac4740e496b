//! The hot calls, PutObject, UploadPart, HeadObject, GetObject and ListObjectsV2, past the SDK, with which a small object costs
//! more than twice the CPU.
//!
//! Owns connections, signatures and answers of these calls alone. Where a bucket is, and whose credentials count, is
//! still the SDK's to say ([`endpoint`], [`signer`]); a bucket that it would reach in another way than with SigV4 is left
//! to it.

mod answer;
mod checksum;
mod connection;
mod endpoint;
mod patience;
mod routes;
mod signer;

use std::{
    borrow::Cow,
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request,
    header::{CONTENT_LENGTH, USER_AGENT},
};
use tt_record::S3Url;
use tt_sum::{Algorithm, Sum};

use self::{
    connection::{Body, Whole},
    endpoint::{Address, Endpoint},
};
use crate::{
    S3Options,
    failure::{Attempt, Cure, Failure},
    http::{Connector, Pulse, Transport},
    latencies::{Latencies, Stopwatch},
    payload::Payload,
    standing::Standing,
    tuning::Tuning,
};

pub use self::patience::Patience;
pub(crate) use self::{
    answer::Answer,
    checksum::add_sum,
    connection::{Portion, Sink},
};
pub(crate) use self::{
    routes::Routes,
    signer::{Covered, Signer},
};

/// What S3's logs call us.
const AGENT: &str = concat!("datasync-turbo/", env!("CARGO_PKG_VERSION"));

/// Sends bodies, and asks for objects and pages. Belongs to the runtime that first used it, as its connections do.
pub(crate) struct Direct {
    connector: Connector,
    signer: Option<Signer>,
    /// Whether TLS would keep attackers out: the certificates of services are verified.
    verified: bool,
    /// How long nothing may move before a request is given up.
    silence: Duration,
    /// Headers that all requests with a body have.
    standing: HeaderMap,
    /// Headers that all requests for a page have.
    of_pages: HeaderMap,
    /// Headers that all requests for an object have.
    of_objects: HeaderMap,
    tuning: Tuning,
    latencies: Option<Latencies>,
    routes: Routes,
    /// By bucket; none where the SDK has to send its requests.
    endpoints: Mutex<HashMap<String, Route>>,
}

/// How a bucket is reached.
#[derive(Clone)]
enum Route {
    Direct(Arc<Endpoint>),
    BySdk,
}

impl Direct {
    pub(crate) fn new(
        connector: Connector,
        signer: Option<Signer>,
        verified: bool,
        standing: &Standing,
        options: &S3Options,
        tuning: &Tuning,
        routes: Routes,
    ) -> Self {
        let of = |operation| {
            let headers = standing.headers(operation).map(|(name, value)| (name.clone(), value.clone()));
            headers.chain([(USER_AGENT, HeaderValue::from_static(AGENT))]).collect()
        };
        Self {
            connector,
            signer,
            verified,
            silence: options.limits.timeout,
            standing: of("PutObject"),
            of_pages: of("ListObjectsV2"),
            of_objects: of("GetObject"),
            tuning: tuning.clone(),
            latencies: options.latencies.clone(),
            routes,
            endpoints: Mutex::default(),
        }
    }

    /// The way to a bucket; `None` where the SDK has to take it.
    pub(crate) async fn way(&self, bucket: &str) -> Option<Way<'_>> {
        let route = match self.known(bucket) {
            Some(route) => route,
            // Of several that ask at once the first one's answer stays, and with it the connections.
            None => self.remember(bucket, Box::pin(self.routes.to(bucket)).await),
        };
        match route {
            Route::Direct(endpoint) => Some(Way { direct: self, endpoint }),
            Route::BySdk => None,
        }
    }

    fn known(&self, bucket: &str) -> Option<Route> {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).cloned()
    }

    fn remember(&self, bucket: &str, address: Option<Arc<Address>>) -> Route {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        let direct = |address| Route::Direct(Arc::new(Endpoint::new(address)));
        endpoints.entry(bucket.to_owned()).or_insert_with(|| address.map_or(Route::BySdk, direct)).clone()
    }
}

/// The way to a bucket.
pub(crate) struct Way<'a> {
    direct: &'a Direct,
    endpoint: Arc<Endpoint>,
}

/// What is to be sent, and where to.
#[derive(Clone)]
pub(crate) struct Parcel<'a> {
    pub(crate) dst: &'a S3Url,
    /// As it stands in the URL, behind a question mark.
    pub(crate) query: Option<&'a str>,
    /// Owned where they are of use once only: copying them costs more than most that is done for a small object.
    pub(crate) headers: Cow<'a, HeaderMap>,
    pub(crate) body: &'a Payload,
    /// What [`Way::sha256`] gave of it.
    pub(crate) sha256: Option<&'a str>,
    /// Whether it does no harm when it arrives twice.
    pub(crate) may_repeat: bool,
}

impl Way<'_> {
    /// The SHA-256 of a body, where its signature has to cover it: the checksum among the headers shows what happens to the
    /// body by accident, and an attacker between here and the service can make it fit. None where TLS keeps
    /// attackers out.
    pub(crate) async fn sha256(
        &self,
        body: &Payload,
        sum: &Sum,
        attempt: Attempt<'_>,
    ) -> Result<Option<String>, Failure> {
        // Without a signature nothing covers it.
        if self.direct.signer.is_none() || (self.direct.verified && !self.endpoint.address.is_bare()) {
            return Ok(None);
        }
        if sum.algorithm() == Algorithm::Sha256 {
            return Ok(Some(sum.hex()));
        }
        Ok(Some(Box::pin(body.sha256(attempt)).await?))
    }

    /// Sends a body with PUT.
    pub(crate) async fn send(&self, parcel: Parcel<'_>, attempt: Attempt<'_>) -> Result<Answer, Failure> {
        self.send_patiently(parcel, attempt).await?.check(attempt)
    }

    /// Sends a body; once more where that does no harm, and the answer is late.
    async fn send_patiently(&self, parcel: Parcel<'_>, attempt: Attempt<'_>) -> Result<Answer, Failure> {
        let Direct { silence, tuning, .. } = self.direct;
        let again = parcel.may_repeat.then(|| parcel.clone());
        let mut answered = self.exchange(parcel, attempt, again.is_some()).await?;
        if let (Some(again), Err(Transport::Silent(limit))) = (again, &answered)
            && limit < silence
        {
            tuning.patience.second_try();
            // Rare: it is not to weigh on every request's future.
            answered = Box::pin(self.exchange(again, attempt, false)).await?;
        }
        answered.map_err(|transport| Failure::of_transport(&transport, attempt))
    }

    async fn exchange(
        &self,
        parcel: Parcel<'_>,
        attempt: Attempt<'_>,
        may_be_late: bool,
    ) -> Result<Result<Answer, Transport>, Failure> {
        let Direct { connector, silence, tuning, .. } = self.direct;
        let pulse = Pulse::new(tuning.in_flight.clone());
        let body = Body::new(parcel.body.clone(), tuning.bandwidth.clone(), pulse.clone());
        let may_repeat = parcel.may_repeat;
        let request = self.request(parcel, body, attempt).await?;
        let _stopwatch = self.stopwatch(&request);
        let exchange = self.endpoint.exchange(connector, request, &pulse, None);
        // Until now it waited for credentials, perhaps: its time begins here.
        pulse.beat();
        let late = || tuning.patience.limit().filter(|_| may_be_late);
        Ok(match pulse.watch(*silence, late, pin!(exchange)).await {
            Ok(answered) => {
                if let (true, Ok(_), Some(waited)) = (may_repeat, &answered, pulse.waited()) {
                    tuning.patience.answered(waited);
                }
                answered.map(|(parts, body)| Answer::new(parts, &body))
            }
            Err(limit) => Err(Transport::Silent(limit)),
        })
    }

    /// Asks the bucket for a page with GET. `query` is as it stands in the URL.
    pub(crate) async fn get_page(&self, query: &str, attempt: Attempt<'_>) -> Result<Whole, Failure> {
        let (uri, headers) = (self.endpoint.address.bucket_uri(query), self.direct.of_pages.clone());
        self.ask(Method::GET, uri, headers, attempt, None).await
    }

    /// Asks what S3 knows of an object.
    pub(crate) async fn head(&self, attempt: Attempt<'_>) -> Result<Answer, Failure> {
        let mut headers = self.direct.of_objects.clone();
        headers.insert("x-amz-checksum-mode", HeaderValue::from_static("ENABLED"));
        let (parts, body) = self
            .ask(Method::HEAD, self.object_uri(attempt.place, None, attempt)?, headers, attempt, None)
            .await?;
        Answer::new(parts, &body).check(attempt)
    }

    /// Gets bytes of an object, as other headers say. They go to `sink` as they come.
    pub(crate) async fn get(
        &self,
        headers: HeaderMap,
        sink: Sink<'_>,
        attempt: Attempt<'_>,
    ) -> Result<Answer, Failure> {
        let mut all = self.direct.of_objects.clone();
        all.extend(headers);
        let (parts, body) = self
            .ask(Method::GET, self.object_uri(attempt.place, None, attempt)?, all, attempt, Some(sink))
            .await?;
        Answer::new(parts, &body).check(attempt)
    }

    /// The URL of an object.
    fn object_uri(&self, dst: &S3Url, query: Option<&str>, attempt: Attempt<'_>) -> Result<String, Failure> {
        // Without a key it would be a request to the bucket itself: GET would list it, and PUT create it, perhaps with success.
        if dst.key.is_empty() {
            return Err(attempt.refused("it names a bucket, and no object in it"));
        }
        Ok(self.endpoint.address.uri(&dst.key, query))
    }

    /// Sends a request without a body.
    async fn ask(
        &self,
        method: Method,
        uri: String,
        headers: HeaderMap,
        attempt: Attempt<'_>,
        sink: Option<Sink<'_>>,
    ) -> Result<Whole, Failure> {
        let Direct { connector, silence, tuning, .. } = self.direct;
        let pulse = Pulse::new(None);
        let body = Body::new(Bytes::new().into(), tuning.bandwidth.clone(), pulse.clone());
        let request = Request::builder().method(method).uri(uri).body(body);
        let mut request = request.map_err(|e| attempt.refused(e))?;
        *request.headers_mut() = headers;
        self.seal(&mut request, Covered::Empty).await?;
        let _stopwatch = self.stopwatch(&request);
        let exchange = self.endpoint.exchange(connector, request, &pulse, sink);
        pulse.beat();
        let answered = pulse.watch(*silence, || None, pin!(exchange)).await;
        let whole = answered.unwrap_or_else(|limit| Err(Transport::Silent(limit)));
        whole.map_err(|transport| Failure::of_transport(&transport, attempt))
    }

    fn stopwatch(&self, request: &Request<Body>) -> Option<Stopwatch> {
        Stopwatch::start(self.direct.latencies.as_ref(), request.method(), request.uri())
    }

    async fn request(
        &self,
        parcel: Parcel<'_>,
        body: Body,
        attempt: Attempt<'_>,
    ) -> Result<Request<Body>, Failure> {
        let uri = self.object_uri(parcel.dst, parcel.query, attempt)?;
        let mut request = Request::put(uri).body(body).map_err(|e| attempt.refused(e))?;
        *request.headers_mut() = parcel.headers.into_owned();
        // hyper leaves it out where there is nothing to send, and S3 insists on it.
        request.headers_mut().insert(CONTENT_LENGTH, parcel.body.length().into());
        request
            .headers_mut()
            .extend(self.direct.standing.iter().map(|(name, value)| (name.clone(), value.clone())));
        self.seal(&mut request, parcel.sha256.map_or(Covered::Nothing, Covered::All)).await?;
        Ok(request)
    }

    /// Puts in where it goes, and who sends it.
    async fn seal(&self, request: &mut Request<Body>, covered: Covered<'_>) -> Result<(), Failure> {
        let address = &self.endpoint.address;
        address.put_into(request);
        let Some(signer) = &self.direct.signer else { return Ok(()) };
        signer.sign(request, covered, address).await.map_err(|problem| Failure::local(problem, Cure::None))
    }
}
