//! Checksums as S3 knows them: computing, writing in base64, and combining those of parts into that of the whole.
//!
//! ```
//! use tt_sum::{Algorithm, Sum};
//! let [whole, head, tail] = [&b"hello world"[..], b"hello ", b"world"].map(|b| Sum::of(Algorithm::Crc64Nvme, b));
//! assert_eq!(head.append(&tail, 5), Some(whole));
//! ```

mod algorithm;
mod combine;
mod hasher;
mod whole;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use hasher::{Hasher, Sum};
pub use whole::WholeSum;
