//! What S3 keeps with an object: whether it can, and the headers that make it do so.
//!
//! PutObject and CreateMultipartUpload take the same headers. They are listed here and nowhere else, whichever way a
//! request goes.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use jiff::{Timestamp, fmt::rfc2822};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tt_record::{ProblemKind, Properties};

use crate::failure::{Attempt, Cure, Failure};

/// S3's limit on user metadata, in bytes of names and values.
const MOST_METADATA: usize = 2 << 10;
/// S3's limit on tags.
const MOST_TAGS: usize = 10;

/// The encryptions with keys that the service keeps.
pub const ENCRYPTIONS: [&str; 3] = ["AES256", "aws:kms", "aws:kms:dsse"];
/// The ways to lock an object.
pub const LOCK_MODES: [&str; 2] = ["GOVERNANCE", "COMPLIANCE"];
/// Whether an object is held.
pub const LEGAL_HOLDS: [&str; 2] = ["ON", "OFF"];

/// Fails, saying why, where no upload could carry these properties.
pub fn check_properties(properties: &Properties) -> Result<(), String> {
    headers(properties).map(|_| ())
}

/// Fails, saying why, where an object's metadata can't hold this: it travels in headers, which take neither every name nor
/// every value.
pub fn check_metadata(name: &str, value: &str) -> Result<(), String> {
    metadata_header(name, value).map(|_| ())
}

/// The headers of an upload with these properties.
pub(crate) fn headers_of(properties: &Properties, attempt: Attempt<'_>) -> Result<HeaderMap, Failure> {
    headers(properties).map_err(|wrong| incorrect(&wrong, attempt))
}

/// What is wrong with a record or the flags.
pub(crate) fn incorrect(wrong: &str, attempt: Attempt<'_>) -> Failure {
    let problem = attempt
        .problem(ProblemKind::Refused, wrong)
        .hint("correct what the record or the flags of tt-push say of the object");
    Failure::local(problem, Cure::None)
}

/// Puts the headers into a request of the SDK's, before it is signed.
pub(crate) fn put_into(request: &mut HttpRequest, headers: &HeaderMap) {
    if !headers.contains_key(CONTENT_TYPE) {
        // The SDK makes one up, for one of the two operations.
        request.headers_mut().remove(CONTENT_TYPE.as_str());
    }
    for (name, value) in headers {
        if let Ok(value) = value.to_str() {
            request.headers_mut().insert(name.as_str().to_owned(), value.to_owned());
        }
    }
}

fn headers(properties: &Properties) -> Result<HeaderMap, String> {
    check_values(properties)?;
    if let Some(contradiction) = contradiction(properties) {
        return Err(contradiction.to_owned());
    }
    let mut headers = HeaderMap::with_capacity(16);
    for (name, value) in plain(properties) {
        if let Some(value) = value {
            headers.insert(HeaderName::from_static(name), header_value(name, value)?);
        }
    }
    for (name, value) in composed(properties)? {
        headers.insert(HeaderName::from_static(name), header_value(name, &value)?);
    }
    add_metadata(&mut headers, properties)?;
    Ok(headers)
}

