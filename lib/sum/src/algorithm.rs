//! The algorithms, and their names.

use std::{fmt, str::FromStr};

/// A checksum algorithm that S3 stores or that an ETag is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// CRC-64/NVME: full object, also for multipart.
    Crc64Nvme,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-32 (ISO-HDLC).
    Crc32,
    /// SHA-256.
    Sha256,
    /// SHA-1.
    Sha1,
    /// SHA-512.
    Sha512,
    /// MD5: also that of plain ETags.
    Md5,
    /// XXH64, of the seed 0.
    Xxhash64,
    /// XXH3 of 64 bits, of the seed 0.
    Xxhash3,
    /// XXH3 of 128 bits, of the seed 0.
    Xxhash128,
}

impl Algorithm {
    /// Every algorithm, the cheapest to compute first.
    pub const ALL: [Self; 10] = [
        Self::Crc64Nvme,
        Self::Crc32c,
        Self::Crc32,
        Self::Xxhash3,
        Self::Xxhash128,
        Self::Xxhash64,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
        Self::Md5,
    ];

    /// S3's name of it, such as `CRC64NVME`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc64Nvme => "CRC64NVME",
            Self::Crc32c => "CRC32C",
            Self::Crc32 => "CRC32",
            Self::Sha256 => "SHA256",
            Self::Sha1 => "SHA1",
            Self::Sha512 => "SHA512",
            Self::Md5 => "MD5",
            Self::Xxhash64 => "XXHASH64",
            Self::Xxhash3 => "XXHASH3",
            Self::Xxhash128 => "XXHASH128",
        }
    }

    /// How many bytes its checksums have.
    pub fn width(self) -> usize {
        match self {
            Self::Crc64Nvme | Self::Xxhash64 | Self::Xxhash3 => 8,
            Self::Crc32c | Self::Crc32 => 4,
            Self::Sha256 => 32,
            Self::Sha1 => 20,
            Self::Sha512 => 64,
            Self::Md5 | Self::Xxhash128 => 16,
        }
    }

    /// Whether the checksums of two pieces give that of both: so with CRCs.
    pub fn combines(self) -> bool {
        matches!(self, Self::Crc64Nvme | Self::Crc32c | Self::Crc32)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is none of [`Algorithm::ALL`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAlgorithm(pub String);

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown checksum algorithm {:?}", self.0)
    }
}

impl std::error::Error for UnknownAlgorithm {}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        let named = |algorithm: &Self| algorithm.name().eq_ignore_ascii_case(text);
        Self::ALL.into_iter().find(named).ok_or_else(|| UnknownAlgorithm(text.into()))
    }
}
