//! The records that the tools exchange: one JSON object a line, UTF-8, `type` first.
//!
//! This page is the specification of the stream, version [`VERSION`].
//!
//! # A stream
//!
//! A stream opens with [`Begin`] and closes with [`End`]; between them stands one line for each thing that is to be
//! done or was done. Order between the two carries no meaning, so `shuf`, `sort`, `split` and `parallel` may be used.
//!
//! ```json
//! {"type":"begin","v":1,"tool":"tt-plan","run":"0199…","source":"/data","dest":"s3://b/p/","time":"2026-11-24T14:00:00Z"}
//! {"type":"put","src":"/data/a","dst":"s3://b/p/a","size":3,"mtime":"2026-11-24T13:59:00.123456789Z","why":"new"}
//! {"type":"end","v":1,"tool":"tt-plan","ok":true,"exit":0,"counts":{"put":1},"bytes":3,"seconds":0.01,"incomplete":false}
//! ```
//!
//! | record | written by | says |
//! |---|---|---|
//! | `begin` [`Begin`] | every tool | who speaks, which run, from where to where |
//! | `put` [`Put`] | tt-plan | upload this file to this key |
//! | `keep` [`Keep`] | tt-plan `--all` | this object is up to date |
//! | `delete` [`Delete`] | tt-plan `--delete` | remove this object |
//! | `skip` [`Skip`] | tt-plan, tt-push | left alone on purpose, and why |
//! | `fail` [`Fail`] | every tool | could not be done, why, and what to do next |
//! | `pushed` [`Pushed`] | tt-push | uploaded, with the evidence that S3 gave |
//! | `deleted` [`Delete`] | tt-push | removed |
//! | `unfinished`, `aborted` [`Unfinished`] | tt-push `--abort-uploads` | an upload that was left behind, and one that was removed |
//! | `verified`, `mismatch`, `missing`, `unverifiable` [`Verdict`] | tt-verify | the proof, or the lack of it |
//! | `extra` [`Extra`] | tt-verify `--extra` | this object has no file |
//! | `end` [`End`] | every tool | how it went; always the last line |
//!
//! # Rules for readers
//!
//! - A pipe hides a producer that died. A stream is complete when each `begin` in it has its `end`, there is at least
//!   one of both, the last line is a whole record, no `end` says `incomplete`, and all results that an `end` announces in
//!   `counts` are there. Each file is judged by itself. [`Tally`] keeps count.
//! - A filter may leave out `put`, `keep` and `delete` records. How many of those that were announced did not come is in
//!   `unseen` of the next `end`.
//! - Of a plan that was split, each `begin` says which `part` of how many `parts` it is; all have the same `run`. The reader of
//!   all results requires every part exactly once.
//! - Fields that a reader does not know are ignored. Lines of a type that it does not know are [`Line::Foreign`]; what
//!   becomes of them is the reader's decision. A `begin` or `end` of another version is a [`DecodeError`].
//! - Sizes are plain integers, times are RFC 3339, checksums are base64 as S3 writes them. A path that is not UTF-8
//!   travels as base64 of its bytes in `src_b64`, beside a readable `src`.
//!
//! ```
//! let line = r#"{"type":"put","src":"/data/a","dst":"s3://b/p/a","size":3,"mtime":"2026-11-24T13:59:00Z","why":"new","my":1}"#;
//! let tt_record::Line::Known(record) = tt_record::decode(line).unwrap() else { panic!() };
//! let tt_record::Record::Put(put) = *record else { panic!() };
//! assert_eq!((put.item.size, put.item.dst.key.as_str()), (3, "p/a"));
//! ```

mod item;
mod line;
mod path;
mod problem;
mod properties;
mod redact;
mod schema;
mod stream;
mod tally;
mod url;
mod verdict;
mod wire;

pub use item::{
    Checksum, Delete, Fail, Item, Keep, Outcome, Pushed, Put, PutReason, Skip, SkipReason, Source, Stage,
    Unfinished,
};
pub use line::{DecodeError, Line, Record, decode, encode};
pub use path::PathBytes;
pub use problem::{Problem, ProblemKind};
pub use properties::Properties;
pub use redact::{is_secret, keep_secret, redacted, shown_url, site, without_secrets};
pub use schema::schema;
pub use stream::{Begin, Counts, End, Part};
pub use tally::{Arrived, Gap, Requirement, Shortfall, Tally, listed};
pub use url::{S3Url, S3UrlError};
pub use verdict::{Cause, Extra, Verdict, VerdictKind};

/// The major version of the stream that this crate reads and writes.
pub const VERSION: u32 = 1;
