//! Making the files of a named set, once: they stay in a cache.

use std::{
    fs::{self, File, FileTimes},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;
use tt_record::{Problem, ProblemKind};

use super::{
    DataSet, SetName,
    sets::{Noise, Planned},
};

/// What makes a set, and with that the directory that it is in. To be raised when the same seed gives other bytes.
const EDITION: u32 = 1;

/// How much is written at once.
const BLOCK: usize = 1 << 20;

/// Which set, and where it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Making<'a> {
    pub(crate) name: SetName,
    pub(crate) seed: u64,
    /// From 0 to 1.
    pub(crate) scale: f64,
    pub(crate) cache: &'a Path,
}

/// The set, from the cache or made now. `going_on` is told from time to time how many bytes of how many are written, and stops
/// it by an error; nothing is left behind then.
pub(crate) fn make(
    making: Making<'_>,
    going_on: impl FnMut(u64, u64) -> Result<(), Problem>,
) -> Result<DataSet, Problem> {
    let Making { name, seed, scale, cache } = making;
    let files = name.files(seed, scale);
    let scaled = if scale < 1.0 { format!("-x{scale}") } else { String::new() };
    let directory = cache.join(format!("{}{scaled}-seed{seed}-v{EDITION}", name.name()));
    if !directory.is_dir() {
        write(&files, seed, &directory, cache, going_on)?;
    }
    let about = match scale {
        1.0 => name.about(),
        _ => format!("{}, at a scale of {scale}", name.about()),
    };
    let mut set =
        DataSet { name: name.name(), about, directory, files: 0, bytes: 0, bodies: 0, seed: Some(seed) };
    for file in &files {
        set.count(file.size);
    }
    Ok(set)
}

/// Writes all files beside the directory, which then takes its place whole.
fn write(
    files: &[Planned],
    seed: u64,
    directory: &Path,
    cache: &Path,
    mut going_on: impl FnMut(u64, u64) -> Result<(), Problem>,
) -> Result<(), Problem> {
    fs::create_dir_all(cache).map_err(|e| failed(cache, &e))?;
    let draft =
        tempfile::Builder::new().prefix(".making-").tempdir_in(cache).map_err(|e| failed(cache, &e))?;
    let total = files.iter().map(|file| file.size).sum();
    let mut done = 0;
    let mut block = vec![0; BLOCK];
    for (number, file) in (0_u64..).zip(files) {
        let path = draft.path().join(&file.path);
        let mut out = create(&path).map_err(|e| failed(&path, &e))?;
        // Files differ in all of their bytes, whatever the order in which they are made.
        let mut noise = Noise::new(seed.wrapping_mul(0x9E37_79B9).wrapping_add(number));
        let mut left = file.size;
        while left > 0 {
            let length = usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK));
            noise.fill(&mut block[..length]);
            out.write_all(&block[..length]).map_err(|e| failed(&path, &e))?;
            left -= length as u64;
            done += length as u64;
            going_on(done, total)?;
        }
        age(&out).map_err(|e| failed(&path, &e))?;
    }
    place(draft, directory)
}

fn create(path: &Path) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create_new(path)
}

/// Makes a file look older than any object: else some tools would upload it again.
fn age(file: &File) -> io::Result<()> {
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 50);
    file.set_times(FileTimes::new().set_modified(long_ago))
}

fn place(draft: TempDir, directory: &Path) -> Result<(), Problem> {
    let draft: PathBuf = draft.keep();
    match fs::rename(&draft, directory) {
        Ok(()) => Ok(()),
        Err(e) => {
            // Of the draft nobody knows, so it goes; another run may have been faster with the same files.
            let _ = fs::remove_dir_all(&draft);
            if directory.is_dir() { Ok(()) } else { Err(failed(directory, &e)) }
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Io, format!("the data can't be made: {}: {error}", path.display()))
        .hint("give --cache a directory with enough room, or take a smaller --scale")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn making(cache: &Path) -> Making<'_> {
        Making { name: SetName::Photos, seed: 1, scale: 0.005, cache }
    }

    #[test]
    fn a_set_is_made_once() {
        let cache = tempfile::tempdir().unwrap();
        let set = make(making(cache.path()), |_, _| Ok(())).unwrap();
        assert_eq!(set.files, 4);
        assert_eq!(DataSet::of(&set.directory).unwrap().bytes, set.bytes);
        let again = make(making(cache.path()), |_, _| panic!("it is there")).unwrap();
        assert_eq!(again.directory, set.directory);
    }

    #[test]
    fn one_that_is_not_finished_leaves_nothing() {
        let cache = tempfile::tempdir().unwrap();
        let stop = |done, _| {
            if done > 2 << 20 { Err(Problem::new(ProblemKind::Interrupted, "stop")) } else { Ok(()) }
        };
        assert!(make(making(cache.path()), stop).is_err());
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    }
}
