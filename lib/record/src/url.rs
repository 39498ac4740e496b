//! `s3://bucket/key`: where an object is. Keys are taken as they stand: nothing is percent-decoded.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An object, or with an empty or prefix key a place to put objects, in a bucket or behind an access point.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct S3Url {
    /// Bucket name, access point alias, or access point ARN.
    pub bucket: String,
    /// Object key, byte for byte; empty for the bucket itself.
    pub key: String,
}

impl S3Url {
    /// The same place as a directory prefix: empty for a whole bucket, else ending in `/`.
    #[must_use]
    pub fn into_prefix(mut self) -> Self {
        if !self.key.is_empty() && !self.key.ends_with('/') {
            self.key.push('/');
        }
        self
    }

    /// The object `name` below this prefix.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        Self { bucket: self.bucket.clone(), key: format!("{}{name}", self.key) }
    }
}

/// Why a text is not an S3 URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum S3UrlError {
    /// It does not start with `s3://`.
    Scheme(String),
    /// Nothing stands between `s3://` and the key.
    NoBucket(String),
}

impl fmt::Display for S3UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(text) => {
                write!(f, "{text:?} is not an S3 URL: it must look like s3://bucket/prefix/")
            }
            Self::NoBucket(text) => {
                write!(f, "{text:?} names no bucket: it must look like s3://bucket/prefix/")
            }
        }
    }
}

impl std::error::Error for S3UrlError {}

impl FromStr for S3Url {
    type Err = S3UrlError;

    fn from_str(text: &str) -> Result<Self, S3UrlError> {
        let rest = text.strip_prefix("s3://").ok_or_else(|| S3UrlError::Scheme(text.into()))?;
        let end = bucket_length(rest);
        let (bucket, key) = rest.split_at(end);
        if bucket.is_empty() {
            return Err(S3UrlError::NoBucket(text.into()));
        }
        Ok(Self { bucket: bucket.into(), key: key.strip_prefix('/').unwrap_or(key).into() })
    }
}

/// Length of the bucket part. An access point's ARN may hold slashes of its own (`arn:…:accesspoint/name/key`).
fn bucket_length(rest: &str) -> usize {
    let slash = |from: usize| rest[from..].find('/').map_or(rest.len(), |at| from + at);
    let first = slash(0);
    if !rest.starts_with("arn:") {
        return first;
    }
    let resource = &rest[..first];
    let names_follow = resource.rsplit(':').next();
    match names_follow {
        Some("accesspoint") => slash((first + 1).min(rest.len())),
        Some("outpost") => (0..3).fold(first, |at, _| slash((at + 1).min(rest.len()))),
        _ => first,
    }
}

impl fmt::Display for S3Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl TryFrom<String> for S3Url {
    type Error = S3UrlError;

    fn try_from(text: String) -> Result<Self, S3UrlError> {
        text.parse()
    }
}

impl From<S3Url> for String {
    fn from(url: S3Url) -> Self {
        url.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, String) {
        let url: S3Url = text.parse().unwrap();
        (url.bucket, url.key)
    }

    #[test]
    fn splits_bucket_and_key() {
        for (text, bucket, key) in [
            ("s3://b", "b", ""),
            ("s3://b/", "b", ""),
            ("s3://b/k/ä+%41 \n", "b", "k/ä+%41 \n"),
            ("s3://b//k", "b", "/k"),
            (
                "s3://arn:aws:s3:eu-west-1:1:accesspoint/ap/k/l",
                "arn:aws:s3:eu-west-1:1:accesspoint/ap",
                "k/l",
            ),
            ("s3://arn:aws:s3:eu-west-1:1:accesspoint:ap/k", "arn:aws:s3:eu-west-1:1:accesspoint:ap", "k"),
            (
                "s3://arn:aws:s3-outposts:r:1:outpost/op-1/accesspoint/ap/k/l",
                "arn:aws:s3-outposts:r:1:outpost/op-1/accesspoint/ap",
                "k/l",
            ),
            ("s3://arn:aws:s3:eu-west-1:1:accesspoint/ap", "arn:aws:s3:eu-west-1:1:accesspoint/ap", ""),
            ("s3://arn:aws:s3:eu-west-1:1:accesspoint", "arn:aws:s3:eu-west-1:1:accesspoint", ""),
        ] {
            assert_eq!(parts(text), (bucket.into(), key.into()), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_url() {
        assert!("b/k".parse::<S3Url>().is_err());
        assert!("s3:///k".parse::<S3Url>().is_err());
        assert!("https://b/k".parse::<S3Url>().is_err());
    }

    #[test]
    fn a_trailing_slash_changes_nothing() {
        let prefix = |text: &str| text.parse::<S3Url>().unwrap().into_prefix().key;
        assert_eq!(prefix("s3://b/p"), prefix("s3://b/p/"));
        assert_eq!(prefix("s3://b"), "");
    }
}
