//! Manifests: a line for each file, with its checksum and its name, as `sha256sum`, `md5sum`, `cksum -a`, `shasum`, `openssl
//! dgst` and the BSDs write them.
//!
//! Owns the lines, reading and writing; knows neither files nor objects. A manifest is taken whole or not at all: one broken
//! line, and nothing of it is handed on. Memory does not grow with its length.

mod line;
mod read;
mod sorted;
mod write;

pub use line::{BadLine, Line};
pub use read::{Listed, Manifest};
pub use write::Writer;
