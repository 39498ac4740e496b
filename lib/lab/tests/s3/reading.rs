//! Reading objects: ranges, parts, attributes.

use http::Method;
use tt_lab::{Bodies, Options};

use super::{
    client::Lab,
    sums::{composite, etag, sum},
    uploads::{MIB5, Upload, bytes},
};

#[tokio::test]
async fn ranges_are_cut_out() {
    let lab = Lab::start().await;
    lab.put("key", "0123456789").await;
    for (range, body, content_range) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=3-5", "345", "bytes 3-5/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=7-100", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=-100", "0123456789", "bytes 0-9/10"),
    ] {
        let got = lab.object(Method::GET, "key").header("range", range).ok().await;
        assert_eq!((got.status.as_u16(), &got.body[..]), (206, body.as_bytes()), "{range}");
        assert_eq!(
            (got.header("content-range"), got.header("content-length")),
            (content_range, body.len().to_string().as_str())
        );
        let head = lab.object(Method::HEAD, "key").header("range", range).ok().await;
        assert_eq!((head.status.as_u16(), head.header("content-range")), (206, content_range));
    }
    lab.object(Method::GET, "key").header("range", "bytes=10-").refused(416, "InvalidRange").await;
    let ranged =
        lab.object(Method::GET, "key").header("range", "bytes=0-1").header("x-amz-checksum-mode", "ENABLED");
    assert_eq!(ranged.ok().await.header("x-amz-checksum-crc64nvme"), "", "the sum is of the whole");
}

#[tokio::test]
async fn an_empty_object_has_no_range() {
    let lab = Lab::start().await;
    lab.put("key", "").await;
    assert_eq!(lab.object(Method::GET, "key").ok().await.header("content-length"), "0");
    lab.object(Method::GET, "key").header("range", "bytes=0-0").refused(416, "InvalidRange").await;
}

#[tokio::test]
async fn parts_are_cut_out() {
    let lab = Lab::start().await;
    let (first, last) = (bytes(1, MIB5), bytes(2, 10));
    let mut upload = Upload::start(&lab, "key").await;
    upload.send(3, &first).await;
    upload.send(7, &last).await;
    upload.complete().ok().await;
    let part = |method, number: &str| lab.object(method, "key").query("partNumber", number);
    let head = part(Method::HEAD, "1").ok().await;
    assert_eq!(
        (head.header("content-length"), head.header("x-amz-mp-parts-count")),
        (MIB5.to_string().as_str(), "2")
    );
    let got = part(Method::GET, "2").ok().await;
    assert_eq!((got.status.as_u16(), got.body), (206, last));
    assert_eq!(head.status, 206);
    part(Method::GET, "3").refused(416, "InvalidPartNumber").await;
    lab.put("plain", "body").await;
    let plain = lab.object(Method::HEAD, "plain").query("partNumber", "1").ok().await;
    assert_eq!((plain.header("content-length"), plain.header("x-amz-mp-parts-count")), ("4", ""));
}

#[tokio::test]
async fn parts_of_a_composite_have_sums_of_their_own() {
    let lab = Lab::start().await;
    let (first, last) = (bytes(1, MIB5), bytes(2, 10));
    for (key, algorithm, scope) in [("composite", "SHA1", "COMPOSITE"), ("full", "CRC32", "FULL_OBJECT")] {
        let mut upload = Upload::summed(&lab, key, algorithm, scope).await;
        upload.send(1, &first).await;
        upload.send(2, &last).await;
        upload.complete().ok().await;
    }
    let head = |key: &str| {
        let call = lab.object(Method::HEAD, key).query("partNumber", "2");
        call.header("x-amz-checksum-mode", "ENABLED").ok()
    };
    let composite = head("composite").await;
    assert_eq!(composite.header("x-amz-checksum-sha1"), sum("SHA1", &last));
    assert_eq!(composite.header("x-amz-checksum-type"), "COMPOSITE");
    assert_eq!(head("full").await.header("x-amz-checksum-crc32"), "");
}

