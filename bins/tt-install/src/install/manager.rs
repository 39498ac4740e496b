//! Package managers: they put s5cmd where they put everything, in the version that they have.

use std::{path::PathBuf, time::Duration};

use tt_programs::{Run, find};
use tt_record::{Problem, ProblemKind};

use super::offer::{Means, Obtained, Offer};
use crate::{
    cli::From,
    s5cmd::{self, Version},
};

/// How long a question may take, and how long an installation.
const QUESTION: Duration = Duration::from_mins(1);
const INSTALLATION: Duration = Duration::from_mins(30);

/// The package, in each of them.
const PACKAGE: &str = "s5cmd";

/// A package manager.
struct Manager {
    from: From,
    name: &'static str,
    program: &'static str,
    /// Succeeds where it has the package.
    ask: (&'static str, &'static [&'static str]),
    install: &'static [&'static str],
}

const MANAGERS: [Manager; 2] = [
    Manager {
        from: From::Brew,
        name: "Homebrew",
        program: "brew",
        ask: ("brew", &["info", PACKAGE]),
        install: &["install", PACKAGE],
    },
    Manager {
        from: From::Apt,
        name: "apt",
        program: "apt-get",
        // Fails where there is none, which policy would not.
        ask: ("apt-cache", &["show", "--no-all-versions", PACKAGE]),
        install: &["install", "--yes", PACKAGE],
    },
];

/// The package of a manager, which has one version only.
pub(super) fn offer(means: &Means, from: From) -> Result<Offer<'_>, Problem> {
    let known = MANAGERS.iter().find(|manager| manager.from == from);
    let manager = known.ok_or_else(|| Problem::new(ProblemKind::Bug, "there is no such package manager"))?;
    let Manager { name, program, ask, install, .. } = manager;
    let lacking = |what: &str| Problem::new(ProblemKind::NoSource, format!("{name} {what}"));
    let program = find(program).ok_or_else(|| lacking("is not on this machine"))?;
    let asked = find(ask.0).map(|asked| Run::new(&asked, ask.1, QUESTION).stdout(&means.interrupt));
    if asked.is_none_or(|answer| answer.is_err()) {
        return Err(lacking("has no package of s5cmd").hint("take it from elsewhere: --from auto"));
    }
    Ok(Offer {
        from,
        version: None,
        what: format!("{} {}", program.display(), install.join(" ")),
        obtain: Box::new(move |_| {
            means.console.note(format_args!("{name} installs {PACKAGE}, where it installs everything"));
            Run::new(&program, install, INSTALLATION).stdout(&means.interrupt)?;
            installed(means, format!("{} {}", program.display(), install.join(" ")), name)
        }),
    })
}

fn installed(means: &Means, what: String, name: &str) -> Result<Obtained, Problem> {
    let program: Option<PathBuf> = find(PACKAGE);
    let program = program.ok_or_else(|| {
        Problem::new(ProblemKind::Other, format!("{name} succeeded, but there is no s5cmd in PATH"))
            .hint("see where it puts programs, and put that directory into PATH")
    })?;
    let version: Option<Version> = s5cmd::version(&program, &means.interrupt)?;
    Ok(Obtained { program, version, what, sha256: None, placed: true })
}
