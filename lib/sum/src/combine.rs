//! From the checksums of two neighbouring pieces to that of both: only CRCs can do that, being remainders of polynomials.
//!
//! The library that computes them has this too, by multiplying matrices: as much work for each part as summing megabytes.

use crate::{Algorithm, Sum};

/// A CRC's polynomial, in the order of bits that all of these have: the lowest bit is the highest power.
#[derive(Clone, Copy)]
struct Polynomial {
    bits: u64,
    width: u32,
}

impl Polynomial {
    fn of(algorithm: Algorithm) -> Option<Self> {
        Some(match algorithm {
            Algorithm::Crc64Nvme => Self { bits: 0x9A6C_9329_AC4B_C9B5, width: 64 },
            Algorithm::Crc32c => Self { bits: 0x82F6_3B78, width: 32 },
            Algorithm::Crc32 => Self { bits: 0xEDB8_8320, width: 32 },
            _ => return None,
        })
    }

    /// x to the power of 0.
    fn one(self) -> u64 {
        1 << (self.width - 1)
    }

    /// The product of two polynomials, modulo this one.
    fn product(self, left: u64, mut right: u64) -> u64 {
        let mut product = 0;
        for power in (0..self.width).rev() {
            if left >> power & 1 == 1 {
                product ^= right;
            }
            right = right >> 1 ^ if right & 1 == 1 { self.bits } else { 0 };
        }
        product
    }

    /// x to the power of the number of bits in `bytes` bytes: what so many more bytes multiply a CRC with.
    fn shift(self, mut bytes: u64) -> u64 {
        let (mut shift, mut square) = (self.one(), self.one() >> 8);
        while bytes > 0 {
            if bytes & 1 == 1 {
                shift = self.product(square, shift);
            }
            square = self.product(square, square);
            bytes >>= 1;
        }
        shift
    }
}

impl Sum {
    /// The checksum of these bytes followed by `length` more whose checksum is `next`; `None` where the algorithm
    /// is no CRC or the two differ.
    #[must_use]
    pub fn append(&self, next: &Self, length: u64) -> Option<Self> {
        let algorithm = self.algorithm();
        let polynomial = Polynomial::of(algorithm).filter(|_| algorithm == next.algorithm())?;
        // What the CRCs begin and end with is the same, so that it cancels out.
        let shifted = polynomial.product(number(self.bytes()), polynomial.shift(length));
        let both = shifted ^ number(next.bytes());
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
