//! Checksums in headers, over single objects.

use http::Method;

use super::{
    client::Lab,
    sums::{ALL, DIGITS, header, md5, sum},
};

const BODY: &str = "123456789";

#[tokio::test]
async fn right_ones_are_kept_and_told() {
    let lab = Lab::start().await;
    for (algorithm, value) in DIGITS {
        let put = lab.object(Method::PUT, algorithm).header(&header(algorithm), value).body(BODY).ok().await;
        assert_eq!(put.header(&header(algorithm)), value);
        assert_eq!(put.header("x-amz-checksum-type"), "FULL_OBJECT");
        let head = lab.head(algorithm).await;
        assert_eq!(head.header(&header(algorithm)), value, "{head:?}");
        assert_eq!(head.header("x-amz-checksum-type"), "FULL_OBJECT");
        let plain = lab.object(Method::HEAD, algorithm).ok().await;
        assert_eq!(plain.header(&header(algorithm)), "", "told only where asked for");
    }
}

#[tokio::test]
async fn wrong_ones_are_refused_and_leave_nothing() {
    let lab = Lab::start().await;
    for algorithm in ALL {
        let put = |body| {
            lab.object(Method::PUT, "key").header(&header(algorithm), &sum(algorithm, b"other")).body(body)
        };
        put("body").refused(400, "BadDigest").await;
        assert_eq!(lab.head("key").await.status, 404, "{algorithm}");
        put("").refused(400, "BadDigest").await;
    }
}

#[tokio::test]
async fn a_refused_body_leaves_the_old_object() {
    let lab = Lab::start().await;
    lab.put("key", "old").await;
    lab.object(Method::PUT, "key")
        .header("x-amz-checksum-crc32", "AAAAAA==")
        .body("new")
        .refused(400, "BadDigest")
        .await;
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, "old");
}

#[tokio::test]
async fn malformed_ones_are_refused() {
    let lab = Lab::start().await;
    for algorithm in ALL {
        for value in ["AAAA", "not base64"] {
            let put = lab.object(Method::PUT, "key").header(&header(algorithm), value).body(BODY);
            put.refused(400, "InvalidRequest").await;
        }
    }
    let two = DIGITS.iter().take(2);
    let put = two.fold(lab.object(Method::PUT, "key"), |put, (algorithm, value)| {
        put.header(&header(algorithm), value)
    });
    put.body(BODY).refused(400, "InvalidRequest").await;
    let announced = lab.object(Method::PUT, "key").header("x-amz-sdk-checksum-algorithm", "CRC32");
    announced.body(BODY).refused(400, "InvalidRequest").await;
}

#[tokio::test]
async fn content_md5_is_checked() {
    let lab = Lab::start().await;
    let put = |value: &str| lab.object(Method::PUT, "key").header("content-md5", value).body(BODY);
    put(&md5(b"other")).refused(400, "BadDigest").await;
    put("AAAA").refused(400, "InvalidDigest").await;
    put("not base64").refused(400, "InvalidDigest").await;
    assert_eq!(lab.head("key").await.status, 404);
    put(&md5(BODY.as_bytes())).ok().await;
    let both = put(&md5(BODY.as_bytes())).header("x-amz-checksum-crc32", "AAAAAA==");
    both.refused(400, "BadDigest").await;
}

#[tokio::test]
async fn s3_computes_one_where_none_is_given() {
    let lab = Lab::start().await;
    let put = lab.put("key", BODY).await;
    assert_eq!(put.header("x-amz-checksum-crc64nvme"), "rosUhgp5mIg=");
    let head = lab.head("key").await;
    assert_eq!(head.header("x-amz-checksum-crc64nvme"), "rosUhgp5mIg=");
    assert_eq!(head.header("x-amz-checksum-type"), "FULL_OBJECT");
    let get = lab.object(Method::GET, "key").header("x-amz-checksum-mode", "ENABLED").ok().await;
    assert_eq!(get.header("x-amz-checksum-crc64nvme"), "rosUhgp5mIg=");
}

#[tokio::test]
async fn an_empty_body_has_sums_too() {
    let lab = Lab::start().await;
    for algorithm in ALL {
        lab.object(Method::PUT, algorithm).header(&header(algorithm), &sum(algorithm, b"")).ok().await;
        let head = lab.head(algorithm).await;
        assert_eq!(
            (head.header(&header(algorithm)), head.header("content-length")),
            (sum(algorithm, b"").as_str(), "0")
        );
    }
}
