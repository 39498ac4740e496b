//! The walk over a tree, in the order in which S3 lists keys.
//!
//! Always holds: keys come in the order of their bytes, so that the walk can be merged with a listing while both stream.
//! Memory holds the names of one directory for each level, never the tree, and no descriptor stays open between two
//! items. What could not be looked at comes as [`Found::Unknown`]; only what vanished meanwhile is left out silently.

mod entry;
mod found;
mod root;

use std::{
    ffi::OsStr,
    fs::{self, DirEntry},
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    vec,
};

use rustix::io::Errno;
use tt_record::{Problem, ProblemKind, SkipReason};

use self::entry::{Entry, Kind, key_order};
pub use self::found::{Found, FoundFile, KeyRange, Symlinks, WalkOptions};
use crate::{
    cause::{failed, is, is_absent},
    filter::{Filter, Matched, Sieve},
    stat::{FileId, mtime},
};

/// Iterates over a tree in S3's key order.
pub struct Walk {
    root: PathBuf,
    symlinks: Symlinks,
    filter: Filter,
    /// The directory of the last level, as a path and as a key prefix.
    path: PathBuf,
    prefix: String,
    levels: Vec<Level>,
    /// Comes before anything else of the last level.
    next: Option<Found>,
}

/// A directory that is being walked: what is left of it.
struct Level {
    entries: vec::IntoIter<Entry>,
    prefix: usize,
    /// Known only where links are followed.
    id: Option<FileId>,
}

/// What reading a directory gave. With an error, these may not be all of its entries.
struct Listing {
    entries: Vec<Entry>,
    error: Option<io::Error>,
}

impl Walk {
    /// Looks at the root, a directory or a single file, and reads its first level. A single file has its file name as key.
    pub fn new(root: &Path, options: WalkOptions) -> Result<Self, Problem> {
        let (root, stat) = root::find(root)?;
        let WalkOptions { symlinks, filter } = options;
        let path = root.clone();
        let mut walk =
            Self { root, symlinks, filter, path, prefix: String::new(), levels: Vec::new(), next: None };
        if stat.is_dir() {
            let id = walk.identify(|| Ok((&stat).into()));
            let listing = walk.list(Matched::default(), id).map_err(|e| root::unreadable(&walk.root, &e))?;
            walk.push(listing, id);
        } else {
            walk.start_at_file();
        }
        Ok(walk)
    }

    /// Absolute path of the root. All paths that the walk gives begin with it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A root that is no directory is walked as the only entry of its own directory.
    fn start_at_file(&mut self) {
        let name: Box<OsStr> = self.root.file_name().unwrap_or_default().into();
        self.path.pop();
        let kept = Sieve::new(&self.filter, "", Matched::default()).keeps(name.as_bytes(), false);
        let entries = kept.map(|matched| Entry { name, kind: Kind::File, matched }).into_iter().collect();
        self.push(Listing { entries, error: None }, None);
    }

    /// What to say about the next entry, if anything.
    fn visit(&mut self, entry: &Entry) -> Option<Found> {
        match (entry.kind, self.symlinks) {
            (Kind::Special(special), _) => Some(self.skipped(entry, special.into())),
            (Kind::Link, Symlinks::Skip) => Some(self.skipped(entry, SkipReason::Symlink)),
            (Kind::Loop, _) => Some(self.skipped(entry, SkipReason::LinkLoop)),
            (kind, symlinks) => match entry.name.to_str() {
                None => Some(self.not_a_key(entry)),
                Some(name) if kind == Kind::Directory => self.enter(name, entry.matched),
                Some(name) if kind == Kind::Link && symlinks == Symlinks::Error => {
                    Some(self.refused_link(name))
                }
                Some(name) => self.file(name, entry),
            },
        }
    }

    /// Looks at what should be a file, following links.
    fn file(&self, name: &str, entry: &Entry) -> Option<Found> {
        let path = self.path.join(name);
        let stat = match fs::metadata(&path) {
            Ok(stat) => stat,
            Err(error) => return self.no_stat(path, name, entry, &error),
        };
        match Kind::of(&stat) {
            Kind::File => {
                let (size, mtime) = (stat.len(), mtime(&stat));
                Some(Found::File(FoundFile { path, name: self.key(name), size, mtime }))
            }
            Kind::Special(special) => Some(self.skipped(entry, special.into())),
            Kind::Directory | Kind::Link | Kind::Loop => Some(self.became_directory(path, name)),
        }
    }

    /// What a failed stat(2) means: gone, a link that leads nowhere, or not known.
    fn no_stat(&self, path: PathBuf, name: &str, entry: &Entry, error: &io::Error) -> Option<Found> {
        if is_absent(error) {
            return path.is_symlink().then(|| self.skipped(entry, SkipReason::BrokenLink));
        }
        if is(error, Errno::LOOP) {
            return Some(self.skipped(entry, SkipReason::LinkLoop));
        }
        let problem = failed(ProblemKind::Unreadable, "look at", &path, error);
        Some(Found::Unknown { path, range: KeyRange::Key(self.key(name)), problem })
    }

