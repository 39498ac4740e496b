//! An S3 endpoint on this machine, for laptops, tests and measurements.
//!
//! It is a strict imitation: what S3 refuses, it refuses, with S3's error codes. Signatures, checksums, conditions, part
//! sizes and part order are really checked. It can behave like a far-away S3 ([`Link`]) and like a bad day ([`Fault`]).
//!
//! ```
//! # async fn demo() -> Result<(), tt_lab::LabError> {
//! use tt_lab::{Endpoint, Options};
//!
//! let endpoint = Endpoint::start(Options { buckets: vec!["demo".into()], ..Options::default() }).await?;
//! println!("{}", endpoint.url());
//! println!("{:?}", endpoint.shutdown().await);
//! # Ok(())
//! # }
//! ```
//!
//! # What lies where
//!
//! With [`Bodies::Directory`] all state is in files, and survives a restart, unfinished uploads included:
//!
//! ```text
//! DIR/BUCKET/bucket.json                        when the bucket was made
//! DIR/BUCKET/objects/SHA256-OF-THE-KEY.json     one record an object; the name is in hexadecimal
//! DIR/BUCKET/uploads/ID.json                    one record an unfinished upload
//! DIR/BUCKET/uploads/ID.NUMBER.json             one record a part of it
//! DIR/BUCKET/bodies/NAME                        the bytes of an object or a part, as they are
//! ```
//!
//! An object's record has its key in `key` and the name of its body in `body`, beside size, ETag, checksum, parts and
//! properties. `stamp` holds the body's size and time of change as they were when the checksum was computed. A body that
//! was changed from outside has another stamp: when the object is asked for next, size, ETag and checksum are computed
//! anew. A body that was removed from outside takes its object with it. Listings don't look at bodies, so they tell such
//! changes only afterwards. A directory serves one endpoint at a time: it is locked.
//!
//! # Where it differs from S3
//!
//! - Requests name the bucket in the path, not in the host name.
//! - There are no versions, no policies, no object locks and no encryption: what is asked of the latter two is checked,
//!   kept and told, and ETags are then no MD5, but bodies are stored as they came and can be deleted. ACLs and grants are
//!   kept and told, and bind nobody.
//! - Every bucket belongs to the account 000000000000, and every requester may pay.
//! - Keys for SSE-C are taken over plain HTTP.
//! - Checksums are the five that all SDKs have, not those that S3 added in 2026.
//! - An `Expires` that is no HTTP date is refused.
//! - With [`Bodies::Discard`], an ETag is no MD5, and ends in `-1`, unless the request came with Content-MD5.

mod answer;
mod auth;
mod clock;
mod error;
mod fail;
mod fault;
mod front;
mod inject;
mod intake;
mod link;
mod log;
mod options;
mod request;
mod s3;
mod server;
mod store;
mod sums;
mod tls;

pub use error::LabError;
pub use fault::{Fault, FaultKind};
pub use log::Stats;
pub use options::{Bodies, Credential, Link, Options, Tls};
pub use server::Endpoint;
pub use tls::{Certificates, make_certificates};
