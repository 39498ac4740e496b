//! Files that have changed, until they have stopped to.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use walkdir::WalkDir;

/// What a file is at a moment: size and time of its last change.
type State = (u64, SystemTime);

/// Files that wait.
pub(super) struct Pending {
    settle: Duration,
    files: HashMap<PathBuf, Seen>,
}

/// When something was last seen of a file, and what it was then.
struct Seen {
    at: Instant,
    state: Option<State>,
}

impl Pending {
    /// A file has settled when it was the same for so long.
    pub(super) fn new(settle: Duration) -> Self {
        Self { settle, files: HashMap::new() }
    }

    /// Something happened to a path. Of a directory it may be that others were moved in together with it.
    pub(super) fn note(&mut self, path: &Path, now: Instant) {
        self.files.remove(path);
        let seen = below(path).map(|file| {
            let state = state(&file);
            (file, Seen { at: now, state })
        });
        self.files.extend(seen);
    }

    /// Notes what has changed since then, below a directory of which all else was dealt with.
    pub(super) fn note_since(&mut self, then: SystemTime, dir: &Path, now: Instant) {
        for file in below(dir) {
            let state = state(&file);
            if state.is_some_and(|(_, modified)| modified >= then) {
                self.files.insert(file, Seen { at: now, state });
            }
        }
    }

    /// Takes those that have settled. What is gone meanwhile is forgotten; what grew without a word waits anew.
    pub(super) fn settled(&mut self, now: Instant) -> Vec<PathBuf> {
        let Self { settle, files } = self;
        let mut settled = Vec::new();
        files.retain(|path, seen| {
            if now.duration_since(seen.at) < *settle {
                return true;
            }
            let state = state(path);
            match state {
                None => false,
                Some(_) if state == seen.state => {
                    settled.push(path.clone());
                    false
                }
                Some(_) => {
                    *seen = Seen { at: now, state };
                    true
                }
            }
        });
        settled.sort();
        settled
    }

    /// Takes back files that could not be dealt with.
    pub(super) fn put_back(&mut self, files: Vec<PathBuf>, now: Instant) {
        for path in files {
            let state = state(&path);
            self.files.entry(path).or_insert(Seen { at: now, state });
        }
    }
}

/// A file, or all files below a directory.
fn below(path: &Path) -> impl Iterator<Item = PathBuf> {
    let found = WalkDir::new(path).follow_links(true).into_iter().flatten();
    found.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path)
}

/// None where there is no file any more.
fn state(path: &Path) -> Option<State> {
    let stat = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((stat.len(), stat.modified().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: Duration = Duration::from_secs(5);

    #[test]
    fn a_file_waits_until_it_has_stopped_to_change() {
        let dir = tempfile::tempdir().unwrap();
        let (mut pending, start) = (Pending::new(SETTLE), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let path = dir.path().join("a");
        fs::write(&path, "x").unwrap();
        pending.note(&path, at(0));
        assert!(pending.settled(at(4)).is_empty());
        // It grew without a word, as on a network drive.
        fs::write(&path, "xy").unwrap();
        assert!(pending.settled(at(6)).is_empty());
        assert!(pending.settled(at(10)).is_empty());
        assert_eq!(pending.settled(at(11)), std::slice::from_ref(&path));
        assert!(pending.settled(at(99)).is_empty());
        pending.put_back(vec![path.clone()], at(12));
        fs::remove_file(&path).unwrap();
        assert!(pending.settled(at(20)).is_empty());
    }

    #[test]
    fn a_directory_brings_what_is_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let (mut pending, start) = (Pending::new(SETTLE), Instant::now());
        fs::create_dir_all(dir.path().join("d/e")).unwrap();
        fs::write(dir.path().join("d/e/f"), "x").unwrap();
        pending.note(&dir.path().join("d"), start);
        pending.note(&dir.path().join("gone"), start);
        assert_eq!(pending.settled(start + SETTLE), [dir.path().join("d/e/f")]);
        let now = SystemTime::now();
        pending.note_since(now + SETTLE, dir.path(), start);
        assert!(pending.settled(start + SETTLE).is_empty());
        pending.note_since(now - SETTLE, dir.path(), start);
        assert_eq!(pending.settled(start + SETTLE).len(), 1);
    }
}