/// The headers that carry a property as it is.
fn plain(properties: &Properties) -> [(&'static str, Option<&str>); 17] {
    let bucket_key = properties.bucket_key_enabled.map(|enabled| if enabled { "true" } else { "false" });
    [
        ("content-type", properties.content_type.as_deref()),
        ("content-encoding", properties.content_encoding.as_deref()),
        ("content-disposition", properties.content_disposition.as_deref()),
        ("content-language", properties.content_language.as_deref()),
        ("cache-control", properties.cache_control.as_deref()),
        ("x-amz-website-redirect-location", properties.website_redirect.as_deref()),
        ("x-amz-storage-class", properties.storage_class.as_deref()),
        ("x-amz-acl", properties.acl.as_deref()),
        ("x-amz-grant-read", properties.grant_read.as_deref()),
        ("x-amz-grant-read-acp", properties.grant_read_acp.as_deref()),
        ("x-amz-grant-write-acp", properties.grant_write_acp.as_deref()),
        ("x-amz-grant-full-control", properties.grant_full_control.as_deref()),
        ("x-amz-server-side-encryption", properties.sse.as_deref()),
        ("x-amz-server-side-encryption-aws-kms-key-id", properties.sse_kms_key_id.as_deref()),
        ("x-amz-server-side-encryption-bucket-key-enabled", bucket_key),
        ("x-amz-object-lock-mode", properties.object_lock_mode.as_deref()),
        ("x-amz-object-lock-legal-hold", properties.object_lock_legal_hold.as_deref()),
    ]
}

/// The headers whose value S3 wants in a form of its own.
fn composed(properties: &Properties) -> Result<Vec<(&'static str, String)>, String> {
    let mut headers = Vec::new();
    if !properties.tags.is_empty() {
        headers.push(("x-amz-tagging", tagging(properties)));
    }
    if !properties.sse_kms_context.is_empty() {
        let json = serde_json::to_vec(&properties.sse_kms_context).map_err(|e| e.to_string())?;
        headers.push(("x-amz-server-side-encryption-context", BASE64_STANDARD.encode(json)));
    }
    if let Some(expires) = &properties.expires {
        headers.push(("expires", http_date(expires)?));
    }
    if let Some(until) = &properties.object_lock_retain_until {
        headers.push(("x-amz-object-lock-retain-until-date", instant(until)?));
    }
    Ok(headers)
}

/// Fails where S3 knows only some values, and this is another.
fn check_values(properties: &Properties) -> Result<(), String> {
    let check = |value: Option<&String>, name: &str, known: &[&str]| match value {
        Some(value) if !known.contains(&value.as_str()) => {
            Err(format!("{value:?} is no {name}: there are {}", known.join(", ")))
        }
        _ => Ok(()),
    };
    check(properties.sse.as_ref(), "encryption", &ENCRYPTIONS)?;
    check(properties.object_lock_mode.as_ref(), "object lock mode", &LOCK_MODES)?;
    check(properties.object_lock_legal_hold.as_ref(), "legal hold", &LEGAL_HOLDS)
}

/// What S3 would not take together, or not so much of.
fn contradiction(properties: &Properties) -> Option<&'static str> {
    let Properties { sse, metadata, tags, .. } = properties;
    let by_kms = sse.as_deref().is_some_and(|sse| sse.starts_with("aws:kms"));
    let for_kms = properties.sse_kms_key_id.is_some() || !properties.sse_kms_context.is_empty();
    let bucket_key = properties.bucket_key_enabled == Some(true);
    let locked = properties.object_lock_mode.is_some();
    let size = metadata.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    let rules = [
        (properties.acl.is_some() && properties.has_grants(), "a canned ACL and grants exclude each other"),
        (for_kms && !by_kms, "a KMS key or context needs the encryption aws:kms or aws:kms:dsse"),
        (
            bucket_key && sse.as_ref().is_some_and(|sse| sse != "aws:kms"),
            "a bucket key goes with the encryption aws:kms only",
        ),
        (
            locked != properties.object_lock_retain_until.is_some(),
            "an object lock needs both its mode and the date until which it holds",
        ),
        (tags.len() > MOST_TAGS, "an object has at most 10 tags"),
        (
            !tags.iter().all(|(name, value)| is_tag(name, value)),
            "a tag's name has 1 to 128 characters, its value at most 256",
        ),
        (size > MOST_METADATA, "an object has at most 2 KiB of metadata, names and values together"),
    ];
    rules.into_iter().find(|(broken, _)| *broken).map(|(_, rule)| rule)
}

fn is_tag(name: &str, value: &str) -> bool {
    (1..=128).contains(&name.chars().count()) && value.chars().count() <= 256
}

fn add_metadata(headers: &mut HeaderMap, properties: &Properties) -> Result<(), String> {
    for (name, value) in &properties.metadata {
        let (header, value) = metadata_header(name, value)?;
        if headers.insert(header, value).is_some() {
            return Err(format!("the metadata has {name:?} twice: case makes no difference to S3"));
        }
    }
    Ok(())
}

