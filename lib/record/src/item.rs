//! The records between `begin` and `end`: what is to be done, and what became of it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{PathBytes, Problem, Properties, S3Url};

/// A local path. Where it is not UTF-8, `src` is only for reading and `src_b64` holds the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Absolute path, readable.
    pub src: String,
    /// Base64 of the path's bytes, only where they are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub src_b64: Option<PathBytes>,
}

impl Source {
    /// The path to open.
    pub fn path(&self) -> PathBuf {
        self.src_b64.as_ref().map_or_else(|| PathBuf::from(&self.src), PathBytes::path)
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self { src: text.into(), src_b64: None },
            None => Self { src: path.to_string_lossy().into_owned(), src_b64: Some(path.into()) },
        }
    }
}

/// One file and its object: the fields that `put`, `keep`, `pushed` and the verdicts share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// The local file.
    #[serde(flatten)]
    pub source: Source,
    /// The object.
    pub dst: S3Url,
    /// Size in bytes.
    pub size: u64,
    /// Modification time of the file.
    #[schemars(with = "String")]
    pub mtime: Timestamp,
}

/// Why a file is to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PutReason {
    /// The key does not exist.
    New,
    /// The sizes differ.
    Size,
    /// The file is newer than the object.
    Newer,
    /// The checksums differ.
    Checksum,
    /// The file is older than its object tells of itself, so it is another one.
    Mtime,
    /// The bytes are right, but not what S3 keeps with them: tt-push changes that in place where it can.
    Properties,
    /// It was asked for.
    Forced,
    /// A reason that this version does not know.
    #[serde(untagged)]
    Other(String),
}

/// `put`: upload this file to this key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Put {
    /// File and object.
    #[serde(flatten)]
    pub item: Item,
    /// Why it is to be uploaded.
    pub why: PutReason,
    /// ETag of the object that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// What S3 is to keep with the object.
    #[serde(flatten)]
    pub properties: Properties,
}

/// `keep`: the object is up to date; written only on request, so that tt-verify can prove it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Keep {
    /// File and object.
    #[serde(flatten)]
    pub item: Item,
    /// ETag as listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}

/// `delete`: remove this object; `deleted`: it was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delete {
    /// The object.
    pub dst: S3Url,
    /// Its size in bytes.
    pub size: u64,
    /// Its ETag; an object with another one is not the one that was planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}

/// `unfinished`: a multipart upload that was begun, and neither completed nor aborted; `aborted`: it was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unfinished {
    /// The object that it would have made.
    pub dst: S3Url,
    /// S3's name of the upload.
    pub upload: String,
    /// When it was begun.
    #[schemars(with = "String")]
    pub initiated: Timestamp,
    /// Who began it, by the name or id that S3 knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiator: Option<String>,
}

/// Why a path was left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A block or character device.
    Device,
    /// A symbolic link that leads nowhere.
    BrokenLink,
    /// A symbolic link to a directory that contains it.
    LinkLoop,
    /// A symbolic link, where links are not followed.
    Symlink,
    /// The file changed each time it was read.
    Changing,
    /// A reason that this version does not know.
    #[serde(untagged)]
    Other(String),
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl fmt::Display for PutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// `skip`: left alone on purpose. It is there, so nothing at its key is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Skip {
    /// The local path.
    #[serde(flatten)]
    pub source: Source,
    /// Why it was left alone.
    pub why: SkipReason,
}

/// The tool that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// tt-plan.
    Plan,
    /// tt-push.
    Push,
    /// tt-verify.
    Verify,
}

/// `fail`: could not be done. For a whole directory or key range there is one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fail {
    /// Which tool failed.
    pub stage: Stage,
    /// The local path, where there is one.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The object or prefix, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dst: Option<S3Url>,
    /// What went wrong.
    pub error: Problem,
}

/// A checksum in S3's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checksum {
    /// `CRC64NVME`, `CRC32C`, `CRC32`, `SHA512`, `SHA256`, `SHA1`, `MD5`, `XXHASH3`, `XXHASH64`, `XXHASH128`.
    pub algorithm: String,
    /// `FULL_OBJECT` or `COMPOSITE`.
    pub r#type: String,
    /// Base64; composite values end in `-N`.
    pub value: String,
}

/// What an upload came to: S3's answer, and what it took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// ETag of the new object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Version, in a bucket that keeps versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// The checksum that S3 confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// Parts of a multipart upload; 0 for a single request.
    #[serde(default)]
    pub parts: u32,
    /// Parts that an earlier run had already sent.
    #[serde(default)]
    pub resumed: u32,
    /// How often the file was sent; more than 1 where it changed or S3 lost it.
    #[serde(default)]
    pub attempts: u32,
    /// From opening the file to S3's last answer.
    #[serde(default)]
    pub seconds: f64,
    /// Size in bytes that the plan says, where the file was another one when it was uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_size: Option<u64>,
    /// Modification time that the plan says, in the same case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub planned_mtime: Option<Timestamp>,
}

/// `pushed`: uploaded.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Pushed {
    /// File and object, with size and mtime of what was read.
    #[serde(flatten)]
    pub item: Item,
    /// Why it was uploaded.
    pub why: PutReason,
    /// What S3 keeps with the object.
    #[serde(flatten)]
    pub properties: Properties,
    /// The result.
    #[serde(flatten)]
    pub outcome: Outcome,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_later_versions_are_taken() {
        let skip: Skip = serde_json::from_str(r#"{"src":"/a","why":"on-tape"}"#).unwrap();
        assert_eq!(skip.why, SkipReason::Other("on-tape".into()));
        assert_eq!(serde_json::to_string(&skip).unwrap(), r#"{"src":"/a","why":"on-tape"}"#);
    }
}
