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
        if !self.may_be_there(name, delete.size) {
            return Record::Delete(delete);
        }
        Record::Fail(kept(&self.root.path(name), delete))
    }

    fn may_be_there(&self, name: &str, size: u64) -> bool {
        match self.root.look(name) {
            // Where a directory is, no file can be.
            Presence::Absent | Presence::Directory => false,
            Presence::There(found, mtime) if self.of_excluded => {
                let chosen = &self.request.chosen;
                !chosen.hides(name, found, mtime) && !chosen.hides(name, size, mtime)
            }
            Presence::There(..) | Presence::Unknown => true,
        }
    }
}

fn kept(path: &Path, delete: Delete) -> Fail {
    let message = format!("{} is not deleted: {} is there after all, or may be", delete.dst, path.display());
    let error = Problem::new(ProblemKind::Changing, message)
        .hint("it came while the tree was read, or can't be looked at: run the same command again");
    Fail { stage: Stage::Plan, source: Some(Source::from(path)), dst: Some(delete.dst), error }
}
