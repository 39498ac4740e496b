//! The harness of the end-to-end tests: runs the shipped programs as processes, over real pipes, against an S3 endpoint
//! of the test's own.
//!
//! A [`Scene`] is the world that a test has to itself: directories, environment, endpoint. In it run [`Pipeline`]s of
//! [`Stage`]s, whose [`Outcome`] is held against what was expected. [`Records`] and [`Stored`] read what the tools wrote
//! with code that is none of theirs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a harness that can't go on has to fail the test that uses it"
)]
#![allow(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "an expectation is done once it is called, whether or not another one follows"
)]

#[cfg(target_os = "linux")]
mod broken_disk;
mod deployment;
mod forger;
mod http;
mod line;
mod narrow;
#[cfg(target_os = "linux")]
mod odd_disk;
mod outcome;
mod pipeline;
mod proxy;
mod records;
mod running;
mod s5cmd;
mod scene;
mod server;
mod service;
mod site;
mod stage;
mod stored;
mod tree;

#[cfg(target_os = "linux")]
pub use broken_disk::{BrokenDisk, Spot};
pub use deployment::Deployment;
pub use forger::Forger;
pub use http::{Answer, head, request};
pub use line::Line;
pub use narrow::Narrow;
#[cfg(target_os = "linux")]
pub use odd_disk::{ChangeTime, OddDisk, Oddity};
pub use outcome::{Ended, Outcome};
pub use pipeline::Pipeline;
pub use proxy::Proxy;
pub use records::Records;
pub use running::{Running, wait_until};
pub use s5cmd::{archive_name, fake_s5cmd, release, sha256, tarball, wheel, wheel_name};
pub use scene::{ACCESS_KEY, BUCKET, SECRET_KEY, Scene};
pub use server::{EMBEDDED, SERVERS, Server, free_port, servers};
pub use service::Service;
pub use site::{Reply, Site};
pub use stage::{Stage, installed, permissions_bind, plan, push, tool, verify};
pub use stored::Stored;
pub use tree::{Tree, chmod, modified, set_modified};
