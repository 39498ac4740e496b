//! Who may do what. The signatures themselves are checked by the protocol library.

use std::{collections::HashMap, time::SystemTime};

use http::{HeaderMap, StatusCode, Uri};
use s3s::{
    S3ErrorCode, S3Result,
    access::{S3Access, S3AccessContext},
    auth::{S3Auth, SecretKey},
};

use crate::{
    fail::{custom, fail},
    options::{Credential, Options},
};

/// The account that owns every bucket.
const ACCOUNT: &str = "000000000000";

/// The keys that requests may be signed with.
#[derive(Clone)]
pub(crate) struct Keys {
    credentials: HashMap<String, Credential>,
    anonymous: bool,
}

impl Keys {
    pub(crate) fn new(options: &Options) -> Self {
        let credentials = options.credentials.iter().map(|c| (c.access_key.clone(), c.clone())).collect();
        Self { credentials, anonymous: options.anonymous }
    }

    /// Whether whoever signed a request may do what it asks for.
    pub(crate) fn allow(
        &self,
        headers: &HeaderMap,
        uri: &Uri,
        signer: Option<&str>,
        operation: &str,
    ) -> S3Result<()> {
        check_owner(headers)?;
        let Some(signer) = signer else {
            let denied = || fail(S3ErrorCode::AccessDenied, "the request is not signed");
            return if self.anonymous { Ok(()) } else { Err(denied()) };
        };
        let Some(credential) = self.credentials.get(signer) else {
            return Err(fail(S3ErrorCode::InvalidAccessKeyId, "nobody has this access key"));
        };
        check_token(credential, session_token(headers, uri).as_deref())?;
        if credential.read_only && !reads(operation) {
            return Err(fail(S3ErrorCode::AccessDenied, "this key may only read"));
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let credential = self.credentials.get(access_key);
        credential
            .map(|credential| SecretKey::from(credential.secret_key.clone()))
            .ok_or_else(|| fail(S3ErrorCode::InvalidAccessKeyId, "nobody has this access key"))
    }
}

#[async_trait::async_trait]
impl S3Access for Keys {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let signer = context.credentials().map(|signer| signer.access_key.as_str());
        self.allow(context.headers(), context.uri(), signer, context.s3_op().name())
    }
}

/// A client may insist on who owns the buckets that it reads and writes.
fn check_owner(headers: &HeaderMap) -> S3Result<()> {
    let expected = ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"];
    let mut given = expected.into_iter().filter_map(|name| headers.get(name));
    if given.any(|account| account != ACCOUNT) {
        return Err(fail(S3ErrorCode::AccessDenied, "the bucket belongs to another account"));
    }
    Ok(())
}

fn check_token(credential: &Credential, given: Option<&str>) -> S3Result<()> {
    if given != credential.session_token.as_deref() {
        let message = "the security token is missing or another than this key's";
        return Err(custom("InvalidToken", StatusCode::BAD_REQUEST, message));
    }
    if credential.expires.is_some_and(|expires| expires <= SystemTime::now()) {
        return Err(fail(S3ErrorCode::ExpiredToken, "the security token has expired"));
    }
    Ok(())
}

/// The token, from the header or a presigned URL.
fn session_token(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let header = headers.get("x-amz-security-token").and_then(|token| token.to_str().ok());
    let query = || {
        let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("x-amz-security-token"))
            .map(|(_, token)| percent_encoding::percent_decode_str(token).decode_utf8_lossy().into_owned())
    };
    header.map(str::to_owned).or_else(query)
}

fn reads(operation: &str) -> bool {
    ["Get", "Head", "List"].iter().any(|verb| operation.starts_with(verb))
}