    /// Goes down into a directory. Says something only if not all of it can be read.
    fn enter(&mut self, name: &str, matched: Matched) -> Option<Found> {
        self.path.push(name);
        self.prefix.push_str(name);
        self.prefix.push('/');
        let id = self.identify(|| fs::metadata(&self.path).map(|stat| (&stat).into()));
        match self.list(matched, id) {
            Ok(listing) => {
                self.push(listing, id);
                self.next.take()
            }
            Err(error) => {
                let vanished = error.kind() == io::ErrorKind::NotFound && !self.path.is_symlink();
                let unknown = (!vanished).then(|| self.unreadable(&error));
                self.back_up();
                unknown
            }
        }
    }

    fn push(&mut self, listing: Listing, id: Option<FileId>) {
        self.next = listing.error.map(|error| self.unreadable(&error));
        self.levels.push(Level { entries: listing.entries.into_iter(), prefix: self.prefix.len(), id });
    }

    fn leave(&mut self) {
        self.levels.pop();
        self.back_up();
    }

    /// Takes path and prefix back to the last level.
    fn back_up(&mut self) {
        if let Some(level) = self.levels.last() {
            self.path.pop();
            self.prefix.truncate(level.prefix);
        }
    }

    /// Only links can lead back to a directory, so only where they are followed does it matter which one it is.
    fn identify(&self, id: impl FnOnce() -> io::Result<FileId>) -> Option<FileId> {
        // A failure shows again, and is reported, when the directory is read.
        (self.symlinks == Symlinks::Follow).then(id)?.ok()
    }

    /// Reads the current directory.
    fn list(&self, matched: Matched, id: Option<FileId>) -> io::Result<Listing> {
        let mut sieve = Sieve::new(&self.filter, &self.prefix, matched);
        let mut listing = Listing { entries: Vec::new(), error: None };
        for entry in fs::read_dir(&self.path)? {
            match entry {
                Ok(entry) => listing.entries.extend(self.entry(&entry, id, &mut sieve)),
                Err(error) => {
                    listing.error = Some(error);
                    break;
                }
            }
        }
        listing.entries.sort_unstable_by(key_order);
        Ok(listing)
    }

    /// One entry of the current directory, whose id is `id`, unless it is filtered out.
    fn entry(&self, entry: &DirEntry, id: Option<FileId>, sieve: &mut Sieve) -> Option<Entry> {
        let mut kind = Kind::of_entry(entry)?;
        if kind == Kind::Link && self.symlinks == Symlinks::Follow {
            kind = self.follow(&entry.path(), id);
        }
        let name = entry.file_name();
        let matched = sieve.keeps(name.as_bytes(), kind == Kind::Directory)?;
        Some(Entry { name: name.into_boxed_os_str(), kind, matched })
    }

    /// Whether a link in the directory with the given id leads to a directory. All else is seen when its turn comes.
    fn follow(&self, link: &Path, id: Option<FileId>) -> Kind {
        match fs::metadata(link) {
            Ok(stat) if stat.is_dir() => {
                let target = Some(FileId::from(&stat));
                let leads_back = target == id || self.levels.iter().any(|level| level.id == target);
                if leads_back { Kind::Loop } else { Kind::Directory }
            }
            _ => Kind::Link,
        }
    }

    fn key(&self, name: &str) -> String {
        [self.prefix.as_str(), name].concat()
    }

    fn skipped(&self, entry: &Entry, why: SkipReason) -> Found {
        Found::Skip { path: self.path.join(&*entry.name), name: self.key(&entry.name.to_string_lossy()), why }
    }

    fn unreadable(&self, error: &io::Error) -> Found {
        let problem = failed(ProblemKind::Unreadable, "read directory", &self.path, error);
        Found::Unknown { path: self.path.clone(), range: KeyRange::Below(self.prefix.clone()), problem }
    }

    fn not_a_key(&self, entry: &Entry) -> Found {
        let path = self.path.join(&*entry.name);
        let below = if entry.kind == Kind::Directory { ", and so is nothing below it" } else { "" };
        let message = format!("{} can't be an S3 key{below}: its name is not UTF-8", path.display());
        let problem = Problem::new(ProblemKind::Name, message)
            .hint("S3 keys are UTF-8: rename it (convmv does whole trees), or leave it out with --exclude");
        Found::Unknown { path, range: KeyRange::None, problem }
    }

    fn refused_link(&self, name: &str) -> Found {
        let path = self.path.join(name);
        let problem = Problem::new(ProblemKind::Refused, format!("{} is a symbolic link", path.display()))
            .hint("say what is to become of links: --symlinks follow or --symlinks skip");
        Found::Unknown { path, range: KeyRange::Key(self.key(name)), problem }
    }

    /// Its turn in the order has passed for a directory, so this time it has to stay unknown.
    fn became_directory(&self, path: PathBuf, name: &str) -> Found {
        let message = format!("{} became a directory while the tree was read", path.display());
        let problem = Problem::new(ProblemKind::Changing, message).hint("run the same command again");
        Found::Unknown { path, range: KeyRange::Key(self.key(name)), problem }
    }
}

impl Iterator for Walk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            if let Some(found) = self.next.take() {
                return Some(found);
            }
            let Some(entry) = self.levels.last_mut()?.entries.next() else {
                self.leave();
                continue;
            };
            if let Some(found) = self.visit(&entry) {
                return Some(found);
            }
        }
    }
}

#[cfg(test)]
mod tests;
