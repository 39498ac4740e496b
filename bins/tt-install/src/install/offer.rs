//! What a source has to offer, and what becomes of it.

use std::path::{Path, PathBuf};

use tt_cli::{Console, Interrupt};
use tt_record::Problem;

use super::{fetch::Fetcher, platform::Platform};
use crate::{cli::From, s5cmd::Version};

/// What all sources work with.
pub(super) struct Means {
    pub(super) console: Console,
    pub(super) interrupt: Interrupt,
    pub(super) fetcher: Fetcher,
}

/// An s5cmd that can be had.
pub(super) struct Offer<'a> {
    /// Which source has it.
    pub(super) from: From,
    /// Its version, where the source tells before it is fetched.
    pub(super) version: Option<Version>,
    /// A URL, a module, a package.
    pub(super) what: String,
    /// Gets it, by means of a directory for what is in the making.
    pub(super) obtain: Box<Obtain<'a>>,
}

/// How it is got.
pub(super) type Obtain<'a> = dyn FnOnce(&Path) -> Result<Obtained, Problem> + 'a;

/// An s5cmd that was got, and runs.
#[derive(Debug)]
pub(super) struct Obtained {
    /// Where it is.
    pub(super) program: PathBuf,
    /// What it says that it is.
    pub(super) version: Option<Version>,
    /// Where exactly it is from.
    pub(super) what: String,
    /// The SHA-256 of the archive that it was in, in hexadecimal.
    pub(super) sha256: Option<String>,
    /// Whether it is in place already, since a package manager has its own.
    pub(super) placed: bool,
}

impl Means {
    /// Unpacks an archive, and finds out whether what is in it is an s5cmd for this machine that works.
    pub(super) fn unpack(
        &self,
        archive: &Path,
        platform: &Platform,
        scratch: &Path,
    ) -> Result<(PathBuf, Option<Version>), Problem> {
        let program = super::place::program_in(scratch);
        super::archive::unpack(archive, &program)?;
        super::executable::check(&program, platform)?;
        let version = crate::s5cmd::version(&program, &self.interrupt)?;
        Ok((program, version))
    }
}
