//! The S3 side: the only user of the SDK.
//!
//! Owns the connection to the service: credentials, TLS, proxies, time limits, trying again, and the meaning of errors.
//! One S3 operation a file. Bodies are sent as they are given, with the checksum that the caller computed as a header:
//! nothing is hashed, chunked or copied again on the way. Knows nothing of the local side.

mod before;
mod bodies;
mod clock;
mod composition;
mod connect;
mod copy;
mod credentials;
mod customer_key;
mod delete;
mod direct;
mod failure;
mod fetch;
mod head;
mod http;
mod latencies;
mod list;
mod multipart;
mod overheard;
mod parts;
mod payload;
mod properties;
mod put;
mod retry;
mod session;
mod setup;
mod standing;
mod tagging;
mod target;
mod time;
mod tuning;
mod unfinished;

pub use before::Began;
pub use composition::PartLength;
pub use connect::{AddressingStyle, S3Options, Store};
pub use copy::{CopyError, LARGEST_COPY};
pub use customer_key::CustomerKey;
pub use delete::Doomed;
pub use direct::Patience;
pub use head::{Head, SHA256_OF_ALL};
pub use http::Bandwidth;
pub use latencies::Latencies;
pub use list::{Landmarks, ListOptions, Listed, Listing, Page, Seeker};
pub use multipart::{Part, Upload, UploadError};
pub use parts::{LARGEST_OBJECT, LARGEST_PART, MARK, PART_SIZE, Parts, Piece, SMALLEST_PART};
pub use payload::{Payload, Source};
pub use properties::{ENCRYPTIONS, LEGAL_HOLDS, LOCK_MODES, check_metadata, check_properties};
pub use put::Stored;
pub use retry::{RetryNote, Warning};
pub use session::Session;
pub use setup::{Found, Profile, Setup};
pub use target::{Condition, Target};
pub use tuning::{Reentry, Tuning};
pub use unfinished::{Held, Unfinished, Uploads};
