//! Parts and unfinished uploads.

use http::Method;

use super::{
    client::{BUCKET, Lab},
    sums::{ALL, etag, header, sum},
    uploads::{MIB5, Upload, bytes},
};

#[tokio::test]
async fn numbers_go_from_1_to_10000() {
    let lab = Lab::start().await;
    let upload = Upload::start(&lab, "key").await;
    for number in [0, 10_001, 4_000_000_000] {
        upload.part(number, "body").refused(400, "InvalidArgument").await;
    }
    for number in [1, 10_000] {
        assert_eq!(upload.part(number, "body").ok().await.etag(), etag(b"body"));
    }
}

#[tokio::test]
async fn sums_of_parts_are_checked() {
    let lab = Lab::start().await;
    for algorithm in ALL {
        let scope = if algorithm == "CRC64NVME" { "FULL_OBJECT" } else { "COMPOSITE" };
        let upload = Upload::summed(&lab, "key", algorithm, scope).await;
        let part = |of: &[u8]| upload.part(1, "body").header(&header(algorithm), &sum(algorithm, of));
        part(b"other").refused(400, "BadDigest").await;
        let listed = upload.call(Method::GET).ok().await;
        assert_eq!(listed.texts("PartNumber").len(), 0, "a wrong sum leaves no part");
        let answer = part(b"body").ok().await;
        assert_eq!(answer.header(&header(algorithm)), sum(algorithm, b"body"));
    }
}

#[tokio::test]
async fn sums_of_parts_are_of_the_uploads_algorithm() {
    let lab = Lab::start().await;
    let crc32 =
        |upload: &Upload<'_>| upload.part(1, "body").header("x-amz-checksum-crc32", &sum("CRC32", b"body"));
    let composite = Upload::summed(&lab, "key", "SHA256", "COMPOSITE").await;
    crc32(&composite).refused(400, "InvalidRequest").await;
    composite.part(1, "body").refused(400, "InvalidRequest").await;
    let full = Upload::summed(&lab, "key", "CRC32", "FULL_OBJECT").await;
    let told = full.part(1, "body").ok().await;
    assert_eq!(told.header("x-amz-checksum-crc32"), sum("CRC32", b"body"), "told, though not given");
    crc32(&full).ok().await;
}

#[tokio::test]
async fn an_upload_that_names_no_algorithm_takes_parts_with_any() {
    let lab = Lab::start().await;
    let mut upload = Upload::start(&lab, "key").await;
    for algorithm in ALL {
        let part = |of: &[u8]| upload.part(1, "body").header(&header(algorithm), &sum(algorithm, of));
        part(b"other").refused(400, "BadDigest").await;
        let told = part(b"body").ok().await;
        assert_eq!(told.header(&header(algorithm)), "", "checked, and not kept");
    }
    upload.list(1, &etag(b"body"), "");
    let done = upload.complete().ok().await;
    assert_eq!(done.text("ChecksumCRC64NVME"), sum("CRC64NVME", b"body"));
}

#[tokio::test]
async fn uploads_are_found_by_key_and_id() {
    let lab = Lab::start().await;
    let mut upload = Upload::start(&lab, "key").await;
    upload.send(1, &bytes(1, 10)).await;
    upload.key = "other".into();
    upload.part(1, "body").refused(404, "NoSuchUpload").await;
    upload.complete().refused(404, "NoSuchUpload").await;
    upload.key = "key".into();
    upload.id = "unknown".into();
    upload.part(1, "body").refused(404, "NoSuchUpload").await;
    upload.call(Method::GET).refused(404, "NoSuchUpload").await;
}

#[tokio::test]
async fn parts_are_listed() {
    let lab = Lab::start().await;
    let mut upload = Upload::summed(&lab, "key", "CRC32C", "FULL_OBJECT").await;
    for number in [3, 1, 2] {
        upload.send(number, &bytes(1, 100 + number as usize)).await;
    }
    upload.send(2, &bytes(2, 200)).await;
    let list = upload.call(Method::GET).ok().await;
    assert_eq!(list.texts("PartNumber"), ["1", "2", "3"]);
    assert_eq!(list.text("NextPartNumberMarker"), "3", "told even if nothing follows");
    assert_eq!(list.texts("Size"), ["101", "200", "103"]);
    assert_eq!(list.texts("ETag")[1], etag(&bytes(2, 200)));
    assert_eq!(list.texts("ChecksumCRC32C")[1], sum("CRC32C", &bytes(2, 200)));
    assert_eq!(
        (list.text("ChecksumAlgorithm"), list.text("ChecksumType")),
        ("CRC32C".into(), "FULL_OBJECT".into())
    );
    assert_eq!((list.text("IsTruncated"), list.text("StorageClass")), ("false".into(), "STANDARD".into()));
}

