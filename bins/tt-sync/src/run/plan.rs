//! A plan that is kept while another engine carries it out.

use std::{
    collections::HashMap,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use tempfile::NamedTempFile;
use tt_record::{Item, Line, Record, decode};

/// The records of tt-plan in a file, and what is to be uploaded in memory. It goes again when this is dropped.
pub(crate) struct Plan {
    file: BufWriter<NamedTempFile>,
    broken: Option<io::Error>,
    /// By the objects: files and their sizes.
    files: HashMap<String, (String, u64)>,
}

impl Plan {
    pub(crate) fn new(dir: &Path) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix(".tt-plan-").tempfile_in(dir)?;
        Ok(Self { file: BufWriter::new(file), broken: None, files: HashMap::new() })
    }

    /// Keeps a line. What goes wrong is told at the end.
    pub(crate) fn keep(&mut self, line: &str) {
        if let Ok(Line::Known(record)) = decode(line)
            && let Record::Put(put) = *record
        {
            let Item { source, dst, size, .. } = put.item;
            self.files.insert(dst.to_string(), (source.src, size));
        }
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.write_all(b"\n"));
        self.broken = self.broken.take().or(written.err());
    }

    /// All lines are there.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.broken.take().map_or_else(|| self.file.flush(), Err)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.file.get_ref().path()
    }

    /// The files and their objects, written as `s3://bucket/key`.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(object, (source, _))| (source.as_str(), object.as_str()))
    }

    /// The size of what is to be uploaded to an object, written as `s3://bucket/key`.
    pub(crate) fn size_of(&self, object: &str) -> Option<u64> {
        self.files.get(object).map(|(_, size)| *size)
    }
}
