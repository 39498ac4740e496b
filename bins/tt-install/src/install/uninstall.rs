//! Removes s5cmd, and nothing else.

use std::{fs, path};

use tt_record::{Problem, ProblemKind};

use super::{
    existing::Existing,
    offer::Means,
    place::{program_in, usual_directories},
    report::{Action, Report},
};
use crate::cli::Target;

/// Removes the s5cmd of a directory, or that of the first of the usual ones that has any.
pub(super) fn uninstall(flags: &Target, means: &Means) -> Result<Report, Problem> {
    let dirs = flags.dir.as_ref().map_or_else(usual_directories, |dir| vec![dir.clone()]);
    let programs = dirs.iter().map(|dir| path::absolute(program_in(dir)).unwrap_or_else(|_| program_in(dir)));
    let mut programs = programs.filter(|program| program.symlink_metadata().is_ok());
    let Some(program) = programs.next() else {
        let path = dirs.first().map(|dir| program_in(dir).display().to_string());
        return Ok(Report { path, ..Report::of(Action::Absent) });
    };
    let existing = Existing::at(program, &means.interrupt)?;
    existing.permit(flags.force)?;
    let path = existing.path();
    if let (Ok(target), false) = (fs::read_link(path), flags.force) {
        let message = format!("{} is a link to {}", path.display(), target.display());
        return Err(Problem::new(ProblemKind::Precondition, message).hint(
            "have it removed by what made it, such as `brew uninstall s5cmd`; the link alone: --force",
        ));
    }
    let action = if flags.dry_run { Action::WouldRemove } else { Action::Removed };
    if !flags.dry_run {
        fs::remove_file(path).map_err(|e| {
            Problem::new(ProblemKind::Io, format!("{} can't be removed: {e}", path.display()))
                .hint("see who owns its directory")
        })?;
    }
    let version = existing.version().cloned();
    Ok(Report { path: Some(path.display().to_string()), version, ..Report::of(action) })
}
