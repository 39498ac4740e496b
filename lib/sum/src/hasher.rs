//! Computing a checksum piece by piece.

use std::{
    fmt::{self, Write as _},
    hash::Hasher as _,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use crc_fast::CrcAlgorithm;
use sha2::Digest as _;
use twox_hash::{XxHash3_64, XxHash3_128, XxHash64};

use crate::Algorithm;

/// A checksum in the making.
pub struct Hasher(State);

enum State {
    Crc64Nvme(crc64fast_nvme::Digest),
    Crc32c(crc_fast::Digest),
    Crc32(crc_fast::Digest),
    Sha256(sha2::Sha256),
    Sha1(sha1::Sha1),
    Sha512(sha2::Sha512),
    Md5(md5::Md5),
    Xxhash64(XxHash64),
    Xxhash3(Box<XxHash3_64>),
    Xxhash128(Box<XxHash3_128>),
}

impl Hasher {
    /// A hasher that has seen nothing yet.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Crc64Nvme => State::Crc64Nvme(crc64fast_nvme::Digest::new()),
            Algorithm::Crc32c => State::Crc32c(crc_fast::Digest::new(CrcAlgorithm::Crc32Iscsi)),
            Algorithm::Crc32 => State::Crc32(crc_fast::Digest::new(CrcAlgorithm::Crc32IsoHdlc)),
            Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            Algorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            Algorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
            Algorithm::Md5 => State::Md5(md5::Md5::new()),
            Algorithm::Xxhash64 => State::Xxhash64(XxHash64::with_seed(0)),
            Algorithm::Xxhash3 => State::Xxhash3(Box::new(XxHash3_64::new())),
            Algorithm::Xxhash128 => State::Xxhash128(Box::new(XxHash3_128::new())),
        })
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Crc64Nvme(state) => state.write(bytes),
            State::Crc32c(state) | State::Crc32(state) => state.update(bytes),
            State::Sha256(state) => state.update(bytes),
            State::Sha1(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
            State::Md5(state) => state.update(bytes),
            State::Xxhash64(state) => state.write(bytes),
            State::Xxhash3(state) => state.write(bytes),
            State::Xxhash128(state) => state.write(bytes),
        }
    }

    /// The checksum of all that was taken in.
    pub fn finish(self) -> Sum {
        let (algorithm, bytes) = match self.0 {
            State::Crc64Nvme(state) => (Algorithm::Crc64Nvme, state.sum64().to_be_bytes().to_vec()),
            State::Crc32c(state) => (Algorithm::Crc32c, low_32_bits(state.finalize())),
            State::Crc32(state) => (Algorithm::Crc32, low_32_bits(state.finalize())),
            State::Sha256(state) => (Algorithm::Sha256, state.finalize().to_vec()),
            State::Sha1(state) => (Algorithm::Sha1, state.finalize().to_vec()),
            State::Sha512(state) => (Algorithm::Sha512, state.finalize().to_vec()),
            State::Md5(state) => (Algorithm::Md5, state.finalize().to_vec()),
            // In the canonical form, the most significant byte first.
            State::Xxhash64(state) => (Algorithm::Xxhash64, state.finish().to_be_bytes().to_vec()),
            State::Xxhash3(state) => (Algorithm::Xxhash3, state.finish().to_be_bytes().to_vec()),
            State::Xxhash128(state) => (Algorithm::Xxhash128, state.finish_128().to_be_bytes().to_vec()),
        };
        Sum { algorithm, bytes }
    }
}

/// The four bytes of a 32-bit CRC, which the library hands out in the low half of 64 bits.
fn low_32_bits(value: u64) -> Vec<u8> {
    value.to_be_bytes()[4..].to_vec()
}

/// A finished checksum.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sum {
    algorithm: Algorithm,
    bytes: Vec<u8>,
}

