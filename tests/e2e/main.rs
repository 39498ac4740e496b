//! The pipeline as users run it: the shipped programs as processes, joined by pipes, against the embedded endpoint. One
//! module a topic; the harness is the library beside this.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail the test that calls them"
)]

mod badday;
mod bandwidth;
mod bench;
mod broken_disk;
mod changing;
mod check;
mod checksums;
mod choose;
mod claims;
mod clash;
mod compare;
mod conditions;
mod deletes;
mod deletes_alone;
mod deleting;
mod download;
mod edge;
mod edges;
mod evidence;
mod examples;
mod fences;
mod forged;
mod hardship;
mod hidden;
mod install;
mod interrupt;
mod latencies;
mod leftover_ages;
mod liar;
mod limits;
mod line;
mod listing;
mod login;
mod manifests;
mod matrix;
mod mend;
mod model;
mod monitor;
mod network;
mod odd_files;
mod odd_listings;
mod one_item;
mod outfiles;
mod outsider;
mod parallel;
mod plan;
mod present;
mod progress;
mod proof;
mod properties;
mod proxy;
mod redacted;
mod requests;
mod resume;
mod root;
mod rules;
mod sample;
mod scarce;
mod secrets;
mod side_by_side;
mod slow_disk;
mod slow_link;
mod split;
mod streams;
mod sync;
mod tree;
mod truth;
mod undeletable;
mod unix;
mod usage;
mod verify;
mod watch;
