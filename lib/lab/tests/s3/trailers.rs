//! Bodies in chunks, with the checksum behind them.

use aws_sigv4::http_request::SignableBody;
use http::Method;

use super::{
    client::{Call, Lab},
    sums::{ALL, header, sum},
};

const BODY: &str = "The quick brown fox jumps over the lazy dog";

/// A request whose body goes in chunks of ten bytes.
fn chunked(call: Call, body: &str, announced: &str, trailer: &str) -> Call {
    chunked_as(call, body, body.len(), announced, trailer)
}

/// The same, saying that the body has `length` bytes.
fn chunked_as(call: Call, body: &str, length: usize, announced: &str, trailer: &str) -> Call {
    let chunk = |chunk: &[u8]| format!("{:x}\r\n{}\r\n", chunk.len(), std::str::from_utf8(chunk).unwrap());
    let mut encoded: Vec<_> = body.as_bytes().chunks(10).map(chunk).collect();
    encoded.push(format!("0\r\n{trailer}\r\n"));
    call.header("content-encoding", "aws-chunked")
        .header("x-amz-decoded-content-length", &length.to_string())
        .header("x-amz-trailer", announced)
        .payload(SignableBody::StreamingUnsignedPayloadTrailer)
        .body(encoded.concat())
}

fn put(lab: &Lab, algorithm: &str, value: &str) -> Call {
    let name = header(algorithm);
    chunked(lab.object(Method::PUT, "key"), BODY, &name, &format!("{name}:{value}\r\n"))
}

#[tokio::test]
async fn right_ones_are_kept_and_told() {
    let lab = Lab::start().await;
    for algorithm in ALL {
        let value = sum(algorithm, BODY.as_bytes());
        put(&lab, algorithm, &value).header("x-amz-sdk-checksum-algorithm", algorithm).ok().await;
        assert_eq!(lab.object(Method::GET, "key").ok().await.body, BODY);
        let head = lab.head("key").await;
        assert_eq!(head.header(&header(algorithm)), value);
        assert_eq!(head.header("content-encoding"), "", "how it was sent is no property of the object");
    }
}

#[tokio::test]
async fn wrong_ones_are_refused_and_leave_nothing() {
    let lab = Lab::start().await;
    for algorithm in ALL {
        put(&lab, algorithm, &sum(algorithm, b"other")).refused(400, "BadDigest").await;
        assert_eq!(lab.head("key").await.status, 404, "{algorithm}");
    }
    put(&lab, "CRC32", "nonsense").refused(400, "InvalidRequest").await;
}

#[tokio::test]
async fn an_announced_one_must_come() {
    let lab = Lab::start().await;
    let call = chunked(lab.object(Method::PUT, "key"), BODY, "x-amz-checksum-crc32", "");
    call.refused(400, "MalformedTrailerError").await;
    assert_eq!(lab.head("key").await.status, 404);
}

#[tokio::test]
async fn the_length_must_be_the_decoded_one() {
    let lab = Lab::start().await;
    let value = sum("CRC32", BODY.as_bytes());
    let trailer = format!("x-amz-checksum-crc32:{value}\r\n");
    for length in [BODY.len() - 1, BODY.len() + 1] {
        let call = chunked_as(lab.object(Method::PUT, "key"), BODY, length, "x-amz-checksum-crc32", &trailer);
        call.refused(400, "IncompleteBody").await;
        assert_eq!(lab.head("key").await.status, 404);
    }
}

#[tokio::test]
async fn the_length_on_the_wire_may_be_left_open() {
    let lab = Lab::start().await;
    let value = sum("CRC32", BODY.as_bytes());
    let open = |value: &str| put(&lab, "CRC32", value).header("transfer-encoding", "chunked");
    open(&sum("CRC32", b"other")).refused(400, "BadDigest").await;
    open(&value).ok().await;
    assert_eq!(lab.object(Method::GET, "key").ok().await.body, BODY);
    let plain = lab.object(Method::PUT, "key").header("transfer-encoding", "chunked").body(BODY);
    plain.refused(411, "MissingContentLength").await;
}

#[tokio::test]
async fn parts_may_come_so_too() {
    let lab = Lab::start().await;
    let create =
        lab.object(Method::POST, "key").query("uploads", "").header("x-amz-checksum-algorithm", "CRC32C");
    let id = create.ok().await.text("UploadId");
    let part = |value: &str| {
        let call = lab.object(Method::PUT, "key").query("partNumber", "1").query("uploadId", &id);
        chunked(call, BODY, "x-amz-checksum-crc32c", &format!("x-amz-checksum-crc32c:{value}\r\n"))
    };
    part(&sum("CRC32C", b"other")).refused(400, "BadDigest").await;
    let value = sum("CRC32C", BODY.as_bytes());
    assert_eq!(part(&value).ok().await.header("x-amz-checksum-crc32c"), value);
}
