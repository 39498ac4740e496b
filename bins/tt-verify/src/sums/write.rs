//! The manifest of what was verified, by names that `sha256sum -c` finds in the source directory.

use std::{
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use tt_cli::{Observe, Origin};
use tt_manifest::Writer;
use tt_record::{End, Problem, Record};

/// Takes note of what was verified.
pub(crate) struct WriteSums {
    writer: Writer,
    /// The tree, as the stream names it.
    root: Option<PathBuf>,
}

impl WriteSums {
    /// One whose manifest will be at `path`.
    pub(crate) fn create(path: &Path) -> Result<Self, Problem> {
        Ok(Self { writer: Writer::create(path)?, root: None })
    }
}

impl Observe for WriteSums {
    fn record(&mut self, record: &Record, origin: Origin) -> Result<(), Problem> {
        match record {
            Record::Begin(begin) => self.root = begin.source.as_ref().map(PathBuf::from),
            Record::Verified(verdict) if origin == Origin::Own => {
                if let (Some(source), Some(sha256)) = (&verdict.source, &verdict.sha256) {
                    let path = source.path();
                    let name = name(&path, self.root.as_deref());
                    self.writer.add(name.as_os_str().as_bytes(), sha256)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(self: Box<Self>, end: &End) -> Result<(), Problem> {
        // What was there before is worth more than a piece.
        if end.incomplete { Ok(()) } else { self.writer.finish() }
    }
}

/// Relative to the tree; absolute where the file lies elsewhere. Of a tree that is a single file: its own name.
fn name<'p>(path: &'p Path, root: Option<&Path>) -> &'p Path {
    match root.and_then(|root| path.strip_prefix(root).ok()) {
        Some(name) if name.as_os_str().is_empty() => path.file_name().map_or(path, Path::new),
        Some(name) => name,
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_source_directory_has() {
        let named = |path, root| name(Path::new(path), Option::map(root, Path::new)).to_str().unwrap();
        assert_eq!(named("/data/a/b", Some("/data")), "a/b");
        assert_eq!(named("/data/a/b", Some("/data/")), "a/b");
        assert_eq!(named("/data/a", Some("/")), "data/a");
        assert_eq!(named("/data/a", Some("/data/a")), "a");
        assert_eq!(named("/database/a", Some("/data")), "/database/a");
        assert_eq!(named("/data/a", None), "/data/a");
    }
}
