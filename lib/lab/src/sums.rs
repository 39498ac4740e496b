//! Checksums: S3's ten algorithms, over a body that streams by, and the sum of a whole from those of its parts.
//!
//! Written apart from the tools' own checksum library, so that a mistake there can't hide behind the same mistake here.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use crc_fast::{CrcAlgorithm, Digest as Crc};
use crc64fast_nvme::Digest as Crc64Nvme;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use xxhash_rust::{xxh3::Xxh3, xxh64::Xxh64};

/// An algorithm that S3 takes for additional checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
    Sha512,
    Md5,
    Xxhash64,
    Xxhash3,
    Xxhash128,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 10] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
        Self::Md5,
        Self::Xxhash64,
        Self::Xxhash3,
        Self::Xxhash128,
    ];

    /// The name as S3 writes it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
            Self::Md5 => "MD5",
            Self::Xxhash64 => "XXHASH64",
            Self::Xxhash3 => "XXHASH3",
            Self::Xxhash128 => "XXHASH128",
        }
    }

    /// Reads the name in any case.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// How many bytes a value has.
    pub(crate) const fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme | Self::Xxhash64 | Self::Xxhash3 => 8,
            Self::Md5 | Self::Xxhash128 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// Whether the sum of a whole can be had from those of its parts.
    pub(crate) const fn combines(self) -> bool {
        matches!(self, Self::Crc32 | Self::Crc32c | Self::Crc64Nvme)
    }

    /// The reflected polynomial of a CRC.
    const fn polynomial(self) -> u64 {
        match self {
            Self::Crc32 => 0xEDB8_8320,
            Self::Crc32c => 0x82F6_3B78,
            Self::Crc64Nvme => 0x9A6C_9329_AC4B_C9B5,
            _ => 0,
        }
    }
}

/// What a checksum was computed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Scope {
    /// All bytes of the object.
    FullObject,
    /// The checksums of its parts.
    Composite,
}

impl Scope {
    /// The name as S3 writes it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }
}

/// A checksum as S3 hands it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sum {
    pub(crate) algorithm: Algorithm,
    #[serde(rename = "type")]
    pub(crate) scope: Scope,
    /// Base64; a composite has `-N` behind it, N being the number of parts.
    pub(crate) value: String,
}

impl Sum {
    /// The sum of one body.
    pub(crate) fn full(algorithm: Algorithm, value: &[u8]) -> Self {
        Self { algorithm, scope: Scope::FullObject, value: BASE64.encode(value) }
    }

    /// The sum of an object whose parts have the sums and sizes in `parts`; none if a part's value is unreadable.
    pub(crate) fn of_parts<'a>(
        algorithm: Algorithm,
        scope: Scope,
        parts: impl IntoIterator<Item = (&'a str, u64)>,
    ) -> Option<Self> {
        let values = parts
            .into_iter()
            .map(|(value, size)| Some((BASE64.decode(value).ok()?, size)))
            .collect::<Option<Vec<_>>>()?;
        let value = match scope {
            Scope::FullObject => BASE64.encode(combine(algorithm, &values)),
            Scope::Composite => {
                let mut digest = Digest::new(algorithm);
                for (value, _) in &values {
                    digest.update(value);
                }
                format!("{}-{}", BASE64.encode(digest.finish()), values.len())
            }
        };
        Some(Self { algorithm, scope, value })
    }
}

/// Reads a value of `algorithm` in base64; none if it is malformed or has another length.
pub(crate) fn decode(algorithm: Algorithm, value: &str) -> Option<Vec<u8>> {
    BASE64.decode(value).ok().filter(|bytes| bytes.len() == algorithm.length())
}

