//! Go: builds s5cmd from its source, which Go proves by its checksum database.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tt_programs::{Run, find};
use tt_record::{Problem, ProblemKind};

use super::{
    offer::{Means, Obtained, Offer},
    place::{program_in, unwritable},
};
use crate::{
    cli::From,
    s5cmd::{self, Version},
};

/// The module, for the first version. Later ones have their number behind it.
const MODULE: &str = "github.com/peak/s5cmd";

/// The number of the newest.
const NEWEST: u64 = 2;

/// How long a question may take, and how long a build.
const QUESTION: Duration = Duration::from_mins(1);
const BUILD: Duration = Duration::from_mins(30);

/// That version, or the latest one.
pub(super) fn offer<'a>(means: &'a Means, wanted: Option<&Version>) -> Result<Offer<'a>, Problem> {
    let go = find("go").ok_or_else(|| {
        Problem::new(ProblemKind::NoSource, "there is no Go on this machine")
            .hint("install it from https://go.dev/dl/")
    })?;
    let version = match wanted {
        Some(version) => version.clone(),
        None => latest(means, &go)?,
    };
    let module = module(version.major());
    Ok(Offer {
        from: From::Go,
        version: Some(version.clone()),
        what: format!("{module}@v{version}"),
        obtain: Box::new(move |scratch| obtain(means, &go, &module, &version, scratch)),
    })
}

fn module(major: u64) -> String {
    if major < 2 { MODULE.to_owned() } else { format!("{MODULE}/v{major}") }
}

fn latest(means: &Means, go: &Path) -> Result<Version, Problem> {
    let query = format!("{}@latest", module(NEWEST));
    let asked = Run::new(go, &["list", "-m", "-f", "{{.Version}}", &query], QUESTION).env("GOWORK", "off");
    let said = asked.stdout(&means.interrupt).map_err(of_go)?;
    said.trim()
        .parse()
        .map_err(|why| Problem::new(ProblemKind::NoSource, format!("Go knows no {query}: {why}")))
}

fn obtain(
    means: &Means,
    go: &Path,
    module: &str,
    version: &Version,
    scratch: &Path,
) -> Result<Obtained, Problem> {
    let what = format!("{module}@v{version}");
    let (source, bin) = prepare(scratch, module, version).map_err(|e| unwritable(scratch, &e))?;
    means.console.note(format_args!("building {what}, which takes a minute or two"));
    let build = Run::new(go, &["install", module], BUILD)
        .within(&source)
        .env("GOBIN", &bin)
        .env("GOFLAGS", "-mod=mod")
        .env("GOWORK", "off")
        // A program for this machine, wherever Go is set up to build for.
        .without("GOOS")
        .without("GOARCH");
    build.stdout(&means.interrupt).map_err(of_go)?;
    let program = program_in(&bin);
    let version = s5cmd::version(&program, &means.interrupt)?;
    Ok(Obtained { program, version, what, sha256: None, placed: false })
}

/// A module of our own that needs nothing but s5cmd. `go install MODULE@VERSION` would ask for the list of all versions, too,
/// which not every mirror has.
fn prepare(scratch: &Path, module: &str, version: &Version) -> std::io::Result<(PathBuf, PathBuf)> {
    let (source, bin) = (scratch.join("source"), scratch.join("go"));
    fs::create_dir(&source)?;
    fs::create_dir(&bin)?;
    let needs = format!("module tt-install/s5cmd\n\ngo 1.20\n\nrequire {module} v{version}\n");
    fs::write(source.join("go.mod"), needs)?;
    Ok((source, bin))
}

/// That Go failed, since it says no more than that.
fn of_go(problem: Problem) -> Problem {
    match problem.kind {
        ProblemKind::Other => Problem { kind: ProblemKind::NoSource, ..problem }
            .hint("see what `go env GOPROXY` says, and whether that has the version"),
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_have_their_major_version_in_their_name() {
        assert_eq!(module(2), "github.com/peak/s5cmd/v2");
        assert_eq!(module(1), "github.com/peak/s5cmd");
    }
}
