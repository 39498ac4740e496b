//! Real S3 servers as judges: one matrix of what the tools do, against each server that is installed. `make servers` brings
//! them, `make test-servers` runs this, with the names of servers or `all`; without, nothing is done, for it takes minutes.
//!
//! Where a server is known to lack something, that is written down with it ([`lacks`]): anything else that goes wrong fails.
//! With TT_REGENERATE, the table in docs/COMPATIBILITY.md is written anew from the servers that were there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what can't go on has to fail the test"
)]

mod cases;
mod lacks;
mod table;
mod world;

use std::{
    env,
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use tt_tests::{SERVERS, Server};

use self::{
    cases::{CASES, Case},
    lacks::lack,
    table::{Cell, Column},
    world::World,
};

fn main() -> ExitCode {
    // What went wrong is told in the case's own line.
    panic::set_hook(Box::new(|_| {}));
    let wanted: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let chosen = SERVERS.iter().filter(|server| {
        wanted.iter().any(|name| name == "all") || wanted.iter().any(|name| name == server.name)
    });
    let columns: Vec<_> = chosen.filter_map(judged).collect();
    if env::var_os("TT_REGENERATE").is_some() {
        table::write(&columns);
    }
    let failed = columns.iter().flat_map(|column| &column.cells).any(|cell| matches!(cell, Cell::Failed(_)));
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A case, in which whatever goes wrong is told.
fn done(case: &Case, world: &World) -> Result<String, String> {
    panic::catch_unwind(AssertUnwindSafe(|| (case.run)(world))).unwrap_or_else(|panicked| {
        let told = panicked.downcast_ref::<String>().map(String::as_str);
        Err(told.or_else(|| panicked.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned())
    })
}

/// What a server makes of the whole matrix; none where it is not installed.
fn judged(server: &'static Server) -> Option<Column> {
    let Some(version) = server.version() else {
        println!("SKIPPED: {} is not installed; `make servers` brings it", server.name);
        return None;
    };
    println!("{} {version}", server.name);
    let world = World::start(server);
    let cells = CASES.iter().map(|case| {
        let cell = match (done(case, &world), lack(server.name, case.name)) {
            (Ok(note), _) => Cell::Works(note),
            (Err(why), Some(lack)) if why.contains(lack.sign) => Cell::Lacks(lack.what),
            (Err(why), _) => Cell::Failed(why),
        };
        println!("  {:<34} {cell}", case.name);
        cell
    });
    Some(Column { server: server.name, version, cells: cells.collect() })
}