/// Writes bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The MD5 of `bytes`.
pub(crate) fn md5(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

/// The SHA-256 of `bytes`, in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// One checksum under way.
enum Digest {
    Crc(Crc, usize),
    Crc64Nvme(Crc64Nvme),
    Sha1(Sha1),
    Sha256(Sha256),
    Sha512(Sha512),
    Md5(Md5),
    Xxhash64(Xxh64),
    Xxhash3(Box<Xxh3>),
    Xxhash128(Box<Xxh3>),
}

impl Digest {
    fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Crc32 => Self::Crc(Crc::new(CrcAlgorithm::Crc32IsoHdlc), algorithm.length()),
            Algorithm::Crc32c => Self::Crc(Crc::new(CrcAlgorithm::Crc32Iscsi), algorithm.length()),
            Algorithm::Crc64Nvme => Self::Crc64Nvme(Crc64Nvme::new()),
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
            Algorithm::Sha512 => Self::Sha512(Sha512::new()),
            Algorithm::Md5 => Self::Md5(Md5::new()),
            Algorithm::Xxhash64 => Self::Xxhash64(Xxh64::new(0)),
            Algorithm::Xxhash3 => Self::Xxhash3(Box::new(Xxh3::new())),
            Algorithm::Xxhash128 => Self::Xxhash128(Box::new(Xxh3::new())),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(digest, _) => digest.update(bytes),
            Self::Crc64Nvme(digest) => digest.write(bytes),
            Self::Sha1(digest) => digest.update(bytes),
            Self::Sha256(digest) => digest.update(bytes),
            Self::Sha512(digest) => digest.update(bytes),
            Self::Md5(digest) => digest.update(bytes),
            Self::Xxhash64(digest) => digest.update(bytes),
            Self::Xxhash3(digest) | Self::Xxhash128(digest) => digest.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Crc(digest, length) => digest.finalize().to_be_bytes()[8 - length..].to_vec(),
            Self::Crc64Nvme(digest) => digest.sum64().to_be_bytes().to_vec(),
            Self::Sha1(digest) => digest.finalize().to_vec(),
            Self::Sha256(digest) => digest.finalize().to_vec(),
            Self::Sha512(digest) => digest.finalize().to_vec(),
            Self::Md5(digest) => digest.finalize().to_vec(),
            Self::Xxhash64(digest) => digest.digest().to_be_bytes().to_vec(),
            Self::Xxhash3(digest) => digest.digest().to_be_bytes().to_vec(),
            Self::Xxhash128(digest) => digest.digest128().to_be_bytes().to_vec(),
        }
    }
}

/// What the ETag of a body is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Imprint {
    /// The body's MD5.
    Md5([u8; 16]),
    /// Something else that belongs to these bytes alone: MD5 costs more than all else that is done with a body.
    Other([u8; 16]),
}

impl Imprint {
    pub(crate) const fn bytes(&self) -> &[u8; 16] {
        match self {
            Self::Md5(bytes) | Self::Other(bytes) => bytes,
        }
    }

    /// The MD5, where it was computed.
    pub(crate) const fn md5(self) -> Option<[u8; 16]> {
        match self {
            Self::Md5(bytes) => Some(bytes),
            Self::Other(_) => None,
        }
    }
}

/// One checksum of a body that streams by, and its MD5 if that is of use.
pub(crate) struct Hasher {
    md5: Option<Md5>,
    algorithm: Algorithm,
    digest: Digest,
}

impl Hasher {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        Self { md5: None, algorithm, digest: Digest::new(algorithm) }
    }

    pub(crate) fn with_md5(algorithm: Algorithm) -> Self {
        Self { md5: Some(Md5::new()), ..Self::new(algorithm) }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        self.digest.update(bytes);
    }

    /// What the ETag is made from, and the checksum.
    pub(crate) fn finish(self) -> (Imprint, Sum) {
        let sum = Sum::full(self.algorithm, &self.digest.finish());
        let imprint = match self.md5 {
            Some(digest) => Imprint::Md5(digest.finalize().into()),
            None => Imprint::Other(md5(sum.value.as_bytes())),
        };
        (imprint, sum)
    }
}

/// The CRC of a whole from those of its parts: each is carried over the bytes that follow it.
fn combine(algorithm: Algorithm, parts: &[(Vec<u8>, u64)]) -> Vec<u8> {
    let polynomial = algorithm.polynomial();
    let top = 1 << (algorithm.length() * 8 - 1);
    let crc = parts.iter().fold(0, |whole, (value, size)| {
        let part = value.iter().fold(0, |crc, byte| crc << 8 | u64::from(*byte));
        multiply(whole, power(*size, polynomial, top), polynomial, top) ^ part
    });
    crc.to_be_bytes()[8 - algorithm.length()..].to_vec()
}

