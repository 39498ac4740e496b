//! Listings: order, pages, prefixes and odd names.

use http::Method;

use super::client::{Answer, Call, Lab};

/// Keys that other servers stumble over, in the order of their bytes.
const KEYS: [&str; 21] = [
    " leading",
    "%41",
    "&<>\"'",
    "+plus+",
    "..",
    "../up",
    "./here",
    "//",
    "//twice//",
    "A",
    "a",
    "a b",
    "a-b",
    "a/",
    "a/b",
    "a//b",
    "a0",
    "e\u{301}",
    "z\\back",
    "é",
    "😀",
];

fn list(lab: &Lab) -> Call {
    lab.bucket(Method::GET).query("list-type", "2")
}

async fn filled(keys: &[&str]) -> Lab {
    let lab = Lab::start().await;
    // Not in order.
    for key in keys.iter().rev() {
        lab.put(key, (*key).to_owned()).await;
    }
    lab
}

/// The keys and common prefixes of all pages. Within each, both are merged.
async fn all_pages(call: impl Fn() -> Call, size: usize) -> Vec<String> {
    let (mut seen, mut token) = (Vec::new(), None::<String>);
    loop {
        let mut page = call().query("max-keys", &size.to_string());
        if let Some(token) = &token {
            page = page.query("continuation-token", token);
        }
        let page = page.ok().await;
        let shown = shown(&page);
        assert_eq!(page.text("KeyCount"), shown.len().to_string());
        assert!(shown.len() <= size);
        seen.extend(shown);
        token = Some(page.text("NextContinuationToken"));
        if page.text("IsTruncated") == "false" {
            return seen;
        }
    }
}

fn shown(page: &Answer) -> Vec<String> {
    let prefixes = page.texts("CommonPrefixes");
    let prefixes =
        prefixes.iter().map(|p| p.trim_start_matches("<Prefix>").trim_end_matches("</Prefix>").to_owned());
    let mut shown: Vec<_> = page.texts("Key").into_iter().chain(prefixes).collect();
    shown.sort();
    shown
}

#[tokio::test]
async fn keys_come_in_the_order_of_their_bytes() {
    let mut keys = KEYS;
    keys.sort_unstable();
    let lab = filled(&keys).await;
    let page = list(&lab).ok().await;
    assert_eq!(page.texts("Key"), keys);
    assert_eq!((page.text("IsTruncated"), page.text("KeyCount")), ("false".into(), keys.len().to_string()));
    for size in 1..=keys.len() + 1 {
        assert_eq!(all_pages(|| list(&lab), size).await, keys, "{size}");
    }
    for key in keys {
        assert_eq!(lab.object(Method::GET, key).ok().await.body, key, "each is an object of its own");
    }
}

#[tokio::test]
async fn names_are_encoded_on_demand() {
    let keys = ["a b+c%d", "e\u{301}/é", "line\nfeed\r", "😀"];
    let lab = filled(&keys).await;
    let page = list(&lab).query("encoding-type", "url").ok().await;
    assert_eq!(page.texts("Key"), ["a%20b%2Bc%25d", "e%CC%81/%C3%A9", "line%0Afeed%0D", "%F0%9F%98%80"]);
    assert_eq!(page.text("EncodingType"), "url");
    let page = list(&lab)
        .query("encoding-type", "url")
        .query("prefix", "e\u{301}")
        .query("start-after", "a b")
        .ok()
        .await;
    assert_eq!((page.text("Prefix"), page.text("StartAfter")), ("e%CC%81".into(), "a%20b".into()));
    assert_eq!(page.texts("Key"), ["e%CC%81/%C3%A9"]);
    assert_eq!(list(&lab).ok().await.texts("Key"), keys, "control characters survive without it, too");
    for size in 1..5 {
        let encoded = all_pages(|| list(&lab).query("encoding-type", "url"), size).await;
        assert_eq!(encoded.len(), keys.len(), "{size}: tokens are not encoded twice");
    }
    list(&lab).query("encoding-type", "gzip").refused(400, "InvalidArgument").await;
}

