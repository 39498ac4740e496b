//! The S3 side: the only user of the SDK.
//!
//! Owns the connection to the service: credentials, TLS, proxies, time limits, trying again, and the meaning of errors.
//! One S3 operation a file. Bodies are sent as they are given, with the checksum that the caller computed as a header:
//! nothing is hashed, chunked or copied again on the way. Knows nothing of the local side.

mod connect;
mod delete;
mod direct;
mod failure;
mod head;
mod http;
mod list;
mod multipart;
mod properties;
mod put;
mod retry;

pub use connect::{AddressingStyle, S3Options, Store};
pub use head::Head;
pub use list::{Listed, Listing};
pub use multipart::{Part, Upload};
pub use put::Stored;
pub use retry::RetryNote;
