//! What S3 keeps with an object, put into requests.

use aws_sdk_s3::types::{ObjectCannedAcl, ServerSideEncryption, StorageClass};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tt_record::Properties;

/// Puts [`Properties`] into a request. PutObject and CreateMultipartUpload take the same ones, by builders that share no
/// trait.
macro_rules! with_properties {
    ($request:expr, $properties:expr) => {{
        let properties: &tt_record::Properties = $properties;
        $request
            .set_content_type(properties.content_type.clone())
            .set_content_encoding(properties.content_encoding.clone())
            .set_content_disposition(properties.content_disposition.clone())
            .set_content_language(properties.content_language.clone())
            .set_cache_control(properties.cache_control.clone())
            .set_website_redirect_location(properties.website_redirect.clone())
            .set_ssekms_key_id(properties.sse_kms_key_id.clone())
            .set_metadata($crate::properties::metadata(properties))
            .set_tagging($crate::properties::tagging(properties))
            .set_storage_class($crate::properties::storage_class(properties))
            .set_acl($crate::properties::acl(properties))
            .set_server_side_encryption($crate::properties::encryption(properties))
    }};
}
pub(crate) use with_properties;

pub(crate) fn metadata(properties: &Properties) -> Option<std::collections::HashMap<String, String>> {
    let pairs = properties.metadata.iter().map(|(name, value)| (name.clone(), value.clone()));
    (!properties.metadata.is_empty()).then(|| pairs.collect())
}

/// Tags travel as a query string.
pub(crate) fn tagging(properties: &Properties) -> Option<String> {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = properties.tags.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    (!properties.tags.is_empty()).then(|| pairs.collect::<Vec<_>>().join("&"))
}

pub(crate) fn storage_class(properties: &Properties) -> Option<StorageClass> {
    properties.storage_class.as_deref().map(StorageClass::from)
}

pub(crate) fn acl(properties: &Properties) -> Option<ObjectCannedAcl> {
    properties.acl.as_deref().map(ObjectCannedAcl::from)
}

pub(crate) fn encryption(properties: &Properties) -> Option<ServerSideEncryption> {
    properties.sse.as_deref().map(ServerSideEncryption::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_encoded() {
        let mut properties = Properties::default();
        assert_eq!(tagging(&properties), None);
        properties.tags = [("a b".into(), "c&d=é".into()), ("e".into(), String::new())].into();
        assert_eq!(tagging(&properties).as_deref(), Some("a%20b=c%26d%3D%C3%A9&e="));
    }
}
