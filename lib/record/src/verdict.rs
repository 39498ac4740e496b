//! What tt-verify finds.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Item, Outcome, Properties, PutReason, S3Url, Source};

/// What tt-verify found of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VerdictKind {
    /// Compared, and equal.
    Verified,
    /// Compared, and different.
    Mismatch,
    /// There is no such object.
    Missing,
    /// Nothing could be compared.
    Unverifiable,
}

/// Why an object is not proved: for whoever groups or selects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The object is as it was uploaded; the file has changed since.
    FileChanged,
    /// The file is as it was uploaded; the object is another one, or damaged.
    ObjectReplaced,
    /// Neither is as it was uploaded.
    BothChanged,
    /// They differ, and which of the two has changed is not known.
    Differs,
    /// The file, or the object, is not what a manifest says.
    NotAsListed,
    /// S3 keeps nothing that the file could be held against.
    NoChecksum,
    /// S3 keeps a checksum of a kind that this version does not know.
    UnknownAlgorithm,
    /// What S3 keeps is made of the checksums of parts, and how the object was cut into parts can't be known.
    UnknownParts,
    /// What S3 keeps is of another kind than what a manifest says, and there is no file to read.
    OtherAlgorithm,
    /// A cause that this version does not know.
    #[serde(untagged)]
    Other(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// `verified`, `mismatch`, `missing` or `unverifiable`: the evidence for one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The local file; none where a manifest was compared and no file was asked for.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The object.
    pub dst: S3Url,
    /// Size of the file in bytes, or, where there is none, of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Modification time of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub mtime: Option<Timestamp>,
    /// Why it was uploaded, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<PutReason>,
    /// What S3 was asked to keep with the object.
    #[serde(flatten)]
    pub properties: Properties,
    /// What tt-push had reported, where this came from tt-push.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What was compared, such as `full-object CRC64NVME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What the local file gives, or a manifest says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What S3 holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The SHA-256 of the file, in hexadecimal, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Why it is not proved, where it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The same for people, and what else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl From<Item> for Verdict {
    fn from(Item { source, dst, size, mtime }: Item) -> Self {
        Self { source: Some(source), size: Some(size), mtime: Some(mtime), ..Self::of(dst) }
    }
}

impl Verdict {
    /// One of which nothing is known yet but its name.
    pub fn of(dst: S3Url) -> Self {
        Self {
            source: None,
            dst,
            size: None,
            mtime: None,
            why: None,
            properties: Properties::default(),
            outcome: None,
            by: None,
            expected: None,
            found: None,
            sha256: None,
            cause: None,
            note: None,
        }
    }
}

/// `extra`: an object without a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Extra {
    /// The object.
    pub dst: S3Url,
    /// Its size in bytes.
    pub size: u64,
    /// Its ETag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}
