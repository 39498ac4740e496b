//! The hot calls, PutObject and UploadPart, past the SDK, with which a small object costs more than twice the CPU.
//!
//! Owns connections, signatures and answers of these two calls alone. Where a bucket is, and whose credentials count, is
//! still the SDK's to say ([`endpoint`], [`signer`]); a bucket that it would reach in another way than with SigV4 is left
//! to it.

mod answer;
mod checksum;
mod connection;
mod endpoint;
mod patience;
mod signer;

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request,
    header::{CONTENT_LENGTH, USER_AGENT},
};
use tt_record::{Problem, ProblemKind, S3Url};

use self::{connection::Body, endpoint::Endpoint, patience::Patience, signer::Signer};
use crate::{
    failure::{Attempt, Cure, Failure},
    http::{Connector, Pulse, Transport},
    standing::Standing,
    tuning::Tuning,
};

pub(crate) use self::{answer::Answer, checksum::add_sum};

/// What S3's logs call us.
const AGENT: &str = concat!("datasync-turbo/", env!("CARGO_PKG_VERSION"));

/// Sends bodies. Belongs to the runtime that first used it, as its connections do.
pub(crate) struct Direct {
    connector: Connector,
    signer: Option<Signer>,
    /// How long nothing may move before a request is given up.
    silence: Duration,
    patience: Patience,
    /// Headers that all requests have, of either operation.
    standing: HeaderMap,
    tuning: Tuning,
    /// By bucket.
    routes: Mutex<HashMap<String, Route>>,
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
        shared: &SdkConfig,
        standing: &Standing,
        silence: Duration,
        tuning: Tuning,
    ) -> Self {
        let signer = shared.credentials_provider().map(Signer::new);
        let of_both = standing.headers("PutObject").map(|(name, value)| (name.clone(), value.clone()));
        let mut standing: HeaderMap = of_both.collect();
        standing.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        let (patience, routes) = (Patience::default(), Mutex::default());
        Self { connector, signer, silence, patience, standing, tuning, routes }
    }

    /// The way to a bucket; `None` where the SDK has to take it.
    pub(crate) async fn way(&self, sdk: &Client, bucket: &str) -> Option<Way<'_>> {
        let signer = self.signer.as_ref()?;
        let route = match self.known(bucket) {
            Some(route) => route,
            // Of several that ask at once the first one's answer stays, and with it the connections.
            None => self.remember(bucket, Box::pin(Endpoint::find(sdk, bucket)).await),
        };
        match route {
            Route::Direct(endpoint) => Some(Way { direct: self, signer, endpoint }),
            Route::BySdk => None,
        }
    }

    fn known(&self, bucket: &str) -> Option<Route> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).cloned()
    }

    fn remember(&self, bucket: &str, endpoint: Option<Endpoint>) -> Route {
        let route = endpoint.map_or(Route::BySdk, |endpoint| Route::Direct(Arc::new(endpoint)));
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        routes.entry(bucket.to_owned()).or_insert(route).clone()
    }
}

/// The way to a bucket.
pub(crate) struct Way<'a> {
    direct: &'a Direct,
    signer: &'a Signer,
    endpoint: Arc<Endpoint>,
}

/// What is to be sent, and where to.
#[derive(Clone, Copy)]
pub(crate) struct Parcel<'a> {
    pub(crate) dst: &'a S3Url,
    /// As it stands in the URL, behind a question mark.
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    /// Whether it does no harm when it arrives twice.
    pub(crate) may_repeat: bool,
}

impl Way<'_> {
    /// Sends a body with PUT, and once more if the credentials turn out to have expired. The checksum among the headers
    /// covers the body, so the signature need not.
    pub(crate) async fn send(&self, parcel: Parcel<'_>, attempt: Attempt<'_>) -> Result<Answer, Failure> {
        let mut answer = self.send_once(parcel, attempt).await?;
        if answer.is_expired() {
            self.signer.forget();
            // Rare: it is not to weigh on every request's future, nor is a second try.
            answer = Box::pin(self.send_once(parcel, attempt)).await?;
        }
        answer.check(attempt)
    }

    /// Sends a body; once more where that does no harm, and the answer is late.
    async fn send_once(&self, parcel: Parcel<'_>, attempt: Attempt<'_>) -> Result<Answer, Failure> {
        let patience = &self.direct.patience;
        let late = if parcel.may_repeat { patience.limit() } else { None };
        let mut answered = self.exchange(parcel, attempt, late).await?;
        if late.is_some() && matches!(answered, Err(Transport::Silent(limit)) if Some(limit) == late) {
            patience.second_try();
            answered = Box::pin(self.exchange(parcel, attempt, None)).await?;
        }
        answered.map_err(|transport| Failure::of_transport(&transport, attempt))
    }

    async fn exchange(
        &self,
        parcel: Parcel<'_>,
        attempt: Attempt<'_>,
        late: Option<Duration>,
    ) -> Result<Result<Answer, Transport>, Failure> {
        let Direct { connector, silence, patience, tuning, .. } = self.direct;
        let pulse = Pulse::new(tuning.in_flight.clone());
        let body = Body::new(parcel.body.clone(), tuning.bandwidth.clone(), pulse.clone());
        let request = self.request(parcel, body, attempt).await?;
        let exchange = self.endpoint.exchange(connector, request);
        Ok(match pulse.watch(*silence, late, pin!(exchange)).await {
            Ok(answered) => {
                if parcel.may_repeat && answered.is_ok() {
                    patience.answered(pulse.age());
                }
                answered
            }
            Err(limit) => Err(Transport::Silent(limit)),
        })
    }

    async fn request(
        &self,
        parcel: Parcel<'_>,
        body: Body,
        attempt: Attempt<'_>,
    ) -> Result<Request<Body>, Failure> {
        // Without a key it would be a request to the bucket itself: CreateBucket, which may well succeed.
        if parcel.dst.key.is_empty() {
            return Err(unsendable(attempt, "it names a bucket, and no object in it"));
        }
        let uri = self.endpoint.uri(&parcel.dst.key, parcel.query);
        let mut request = Request::put(uri).body(body).map_err(|e| unsendable(attempt, &e.to_string()))?;
        *request.headers_mut() = parcel.headers.clone();
        // hyper leaves it out where there is nothing to send, and S3 insists on it.
        request.headers_mut().insert(CONTENT_LENGTH, parcel.body.len().into());
        request
            .headers_mut()
            .extend(self.direct.standing.iter().map(|(name, value)| (name.clone(), value.clone())));
        self.endpoint.address(&mut request);
        self.signer
            .sign(&mut request, &self.endpoint)
            .await
            .map_err(|problem| Failure::local(problem, Cure::None))?;
        Ok(request)
    }
}

fn unsendable(attempt: Attempt<'_>, why: &str) -> Failure {
    let message = format!("can't {} {}: {why}", attempt.verb, attempt.place);
    Failure::local(Problem::new(ProblemKind::Refused, message), Cure::None)
}
