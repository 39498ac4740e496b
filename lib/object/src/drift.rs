//! Whether an object has the properties that are wanted. What is not wanted is not compared: what else an object has is its
//! own affair, and so are ACLs, locks, keys of KMS and Expires, of which no two services tell in the same way.

use std::collections::BTreeMap;

use tt_record::Properties;

use crate::is_type;

/// The class of objects of which S3 names none.
const USUAL_CLASS: &str = "STANDARD";

/// Whether anything that is wanted, but for tags, is another one at the object.
pub fn drift(wanted: &Properties, found: &Properties) -> bool {
    let class = found.storage_class.as_deref().unwrap_or(USUAL_CLASS);
    let pairs = [
        (&wanted.content_encoding, found.content_encoding.as_deref()),
        (&wanted.content_disposition, found.content_disposition.as_deref()),
        (&wanted.content_language, found.content_language.as_deref()),
        (&wanted.cache_control, found.cache_control.as_deref()),
        (&wanted.website_redirect, found.website_redirect.as_deref()),
        (&wanted.sse, found.sse.as_deref()),
        (&wanted.storage_class, Some(class)),
    ];
    let of_type = |wanted: &String| !is_type(wanted, found.content_type.as_deref());
    wanted.content_type.as_ref().is_some_and(of_type)
        || pairs
            .into_iter()
            .any(|(wanted, found)| wanted.as_deref().is_some_and(|wanted| found != Some(wanted)))
        || lacks(&wanted.metadata, &found.metadata)
}

/// Whether metadata lack something. S3 keeps their names in small letters.
fn lacks(wanted: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> bool {
    wanted.iter().any(|(name, value)| found.get(&name.to_ascii_lowercase()) != Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_wanted_is_not_compared() {
        let found = Properties {
            cache_control: Some("no-cache".into()),
            metadata: [("a".into(), "1".into()), ("b".into(), "2".into())].into(),
            ..Properties::default()
        };
        assert!(!drift(&Properties::default(), &found));
        let wanted = |name: &str, value: &str| Properties {
            metadata: [(name.into(), value.into())].into(),
            ..Properties::default()
        };
        assert!(!drift(&wanted("A", "1"), &found));
        assert!(drift(&wanted("a", "2"), &found) && drift(&wanted("c", "1"), &found));
        let uncached = Properties { cache_control: Some("max-age=1".into()), ..Properties::default() };
        assert!(drift(&uncached, &found) && drift(&uncached, &Properties::default()));
    }

    #[test]
    fn no_storage_class_is_the_usual_one() {
        let of = |class: &str| Properties { storage_class: Some(class.into()), ..Properties::default() };
        assert!(!drift(&of("STANDARD"), &Properties::default()));
        assert!(drift(&of("STANDARD_IA"), &Properties::default()));
        assert!(drift(&of("STANDARD"), &of("STANDARD_IA")));
    }
}
