//! What S3 keeps with an object besides its bytes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Object properties that a `put` record may carry; what the record says wins over tt-push's flags. Values are S3's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Properties {
    /// Content-Type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Content-Encoding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// Content-Disposition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    /// Content-Language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    /// Cache-Control.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// Storage class, such as STANDARD or `INTELLIGENT_TIERING`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// User metadata, without the `x-amz-meta-` prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Object tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Canned ACL, such as `bucket-owner-full-control`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<String>,
    /// Server-side encryption: `AES256`, `aws:kms` or `aws:kms:dsse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sse: Option<String>,
    /// KMS key for `sse` = `aws:kms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sse_kms_key_id: Option<String>,
    /// Where a website redirects this key to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website_redirect: Option<String>,
}

impl Properties {
    /// These properties, with what they leave open taken from `defaults`. Metadata and tags are joined name by name.
    #[must_use]
    pub fn or(mut self, defaults: &Self) -> Self {
        let fill = |own: &mut Option<String>, other: &Option<String>| {
            if own.is_none() {
                own.clone_from(other);
            }
        };
        fill(&mut self.content_type, &defaults.content_type);
        fill(&mut self.content_encoding, &defaults.content_encoding);
        fill(&mut self.content_disposition, &defaults.content_disposition);
        fill(&mut self.content_language, &defaults.content_language);
        fill(&mut self.cache_control, &defaults.cache_control);
        fill(&mut self.storage_class, &defaults.storage_class);
        fill(&mut self.acl, &defaults.acl);
        fill(&mut self.sse, &defaults.sse);
        fill(&mut self.sse_kms_key_id, &defaults.sse_kms_key_id);
        fill(&mut self.website_redirect, &defaults.website_redirect);
        for (own, other) in [(&mut self.metadata, &defaults.metadata), (&mut self.tags, &defaults.tags)] {
            for (name, value) in other {
                own.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_wins_over_the_defaults() {
        let pair = |name: &str, value: &str| BTreeMap::from([(name.to_string(), value.to_string())]);
        let record = Properties {
            storage_class: Some("GLACIER".into()),
            metadata: pair("a", "1"),
            ..Default::default()
        };
        let mut flags = Properties {
            storage_class: Some("STANDARD".into()),
            acl: Some("private".into()),
            ..Default::default()
        };
        flags.metadata = BTreeMap::from([("a".into(), "2".into()), ("b".into(), "3".into())]);
        let joined = record.or(&flags);
        assert_eq!(joined.storage_class.as_deref(), Some("GLACIER"));
        assert_eq!(joined.acl.as_deref(), Some("private"));
        assert_eq!(joined.metadata, BTreeMap::from([("a".into(), "1".into()), ("b".into(), "3".into())]));
    }
}
