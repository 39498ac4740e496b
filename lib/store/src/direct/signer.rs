//! Signatures.

use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use http::Request;
use tt_record::{Problem, ProblemKind};

use super::{connection::Body, endpoint::Address};
use crate::{clock::Clock, credentials::Credentials, failure::no_credentials};

/// What a signature covers of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Covered<'a> {
    /// There is none. The hash of nothing costs next to nothing, and not every service takes an unsigned request without TLS.
    Empty,
    /// Nothing: TLS guards it on the way, and its checksum is among the headers.
    Nothing,
    /// All of it: its SHA-256, in hexadecimal.
    All(&'a str),
}

impl<'a> From<Covered<'a>> for SignableBody<'a> {
    fn from(covered: Covered<'a>) -> Self {
        match covered {
            Covered::Empty => Self::Bytes(&[]),
            Covered::Nothing => Self::UnsignedPayload,
            Covered::All(sha256) => Self::Precomputed(sha256.to_owned()),
        }
    }
}

/// Signs requests.
pub(crate) struct Signer {
    credentials: Credentials,
    clock: Clock,
}

impl Signer {
    /// Signs with these credentials, by this clock.
    pub(crate) fn new(credentials: Credentials, clock: Clock) -> Self {
        Self { credentials, clock }
    }

    /// Signs the headers that are there, and what is `covered` of the body.
    pub(super) async fn sign(
        &self,
        request: &mut Request<Body>,
        covered: Covered<'_>,
        address: &Address,
    ) -> Result<(), Problem> {
        let identity = self.credentials.identity().await.map_err(|e| no_credentials(&e))?;
        let wrong = |why: String| Problem::new(ProblemKind::Bug, format!("a request can't be signed: {why}"));
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&address.region)
            .name(&address.service)
            .time(self.clock.time())
            .settings(settings())
            .build()
            .map_err(|e| wrong(e.to_string()))?
            .into();
        let (scheme, host) = address.origin();
        let url = format!("{scheme}://{host}{}", request.uri());
        let headers =
            request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new(request.method().as_str(), url, headers, covered.into())
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
