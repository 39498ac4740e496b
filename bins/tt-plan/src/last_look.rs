//! The last look before something is planned for deletion: is it at the source after all? Files move while a tree is read,
//! to where it has been read already.

use std::path::Path;

use tt_record::{Delete, Fail, Problem, ProblemKind, Record, Source, Stage};
use tt_tree::{Presence, Root};

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
        match self.found(name, delete.size) {
            // Where a directory is, no file can be.
            Presence::Absent | Presence::Directory => Record::Delete(delete),
            Presence::There(..) => Record::Fail(came(&self.root.path(name), delete)),
            Presence::Unknown => Record::Fail(hidden(&self.root.path(name), delete)),
        }
    }

    /// What is there that keeps an object.
    fn found(&self, name: &str, size: u64) -> Presence {
        let chosen = &self.request.chosen;
        // What the flags leave out wherever it is need not be looked at, and often can't be.
        let elsewhere = || chosen.one_file_system && self.root.leaves_file_system(name);
        if self.of_excluded && (chosen.hides_name(name) || elsewhere()) {
            return Presence::Absent;
        }
        match self.root.look(name, chosen.symlinks) {
            Presence::There(found, mtime)
                if self.of_excluded
                    && (chosen.hides(name, found, mtime) || chosen.hides(name, size, mtime)) =>
            {
                Presence::Absent
            }
            found => found,
        }
    }
}

fn came(path: &Path, delete: Delete) -> Fail {
    let message = format!("{} is not deleted: {} came while the tree was read", delete.dst, path.display());
    let error = Problem::new(ProblemKind::Changing, message).hint("run the same command again");
    kept(path, delete, error)
}

fn hidden(path: &Path, delete: Delete) -> Fail {
    let message = format!("{} is not deleted: can't look at {}", delete.dst, path.display());
    let error = Problem::new(ProblemKind::Unreadable, message)
        .hint("mount what is missing or allow this user to read it; or leave it out with --exclude");
    kept(path, delete, error)
}

fn kept(path: &Path, delete: Delete, error: Problem) -> Fail {
    Fail { stage: Stage::Plan, source: Some(Source::from(path)), dst: Some(delete.dst), error }
}