#[tokio::test]
async fn prefixes_are_rolled_up() {
    let lab = filled(&["a", "a/", "a/b", "a/c/d", "a/c/e", "a0", "b//c", "é/1"]).await;
    for size in 1..=8 {
        let top = all_pages(|| list(&lab).query("delimiter", "/"), size).await;
        assert_eq!(top, ["a", "a/", "a0", "b/", "é/"], "{size}");
        let below = all_pages(|| list(&lab).query("delimiter", "/").query("prefix", "a/"), size).await;
        assert_eq!(below, ["a/", "a/b", "a/c/"], "{size}");
        let all = all_pages(|| list(&lab).query("prefix", "a/"), size).await;
        assert_eq!(all, ["a/", "a/b", "a/c/d", "a/c/e"], "{size}");
    }
    let odd = list(&lab).query("delimiter", "c").ok().await;
    assert_eq!(shown(&odd), ["a", "a/", "a/b", "a/c", "a0", "b//c", "é/1"]);
}

#[tokio::test]
async fn listings_start_where_they_are_told_to() {
    let lab = filled(&["a", "b", "c/1", "c/2", "d"]).await;
    let after = |key: &str| list(&lab).query("start-after", key);
    assert_eq!(after("b").ok().await.texts("Key"), ["c/1", "c/2", "d"]);
    assert_eq!(after("bb").ok().await.texts("Key"), ["c/1", "c/2", "d"]);
    assert_eq!(after("d").ok().await.texts("Key").len(), 0);
    assert_eq!(all_pages(|| after("a"), 1).await, ["b", "c/1", "c/2", "d"], "a token wins over start-after");
    list(&lab).query("continuation-token", "nonsense!").refused(400, "InvalidArgument").await;
}

#[tokio::test]
async fn the_older_listing_works_too() {
    let lab = filled(&["a", "b/1", "b/2", "c"]).await;
    let page = lab.bucket(Method::GET).query("max-keys", "2").ok().await;
    assert_eq!(
        (page.texts("Key"), page.text("IsTruncated")),
        (vec!["a".into(), "b/1".into()], "true".into())
    );
    assert_eq!(page.text("NextMarker"), "", "only with a delimiter");
    let page = lab.bucket(Method::GET).query("marker", "b/1").ok().await;
    assert_eq!(page.texts("Key"), ["b/2", "c"]);
    let page = lab.bucket(Method::GET).query("delimiter", "/").query("max-keys", "2").ok().await;
    assert_eq!((shown(&page), page.text("NextMarker")), (vec!["a".into(), "b/".into()], "b/".into()));
    let page = lab.bucket(Method::GET).query("delimiter", "/").query("marker", "b/").ok().await;
    assert_eq!(shown(&page), ["c"]);
}

#[tokio::test]
async fn entries_tell_what_s3_tells() {
    let lab = Lab::start().await;
    let put = lab.object(Method::PUT, "key").header("x-amz-storage-class", "GLACIER_IR");
    put.header("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=").body("123456789").ok().await;
    let page = list(&lab).ok().await;
    let told = ["Size", "ETag", "StorageClass", "ChecksumAlgorithm", "ChecksumType", "MaxKeys", "Name"];
    let expected =
        ["9", "\"25f9e794323b453885f5181f1b624d0b\"", "GLACIER_IR", "SHA1", "FULL_OBJECT", "1000", "bucket"];
    assert_eq!(told.map(|name| page.text(name)), expected);
    assert!(page.text("LastModified").ends_with('Z'));
    assert_eq!(page.text("ID"), "");
    assert_ne!(list(&lab).query("fetch-owner", "true").ok().await.text("ID"), "");
}

#[tokio::test]
async fn pages_have_limits() {
    let lab = filled(&["a", "b"]).await;
    let none = list(&lab).query("max-keys", "0").ok().await;
    assert_eq!((none.texts("Key").len(), none.text("IsTruncated")), (0, "false".into()));
    list(&lab).query("max-keys", "-1").refused(400, "InvalidArgument").await;
    let many = list(&lab).query("max-keys", "100000").ok().await;
    assert_eq!((many.texts("Key").len(), many.text("MaxKeys")), (2, "1000".into()));
}

#[tokio::test]
async fn keys_have_at_most_1024_bytes() {
    let lab = Lab::start().await;
    let longest = "é".repeat(512);
    lab.put(&longest, "body").await;
    assert_eq!(list(&lab).ok().await.texts("Key"), [longest.as_str()]);
    lab.object(Method::PUT, &format!("{longest}x")).body("body").refused(400, "KeyTooLongError").await;
    lab.object(Method::POST, &format!("{longest}x"))
        .query("uploads", "")
        .refused(400, "KeyTooLongError")
        .await;
}
