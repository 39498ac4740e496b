//! What is in the place already.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tt_cli::Interrupt;
use tt_record::{Problem, ProblemKind};

use crate::s5cmd::{self, Version};

/// What is where s5cmd goes.
#[derive(Debug, Default)]
pub(super) struct Existing {
    path: PathBuf,
    what: What,
}

#[derive(Debug, Default)]
enum What {
    #[default]
    Nothing,
    /// An s5cmd that works, and its version if it can be told.
    S5cmd(Option<Version>),
    /// Something else, or one that does not work; why.
    Other(String),
}

impl Existing {
    /// Looks, and runs what it finds.
    pub(super) fn at(path: PathBuf, interrupt: &Interrupt) -> Result<Self, Problem> {
        let what = match fs::symlink_metadata(&path) {
            Err(_) => What::Nothing,
            Ok(found) if found.is_dir() => {
                let message = format!("{} is a directory", path.display());
                return Err(Problem::new(ProblemKind::Precondition, message).hint("move it away"));
            }
            Ok(_) => match s5cmd::version(&path, interrupt) {
                Ok(version) => What::S5cmd(version),
                Err(problem) if problem.kind == ProblemKind::Interrupted => return Err(problem),
                Err(problem) => What::Other(problem.message),
            },
        };
        Ok(Self { path, what })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The version of an s5cmd that is there.
    pub(super) fn version(&self) -> Option<&Version> {
        match &self.what {
            What::S5cmd(version) => version.as_ref(),
            _ => None,
        }
    }

    /// Fails if what is there may not go.
    pub(super) fn permit(&self, force: bool) -> Result<(), Problem> {
        match &self.what {
            What::Other(why) if !force => {
                let message = format!("{} is no s5cmd that works: {why}", self.path.display());
                Err(Problem::new(ProblemKind::Precondition, message).hint("if it may go: --force"))
            }
            _ => Ok(()),
        }
    }

    /// Fails if it is newer than what is to take its place.
    pub(super) fn permit_version(&self, new: Option<&Version>, force: bool) -> Result<(), Problem> {
        match (self.version(), new) {
            (Some(old), Some(new)) if old > new && !force => {
                let message =
                    format!("{} is s5cmd {old} already, and {new} would be older", self.path.display());
                Err(Problem::new(ProblemKind::Precondition, message).hint("if it is to be older: --force"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(what: What) -> Existing {
        Existing { path: "/bin/s5cmd".into(), what }
    }

    #[test]
    fn what_is_there_goes_only_where_that_is_an_improvement() {
        let (old, new) = (Version::new(2, 2, 2), Version::new(2, 3, 0));
        let there = holding(What::S5cmd(Some(new.clone())));
        assert!(there.permit(false).is_ok());
        assert!(there.permit_version(Some(&new), false).is_ok());
        assert!(there.permit_version(None, false).is_ok());
        assert!(there.permit_version(Some(&old), true).is_ok());
        let refused = there.permit_version(Some(&old), false).unwrap_err();
        assert!(refused.message.contains("is s5cmd 2.3.0 already, and 2.2.2"), "{refused}");
        let other = holding(What::Other("it says hello".into()));
        assert!(other.permit(false).is_err() && other.permit(true).is_ok());
        assert!(holding(What::Nothing).permit(false).is_ok());
    }

    #[test]
    fn a_directory_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let found = Existing::at(dir.path().into(), &Interrupt::default());
        assert_eq!(found.unwrap_err().kind, ProblemKind::Precondition);
        let nothing = Existing::at(dir.path().join("s5cmd"), &Interrupt::default()).unwrap();
        assert!(matches!(nothing.what, What::Nothing));
    }
}
