//! The endpoint as a client sees it: raw HTTP over real sockets, signed by the SDK's own signer. What S3 refuses must be
//! refused here with S3's codes; what S3 takes must come back as it went in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on fails")]

mod access;
mod checksums;
mod client;
mod complete;
mod conditions;
mod expect;
mod faults;
mod https;
mod link;
mod listing;
mod multipart;
mod objects;
mod reading;
mod restart;
mod sums;
mod trailers;
mod uploads;