impl Sum {
    /// The checksum of `bytes`.
    pub fn of(algorithm: Algorithm, bytes: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    /// Reads a checksum as S3 writes it; `None` where it is none of this algorithm.
    pub fn parse(algorithm: Algorithm, base64: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(base64).ok()?;
        (bytes.len() == algorithm.width()).then_some(Self { algorithm, bytes })
    }

    /// Reads a checksum as `md5sum` and plain ETags write it, in letters of either case; `None` where it is none of this
    /// algorithm.
    pub fn parse_hex(algorithm: Algorithm, hex: &str) -> Option<Self> {
        let width = algorithm.width();
        if hex.len() != 2 * width || !hex.is_ascii() {
            return None;
        }
        let bytes = (0..width).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok());
        // A sign would be taken for a digit otherwise.
        let digits = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        bytes.collect::<Option<_>>().filter(|_| digits).map(|bytes| Self { algorithm, bytes })
    }

    /// The checksum of checksums: what S3 makes of those of parts where it can't combine them.
    pub fn of_sums<'s>(algorithm: Algorithm, sums: impl IntoIterator<Item = &'s Self>) -> Self {
        let mut hasher = Hasher::new(algorithm);
        sums.into_iter().for_each(|sum| hasher.update(&sum.bytes));
        hasher.finish()
    }

    /// A checksum from its bytes, most significant first.
    pub(crate) fn from_bytes(algorithm: Algorithm, bytes: Vec<u8>) -> Self {
        Self { algorithm, bytes }
    }

    /// Which algorithm made it.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its bytes, most significant first.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// As `md5sum` and plain ETags write it: in lower case.
    pub fn hex(&self) -> String {
        self.bytes.iter().fold(String::with_capacity(self.bytes.len() * 2), |mut text, byte| {
            // Writing to a string can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// As S3 writes it.
    pub fn base64(&self) -> String {
        BASE64_STANDARD.encode(&self.bytes)
    }
}

impl fmt::Debug for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.base64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Check values of "123456789" from the CRC catalogue and the hash standards.
    #[test]
    fn known_values() {
        for (algorithm, hex) in [
            (Algorithm::Crc64Nvme, "ae8b14860a799888"),
            (Algorithm::Crc32c, "e3069283"),
            (Algorithm::Crc32, "cbf43926"),
            (Algorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
            (Algorithm::Sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
            (Algorithm::Xxhash64, "8cb841db40e6ae83"),
            (
                Algorithm::Sha512,
                "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a\
                 d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85",
            ),
            (Algorithm::Md5, "25f9e794323b453885f5181f1b624d0b"),
        ] {
            assert_eq!(Sum::of(algorithm, b"123456789").hex(), hex, "{algorithm}");
        }
        assert_eq!(Sum::of(Algorithm::Crc64Nvme, b"").base64(), "AAAAAAAAAAA=");
        for (algorithm, hex) in [
            (Algorithm::Xxhash64, "ef46db3751d8e999"),
            (Algorithm::Xxhash3, "2d06800538d394c2"),
            (Algorithm::Xxhash128, "99aa06d3014798d86001c324468d497f"),
        ] {
            assert_eq!(Sum::of(algorithm, b"").hex(), hex, "{algorithm}");
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        for algorithm in Algorithm::ALL {
            let sum = Sum::of(algorithm, b"a");
            assert_eq!(sum.bytes().len(), algorithm.width());
            assert_eq!(Sum::parse(algorithm, &sum.base64()), Some(sum.clone()));
            assert_eq!(Sum::parse(algorithm, "AAAA"), None);
            assert_eq!(Sum::parse(algorithm, "?"), None);
            assert_eq!(Sum::parse_hex(algorithm, &sum.hex().to_uppercase()), Some(sum));
            for wrong in ["", "+f", "é", "00"] {
                assert_eq!(Sum::parse_hex(algorithm, wrong), None);
            }
        }
    }

    #[test]
    fn pieces_make_no_difference() {
        let data: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
        for algorithm in Algorithm::ALL {
            let mut hasher = Hasher::new(algorithm);
            data.chunks(777).for_each(|piece| hasher.update(piece));
            assert_eq!(hasher.finish(), Sum::of(algorithm, &data));
        }
    }
}
