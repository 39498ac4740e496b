//! Fetches, proves and places s5cmd.

use tt_cli::Exit;
use tt_record::Problem;

use crate::cli::Install;

/// Installs or uninstalls, and says what was done.
pub(crate) fn run(_flags: &Install) -> Result<Exit, Problem> {
    Ok(Exit::OK)
}
