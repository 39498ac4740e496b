//! Which configuration file is read.

use std::{
    env,
    path::{Path, PathBuf},
};

use tt_record::{Problem, ProblemKind};

/// The variable that names it.
const VARIABLE: &str = "TT_CONFIG";

/// Where it is looked for, if nobody names it: first from the directory in which the tool runs, then in the user's.
const USUAL: [&str; 3] = ["datasync-config.env", "../datasync-config.env", "config/s5cmd.env"];
const OWN: [&str; 2] = ["datasync-config.env", "s5cmd.env"];

/// The file that is named by the flag or the variable, else the first of the usual ones that is there. None, where there is
/// none: flags and environment may say all that is needed.
pub(crate) fn find(flag: Option<&Path>) -> Result<Option<PathBuf>, Problem> {
    let named = flag.map(Path::to_owned).or_else(|| set(VARIABLE));
    if let Some(named) = named {
        return if named.is_file() { Ok(Some(named)) } else { Err(missing(&named)) };
    }
    let own = set("XDG_CONFIG_HOME").or_else(|| Some(env::home_dir()?.join(".config")));
    let own = own.iter().flat_map(|dir| OWN.map(|name| dir.join("datasync-turbo").join(name)));
    Ok(USUAL.iter().map(PathBuf::from).chain(own).find(|path| path.is_file()))
}

fn set(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn missing(path: &Path) -> Problem {
    Problem::new(ProblemKind::Config, format!("there is no configuration file {}", path.display()))
        .hint(format!("correct --config or {VARIABLE}"))
}