/// x to the power of eight times `bytes`, by repeated squaring. In a reflected polynomial the top bit stands for 1.
fn power(bytes: u64, polynomial: u64, top: u64) -> u64 {
    let mut square = top >> 8;
    let mut result = top;
    let mut rest = bytes;
    while rest > 0 {
        if rest & 1 == 1 {
            result = multiply(result, square, polynomial, top);
        }
        square = multiply(square, square, polynomial, top);
        rest >>= 1;
    }
    result
}

/// The product of two reflected polynomials over GF(2), modulo `polynomial`.
fn multiply(a: u64, mut b: u64, polynomial: u64, top: u64) -> u64 {
    let mut product = 0;
    let mut bit = top;
    while bit > 0 {
        if a & bit != 0 {
            product ^= b;
        }
        b = if b & 1 == 1 { b >> 1 ^ polynomial } else { b >> 1 };
        bit >>= 1;
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(algorithm: Algorithm, bytes: &[u8]) -> Sum {
        let mut hasher = Hasher::new(algorithm);
        bytes.chunks(7).for_each(|chunk| hasher.update(chunk));
        hasher.finish().1
    }

    #[test]
    fn known_values() {
        let check = |algorithm, hexadecimal: &str| {
            let value = BASE64.decode(sum(algorithm, b"123456789").value).unwrap();
            assert_eq!(hex(&value), hexadecimal, "{algorithm:?}");
        };
        check(Algorithm::Crc32, "cbf43926");
        check(Algorithm::Crc32c, "e3069283");
        check(Algorithm::Crc64Nvme, "ae8b14860a799888");
        check(Algorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441");
        check(Algorithm::Md5, "25f9e794323b453885f5181f1b624d0b");
        check(Algorithm::Xxhash64, "8cb841db40e6ae83");
        check(Algorithm::Sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
    }

    #[test]
    fn parts_combine_to_the_whole() {
        let body: Vec<u8> = (0..100_000_u32).map(|i| (i * 7 % 251) as u8).collect();
        for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| algorithm.combines()) {
            for cuts in [vec![0, 100_000], vec![0, 1, 1, 65_536, 100_000], vec![0, 33_333, 66_666, 100_000]] {
                let parts: Vec<_> = cuts
                    .windows(2)
                    .map(|cut| (sum(algorithm, &body[cut[0]..cut[1]]).value, (cut[1] - cut[0]) as u64))
                    .collect();
                let parts = parts.iter().map(|(value, size)| (value.as_str(), *size));
                let whole = Sum::of_parts(algorithm, Scope::FullObject, parts).unwrap();
                assert_eq!(whole, sum(algorithm, &body), "{algorithm:?} {cuts:?}");
            }
        }
    }

    #[test]
    fn a_composite_is_the_sum_of_sums() {
        let parts = [sum(Algorithm::Sha256, b"a").value, sum(Algorithm::Sha256, b"b").value];
        let composite =
            Sum::of_parts(Algorithm::Sha256, Scope::Composite, parts.iter().map(|p| (p.as_str(), 1)))
                .unwrap();
        let joined: Vec<u8> = parts.iter().flat_map(|p| BASE64.decode(p).unwrap()).collect();
        assert_eq!(composite.value, format!("{}-2", BASE64.encode(Sha256::digest(joined))));
    }

    #[test]
    fn malformed_values_are_refused() {
        assert!(decode(Algorithm::Crc32, "AAAAAA==").is_some());
        assert!(decode(Algorithm::Crc32, "AAAA").is_none());
        assert!(decode(Algorithm::Crc32, "not base64").is_none());
    }

    #[test]
    fn an_imprint_is_the_md5_where_that_is_wanted() {
        let mut hasher = Hasher::with_md5(Algorithm::Crc32);
        hasher.update(b"abc");
        assert_eq!(
            hasher.finish().0.md5().map(|md5| hex(&md5)).as_deref(),
            Some("900150983cd24fb0d6963f7d28e17f72")
        );
        let of = |bytes: &[u8]| {
            let mut hasher = Hasher::new(Algorithm::Crc32);
            hasher.update(bytes);
            hasher.finish().0
        };
        assert_eq!(of(b"abc"), of(b"abc"));
        assert_ne!(of(b"abc"), of(b"abd"));
        assert_eq!(of(b"abc").md5(), None);
    }
}
