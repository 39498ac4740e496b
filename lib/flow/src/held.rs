//! Records that are held back until all others were read: in memory while they are few, else in a file without a name.

use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};

use tempfile::{SpooledTempFile, spooled_tempfile};
use tt_record::{Problem, ProblemKind};

/// How much is held in memory.
const IN_MEMORY: usize = 4 << 20;

/// The lines of the records.
#[derive(Default)]
pub(crate) struct Held(Option<BufWriter<SpooledTempFile>>);

impl Held {
    pub(crate) fn push(&mut self, text: &str) -> Result<(), Problem> {
        let out = self.0.get_or_insert_with(|| BufWriter::new(spooled_tempfile(most_in_memory())));
        out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).map_err(|e| failed(&e))
    }

    /// All of them, in the order in which they came.
    pub(crate) fn lines(self) -> Result<impl Iterator<Item = Result<String, Problem>>, Problem> {
        let file = self.0.map(|out| {
            let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        });
        let file = file.transpose().map_err(|e: io::Error| failed(&e))?;
        let lines = file.map(|file| BufReader::new(file).lines());
        Ok(lines.into_iter().flatten().map(|line| line.map_err(|e| failed(&e))))
    }
}

/// Where there is no place for a file, all of it.
fn most_in_memory() -> usize {
    if tempfile::tempfile().is_ok() { IN_MEMORY } else { usize::MAX }
}

fn failed(error: &io::Error) -> Problem {
    let directory = std::env::temp_dir();
    let message = format!("can't keep records in {}: {error}", directory.display());
    Problem::new(ProblemKind::Io, message).hint("set TMPDIR to a directory with enough space")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_their_order_also_more_than_fit_into_memory() {
        let lines: Vec<_> = (0..6000).map(|number| format!("{number}{}", "x".repeat(1000))).collect();
        let mut held = Held::default();
        for line in &lines {
            held.push(line).unwrap();
        }
        assert!(held.lines().unwrap().map(Result::unwrap).eq(lines));
        assert_eq!(Held::default().lines().unwrap().count(), 0);
    }
}
