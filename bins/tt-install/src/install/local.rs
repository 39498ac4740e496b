//! An archive that somebody brought.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use tt_record::{Problem, ProblemKind};
use tt_sum::{Algorithm, Hasher, Sum};

use super::{
    github::confirm,
    offer::{Means, Obtained, Offer},
    platform::Platform,
};
use crate::{cli::From, s5cmd::Version};

/// How much is read at a time.
const BLOCK: usize = 256 << 10;

/// What is in an archive that must have this checksum.
pub(super) fn offer<'a>(
    means: &'a Means,
    archive: &'a Path,
    expected: &'a Sum,
    wanted: Option<&Version>,
) -> Result<Offer<'a>, Problem> {
    let platform = Platform::here()?;
    let what = archive.display().to_string();
    let found = sum(archive).map_err(|e| {
        let kind =
            if e.kind() == io::ErrorKind::NotFound { ProblemKind::NoSource } else { ProblemKind::Unreadable };
        Problem::new(kind, format!("the archive {what} can't be read: {e}"))
    })?;
    confirm(&what, expected, &found)?;
    Ok(Offer {
        from: From::Archive,
        version: wanted.cloned(),
        what: what.clone(),
        obtain: Box::new(move |scratch| {
            let (program, version) = means.unpack(archive, platform, scratch)?;
            Ok(Obtained { program, version, what, sha256: Some(found.hex()), placed: false })
        }),
    })
}

fn sum(path: &Path) -> io::Result<Sum> {
    let (mut file, mut hasher, mut block) =
        (File::open(path)?, Hasher::new(Algorithm::Sha256), vec![0; BLOCK]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hasher.finish()),
            length => hasher.update(&block[..length]),
        }
    }
}
