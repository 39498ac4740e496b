//! What the store knows of an object besides its bytes.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use s3s::dto::Timestamp;
use serde::{Deserialize, Serialize};

use super::bodies::Body;
use crate::sums::{Imprint, Sum, hex, md5};

/// The class of objects that name none.
pub(crate) const STANDARD: &str = "STANDARD";

/// An object. Changed by replacing it whole, so whoever holds one sees one state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) key: String,
    #[serde(flatten)]
    pub(crate) body: Body,
    pub(crate) size: u64,
    /// Without the quotes.
    pub(crate) etag: String,
    pub(crate) modified: Moment,
    pub(crate) sum: Sum,
    /// In order; empty for an object that was sent in one piece.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<Part>,
    /// The upload that made it: completing it again gives the same answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) upload: Option<String>,
    #[serde(default)]
    pub(crate) properties: Properties,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<(String, String)>,
}

/// A part, uploaded or already in its object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) number: u16,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) sum: Sum,
    pub(crate) modified: Moment,
}

/// What the client says of an object for others to read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Properties {
    pub(crate) content_type: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) website_redirect: Option<String>,
    pub(crate) storage_class: Option<String>,
    pub(crate) acl: Option<String>,
    /// Grantees as the client wrote them, by S3's name of the permission.
    pub(crate) grants: BTreeMap<String, String>,
    pub(crate) lock: Lock,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) encryption: Encryption,
}

/// How an object would be kept from changes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Lock {
    pub(crate) mode: Option<String>,
    pub(crate) retain_until: Option<jiff::Timestamp>,
    pub(crate) legal_hold: Option<String>,
}

/// How an object would be encrypted at rest. Bodies are stored as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Encryption {
    /// With S3's own keys, as everything is that asks for nothing else.
    #[default]
    Managed,
    /// With a key of the key service.
    Kms {
        mode: String,
        key: Option<String>,
        bucket_key: Option<bool>,
        #[serde(default)]
        context: BTreeMap<String, String>,
    },
    /// With a key that the client brings with each request, known by its MD5 in base64.
    Customer { key_md5: String },
}

impl Encryption {
    /// The ETag of an object in one piece: the MD5 only where S3 promises that. What is none looks like that of an object in
    /// parts, or clients would take it for one.
    pub(crate) fn etag(&self, imprint: Imprint) -> String {
        let etag = self.etag_of_part(imprint);
        match imprint {
            Imprint::Md5(_) => etag,
            Imprint::Other(_) => etag + "-1",
        }
    }

    /// The ETag of a part.
    pub(crate) fn etag_of_part(&self, imprint: Imprint) -> String {
        match self {
            Self::Managed => hex(imprint.bytes()),
            Self::Kms { .. } | Self::Customer { .. } => {
                // Stable, and certainly no MD5 of anything that the client knows.
                let salted = [imprint.bytes().as_slice(), b"encrypted".as_slice()].concat();
                hex(&md5(&salted))
            }
        }
    }
}

/// A point in time, to the second, as S3 keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) fn now() -> Self {
        Self(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    /// As S3's messages carry it.
    pub(crate) fn timestamp(self) -> Timestamp {
        self.time().into()
    }

    pub(crate) fn time(self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0)
    }
}
