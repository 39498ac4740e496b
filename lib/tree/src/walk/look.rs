//! From a name to what is to be said about it: the look at one entry after the other of a directory.

use std::{ffi::OsStr, io, os::unix::ffi::OsStrExt as _, path::PathBuf};

use rustix::io::Errno;
use tt_record::{Problem, ProblemKind, SkipReason};

use super::{
    directory::Directory,
    entries::Entries,
    entry::{Entry, Kind},
    found::{Found, FoundFile, KeyRange},
    listed::Listed,
    options::Symlinks,
    place::{Place, Status},
};
use crate::cause::{failed, is, is_absent};

/// Looks at entries of one directory.
pub(super) struct Looker<'a> {
    pub(super) symlinks: Symlinks,
    pub(super) directory: &'a Directory,
    pub(super) place: &'a Place,
}

impl Looker<'_> {
    /// What is to be said about each, in order.
    pub(super) fn look(&self, entries: &Entries) -> Vec<Found> {
        let mut listed = Listed::default();
        let mut found = Vec::with_capacity(entries.len());
        found.extend(entries.iter().map(|entry| self.visit(entry, &mut listed)));
        found
    }

    fn visit(&self, entry: Entry<'_>, listed: &mut Listed) -> Found {
        match (entry.kind, self.symlinks) {
            (Kind::Special(special), _) => self.skipped(entry.name(), special.into()),
            (Kind::Link, Symlinks::Skip) => self.skipped(entry.name(), SkipReason::Symlink),
            (Kind::Loop, _) => self.skipped(entry.name(), SkipReason::LinkLoop),
            (kind, symlinks) => match str::from_utf8(entry.name()) {
                Err(_) => self.not_a_key(entry),
                Ok(name) if kind == Kind::Link && symlinks == Symlinks::Error => self.refused_link(name),
                Ok(name) if kind == Kind::Listed => listed.visit(self, name),
                Ok(name) => self.file(name),
            },
        }
    }

    /// Looks at what should be a file, following links.
    fn file(&self, name: &str) -> Found {
        match self.place.stat(name.as_bytes()) {
            Ok(Status { kind: Kind::Directory, .. }) => self.became_directory(name),
            Ok(status) => self.found(name, &status),
            Err(error) => self.no_stat(name, &error),
        }
    }

    /// A file, or what is neither file nor directory.
    pub(super) fn found(&self, name: &str, status: &Status) -> Found {
        let Status { kind, size, mtime, .. } = *status;
        match kind {
            Kind::Special(special) => self.skipped(name.as_bytes(), special.into()),
            _ => Found::File(FoundFile { name: self.key(name), size, mtime }),
        }
    }

    /// What a failed stat(2) means: gone, a link that leads nowhere, or not known.
    fn no_stat(&self, name: &str, error: &io::Error) -> Found {
        if !is_absent(error) {
            return self.failed(name, error);
        }
        match self.place.lstat(name.as_bytes()) {
            Ok(Status { kind: Kind::Link, .. }) => self.skipped(name.as_bytes(), SkipReason::BrokenLink),
            Ok(_) => self.changing(name, "was replaced"),
            Err(error) if is_absent(&error) => {
                Found::Vanished { path: self.path(name), range: KeyRange::Key(self.key(name)) }
            }
            Err(error) => self.failed(name, &error),
        }
    }

    pub(super) fn failed(&self, name: &str, error: &io::Error) -> Found {
        if is(error, Errno::LOOP) {
            return self.skipped(name.as_bytes(), SkipReason::LinkLoop);
        }
        self.unknown(name, failed(ProblemKind::Unreadable, "look at", &self.path(name), error))
    }

    pub(super) fn unknown(&self, name: &str, problem: Problem) -> Found {
        Found::Unknown { path: self.path(name), range: KeyRange::Key(self.key(name)), problem }
    }

    pub(super) fn key(&self, name: &str) -> String {
        [self.directory.prefix.as_str(), name].concat()
    }

    pub(super) fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.place.path().join(name.as_ref())
    }

    pub(super) fn skipped(&self, name: &[u8], why: SkipReason) -> Found {
        let path = self.path(OsStr::from_bytes(name));
        let range = str::from_utf8(name).map_or(KeyRange::None, |name| KeyRange::Key(self.key(name)));
        Found::Skip { path, range, why }
    }

    fn not_a_key(&self, entry: Entry<'_>) -> Found {
        let path = self.path(OsStr::from_bytes(entry.name()));
        let below = if entry.kind == Kind::Directory { ", and so is nothing below it" } else { "" };
        let message = format!("{} can't be an S3 key{below}: its name is not UTF-8", path.display());
        let problem = Problem::new(ProblemKind::Name, message)
            .hint("S3 keys are UTF-8: rename it (convmv does whole trees), or leave it out with --exclude");
        Found::Unknown { path, range: KeyRange::None, problem }
    }

    pub(super) fn refused_link(&self, name: &str) -> Found {
        let message = format!("{} is a symbolic link", self.path(name).display());
        let problem = Problem::new(ProblemKind::Refused, message)
            .hint("say what is to become of links: --symlinks follow or --symlinks skip");
        self.unknown(name, problem)
    }

    /// Its turn in the order has passed for a directory, so this time it has to stay unknown.
    fn became_directory(&self, name: &str) -> Found {
        self.changing(name, "became a directory")
    }

    fn changing(&self, name: &str, what: &str) -> Found {
        let message = format!("{} {what} while the tree was read", self.path(name).display());
        self.unknown(name, Problem::new(ProblemKind::Changing, message).hint("run the same command again"))
    }
}
