//! Checksums as the client computes them: over whole bodies, so that the endpoint's combining of parts is checked by
//! another way to the same number.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use crc_fast::{CrcAlgorithm, checksum};
use md5::Digest as _;

/// The names that S3 has for its algorithms.
pub(crate) const ALL: [&str; 5] = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

/// Of nine digits, as catalogues of checksums give them.
pub(crate) const DIGITS: [(&str, &str); 5] = [
    ("CRC32", "y/Q5Jg=="),
    ("CRC32C", "4waSgw=="),
    ("CRC64NVME", "rosUhgp5mIg="),
    ("SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
    ("SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
];

/// The checksum of `body` in base64.
pub(crate) fn sum(algorithm: &str, body: &[u8]) -> String {
    BASE64.encode(bytes(algorithm, body))
}

/// The checksum of the parts' checksums, with their number.
pub(crate) fn composite(algorithm: &str, parts: &[&[u8]]) -> String {
    let sums: Vec<u8> = parts.iter().flat_map(|part| bytes(algorithm, part)).collect();
    format!("{}-{}", sum(algorithm, &sums), parts.len())
}

fn bytes(algorithm: &str, body: &[u8]) -> Vec<u8> {
    let crc = |algorithm, length: usize| checksum(algorithm, body).to_be_bytes()[8 - length..].to_vec();
    match algorithm {
        "CRC32" => crc(CrcAlgorithm::Crc32IsoHdlc, 4),
        "CRC32C" => crc(CrcAlgorithm::Crc32Iscsi, 4),
        "CRC64NVME" => crc(CrcAlgorithm::Crc64Nvme, 8),
        "SHA1" => sha1::Sha1::digest(body).to_vec(),
        "SHA256" => sha2::Sha256::digest(body).to_vec(),
        other => panic!("{other}"),
    }
}

/// The MD5 of `body` in base64.
pub(crate) fn md5(body: &[u8]) -> String {
    BASE64.encode(md5::Md5::digest(body))
}

/// The MD5 of `body` as an ETag, with quotes.
pub(crate) fn etag(body: &[u8]) -> String {
    format!("\"{}\"", hex(&md5::Md5::digest(body)))
}

/// The SHA-256 of `body` as `x-amz-content-sha256` has it.
pub(crate) fn content_sha256(body: &[u8]) -> String {
    hex(&sha2::Sha256::digest(body))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The header of a checksum.
pub(crate) fn header(algorithm: &str) -> String {
    format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase())
}

#[test]
fn the_tests_own_sums_are_right() {
    for (algorithm, expected) in DIGITS {
        assert_eq!(sum(algorithm, b"123456789"), expected, "{algorithm}");
    }
}
