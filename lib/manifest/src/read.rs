//! Reading manifests: all lines are looked at before the first is handed on.

use std::{
    env,
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use tt_cli::{Patient, is_stdin};
use tt_record::{Problem, ProblemKind};
use tt_sum::{Algorithm, Sum};

use crate::{
    Line,
    sorted::{Sorted, Sorter},
};

/// What editors of another system put before the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line longer than this is none: the longest name, escaped, and more.
const LONGEST: u64 = 64 << 10;

/// What the manifests say of one file.
pub type Listed = Line;

/// What was read, in the order of names, each line once.
pub struct Manifest {
    files: Vec<PathBuf>,
    sorted: Sorted,
    lines: u64,
}

impl Manifest {
    /// Reads manifests; `-` is stdin. Fails where a line is none, and where two of them contradict each other.
    pub fn read(files: &[PathBuf]) -> Result<Self, Problem> {
        let mut lines = Sorter::new(&env::temp_dir());
        for (number, path) in files.iter().enumerate() {
            read_one(path, number, &mut lines)?;
        }
        let sorted = lines.finish().map_err(|e| cannot_sort(&e))?;
        let mut manifest = Self { files: files.to_vec(), sorted, lines: 0 };
        manifest.lines = manifest.check()?;
        if manifest.lines == 0 {
            return Err(manifest.empty());
        }
        Ok(manifest)
    }

    /// How many there are.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Calls `each` with what is listed, until one fails.
    pub fn each(&self, mut each: impl FnMut(Listed) -> Result<(), Problem>) -> Result<(), Problem> {
        let mut last: Option<Entry> = None;
        self.entries(|entry| {
            if last.as_ref().is_some_and(|last| last.same_file(&entry)) {
                return Ok(());
            }
            last = Some(entry.clone());
            each(entry.line)
        })
    }

    /// How many different lines there are, if none contradicts another.
    fn check(&self) -> Result<u64, Problem> {
        let (mut last, mut lines): (Option<Entry>, u64) = (None, 0);
        self.entries(|entry| {
            match &last {
                Some(last) if last.same_file(&entry) && last.line.sum != entry.line.sum => {
                    return Err(self.contradiction(last, &entry));
                }
                Some(last) if last.same_file(&entry) => {}
                _ => lines += 1,
            }
            last = Some(entry);
            Ok(())
        })?;
        Ok(lines)
    }

    fn entries(&self, mut each: impl FnMut(Entry) -> Result<(), Problem>) -> Result<(), Problem> {
        let read = self.sorted.each(|piece| match Entry::decode(piece) {
            Some(entry) => each(entry).map_err(Failed::Problem),
            None => Err(Failed::Io(io::ErrorKind::InvalidData.into())),
        });
        read.map_err(|failed| match failed {
            Failed::Io(error) => cannot_sort(&error),
            Failed::Problem(problem) => problem,
        })
    }

    fn contradiction(&self, one: &Entry, other: &Entry) -> Problem {
        let place = |entry: &Entry| {
            let name = self.files.get(entry.file as usize).map(|path| named(path)).unwrap_or_default();
            format!("line {} of {name}", entry.number)
        };
        let message =
            format!("{} and {} list different checksums of {:?}", place(one), place(other), one.line.name);
        Problem::new(ProblemKind::Stream, message)
            .hint("nothing was looked at: leave out the line that is wrong")
    }

    fn empty(&self) -> Problem {
        let names: Vec<_> = self.files.iter().map(|path| named(path)).collect();
        let message = format!("{} lists no files", names.join(", "));
        Problem::new(ProblemKind::Stream, message).hint("see whether whatever wrote it came to its end")
    }
}

/// Why reading back stops.
enum Failed {
    Io(io::Error),
    Problem(Problem),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A line, and where it stands.
#[derive(Clone)]
struct Entry {
    line: Line,
    file: u32,
    number: u64,
}

impl Entry {
    /// Whether both tell the same kind of checksum of the same file.
    fn same_file(&self, other: &Self) -> bool {
        self.line.name == other.line.name && self.line.sum.algorithm() == other.line.sum.algorithm()
    }

    /// In bytes that sort by name, then by algorithm and sum. No name holds a zero.
    fn encode(&self) -> Vec<u8> {
        let Self { line: Line { sum, name }, file, number } = self;
        let algorithm = sum.algorithm().name();
        [name, "\0", algorithm, "\0", &sum.hex(), "\0", &file.to_string(), "\0", &number.to_string()]
            .concat()
            .into()
    }

    fn decode(piece: &[u8]) -> Option<Self> {
        let mut fields = str::from_utf8(piece).ok()?.split('\0');
        let name = fields.next()?.to_owned();
        let algorithm: Algorithm = fields.next()?.parse().ok()?;
        let sum = Sum::parse_hex(algorithm, fields.next()?)?;
        let (file, number) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Self { line: Line { sum, name }, file, number })
    }
}

fn read_one(path: &Path, file: usize, sorter: &mut Sorter) -> Result<(), Problem> {
    let mut input = open(path).map_err(|e| unreadable(path, &e))?;
    let file = u32::try_from(file).unwrap_or(u32::MAX);
    let (mut text, mut number) = (Vec::new(), 0);
    while next_line(&mut input, &mut text).map_err(|e| unreadable(path, &e))? {
        number += 1;
        let line = if number == 1 { text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text) } else { &text };
        let parsed = Line::parse(line).map_err(|why| {
            let message = format!("line {number} of {} can't be taken: {why}", named(path));
            Problem::new(ProblemKind::Stream, message)
                .hint("nothing was looked at: mend the line, or leave it out")
        })?;
        if let Some(line) = parsed {
            sorter.push(Entry { line, file, number }.encode()).map_err(|e| cannot_sort(&e))?;
        }
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if is_stdin(path) {
        Ok(Box::new(BufReader::new(Patient(io::stdin()))))
    } else {
        Ok(Box::new(BufReader::new(File::open(path)?)))
    }
}

/// The next line, without its line feed. False at the end.
fn next_line(input: &mut dyn BufRead, text: &mut Vec<u8>) -> io::Result<bool> {
    text.clear();
    io::Read::take(input, LONGEST).read_until(b'\n', text)?;
    let more = !text.is_empty();
    text.pop_if(|byte| *byte == b'\n');
    Ok(more)
}

fn named(path: &Path) -> String {
    if is_stdin(path) { "stdin".to_owned() } else { path.display().to_string() }
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let message = format!("the manifest {} can't be read: {error}", named(path));
    Problem::new(ProblemKind::Io, message).hint("check its name and its permissions")
}

fn cannot_sort(error: &io::Error) -> Problem {
    let dir = env::temp_dir();
    Problem::new(ProblemKind::Io, format!("a manifest can't be sorted in {}: {error}", dir.display()))
        .hint("make room there, or name another directory in TMPDIR")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn hex(text: &str) -> String {
        Sum::of(Algorithm::Sha256, text.as_bytes()).hex()
    }

    fn read(texts: &[String]) -> Result<Vec<(String, Sum)>, Problem> {
        let files: Vec<_> = texts
            .iter()
            .map(|text| {
                let mut file = tempfile::NamedTempFile::new().unwrap();
                file.write_all(text.as_bytes()).unwrap();
                file
            })
            .collect();
        let paths: Vec<_> = files.iter().map(|file| file.path().to_owned()).collect();
        let manifest = Manifest::read(&paths)?;
        let mut listed = Vec::new();
        let keep = |line: Listed| {
            listed.push((line.name, line.sum));
            Ok(())
        };
        manifest.each(keep).unwrap();
        assert_eq!(manifest.lines(), listed.len() as u64);
        Ok(listed)
    }

    #[test]
    fn lines_come_in_order_each_once() {
        let (a, b, md5) = (hex("a"), hex("b"), Sum::of(Algorithm::Md5, b"a").hex());
        let one = format!("\u{feff}{b}  b\r\n# comment\n\n{a}  ./a");
        let other = format!("{a} *a\n{md5}  a\n");
        let listed = read(&[one, other]).unwrap();
        let names: Vec<_> = listed.iter().map(|(name, sum)| format!("{name} {}", sum.algorithm())).collect();
        assert_eq!(names, ["a MD5", "a SHA256", "b SHA256"]);
    }

    #[test]
    fn a_broken_line_is_told_with_its_number() {
        let problem = read(&[format!("{}  a\n\nhello\n", hex("a"))]).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Stream);
        assert!(problem.message.starts_with("line 3 of /"), "{problem}");
        let long = format!("{}  {}\n", hex("a"), "x/".repeat(40_000));
        assert!(read(&[long]).is_err());
    }

    #[test]
    fn two_that_contradict_each_other_are_told() {
        let problem = read(&[format!("{}  a\n", hex("a")), format!("\n{}  ./a\n", hex("b"))]).unwrap_err();
        assert!(
            problem.message.contains("line 1 of ") && problem.message.contains("line 2 of "),
            "{problem}"
        );
    }

    #[test]
    fn none_is_an_error() {
        assert!(read(&["# nothing\n".to_owned()]).unwrap_err().message.contains("lists no files"));
        let gone = Manifest::read(&["/no/such/manifest".into()]).err().unwrap();
        assert_eq!(gone.kind, ProblemKind::Io);
    }
}
