//! Server-side encryption, as far as it shows: what is asked for is checked, kept and told.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use http::HeaderMap;
use s3s::{S3ErrorCode, S3Result};

use super::headers::{insert, text};
use crate::{
    fail::{fail, invalid_argument, invalid_request},
    store::object::Encryption,
    sums::md5,
};

/// The headers of a key that the client brings.
const CUSTOMER: &str = "x-amz-server-side-encryption-customer-";

/// The same for the source of a copy.
const COPY_CUSTOMER: &str = "x-amz-copy-source-server-side-encryption-customer-";

const CONTEXT: &str = "x-amz-server-side-encryption-context";

/// Reads the encryption that a request asks for.
pub(super) fn read(headers: &HeaderMap) -> S3Result<Encryption> {
    let key = text(headers, "x-amz-server-side-encryption-aws-kms-key-id").map(str::to_owned);
    let customer = customer_key(headers, CUSTOMER)?;
    let mode = text(headers, "x-amz-server-side-encryption");
    match (mode, customer) {
        (Some(_), Some(_)) => {
            Err(invalid_argument("encryption is with S3's keys or with the client's, not both"))
        }
        (None, Some(key_md5)) => Ok(Encryption::Customer { key_md5 }),
        (Some(mode @ ("aws:kms" | "aws:kms:dsse")), None) => Ok(Encryption::Kms {
            mode: mode.to_owned(),
            key,
            bucket_key: text(headers, "x-amz-server-side-encryption-bucket-key-enabled")
                .map(|value| value == "true"),
            context: context(headers)?,
        }),
        (None | Some("AES256"), None) if key.is_some() || headers.contains_key(CONTEXT) => {
            Err(invalid_argument("a key id or context needs the encryption aws:kms"))
        }
        (None | Some("AES256"), None) => Ok(Encryption::Managed),
        (Some(other), None) => Err(invalid_argument(format!("there is no encryption {other:?}"))),
    }
}

/// The context for the key service: base64 of a JSON object that holds text.
fn context(headers: &HeaderMap) -> S3Result<BTreeMap<String, String>> {
    let Some(value) = text(headers, CONTEXT) else { return Ok(BTreeMap::new()) };
    let json = BASE64.decode(value).ok();
    json.and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| invalid_argument(format!("{CONTEXT} is not the base64 of a JSON object with texts")))
}

/// The MD5 of the key that the client brings, if it does. The key itself is forgotten.
fn customer_key(headers: &HeaderMap, prefix: &str) -> S3Result<Option<String>> {
    let value = |name: &str| text(headers, &format!("{prefix}{name}"));
    match (value("algorithm"), value("key"), value("key-md5")) {
        (None, None, None) => Ok(None),
        (Some("AES256"), Some(key), Some(given)) => {
            let key = BASE64.decode(key).ok().filter(|key| key.len() == 32);
            let key =
                key.ok_or_else(|| invalid_argument("the client's key is not the base64 of 32 bytes"))?;
            let known = BASE64.encode(md5(&key));
            if known != given {
                return Err(invalid_argument("the client's key does not have the MD5 that came with it"));
            }
            Ok(Some(known))
        }
        _ => Err(invalid_argument("the client's key needs algorithm AES256, key and the key's MD5")),
    }
}

/// Checks that a request to read brings the key that was brought to write.
pub(super) fn unlock(encryption: &Encryption, headers: &HeaderMap) -> S3Result<()> {
    check(encryption, customer_key(headers, CUSTOMER)?)
}

/// Checks the key of a request that may leave it out.
pub(super) fn unlock_optional(encryption: &Encryption, headers: &HeaderMap) -> S3Result<()> {
    customer_key(headers, CUSTOMER)?.map_or(Ok(()), |given| check(encryption, Some(given)))
}

/// The same for the source of a copy.
pub(super) fn unlock_source(encryption: &Encryption, headers: &HeaderMap) -> S3Result<()> {
    check(encryption, customer_key(headers, COPY_CUSTOMER)?)
}

fn check(encryption: &Encryption, given: Option<String>) -> S3Result<()> {
    match (encryption, given) {
        (Encryption::Customer { .. }, None) => Err(invalid_request(
            "the object is encrypted with a key of the client's, which must come with the request",
        )),
        (Encryption::Customer { key_md5 }, Some(given)) if *key_md5 != given => {
            Err(fail(S3ErrorCode::AccessDenied, "the object is encrypted with another key"))
        }
        (Encryption::Managed | Encryption::Kms { .. }, Some(_)) => {
            Err(invalid_request("the object is not encrypted with a key of the client's"))
        }
        _ => Ok(()),
    }
}

/// The headers that tell an object's encryption.
pub(super) fn headers(encryption: &Encryption) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |name, value: Option<&str>| insert(&mut headers, name, value);
    match encryption {
        Encryption::Managed => put("x-amz-server-side-encryption", Some("AES256")),
        Encryption::Kms { mode, key, bucket_key, context: _ } => {
            put("x-amz-server-side-encryption", Some(mode));
            put("x-amz-server-side-encryption-aws-kms-key-id", Some(key.as_deref().unwrap_or("aws/s3")));
            if let Some(enabled) = bucket_key {
                put(
                    "x-amz-server-side-encryption-bucket-key-enabled",
                    Some(if *enabled { "true" } else { "false" }),
                );
            }
        }
        Encryption::Customer { key_md5 } => {
            put("x-amz-server-side-encryption-customer-algorithm", Some("AES256"));
            put("x-amz-server-side-encryption-customer-key-md5", Some(key_md5));
        }
    }
    headers
}
