//! Signatures, with credentials that are renewed before they run out.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use aws_smithy_runtime_api::client::identity::Identity;
use http::Request;
use tt_record::{Problem, ProblemKind};

use super::{connection::Body, endpoint::Endpoint};
use crate::failure::no_credentials;

/// Credentials with less time left than this are replaced, if they lasted longer to begin with.
const MARGIN: Duration = Duration::from_mins(5);

/// Signs requests.
pub(super) struct Signer {
    provider: SharedCredentialsProvider,
    current: Mutex<Option<Current>>,
}

/// Credentials, and when to ask for new ones.
#[derive(Clone)]
struct Current {
    identity: Identity,
    renew: Option<SystemTime>,
}

impl Current {
    fn is_over(&self, now: SystemTime) -> bool {
        self.identity.expiration().is_some_and(|end| end <= now)
    }
}

impl Signer {
    pub(super) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, current: Mutex::default() }
    }

    /// S3 says that the credentials have expired: the next request asks for new ones.
    pub(super) fn forget(&self) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn identity(&self) -> Result<Identity, Problem> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let now = SystemTime::now();
        if let Some(current) =
            current.as_ref().filter(|current| current.renew.is_none_or(|renew| now < renew))
        {
            return Ok(current.identity.clone());
        }
        match self.provider.provide_credentials().await {
            Ok(fresh) => Ok(self.keep(fresh.into(), now)),
            // What is there may still be good: no reason to stop.
            Err(e) => match current.filter(|current| !current.is_over(now)) {
                Some(current) => Ok(current.identity),
                None => Err(no_credentials(&e)),
            },
        }
    }

    fn keep(&self, identity: Identity, now: SystemTime) -> Identity {
        // Some are short-lived from the start: they are not to be asked for again with each request.
        let renew = identity.expiration().map(|end| {
            let left = end.duration_since(now).unwrap_or_default();
            end - MARGIN.min(left / 2)
        });
        let current = Current { identity: identity.clone(), renew };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(current);
        identity
    }

    /// Signs the headers that are there. The body is covered by its checksum, which is one of them.
    pub(super) async fn sign(&self, request: &mut Request<Body>, endpoint: &Endpoint) -> Result<(), Problem> {
        let identity = self.identity().await?;
        let wrong = |why: String| Problem::new(ProblemKind::Bug, format!("a request can't be signed: {why}"));
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&endpoint.region)
            .name(&endpoint.service)
            .time(SystemTime::now())
            .settings(settings())
            .build()
            .map_err(|e| wrong(e.to_string()))?
            .into();
        let (scheme, host) = endpoint.origin();
        let url = format!("{scheme}://{host}{}", request.uri());
        let headers =
            request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new("PUT", url, headers, SignableBody::UnsignedPayload)
            .map_err(|e| wrong(e.to_string()))?;
        let (instructions, _) = sign(signable, &params).map_err(|e| wrong(e.to_string()))?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

/// S3 wants the path as it is sent, and the hash of the payload, or that there is none, as a header.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings
}