fn metadata_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let header = HeaderName::try_from(format!("x-amz-meta-{name}")).ok().filter(|_| !name.is_empty());
    let header = header.ok_or_else(|| format!("{name:?} can't be a name in the metadata"))?;
    let value = header_value(header.as_str(), value)?;
    Ok((header, value))
}

/// Tags travel as a query string.
fn tagging(properties: &Properties) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = properties.tags.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn http_date(text: &str) -> Result<String, String> {
    let parser = rfc2822::DateTimeParser::new();
    let time = text.parse::<Timestamp>().or_else(|_| parser.parse_timestamp(text));
    time.and_then(|time| rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time))
        .map_err(|_| format!("{text:?} is neither an HTTP date nor RFC 3339, such as 2030-12-31T00:00:00Z"))
}

fn instant(text: &str) -> Result<String, String> {
    let time = text.parse::<Timestamp>();
    time.map(|time| time.to_string())
        .map_err(|_| format!("{text:?} is not a time in RFC 3339, such as 2030-12-31T00:00:00Z"))
}

/// Anything but printable ASCII would be sent without being signed, or signed as something else.
pub(crate) fn header_value(name: &str, value: &str) -> Result<HeaderValue, String> {
    let plain = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    HeaderValue::from_str(value)
        .ok()
        .filter(|_| plain)
        .ok_or_else(|| format!("{value:?} can't be the value of {name}: it holds more than printable ASCII"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(properties: &Properties, name: &str) -> String {
        let headers = headers(properties).unwrap();
        headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    #[test]
    fn tags_are_encoded() {
        let tags = [("a b".into(), "c&d=é".into()), ("e".into(), String::new())].into();
        let properties = Properties { tags, ..Properties::default() };
        assert_eq!(value(&properties, "x-amz-tagging"), "a%20b=c%26d%3D%C3%A9&e=");
        assert!(headers(&Properties::default()).unwrap().is_empty());
    }

    #[test]
    fn expiry_comes_as_an_http_date() {
        let date = "Mon, 21 Oct 2115 07:28:00 GMT";
        for text in [date, "2115-10-21T07:28:00Z", "2115-10-21T09:28:00.5+02:00"] {
            let properties = Properties { expires: Some(text.into()), ..Properties::default() };
            assert_eq!(value(&properties, "expires"), date, "{text}");
        }
        let wrong = Properties { expires: Some("soon".into()), ..Properties::default() };
        assert!(check_properties(&wrong).unwrap_err().contains("RFC 3339"));
    }

    #[test]
    fn the_context_is_base64_of_json() {
        let context = [("a".into(), "ü".into())].into();
        let sse = Some("aws:kms".into());
        let properties = Properties { sse, sse_kms_context: context, ..Properties::default() };
        assert_eq!(value(&properties, "x-amz-server-side-encryption-context"), "eyJhIjoiw7wifQ==");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let base = Properties::default;
        let many = (0..11).map(|number| (number.to_string(), String::new())).collect();
        let text = || Some("x".to_owned());
        for wrong in [
            Properties { sse: text(), ..base() },
            Properties { object_lock_legal_hold: text(), ..base() },
            Properties { metadata: [(String::new(), "1".into())].into(), ..base() },
            Properties { acl: text(), grant_read: text(), ..base() },
            Properties { sse_kms_key_id: text(), ..base() },
            Properties { sse: Some("AES256".into()), sse_kms_key_id: text(), ..base() },
            Properties { sse: Some("AES256".into()), bucket_key_enabled: Some(true), ..base() },
            Properties { object_lock_mode: text(), ..base() },
            Properties { object_lock_retain_until: Some("2115-10-21T07:28:00Z".into()), ..base() },
            Properties { tags: many, ..base() },
            Properties { metadata: [("a".into(), "x".repeat(2048))].into(), ..base() },
            Properties { metadata: [("a".into(), "1".into()), ("A".into(), "2".into())].into(), ..base() },
            Properties { metadata: [("a".into(), "\n".into())].into(), ..base() },
            Properties { metadata: [("a b".into(), "1".into())].into(), ..base() },
        ] {
            assert!(check_properties(&wrong).is_err(), "{wrong:?}");
        }
    }
}
