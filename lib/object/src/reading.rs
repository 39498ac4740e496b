//! The checksum of a file: of one state of it, or none.

use tokio::task::yield_now;
use tt_record::{Problem, ProblemKind};
use tt_sum::{Algorithm, Hasher, Sum};
use tt_tree::{ReadError, SourceFile};

/// How much of a file is read at a time.
const BLOCK: usize = 1 << 20;

/// Reads the file from end to end, and fails where it changed meanwhile. Lets the thread's other work go on in between.
/// `moved` is told of each piece, and may put an end to it.
pub async fn sum_of_file(
    file: &SourceFile,
    algorithm: Algorithm,
    mut moved: impl FnMut(u64) -> Result<(), Problem>,
) -> Result<Sum, Problem> {
    file.advise_sequential();
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = vec![0; usize::try_from(file.size()).unwrap_or(BLOCK).min(BLOCK)];
    let mut offset = 0;
    while offset < file.size() {
        let length = usize::try_from(file.size() - offset).unwrap_or(BLOCK).min(BLOCK);
        let block = &mut buffer[..length];
        file.read_exact_at(block, offset).map_err(|e| unreadable(file, e))?;
        hasher.update(block);
        offset += length as u64;
        moved(length as u64)?;
        yield_now().await;
    }
    if file.unchanged()? { Ok(hasher.finish()) } else { Err(changed(file)) }
}

fn unreadable(file: &SourceFile, error: ReadError) -> Problem {
    match error {
        ReadError::Changed => changed(file),
        ReadError::Failed(problem) => problem,
    }
}

fn changed(file: &SourceFile) -> Problem {
    let message = format!("{} changed while it was compared", file.path().display());
    Problem::new(ProblemKind::Changing, message).hint("run the same command again when nobody writes to it")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_file_that_changes_has_no_checksum() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let content = vec![7; BLOCK + 1];
        fs::write(&path, &content).unwrap();
        let file = SourceFile::open(&path).unwrap();
        let mut read = 0;
        let sum = sum_of_file(&file, Algorithm::Crc64Nvme, |length| {
            read += length;
            Ok(())
        });
        assert_eq!(sum.await, Ok(Sum::of(Algorithm::Crc64Nvme, &content)));
        assert_eq!(read, content.len() as u64);
        let sum = sum_of_file(&file, Algorithm::Crc64Nvme, |_| {
            fs::write(&path, b"other").unwrap();
            Ok(())
        });
        assert_eq!(sum.await.unwrap_err().kind, ProblemKind::Changing);
    }
}
