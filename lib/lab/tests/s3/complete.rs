//! CompleteMultipartUpload: what it checks, and what becomes of the parts.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use http::Method;

use super::{
    client::Lab,
    sums::{composite, etag, header, md5, sum},
    uploads::{MIB5, Upload, bytes},
};

const FULL: &str = "FULL_OBJECT";
const COMPOSITE: &str = "COMPOSITE";

#[tokio::test]
async fn parts_become_the_object() {
    let lab = Lab::start().await;
    let (first, last) = (bytes(1, MIB5), bytes(2, 1000));
    let mut upload = Upload::start(&lab, "key").await;
    upload.send(2, &first).await;
    upload.send(9, &last).await;
    assert_eq!(lab.head("key").await.status, 404, "not before completion");
    let done = upload.complete().ok().await;
    let digests = [BASE64.decode(md5(&first)).unwrap(), BASE64.decode(md5(&last)).unwrap()].concat();
    let expected = format!("{}-2\"", etag(&digests).trim_end_matches('"'));
    assert_eq!(done.text("ETag"), expected);
    assert_eq!(done.text("Key"), "key");
    let whole = [first, last].concat();
    assert_eq!(done.text("ChecksumCRC64NVME"), sum("CRC64NVME", &whole), "S3 computes one by itself");
    let head = lab.head("key").await;
    assert_eq!((head.etag(), head.header("x-amz-checksum-type")), (expected, FULL));
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, whole);
}

#[tokio::test]
async fn full_object_sums_are_those_of_the_whole() {
    let lab = Lab::start().await;
    let (first, last) = (bytes(1, MIB5), bytes(2, 777));
    let whole = [first.clone(), last.clone()].concat();
    for algorithm in ["CRC64NVME", "CRC32", "CRC32C"] {
        let mut upload = Upload::summed(&lab, algorithm, algorithm, FULL).await;
        upload.send(1, &first).await;
        upload.send(2, &last).await;
        let wrong = upload.complete().header(&header(algorithm), &sum(algorithm, &first));
        wrong.refused(400, "BadDigest").await;
        assert_eq!(lab.head(algorithm).await.status, 404, "a refusal publishes nothing");
        let value = sum(algorithm, &whole);
        let right = upload.complete().header(&header(algorithm), &value).header("x-amz-checksum-type", FULL);
        let done = right.ok().await;
        assert_eq!(
            (done.text(&format!("Checksum{algorithm}")), done.text("ChecksumType")),
            (value.clone(), FULL.into())
        );
        let head = lab.head(algorithm).await;
        assert_eq!(
            (head.header(&header(algorithm)), head.header("x-amz-checksum-type")),
            (value.as_str(), FULL)
        );
    }
}

#[tokio::test]
async fn composite_sums_are_those_of_the_sums() {
    let lab = Lab::start().await;
    let (first, last) = (bytes(1, MIB5), bytes(2, 777));
    for algorithm in ["CRC32", "CRC32C", "SHA1", "SHA256"] {
        let mut upload = Upload::summed(&lab, algorithm, algorithm, COMPOSITE).await;
        upload.send(1, &first).await;
        upload.send(2, &last).await;
        let value = composite(algorithm, &[&first, &last]);
        let wrong = upload.complete().header(&header(algorithm), &composite(algorithm, &[&last, &first]));
        wrong.refused(400, "BadDigest").await;
        let done = upload.complete().header(&header(algorithm), &value).ok().await;
        assert_eq!(
            (done.text(&format!("Checksum{algorithm}")), done.text("ChecksumType")),
            (value.clone(), COMPOSITE.into())
        );
        let head = lab.head(algorithm).await;
        assert_eq!(
            (head.header(&header(algorithm)), head.header("x-amz-checksum-type")),
            (value.as_str(), COMPOSITE)
        );
    }
}

#[tokio::test]
async fn the_type_must_be_the_uploads() {
    let lab = Lab::start().await;
    let mut upload = Upload::summed(&lab, "key", "CRC32", FULL).await;
    upload.send(1, &bytes(1, 10)).await;
    upload.complete().header("x-amz-checksum-type", COMPOSITE).refused(400, "InvalidRequest").await;
    upload.complete().header("x-amz-checksum-crc32c", "AAAAAA==").refused(400, "InvalidRequest").await;
    for (algorithm, scope) in [("CRC64NVME", COMPOSITE), ("SHA1", FULL), ("SHA256", FULL), ("MD4", FULL)] {
        let create = lab.object(Method::POST, "key").query("uploads", "");
        let create =
            create.header("x-amz-checksum-algorithm", algorithm).header("x-amz-checksum-type", scope);
        create.refused(400, "InvalidRequest").await;
    }
}

