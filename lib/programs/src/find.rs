//! Where programs are.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The first of this name in PATH.
pub fn find(name: &str) -> Option<PathBuf> {
    which::which(name).ok()
}

/// A tool of ours: the one beside this one, for they belong together, else that in PATH.
pub fn own(tool: &str) -> PathBuf {
    let beside = env::current_exe().ok().and_then(|own| Some(own.parent()?.join(tool)));
    beside.filter(|path| path.exists()).or_else(|| find(tool)).unwrap_or_else(|| tool.into())
}

/// The first of these that is there.
pub fn first_of(paths: &[&str]) -> Option<PathBuf> {
    paths.iter().map(Path::new).find(|path| path.is_file()).map(Path::to_owned)
}

/// Whether a directory is in PATH.
pub fn in_path(dir: &Path) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|entry| entry == dir)
}
