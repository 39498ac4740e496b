//! The header that a body's checksum travels in.

use http::{HeaderMap, HeaderName, HeaderValue};
use tt_sum::{Algorithm, Sum};

use crate::failure::{Attempt, Failure};

/// How the names of headers with checksums begin; the algorithm follows.
pub(super) const CHECKSUM_HEADER: &str = "x-amz-checksum-";

/// Adds the checksum that the body must arrive with, if there is one.
pub(crate) fn add_sum(
    headers: &mut HeaderMap,
    sum: Option<&Sum>,
    attempt: Attempt<'_>,
) -> Result<(), Failure> {
    let Some(sum) = sum else { return Ok(()) };
    let value = HeaderValue::try_from(sum.base64()).map_err(|e| attempt.refused(e))?;
    headers.insert(HeaderName::from_static(checksum_header(sum.algorithm())), value);
    Ok(())
}

/// The header that carries a checksum.
fn checksum_header(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Crc64Nvme => "x-amz-checksum-crc64nvme",
        Algorithm::Crc32c => "x-amz-checksum-crc32c",
        Algorithm::Crc32 => "x-amz-checksum-crc32",
        Algorithm::Sha256 => "x-amz-checksum-sha256",
        Algorithm::Sha1 => "x-amz-checksum-sha1",
        Algorithm::Sha512 => "x-amz-checksum-sha512",
        Algorithm::Md5 => "x-amz-checksum-md5",
        Algorithm::Xxhash64 => "x-amz-checksum-xxhash64",
        Algorithm::Xxhash3 => "x-amz-checksum-xxhash3",
        Algorithm::Xxhash128 => "x-amz-checksum-xxhash128",
    }
}
