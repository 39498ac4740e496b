//! What comes from outside, as hostile as it can be. One function a kind of input: it must neither panic nor hang nor take
//! memory without end, whatever the bytes, and what it takes must mean the same when it is written down and read again.
//!
//! `make fuzz` looks for inputs with libFuzzer, a minute for each; those in `corpus` are tried by every `cargo test`.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod answers;
mod secrets;
mod texts;

pub use answers::answers;
pub use secrets::secrets;
pub use texts::{config, quantities, records, sums};

/// A kind of input.
pub type Target = fn(&[u8]);

/// All of them, by name.
pub const TARGETS: [(&str, Target); 6] = [
    ("records", records),
    ("config", config),
    ("sums", sums),
    ("quantities", quantities),
    ("answers", answers),
    ("secrets", secrets),
];