#[tokio::test]
async fn parts_are_listed_in_pages() {
    let lab = Lab::start().await;
    let mut upload = Upload::start(&lab, "key").await;
    for number in 1..=5 {
        upload.send(number, &bytes(1, 10)).await;
    }
    for size in 1..=6 {
        let (mut seen, mut marker) = (Vec::new(), "0".to_owned());
        loop {
            let page = upload
                .call(Method::GET)
                .query("max-parts", &size.to_string())
                .query("part-number-marker", &marker);
            let page = page.ok().await;
            seen.extend(page.texts("PartNumber"));
            marker = page.text("NextPartNumberMarker");
            if page.text("IsTruncated") == "false" {
                break;
            }
        }
        assert_eq!(seen, ["1", "2", "3", "4", "5"], "{size}");
    }
}

#[tokio::test]
async fn uploads_are_listed_by_key_and_age() {
    let lab = Lab::start().await;
    let mut ids = Vec::new();
    for key in ["dir/b", "a", "dir/a", "z", "a"] {
        ids.push(Upload::summed(&lab, key, "SHA256", "COMPOSITE").await.id);
    }
    let list = |size: &str| lab.bucket(Method::GET).query("uploads", "").query("max-uploads", size);
    let all = list("100").ok().await;
    assert_eq!(all.texts("Key"), ["a", "a", "dir/a", "dir/b", "z"]);
    assert_eq!(all.texts("UploadId"), [1, 4, 2, 0, 3].map(|index| ids[index].clone()));
    assert_eq!(
        (all.text("ChecksumAlgorithm"), all.text("ChecksumType")),
        ("SHA256".into(), "COMPOSITE".into())
    );
    let rolled = list("100").query("delimiter", "/").ok().await;
    assert_eq!(rolled.texts("Key"), ["a", "a", "z"]);
    assert_eq!(rolled.texts("CommonPrefixes"), ["<Prefix>dir/</Prefix>"]);
    let below = list("100").query("prefix", "dir/").ok().await;
    assert_eq!(below.texts("Key"), ["dir/a", "dir/b"]);
    for size in 1..=6 {
        let (mut seen, mut key, mut id) = (Vec::new(), String::new(), String::new());
        loop {
            let page =
                list(&size.to_string()).query("key-marker", &key).query("upload-id-marker", &id).ok().await;
            seen.extend(page.texts("UploadId"));
            (key, id) = (page.text("NextKeyMarker"), page.text("NextUploadIdMarker"));
            if page.text("IsTruncated") == "false" {
                break;
            }
        }
        assert_eq!(seen, all.texts("UploadId"), "{size}");
    }
}

#[tokio::test]
async fn an_upload_hands_its_properties_to_the_object() {
    let lab = Lab::start().await;
    let create = lab
        .object(Method::POST, "key")
        .query("uploads", "")
        .header("content-type", "text/css")
        .header("cache-control", "max-age=60")
        .header("x-amz-meta-mtime", "1.5")
        .header("x-amz-storage-class", "STANDARD_IA")
        .header("x-amz-tagging", "a=1&b=%2B+c");
    let mut upload = Upload::of(&lab, "key", None, &create.ok().await);
    upload.send(1, &bytes(1, 10)).await;
    upload.complete().ok().await;
    let head = lab.head("key").await;
    let headers =
        ["content-type", "cache-control", "x-amz-meta-mtime", "x-amz-storage-class", "x-amz-tagging-count"];
    assert_eq!(headers.map(|name| head.header(name)), ["text/css", "max-age=60", "1.5", "STANDARD_IA", "2"]);
    let tags = lab.object(Method::GET, "key").query("tagging", "").ok().await;
    assert_eq!(tags.texts("Value"), ["1", "+ c"]);
}

#[tokio::test]
async fn parts_may_be_copied() {
    let lab = Lab::start().await;
    let body = bytes(1, MIB5 + 10);
    lab.put("source", body.clone()).await;
    let mut upload = Upload::start(&lab, "key").await;
    for (number, range) in [(1, format!("bytes=0-{}", MIB5 - 1)), (2, format!("bytes={MIB5}-{}", MIB5 + 9))] {
        let copy = upload.part(number, "").header("x-amz-copy-source", &format!("/{BUCKET}/source"));
        let etag = copy.header("x-amz-copy-source-range", &range).ok().await.text("ETag");
        upload.list(number, &etag, "");
    }
    upload.complete().ok().await;
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, body);
}
