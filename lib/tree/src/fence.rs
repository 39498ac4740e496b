//! A directory that files have to lie in, wherever links lead: for plans that come from somebody else.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tt_record::{Problem, ProblemKind};

use crate::{SourceFile, stat::FileId};

/// Such a directory, by its real path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence(PathBuf);

impl Fence {
    /// Around a directory, which must be there.
    pub fn around(directory: &str) -> Result<Self, String> {
        let real = fs::canonicalize(directory).map_err(|e| e.to_string())?;
        if real.is_dir() { Ok(Self(real)) } else { Err("it is no directory".to_owned()) }
    }

    /// Whether a file that was opened lies within. False, if something else has taken its place meanwhile, so that nobody can
    /// tell: it must be opened anew.
    ///
    /// What was opened is looked at, and not what a path might lead to: a link that is exchanged between a look at it and
    /// the opening is of no use to anybody.
    pub fn encloses(&self, file: &SourceFile) -> Result<bool, Problem> {
        let found = fs::canonicalize(file.path()).and_then(|real| Ok((fs::metadata(&real)?, real)));
        match found {
            Ok((stat, real)) if FileId::from(&stat) == file.id() => {
                if real.starts_with(&self.0) {
                    Ok(true)
                } else {
                    Err(self.outside(file.path()))
                }
            }
            Ok(_) => Ok(false),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(_) => Err(self.outside(file.path())),
        }
    }

    fn outside(&self, path: &Path) -> Problem {
        let message = format!("{} does not lie in {}, or leads out of it", path.display(), self.0.display());
        Problem::new(ProblemKind::Refused, message)
            .hint("see who wrote this plan; --root names the directory that its files are to come from")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_counts_is_where_a_file_really_is() {
        let dir = tempfile::tempdir().unwrap();
        let within = dir.path().join("within");
        fs::create_dir(&within).unwrap();
        for (path, target) in [
            ("within/file", None),
            ("secret", None),
            ("within/link", Some("../secret")),
            ("link", Some("within/file")),
        ] {
            let path = dir.path().join(path);
            match target {
                None => fs::write(path, "x").unwrap(),
                Some(target) => symlink(target, path).unwrap(),
            }
        }
        let fence = Fence::around(within.to_str().unwrap()).unwrap();
        let look = |path: &str| fence.encloses(&SourceFile::open(&dir.path().join(path)).unwrap());
        assert_eq!(look("within/file"), Ok(true));
        assert_eq!(look("link"), Ok(true));
        for outside in ["secret", "within/link", "within/../secret"] {
            let problem = look(outside).unwrap_err();
            assert_eq!(problem.kind, ProblemKind::Refused, "{outside}");
        }
    }

    #[test]
    fn what_was_exchanged_meanwhile_is_not_known() {
        let dir = tempfile::tempdir().unwrap();
        let fence = Fence::around(dir.path().to_str().unwrap()).unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "old").unwrap();
        let file = SourceFile::open(&path).unwrap();
        fs::write(dir.path().join("new"), "new").unwrap();
        fs::rename(dir.path().join("new"), &path).unwrap();
        assert_eq!(fence.encloses(&file), Ok(false));
        fs::remove_file(&path).unwrap();
        assert_eq!(fence.encloses(&file), Ok(false));
    }

    #[test]
    fn it_must_be_a_directory() {
        assert!(Fence::around("/no/such/directory").is_err());
        assert!(Fence::around("/dev/null").is_err());
    }
}
