//! The last look before something is planned for deletion: is it at the source after all? Files move while a tree is read,
//! to where it has been read already.

use std::{fs, io, path::Path};

use tt_record::{Delete, Fail, Problem, ProblemKind, Record, Source, Stage};
use tt_tree::Root;

use crate::cli::Request;

/// Looks at the places of doomed objects.
pub(crate) struct LastLook<'a> {
    request: &'a Request,
    root: &'a Root,
    /// Whether what the flags leave out goes, even where it is at the source.
    of_excluded: bool,
}

impl<'a> LastLook<'a> {
    pub(crate) fn new(request: &'a Request, root: &'a Root, of_excluded: bool) -> Self {
        Self { request, root, of_excluded }
    }

    /// The deletion, or why it is none.
    pub(crate) fn at(&self, record: Record) -> Record {
        let Record::Delete(delete) = record else { return record };
        let name = delete.dst.key.get(self.request.dest.key.len()..).unwrap_or_default();
        let path = self.root.path(name);
        // What can't be the path of a file is at no source.
        if !is_path(name) || !self.may_be_there(&path, name, delete.size) {
            return Record::Delete(delete);
        }
        Record::Fail(kept(&path, delete))
    }

    fn may_be_there(&self, path: &Path, name: &str, size: u64) -> bool {
        match fs::symlink_metadata(path) {
            // Where a directory is, no file can be.
            Ok(stat) if stat.is_dir() => false,
            Ok(stat) if self.of_excluded => {
                let chosen = &self.request.chosen;
                let mtime = stat.modified().ok().and_then(|time| time.try_into().ok()).unwrap_or_default();
                !chosen.hides(name, stat.len(), mtime) && !chosen.hides(name, size, mtime)
            }
            Err(error) if is_absent(&error) => leads_nowhere(path, self.root.as_path()),
            Ok(_) | Err(_) => true,
        }
    }
}

/// Whether a link on the way to `path` leads to what is not there now: a disk that is not mounted, say.
fn leads_nowhere(path: &Path, root: &Path) -> bool {
    let above = path.ancestors().skip(1).take_while(|above| above.starts_with(root) && *above != root);
    above.into_iter().any(|above| above.is_symlink() && fs::metadata(above).is_err())
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether a name below the destination is that of a file in a tree.
fn is_path(name: &str) -> bool {
    name.split('/').all(|part| !matches!(part, "" | "." | "..")) && !name.contains('\0')
}

fn kept(path: &Path, delete: Delete) -> Fail {
    let message = format!("{} is not deleted: {} is there after all, or may be", delete.dst, path.display());
    let error = Problem::new(ProblemKind::Changing, message)
        .hint("it came while the tree was read, or can't be looked at: run the same command again");
    Fail { stage: Stage::Plan, source: Some(Source::from(path)), dst: Some(delete.dst), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_every_key_is_a_path() {
        for name in ["a", "a/b", "...", "a b/é"] {
            assert!(is_path(name), "{name}");
        }
        for name in ["", "/a", "a//b", "a/", "./a", "a/../b", "a\0"] {
            assert!(!is_path(name), "{name}");
        }
    }

    #[test]
    fn a_link_to_what_is_not_there_hides_what_is_below() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::os::unix::fs::symlink("nowhere", root.join("link")).unwrap();
        assert!(leads_nowhere(&root.join("link/a/b"), root));
        assert!(!leads_nowhere(&root.join("other/a/b"), root));
    }
}