#[tokio::test]
async fn attributes_of_a_plain_object() {
    let lab = Lab::start().await;
    lab.put("key", "123456789").await;
    let attributes = |names: &str| {
        lab.object(Method::GET, "key").query("attributes", "").header("x-amz-object-attributes", names)
    };
    let all = attributes("ETag,Checksum,ObjectParts,StorageClass,ObjectSize").ok().await;
    let told = ["ETag", "ChecksumCRC64NVME", "ChecksumType", "StorageClass", "ObjectSize"]
        .map(|name| all.text(name));
    let digest = etag(b"123456789");
    assert_eq!(told, [digest.trim_matches('"'), "rosUhgp5mIg=", "FULL_OBJECT", "STANDARD", "9"]);
    assert!(!all.document().contains("ObjectParts"), "{}", all.document());
    let size = attributes("ObjectSize").ok().await;
    assert_eq!((size.text("ObjectSize"), size.text("ETag")), ("9".into(), String::new()));
    attributes("Colour").refused(400, "InvalidArgument").await;
}

#[tokio::test]
async fn attributes_of_parts() {
    let lab = Lab::start().await;
    let parts = [bytes(1, MIB5), bytes(2, MIB5), bytes(3, 10)];
    for (key, algorithm, scope) in [("composite", "SHA256", "COMPOSITE"), ("full", "CRC32", "FULL_OBJECT")] {
        let mut upload = Upload::summed(&lab, key, algorithm, scope).await;
        for (number, part) in (1..).zip(&parts) {
            upload.send(number, part).await;
        }
        upload.complete().ok().await;
    }
    let attributes = |key: &str| {
        let call = lab.object(Method::GET, key).query("attributes", "");
        call.header("x-amz-object-attributes", "Checksum,ObjectParts")
    };
    let all = attributes("composite").ok().await;
    assert_eq!(all.texts("PartNumber"), ["1", "2", "3"]);
    assert_eq!(all.texts("Size")[2], "10");
    let whole = composite("SHA256", &[&parts[0], &parts[1], &parts[2]]);
    let whole = whole.split_once('-').unwrap().0.to_owned();
    let sums: Vec<_> = parts.iter().map(|part| sum("SHA256", part)).collect();
    assert_eq!(all.texts("ChecksumSHA256")[0], whole, "without the number of parts");
    assert_eq!(all.texts("ChecksumSHA256")[1..], sums);
    let page = attributes("composite")
        .header("x-amz-max-parts", "1")
        .header("x-amz-part-number-marker", "1")
        .ok()
        .await;
    assert_eq!((page.texts("PartNumber"), page.text("NextPartNumberMarker")), (vec!["2".into()], "2".into()));
    let full = attributes("full").ok().await;
    assert_eq!((full.text("ChecksumType"), full.text("PartsCount")), ("FULL_OBJECT".into(), "3".into()));
}

#[tokio::test]
async fn discarded_bodies_are_checked_and_can_not_be_read() {
    let lab = Lab::with(Options { bodies: Bodies::Discard, ..Options::default() }).await;
    let put = lab.object(Method::PUT, "key").body("123456789");
    put.clone().header("x-amz-checksum-crc32", "AAAAAA==").refused(400, "BadDigest").await;
    put.header("x-amz-checksum-crc32", "y/Q5Jg==").ok().await;
    let head = lab.head("key").await;
    assert_eq!((head.header("content-length"), head.header("x-amz-checksum-crc32")), ("9", "y/Q5Jg=="));
    lab.object(Method::GET, "key").refused(501, "NotImplemented").await;
    let mut upload = Upload::summed(&lab, "big", "CRC64NVME", "FULL_OBJECT").await;
    let parts = [bytes(1, MIB5), bytes(2, 10)];
    upload.send(1, &parts[0]).await;
    upload.send(2, &parts[1]).await;
    let value = sum("CRC64NVME", &parts.concat());
    upload.complete().header("x-amz-checksum-crc64nvme", &value).ok().await;
    assert_eq!(lab.head("big").await.header("content-length"), (MIB5 + 10).to_string());
}
