//! A list of names to look at, instead of the whole tree.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::PathBuf,
};

use tt_cli::{Patient, is_stdin};
use tt_record::{Problem, ProblemKind};

/// Where names stand, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    pub(super) path: PathBuf,
    /// The byte after each name. After the last one it may be missing.
    pub(super) separator: u8,
}

impl Names {
    /// Reads the names, as they stand there: empty ones are passed over.
    pub fn read(&self) -> Result<impl Iterator<Item = io::Result<Vec<u8>>> + Send + use<>, Problem> {
        let reader: Box<dyn BufRead + Send> = if is_stdin(&self.path) {
            Box::new(BufReader::new(Patient(io::stdin())))
        } else {
            let file = File::open(&self.path).map_err(|e| {
                Problem::new(ProblemKind::Io, format!("can't read names from {}: {e}", self.path.display()))
                    .hint("--files-from takes a file with one name a line, or - for stdin")
            })?;
            Box::new(BufReader::with_capacity(1 << 16, file))
        };
        let names = reader.split(self.separator);
        Ok(names.filter(|name| !name.as_ref().is_ok_and(Vec::is_empty)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_they_are_said_to() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("names");
        std::fs::write(&path, b"a b\n\nc\0d\xff\n\0e").unwrap();
        let read = |separator| {
            let names = Names { path: path.clone(), separator }.read().unwrap();
            names.map(Result::unwrap).collect::<Vec<_>>()
        };
        assert_eq!(read(b'\n'), [b"a b".to_vec(), b"c\0d\xff".to_vec(), b"\0e".to_vec()]);
        assert_eq!(read(b'\0'), [b"a b\n\nc".to_vec(), b"d\xff\n".to_vec(), b"e".to_vec()]);
        let problem = Names { path: directory.path().join("none"), separator: 0 }.read().err().unwrap();
        assert!(problem.hint.is_some() && problem.message.contains("none"), "{problem}");
    }
}
