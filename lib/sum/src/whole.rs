//! The checksum of an object that was put together from parts.

use std::fmt;

use crate::{Algorithm, Sum};

/// The checksum of a whole object, in the form that its algorithm allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WholeSum {
    /// Over all bytes.
    FullObject(Sum),
    /// The hash of the parts' hashes, and the number of parts.
    Composite(Sum, usize),
}

impl WholeSum {
    /// The checksum of parts that follow each other, each with its length in bytes: over all bytes where the algorithm
    /// is a CRC, else composite. `None` where the parts' algorithm is another one.
    pub fn of_parts<'a>(
        algorithm: Algorithm,
        parts: impl IntoIterator<Item = (&'a Sum, u64)>,
    ) -> Option<Self> {
        if algorithm.combines() {
            let empty = Sum::of(algorithm, b"");
            let mut parts = parts.into_iter();
            return parts
                .try_fold(empty, |whole, (sum, length)| whole.append(sum, length))
                .map(Self::FullObject);
        }
        let (mut hashes, mut count) = (Vec::new(), 0);
        for (sum, _) in parts {
            if sum.algorithm() != algorithm {
                return None;
            }
            hashes.extend_from_slice(sum.bytes());
            count += 1;
        }
        Some(Self::Composite(Sum::of(algorithm, &hashes), count))
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        let (Self::FullObject(sum) | Self::Composite(sum, _)) = self;
        sum.algorithm()
    }

    /// The checksum over all bytes, if it is one.
    pub fn full_object(&self) -> Option<&Sum> {
        if let Self::FullObject(sum) = self { Some(sum) } else { None }
    }
}

impl From<Sum> for WholeSum {
    fn from(sum: Sum) -> Self {
        Self::FullObject(sum)
    }
}

/// As S3 writes it: base64, and the number of parts behind a composite one.
impl fmt::Display for WholeSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FullObject(sum) => f.write_str(&sum.base64()),
            Self::Composite(sum, parts) => write!(f, "{}-{parts}", sum.base64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_parts(algorithm: Algorithm, parts: &[&[u8]]) -> Option<WholeSum> {
        let sums: Vec<_> = parts.iter().map(|part| (Sum::of(algorithm, part), part.len() as u64)).collect();
        WholeSum::of_parts(algorithm, sums.iter().map(|(sum, length)| (sum, *length)))
    }

    #[test]
    fn crcs_cover_all_bytes() {
        for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| algorithm.combines()) {
            let whole = of_parts(algorithm, &[b"ab", b"", b"c"]);
            assert_eq!(whole, Some(Sum::of(algorithm, b"abc").into()));
        }
    }

    #[test]
    fn hashes_are_hashed() {
        let whole = of_parts(Algorithm::Sha256, &[b"ab", b"c"]).unwrap();
        let hashes = [Sum::of(Algorithm::Sha256, b"ab"), Sum::of(Algorithm::Sha256, b"c")];
        let joined = [hashes[0].bytes(), hashes[1].bytes()].concat();
        assert_eq!(whole.to_string(), format!("{}-2", Sum::of(Algorithm::Sha256, &joined).base64()));
        assert_eq!(whole.full_object(), None);
        let other = Sum::of(Algorithm::Md5, b"");
        assert_eq!(WholeSum::of_parts(Algorithm::Sha256, [(&other, 0)]), None);
    }
}
