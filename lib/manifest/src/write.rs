//! Writing a manifest that `sha256sum -c` takes: sorted by name, and put in place when it is whole.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use tt_cli::Outfile;
use tt_record::{Problem, ProblemKind};

use crate::{line::written, sorted::Sorter};

/// A manifest in the making. What was there before stays until it is finished.
pub struct Writer {
    path: PathBuf,
    file: Outfile,
    sorter: Sorter,
}

impl Writer {
    /// One that will be at `path`. Finds out at once whether it can be written there.
    pub fn create(path: &Path) -> Result<Self, Problem> {
        let file = Outfile::create(path, "manifest")?;
        let sorter = Sorter::new(file.directory());
        Ok(Self { path: path.into(), file, sorter })
    }

    /// Lists a file, by the name under which `sha256sum -c` is to find it, with its checksum in hexadecimal.
    pub fn add(&mut self, name: &[u8], hex: &str) -> Result<(), Problem> {
        // To sha256sum a single - is stdin.
        let name = if name == b"-" { b"./-" } else { name };
        self.sorter.push([name, b"\0", hex.as_bytes()].concat()).map_err(|e| unsorted(&self.path, &e))
    }

    /// Puts it in place.
    pub fn finish(self) -> Result<(), Problem> {
        let Self { mut file, sorter, .. } = self;
        file.write(|out| write(out, sorter));
        file.finish()
    }
}

fn write(out: &mut dyn Write, sorter: Sorter) -> io::Result<()> {
    sorter.finish()?.each(|piece| {
        let end = piece.iter().position(|&byte| byte == 0).ok_or(io::ErrorKind::InvalidData)?;
        let (name, hex) = (&piece[..end], &piece[end + 1..]);
        out.write_all(&written(str::from_utf8(hex).map_err(io::Error::other)?, name))
    })
}

fn unsorted(path: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Io, format!("the lines of {} can't be sorted: {error}", path.display()))
        .hint("check the space in its directory, where they wait until all are known")
}

#[cfg(test)]
mod tests {
    use std::{
        ffi::OsStr,
        fs,
        os::unix::ffi::OsStrExt as _,
        process::{Command, Output},
    };

    use tt_sum::{Algorithm, Sum};

    use super::*;

    fn check(dir: &Path) -> Output {
        Command::new("sha256sum").args(["--check", "--strict", "sums"]).current_dir(dir).output().unwrap()
    }

    #[test]
    fn sha256sum_takes_whatever_name() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(&dir.path().join("sums")).unwrap();
        let names: [&[u8]; 9] =
            [b"z", b"a b", b"-", b"new\nline", b"back\\slash", b"cr\r", b"\xff\xfe", b" *", b"(a) = b"];
        for name in names {
            fs::write(dir.path().join(OsStr::from_bytes(name)), name).unwrap();
            for _ in 0..2 {
                writer.add(name, &Sum::of(Algorithm::Sha256, name).hex()).unwrap();
            }
        }
        assert!(!dir.path().join("sums").exists());
        writer.finish().unwrap();
        let checked = check(dir.path());
        assert!(checked.status.success(), "{checked:?}");
        let text = fs::read(dir.path().join("sums")).unwrap();
        assert_eq!(text.split(|byte| *byte == b'\n').count(), names.len() + 1);
        fs::write(dir.path().join("z"), "other").unwrap();
        assert!(!check(dir.path()).status.success());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), names.len() + 1);
    }

    #[test]
    fn where_it_cannot_be_written_is_told_at_once() {
        for path in ["/no/such/directory/sums", "/tmp"] {
            let problem = Writer::create(path.as_ref()).err().unwrap();
            assert!(problem.kind == ProblemKind::Io && problem.message.contains(path), "{problem}");
        }
    }
}
