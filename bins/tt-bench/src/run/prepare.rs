//! Before the first turn: which tools there are, the data, and the place where it goes.

use std::{fs, path::Path};

use tt_cli::{Board, Console, Interrupt, human_bytes, new_run};
use tt_record::{Problem, ProblemKind};

use super::request::{DataSource, Destination, Request};
use crate::{
    data::{DataSet, Making, make},
    measure::Runner,
    place::{Place, Remote},
    tools::{Absent, Configure, Tool, combinations, find},
};

/// The tools that are there. The others are named.
pub(super) fn contestants(
    request: &Request,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<(Vec<Tool>, Vec<Absent>), Problem> {
    let local = matches!(request.destination, Destination::Local(_));
    // As the AWS CLI takes it. Without a limit, it is told of one that this machine does not reach.
    let bandwidth = request.link().map_or("100Gb/s".to_owned(), |link| format!("{}b/s", link * 8));
    let config = Configure { from_scratch: local, bandwidth: &bandwidth };
    let (tools, absent) = find(&request.tools, &combinations(&request.sweep), &config, interrupt)?;
    for Absent { name, why } in &absent {
        console.warn(format_args!("without {}: {why}", name.name()));
    }
    if tools.is_empty() {
        return Err(Problem::new(ProblemKind::Config, "none of the tools is there").hint("see --tools"));
    }
    Ok((tools, absent))
}

/// Makes the data, or looks at it.
pub(super) fn data(
    request: &Request,
    console: &Console,
    runner: &Runner<'_>,
) -> Result<Vec<DataSet>, Problem> {
    let (names, seed, scale) = match &request.data {
        DataSource::Directory(directory) => return Ok(vec![DataSet::of(directory)?]),
        DataSource::Sets { names, seed, scale } => (names, *seed, *scale),
    };
    let board = Board::new(console);
    let set = |name: &_| {
        let making = Making { name: *name, seed, scale, cache: &request.cache };
        make(making, |done, total| {
            let [done, total] = [done, total].map(human_bytes);
            board.show(&format!("making the data set {}: {done} of {total}", name.name()));
            runner.check()
        })
    };
    names.iter().map(set).collect()
}

/// Where it goes.
pub(super) fn place(request: &Request, scratch: &Path) -> Result<Place, Problem> {
    match &request.destination {
        Destination::Local(distance) => Ok(Place::Local(distance.clone())),
        Destination::Bucket { dest, .. } => {
            let nothing = scratch.join("nothing");
            fs::create_dir(&nothing).map_err(|e| {
                Problem::new(ProblemKind::Io, format!("{} can't be made: {e}", nothing.display()))
                    .hint("check TMPDIR")
            })?;
            Ok(Place::Remote(Remote::below_dest(dest.clone(), &new_run(), nothing)))
        }
    }
}
