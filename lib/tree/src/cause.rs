//! From an I/O error to a [`Problem`]: the reason in words, and what to do about it.

use std::{io, path::Path};

use rustix::io::Errno;
use tt_record::{Problem, ProblemKind};

/// `can't DOING PATH: reason`, with what to do next.
pub(crate) fn failed(kind: ProblemKind, doing: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::new(kind, format!("can't {doing} {}: {}", path.display(), reason(error))).hint(advice(error))
}

/// What the system says, as a part of a sentence: `permission denied`.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Whether the system answered with `errno`.
pub(crate) fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}

/// Whether nothing is at a path: the name itself is gone, or what leads to it is no directory any more.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether the process, or the whole system, has as many files open as it may.
pub(crate) fn lacks_descriptors(error: &io::Error) -> bool {
    is(error, Errno::MFILE) || is(error, Errno::NFILE)
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "run as a user who may read it, or leave it out with --exclude",
        _ if lacks_descriptors(error) => {
            "raise the limit on open files (ulimit -n) and run the same command again"
        }
        _ if is(error, Errno::NAMETOOLONG) => {
            "paths end at 4096 bytes and S3 keys at 1024: start further down in the tree, or leave it out with --exclude"
        }
        _ => "check the file system and its mount, then run the same command again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_a_part_of_a_sentence() {
        assert_eq!(reason(&Errno::ACCESS.into()), "permission denied");
        assert_eq!(reason(&io::Error::other("Broken: (os error 5)")), "broken:");
        assert_eq!(reason(&io::Error::other("")), "");
    }
}
