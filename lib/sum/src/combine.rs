//! From the checksums of two neighbouring pieces to that of both: only CRCs can do that.

use crc_fast::{CrcAlgorithm, checksum_combine};

use crate::{Algorithm, Sum};

impl Sum {
    /// The checksum of these bytes followed by `length` more whose checksum is `next`; `None` where the algorithm
    /// is no CRC or the two differ.
    #[must_use]
    pub fn append(&self, next: &Self, length: u64) -> Option<Self> {
        let algorithm = self.algorithm();
        if algorithm != next.algorithm() {
            return None;
        }
        let crc = match algorithm {
            Algorithm::Crc64Nvme => CrcAlgorithm::Crc64Nvme,
            Algorithm::Crc32c => CrcAlgorithm::Crc32Iscsi,
            Algorithm::Crc32 => CrcAlgorithm::Crc32IsoHdlc,
            Algorithm::Sha256 | Algorithm::Sha1 | Algorithm::Md5 => return None,
        };
        let both = checksum_combine(crc, number(self.bytes()), number(next.bytes()), length);
        let width = self.bytes().len();
        Some(Self::from_bytes(algorithm, both.to_be_bytes()[8 - width..].to_vec()))
    }
}

/// Up to eight bytes, most significant first, as a number.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_combine_to_the_whole() {
        let data: Vec<u8> = (0..1_000_003u32).map(|n| (n % 253) as u8).collect();
        for algorithm in [Algorithm::Crc64Nvme, Algorithm::Crc32c, Algorithm::Crc32] {
            for cut in [0, 1, 4096, 999_999, data.len()] {
                let (head, tail) = data.split_at(cut);
                let both = Sum::of(algorithm, head).append(&Sum::of(algorithm, tail), tail.len() as u64);
                assert_eq!(both, Some(Sum::of(algorithm, &data)), "{algorithm} cut at {cut}");
            }
        }
    }

    #[test]
    fn hashes_do_not_combine() {
        let sum = Sum::of(Algorithm::Sha256, b"a");
        assert_eq!(sum.append(&sum, 1), None);
    }
}
