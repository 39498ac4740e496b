//! Days on end: all three tools killed at random moments, the server too, and after each the bucket is looked at. A quarter of
//! an hour of it is `make soak`; `cargo test` alone runs a short share.
//!
//! Some runs use a slow link, which may be cut for a while; in some, one item fails; some have much to delete. The tree has small
//! files, and among them some of several parts.
//!
//! Some things must never happen, whenever a process ends ([`judge`]): something that was stored is lost, something is
//! stored that no file ever was, an exit code or a record says that something was done which was not, an object is deleted
//! before all uploads succeeded, an object outside of the destination is touched, or one item's failure stops another item. And a
//! run that is left alone must finish whatever the ones before it began.
//!
//! The bucket is read from the server's disk, by code that is none of the tools'.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what can't go on has to fail the test"
)]

mod account;
mod judge;
mod source;
mod trial;
mod world;

use std::{process::ExitCode, time::SystemTime};

use clap::Parser;
use tt_tests::{EMBEDDED, SERVERS, Server};

use self::trial::Trial;

/// What `make soak` can be told.
#[derive(Parser)]
struct Args {
    /// How many processes are killed.
    #[arg(long, default_value_t = 24)]
    kills: u32,
    /// How often the server is killed and started again in the middle of a run.
    #[arg(long, default_value_t = 4)]
    restarts: u32,
    /// Where randomness starts [default: the time].
    #[arg(long)]
    seed: Option<u64>,
    /// The server: embedded, or one that `make servers` brought.
    #[arg(long, default_value = "embedded", value_parser = server)]
    server: &'static Server,

    // What cargo hands to all tests: how to print, and which of them are to run.
    #[arg(long, hide = true)]
    quiet: bool,
    #[arg(hide = true)]
    names: Vec<String>,
}

fn server(name: &str) -> Result<&'static Server, String> {
    let mut known = std::iter::once(&EMBEDDED).chain(&SERVERS);
    known.find(|server| server.name == name).ok_or_else(|| "no such server".to_owned())
}

fn main() -> ExitCode {
    let args = Args::parse();
    if !args.names.is_empty() && !args.names.iter().any(|name| name == "soak") {
        return ExitCode::SUCCESS;
    }
    let Some(version) = args.server.version() else {
        println!("SKIPPED: {} is not installed; `make servers` brings it", args.server.name);
        return ExitCode::SUCCESS;
    };
    let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs());
    let seed = args.seed.unwrap_or(now);
    println!("soak: {} {version}, seed {seed}", args.server.name);
    let mut trial = Trial::start(args.server, seed);
    while trial.account.killed() < args.kills || trial.account.restarts < args.restarts {
        trial.day(args.kills, args.restarts);
        if !args.quiet {
            println!("  {}", trial.account.line());
        }
    }
    println!("{}", trial.finish());
    ExitCode::SUCCESS
}
