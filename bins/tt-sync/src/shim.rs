//! `tt-sync shim`: puts a script that starts tt-sync in the place of a deployment's sync script, and that one back again.

use std::{
    env, fs,
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;
use tt_record::{Problem, ProblemKind};

/// The script that monitors look for among the processes.
const SCRIPT: &str = "datasync-simulator.sh";

/// What is behind the name of the one that was there before.
const BACKUP: &str = "before-tt-sync";

/// What our own script begins with.
const MARK: &str = "# Written by tt-sync shim.";

/// What was done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// Our script is in place; where the one before it is, if there was one.
    Placed(PathBuf, Option<PathBuf>),
    /// The one before it is where it was; or there was none, and ours is gone.
    Undone(PathBuf, bool),
}

/// Puts our script in place. One that was there before is kept; done twice it is as done once.
pub(crate) fn place(dir: &Path) -> Result<Done, Problem> {
    let (script, backup) = paths(dir);
    let failed = |e: io::Error| unusable(&script, &e);
    let present = is_ours(&script).map_err(failed)?;
    if present == Some(false) {
        if backup.symlink_metadata().is_ok() {
            let message =
                format!("{} is there already, so {} can't be kept", backup.display(), script.display());
            return Err(Problem::new(ProblemKind::Precondition, message).hint("move one of them away"));
        }
        // A second name first: at no moment the deployment is without a script.
        fs::hard_link(&script, &backup).map_err(failed)?;
    }
    let tool = env::current_exe().map_err(failed)?;
    write(dir, &script, &text(&tool)).map_err(failed)?;
    let kept = backup.exists().then_some(backup);
    Ok(Done::Placed(script, kept))
}

/// Puts the script back that was there before.
pub(crate) fn undo(dir: &Path) -> Result<Done, Problem> {
    let (script, backup) = paths(dir);
    let failed = |e: io::Error| unusable(&script, &e);
    match is_ours(&script).map_err(failed)? {
        Some(true) | None if backup.exists() => {
            fs::rename(&backup, &script).map_err(failed)?;
            Ok(Done::Undone(script, true))
        }
        Some(true) => {
            fs::remove_file(&script).map_err(failed)?;
            Ok(Done::Undone(script, false))
        }
        _ => {
            let message = format!("{} is not what tt-sync shim writes", script.display());
            Err(Problem::new(ProblemKind::Precondition, message).hint("there is nothing to undo"))
        }
    }
}

fn paths(dir: &Path) -> (PathBuf, PathBuf) {
    (dir.join(SCRIPT), dir.join(format!("{SCRIPT}.{BACKUP}")))
}

/// Whether a script is ours. None where there is none.
fn is_ours(script: &Path) -> io::Result<Option<bool>> {
    match fs::read(script) {
        Ok(text) => Ok(Some(text.windows(MARK.len()).any(|window| window == MARK.as_bytes()))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn write(dir: &Path, script: &Path, text: &str) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(dir)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o755))?;
    file.persist(script)?;
    Ok(())
}

/// The script. It stays while tt-sync runs, for monitors look for its name; and it passes on the signals that end it.
fn text(tool: &Path) -> String {
    let tool = shell_words::quote(&tool.to_string_lossy()).into_owned();
    format!(
        "#!/bin/sh\n\
         {MARK} The one that was here before is {SCRIPT}.{BACKUP}, if there was one;\n\
         # `tt-sync shim --undo` on this directory puts it back.\n\
         cd \"$(dirname \"$0\")\" || exit 1\n\
         {tool} \"$@\" &\n\
         child=$!\n\
         trap 'kill -TERM \"$child\"' TERM INT HUP\n\
         wait \"$child\"\n\
         code=$?\n\
         while kill -0 \"$child\" 2>/dev/null; do\n\
         \twait \"$child\"\n\
         \tcode=$?\n\
         done\n\
         exit \"$code\"\n"
    )
}

fn unusable(script: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Io, format!("{} can't be exchanged: {error}", script.display()))
        .hint("check the directory and its permissions; nothing was lost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_comes_back_byte_for_byte() {
        let dir = tempfile::tempdir().unwrap();
        let (script, backup) = paths(dir.path());
        fs::write(&script, b"#!/bin/bash\nold\xff").unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o750)).unwrap();
        for _ in 0..2 {
            assert_eq!(place(dir.path()).unwrap(), Done::Placed(script.clone(), Some(backup.clone())));
            assert_eq!(is_ours(&script).unwrap(), Some(true));
        }
        assert_eq!(undo(dir.path()).unwrap(), Done::Undone(script.clone(), true));
        assert_eq!(fs::read(&script).unwrap(), b"#!/bin/bash\nold\xff");
        assert_eq!(script.metadata().unwrap().permissions().mode() & 0o777, 0o750);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(undo(dir.path()).is_err());
    }

    #[test]
    fn without_an_old_script_ours_goes_again() {
        let dir = tempfile::tempdir().unwrap();
        let (script, _) = paths(dir.path());
        assert_eq!(place(dir.path()).unwrap(), Done::Placed(script.clone(), None));
        assert_eq!(undo(dir.path()).unwrap(), Done::Undone(script, false));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
