//! Names that the user gave, relative to the root: made into keys, and looked at.

use std::{
    ffi::OsStr,
    io, mem,
    os::unix::ffi::OsStrExt as _,
    path::{Component, Path},
};

use tt_record::{Problem, ProblemKind, SkipReason};

use super::{
    entry::Kind,
    found::{Found, KeyRange},
    look::Looker,
    options::Symlinks,
    place::Status,
    root::Root,
};
use crate::cause::{is_absent, reason};

/// The keys of names, or what to say about those that have none. Ends where the list breaks off. A name that is empty is
/// none.
pub(super) fn keys(
    root: &Root,
    names: impl Iterator<Item = io::Result<Vec<u8>>>,
) -> impl Iterator<Item = Result<Vec<u8>, Found>> {
    let mut whole = true;
    names
        .map_while(move |name| mem::replace(&mut whole, name.is_ok()).then_some(name))
        .filter(|name| !name.as_ref().is_ok_and(Vec::is_empty))
        .map(|name| key(root, &name.map_err(|error| broke_off(root, &error))?))
}

/// The key of a name below the root, or what to say if it can have none. Looks at no file.
fn key(root: &Root, name: &[u8]) -> Result<Vec<u8>, Found> {
    let path = Path::new(OsStr::from_bytes(name));
    let below = if path.is_absolute() { path.strip_prefix(root.as_path()) } else { Ok(path) };
    let outside = || format!("it is not below {}", root.as_path().display());
    let below = below.map_err(|_| refused(root, path, &outside()))?;
    let mut key = Vec::with_capacity(name.len());
    for component in below.components() {
        match component {
            Component::Normal(part) => {
                if !key.is_empty() {
                    key.push(b'/');
                }
                key.extend_from_slice(part.as_bytes());
            }
            Component::ParentDir => return Err(refused(root, path, "it goes up with ..")),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    if key.is_empty() { Err(the_root(root)) } else { Ok(key) }
}

fn refused(root: &Root, name: &Path, why: &str) -> Found {
    let message = format!("the list names {}, and {why}", name.display());
    let problem = Problem::new(ProblemKind::Usage, message)
        .hint("name files relative to SRC, or by absolute paths below it");
    Found::Unknown { path: root.as_path().join(name), range: KeyRange::None, problem }
}

fn the_root(root: &Root) -> Found {
    let path = root.as_path().to_path_buf();
    Found::Unknown { problem: is_directory(&path), path, range: KeyRange::Below(String::new()) }
}

/// The list can't be read to its end, so any file may be meant.
fn broke_off(root: &Root, error: &io::Error) -> Found {
    let message = format!("the list of names can't be read to its end: {}", reason(error));
    let problem =
        Problem::new(ProblemKind::Io, message).hint("give it whole, and run the same command again");
    Found::Unknown { path: root.as_path().into(), range: KeyRange::Below(String::new()), problem }
}

fn is_directory(path: &Path) -> Problem {
    let message = format!("the list names {}, which is a directory", path.display());
    Problem::new(ProblemKind::Usage, message).hint("name the files in it")
}

/// Looks at names in their order.
#[derive(Default)]
pub(super) struct Listed {
    /// Prefix of the last name: a path without links, where that matters.
    plain: String,
}

impl Listed {
    pub(super) fn visit(&mut self, looker: &Looker<'_>, name: &str) -> Found {
        match looker.symlinks {
            Symlinks::Follow => Self::file(looker, name),
            _ if !self.has_link(looker, name) => Self::file(looker, name),
            Symlinks::Skip => looker.skipped(name.as_bytes(), SkipReason::Symlink),
            Symlinks::Error => looker.refused_link(name),
        }
    }

    fn file(looker: &Looker<'_>, name: &str) -> Found {
        match looker.place.stat(name.as_bytes()) {
            Ok(Status { kind: Kind::Directory, .. }) => {
                looker.unknown(name, is_directory(&looker.path(name)))
            }
            Ok(status) => looker.found(name, &status),
            Err(error) if !is_absent(&error) => looker.failed(name, &error),
            Err(_) => match looker.place.lstat(name.as_bytes()) {
                Ok(Status { kind: Kind::Link, .. }) => {
                    looker.skipped(name.as_bytes(), SkipReason::BrokenLink)
                }
                _ => looker.unknown(name, missing(&looker.path(name))),
            },
        }
    }

    /// Whether the name, or a directory on the way to it, is a link. What can't be looked at shows as that later.
    fn has_link(&mut self, looker: &Looker<'_>, name: &str) -> bool {
        let is_link =
            |path: &str| matches!(looker.place.lstat(path.as_bytes()), Ok(Status { kind: Kind::Link, .. }));
        let above = name.rfind('/').map_or("", |at| &name[..at]);
        if self.plain != above {
            let ends = above.match_indices('/').map(|(at, _)| at).chain([above.len()]);
            if ends.map(|end| &above[..end]).any(is_link) {
                return true;
            }
            self.plain = above.into();
        }
        is_link(name)
    }
}

fn missing(path: &Path) -> Problem {
    Problem::new(ProblemKind::NoSource, format!("the list names {}, which does not exist", path.display()))
        .hint("take it off the list, or put it in place, and run the same command again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_keys() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::find(dir.path()).unwrap();
        let absolute = dir.path().join("x//y").into_os_string().into_encoded_bytes();
        for (name, expected) in [
            (&b"a"[..], &b"a"[..]),
            (b"./a/./b//c/", b"a/b/c"),
            (b"...", b"..."),
            (b"\xff", b"\xff"),
            (b" a\nb", b" a\nb"),
            (&absolute, b"x/y"),
        ] {
            assert_eq!(key(&root, name).unwrap(), expected);
        }
        for name in [&b".."[..], b"a/../b", b"/etc/passwd", b"/"] {
            let Err(Found::Unknown { problem, range: KeyRange::None, .. }) = key(&root, name) else {
                panic!()
            };
            assert_eq!(problem.kind, ProblemKind::Usage);
            assert!(problem.hint.is_some(), "{problem}");
        }
        let everything = KeyRange::Below(String::new());
        for name in [&b"."[..], b"./", dir.path().as_os_str().as_bytes()] {
            assert!(matches!(key(&root, name), Err(Found::Unknown { range, .. }) if range == everything));
        }
    }
}
