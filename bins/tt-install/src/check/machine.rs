//! The machine: open files, and room for what does not fit into memory.

use std::env;

use rustix::fs::statvfs;
use tt_cli::human_bytes;
use tt_flow::{MOST_REQUESTS, possible_jobs};

use super::finding::{Area, Finding};

const AREA: Area = Area::Installation;

/// With fewer uploads at once than this, nothing gets anywhere.
const FEWEST_JOBS: usize = 8;

/// What lists of files may need, and what they need at the least: 50 bytes for a file.
const ROOM: u64 = 1 << 30;
const LEAST_ROOM: u64 = 16 << 20;

/// Looks at how many files may be open.
pub(super) fn descriptors() -> Finding {
    let jobs = possible_jobs();
    let what = format!("they allow {} uploads at once", jobs.min(MOST_REQUESTS));
    let hint = "raise the limit: ulimit -n 4096, or LimitNOFILE in the systemd unit";
    match jobs {
        MOST_REQUESTS.. => AREA.pass("descriptors", what),
        FEWEST_JOBS.. => AREA.warn("descriptors", what, hint),
        _ => AREA.fail("descriptors", what, hint),
    }
}

/// Looks at the directory for temporary files.
pub(super) fn disk() -> Finding {
    let dir = env::temp_dir();
    let shown = dir.display();
    if let Err(e) = tempfile::tempfile_in(&dir) {
        return AREA.fail(
            "disk",
            format!("no temporary file can be made in {shown}: {e}"),
            "set TMPDIR to another directory",
        );
    }
    let Ok(system) = statvfs(&dir) else { return AREA.pass("disk", format!("{shown} can be written to")) };
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let (what, hint) =
        (format!("{} free in {shown}", human_bytes(free)), "make room, or set TMPDIR to another directory");
    match free {
        ROOM.. => AREA.pass("disk", what),
        LEAST_ROOM.. => AREA.warn("disk", what, hint),
        _ => AREA.fail("disk", what, hint),
    }
}
