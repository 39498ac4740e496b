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
    /// Expires: an HTTP date, or RFC 3339. It is sent as an HTTP date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Storage class, such as STANDARD or `INTELLIGENT_TIERING`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// User metadata, without the `x-amz-meta-` prefix. Names that differ only in case are the same name to S3.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Object tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Canned ACL, such as `bucket-owner-full-control`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<String>,
    /// Who may read the object, such as `id="…", uri="…"`. Grants and a canned ACL exclude each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_read: Option<String>,
    /// Who may read the object's ACL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_read_acp: Option<String>,
    /// Who may write the object's ACL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_write_acp: Option<String>,
    /// Who may read the object, and read and write its ACL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_full_control: Option<String>,
    /// Server-side encryption: `AES256`, `aws:kms` or `aws:kms:dsse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sse: Option<String>,
    /// KMS key for `sse` = `aws:kms` or `aws:kms:dsse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sse_kms_key_id: Option<String>,
    /// Encryption context that KMS is given, for `sse` = `aws:kms` or `aws:kms:dsse`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sse_kms_context: BTreeMap<String, String>,
    /// Whether the bucket's key saves calls of KMS, for `sse` = `aws:kms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_key_enabled: Option<bool>,
    /// Where a website redirects this key to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website_redirect: Option<String>,
    /// How the object is locked until `object_lock_retain_until`: `GOVERNANCE` or `COMPLIANCE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_lock_mode: Option<String>,
    /// Until when the object is locked, RFC 3339. Needs `object_lock_mode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_lock_retain_until: Option<String>,
    /// Whether the object is locked until somebody says otherwise: `ON` or `OFF`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_lock_legal_hold: Option<String>,
}

impl Properties {
    /// These properties, with what they leave open taken from `defaults`. Metadata and tags are joined name by name. What
    /// only makes sense together stays together: an ACL or grants of their own keep those of `defaults` out, and another
    /// encryption keeps its key out.
    #[must_use]
    pub fn or(mut self, defaults: &Self) -> Self {
        self.fill_access(defaults);
        self.fill_encryption(defaults);
        fill(&mut self.content_type, defaults.content_type.as_ref());
        fill(&mut self.content_encoding, defaults.content_encoding.as_ref());
        fill(&mut self.content_disposition, defaults.content_disposition.as_ref());
        fill(&mut self.content_language, defaults.content_language.as_ref());
        fill(&mut self.cache_control, defaults.cache_control.as_ref());
        fill(&mut self.expires, defaults.expires.as_ref());
        fill(&mut self.storage_class, defaults.storage_class.as_ref());
        fill(&mut self.website_redirect, defaults.website_redirect.as_ref());
        fill(&mut self.object_lock_mode, defaults.object_lock_mode.as_ref());
        fill(&mut self.object_lock_retain_until, defaults.object_lock_retain_until.as_ref());
        fill(&mut self.object_lock_legal_hold, defaults.object_lock_legal_hold.as_ref());
        for (name, value) in &defaults.metadata {
            if !self.metadata.keys().any(|own| own.eq_ignore_ascii_case(name)) {
                self.metadata.insert(name.clone(), value.clone());
            }
        }
        for (name, value) in &defaults.tags {
            self.tags.entry(name.clone()).or_insert_with(|| value.clone());
        }
        self
    }

    /// Whether anybody is granted anything.
    pub fn has_grants(&self) -> bool {
        [&self.grant_read, &self.grant_read_acp, &self.grant_write_acp, &self.grant_full_control]
            .iter()
            .any(|grantees| grantees.is_some())
    }

    fn fill_access(&mut self, defaults: &Self) {
        if self.acl.is_some() || self.has_grants() {
            return;
        }
        self.acl.clone_from(&defaults.acl);
        self.grant_read.clone_from(&defaults.grant_read);
        self.grant_read_acp.clone_from(&defaults.grant_read_acp);
        self.grant_write_acp.clone_from(&defaults.grant_write_acp);
        self.grant_full_control.clone_from(&defaults.grant_full_control);
    }

    fn fill_encryption(&mut self, defaults: &Self) {
        if self.sse.is_some() && self.sse != defaults.sse {
            return;
        }
        fill(&mut self.sse, defaults.sse.as_ref());
        fill(&mut self.sse_kms_key_id, defaults.sse_kms_key_id.as_ref());
        fill(&mut self.bucket_key_enabled, defaults.bucket_key_enabled.as_ref());
        if self.sse_kms_context.is_empty() {
            self.sse_kms_context.clone_from(&defaults.sse_kms_context);
        }
    }
}

fn fill<T: Clone>(own: &mut Option<T>, other: Option<&T>) {
    if own.is_none() {
        *own = other.cloned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_wins_over_the_defaults() {
        let record = Properties {
            storage_class: Some("GLACIER".into()),
            metadata: [("A".into(), "1".into())].into(),
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
        assert_eq!(joined.metadata, BTreeMap::from([("A".into(), "1".into()), ("b".into(), "3".into())]));
    }

    #[test]
    fn what_belongs_together_is_not_mixed() {
        let flags = Properties {
            acl: Some("private".into()),
            sse: Some("aws:kms".into()),
            sse_kms_key_id: Some("key".into()),
            bucket_key_enabled: Some(true),
            ..Default::default()
        };
        let granted = Properties { grant_read: Some("id=\"x\"".into()), ..Default::default() };
        assert_eq!(granted.or(&flags).acl, None);
        let managed = Properties { sse: Some("AES256".into()), ..Default::default() }.or(&flags);
        assert_eq!((managed.sse_kms_key_id, managed.bucket_key_enabled), (None, None));
        let same = Properties { sse: Some("aws:kms".into()), ..Default::default() }.or(&flags);
        assert_eq!((same.sse_kms_key_id.as_deref(), same.bucket_key_enabled), (Some("key"), Some(true)));
        let other_key = Properties { sse_kms_key_id: Some("other".into()), ..Default::default() }.or(&flags);
        assert_eq!(
            (other_key.sse.as_deref(), other_key.sse_kms_key_id.as_deref()),
            (Some("aws:kms"), Some("other"))
        );
    }
}
