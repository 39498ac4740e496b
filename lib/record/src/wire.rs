//! How the records are read of which there are millions.
//!
//! serde reads flattened structs by way of a buffer of all that it does not know at once, which takes longer than the rest of
//! reading a line. So here is one struct of most fields of these records.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error};

use crate::{Checksum, Item, Keep, Outcome, PathBytes, Properties, Pushed, Put, PutReason, S3Url, Source};

/// The fields of `put`, `keep` and `pushed`.
#[derive(Deserialize)]
struct Wire {
    src: String,
    #[serde(default)]
    src_b64: Option<PathBytes>,
    dst: S3Url,
    size: u64,
    mtime: Timestamp,
    #[serde(default)]
    why: Option<PutReason>,
    #[serde(default)]
    etag: Option<String>,
    #[serde(default)]
    version_id: Option<String>,
    #[serde(default)]
    checksum: Option<Checksum>,
    #[serde(default)]
    parts: u32,
    #[serde(default)]
    resumed: u32,
    #[serde(default)]
    attempts: u32,
    #[serde(default)]
    seconds: f64,
    #[serde(default)]
    planned_size: Option<u64>,
    #[serde(default)]
    planned_mtime: Option<Timestamp>,
    // Most records have none.
    #[serde(flatten)]
    properties: Properties,
}

/// What `Wire` holds, as the records have it.
struct Parts {
    item: Item,
    why: Option<PutReason>,
    outcome: Outcome,
    properties: Properties,
}

impl From<Wire> for Parts {
    fn from(wire: Wire) -> Self {
        let Wire { src, src_b64, dst, size, mtime, why, properties, .. } = wire;
        let Wire { etag, version_id, checksum, parts, resumed, attempts, seconds, .. } = wire;
        let Wire { planned_size, planned_mtime, .. } = wire;
        Self {
            item: Item { source: Source { src, src_b64 }, dst, size, mtime },
            why,
            outcome: Outcome {
                etag,
                version_id,
                checksum,
                parts,
                resumed,
                attempts,
                seconds,
                planned_size,
                planned_mtime,
            },
            properties,
        }
    }
}

fn given<E: Error>(why: Option<PutReason>) -> Result<PutReason, E> {
    why.ok_or_else(|| E::missing_field("why"))
}

impl<'de> Deserialize<'de> for Put {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Parts { item, why, outcome, properties } = Wire::deserialize(deserializer)?.into();
        Ok(Self { item, why: given(why)?, etag: outcome.etag, properties })
    }
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Parts { item, outcome, .. } = Wire::deserialize(deserializer)?.into();
        Ok(Self { item, etag: outcome.etag })
    }
}

impl<'de> Deserialize<'de> for Pushed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Parts { item, why, outcome, properties } = Wire::deserialize(deserializer)?.into();
        Ok(Self { item, why: given(why)?, properties, outcome })
    }
}