#[tokio::test]
async fn the_size_must_be_the_promised_one() {
    let lab = Lab::start().await;
    let mut upload = Upload::start(&lab, "key").await;
    upload.send(1, &bytes(1, 10)).await;
    upload.complete().header("x-amz-mp-object-size", "11").refused(400, "InvalidRequest").await;
    upload.complete().header("x-amz-mp-object-size", "10").ok().await;
}

#[tokio::test]
async fn parts_must_be_listed_in_order() {
    let lab = Lab::start().await;
    let mut upload = Upload::start(&lab, "key").await;
    upload.send(1, &bytes(1, MIB5)).await;
    upload.send(2, &bytes(2, MIB5)).await;
    upload.listed().swap(0, 1);
    upload.complete().refused(400, "InvalidPartOrder").await;
    upload.listed().swap(0, 1);
    let again = upload.listed()[0].clone();
    upload.listed().insert(0, again);
    upload.complete().refused(400, "InvalidPartOrder").await;
    upload.listed().remove(0);
    upload.complete().ok().await;
}

#[tokio::test]
async fn only_the_last_part_may_be_small() {
    let lab = Lab::start().await;
    let mut upload = Upload::start(&lab, "key").await;
    upload.send(1, &bytes(1, MIB5 - 1)).await;
    upload.send(2, &bytes(2, 1)).await;
    upload.complete().refused(400, "EntityTooSmall").await;
    upload.listed().truncate(1);
    upload.complete().ok().await;
    let head = lab.head("key").await;
    assert_eq!(
        head.header("content-length"),
        (MIB5 - 1).to_string(),
        "parts that are not listed are dropped"
    );
}

#[tokio::test]
async fn listed_parts_must_be_the_uploaded_ones() {
    let lab = Lab::start().await;
    let body = bytes(1, 10);
    let mut upload = Upload::summed(&lab, "key", "SHA256", COMPOSITE).await;
    upload.complete().refused(400, "MalformedXML").await;
    upload.send(1, &body).await;
    let value = sum("SHA256", &body);
    let wrong = sum("SHA256", b"other");
    for (number, etag, checksum, code) in [
        (2, etag(&body), format!("<ChecksumSHA256>{value}</ChecksumSHA256>"), "InvalidPart"),
        (1, etag(b"other"), format!("<ChecksumSHA256>{value}</ChecksumSHA256>"), "InvalidPart"),
        (1, etag(&body), format!("<ChecksumSHA256>{wrong}</ChecksumSHA256>"), "InvalidPart"),
        (1, etag(&body), String::new(), "InvalidRequest"),
        (1, etag(&body), "<ChecksumCRC32>AAAAAA==</ChecksumCRC32>".to_owned(), "InvalidRequest"),
    ] {
        upload.listed().clear();
        upload.list(number, &etag, &checksum);
        upload.complete().refused(400, code).await;
    }
    upload.listed().clear();
    upload.list(1, etag(&body).trim_matches('"'), &format!("<ChecksumSHA256>{value}</ChecksumSHA256>"));
    upload.complete().ok().await;
}

#[tokio::test]
async fn completing_twice_gives_the_same_answer() {
    let lab = Lab::start().await;
    let mut upload = Upload::start(&lab, "key").await;
    upload.send(1, &bytes(1, MIB5)).await;
    upload.send(2, &bytes(2, 5)).await;
    let first = upload.complete().ok().await;
    let second = upload.complete().ok().await;
    assert_eq!(first.text("ETag"), second.text("ETag"));
    upload.listed().truncate(1);
    upload.complete().refused(404, "NoSuchUpload").await;
    lab.put("key", "another").await;
    upload.complete().refused(404, "NoSuchUpload").await;
}

#[tokio::test]
async fn an_aborted_upload_is_gone() {
    let lab = Lab::start().await;
    let mut upload = Upload::start(&lab, "key").await;
    upload.send(1, &bytes(1, 10)).await;
    assert_eq!(upload.call(Method::DELETE).send().await.status, 204);
    upload.part(2, "more").refused(404, "NoSuchUpload").await;
    upload.complete().refused(404, "NoSuchUpload").await;
    upload.call(Method::GET).refused(404, "NoSuchUpload").await;
    upload.call(Method::DELETE).refused(404, "NoSuchUpload").await;
    assert_eq!(lab.head("key").await.status, 404);
}
