//! s5cmd's versions, and what an s5cmd says of itself.

use std::{fmt, path::Path, str::FromStr, time::Duration};

use serde::{Serialize, Serializer};
use tt_cli::Interrupt;
use tt_programs::{Run, find};
use tt_record::{Problem, ProblemKind};

/// How long `s5cmd version` may take.
const LIMIT: Duration = Duration::from_secs(10);

/// A version, such as 2.3.0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(semver::Version);

impl Version {
    /// A release by its numbers.
    pub(crate) const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self(semver::Version::new(major, minor, patch))
    }

    /// The first number.
    pub(crate) fn major(&self) -> u64 {
        self.0.major
    }

    /// The version in what `s5cmd version` prints: `v2.3.0-991c9fb`, where the end is that of a commit. Nothing where it says
    /// that it was built without one.
    fn said(line: &str) -> Option<Self> {
        let line = line.trim();
        let without_commit = line.rsplit_once('-').filter(|(_, end)| is_commit(end));
        let version: Self = without_commit.map_or(line, |(version, _)| version).parse().ok()?;
        (version.0 > semver::Version::new(0, 0, 0)).then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let version = semver::Version::parse(text.strip_prefix('v').unwrap_or(text));
        version.map(Self).map_err(|_| format!("{text:?} is not a version such as 2.3.0, and not latest"))
    }
}

fn is_commit(text: &str) -> bool {
    (7..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Runs an s5cmd, to find out whether it works, and which version it is. None, if it was built from source, and there is no Go
/// to tell.
pub(crate) fn version(program: &Path, interrupt: &Interrupt) -> Result<Option<Version>, Problem> {
    let said = Run::new(program, &["version"], LIMIT).stdout(interrupt)?;
    if let Some(version) = Version::said(&said) {
        return Ok(Some(version));
    }
    let line = said.lines().next().unwrap_or_default();
    if !line.starts_with("v0.0.0") {
        let message = format!("{} is no s5cmd: asked for its version, it says {line:?}", program.display());
        return Err(Problem::new(ProblemKind::Refused, message));
    }
    let Some(go) = find("go") else { return Ok(None) };
    let path = program.to_string_lossy();
    Ok(Run::new(&go, &["version", "-m", &path], LIMIT).stdout(interrupt).ok().as_deref().and_then(of_module))
}

/// The version in what `go version -m` prints: a line of `mod`, the module's name and its version.
fn of_module(printed: &str) -> Option<Version> {
    printed.lines().find_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["mod", module, version, ..] if module.starts_with("github.com/peak/s5cmd") => version.parse().ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_s5cmd_says_them() {
        for (said, version) in [
            ("v2.3.0-991c9fb\n", Some("2.3.0")),
            ("v2.3.0", Some("2.3.0")),
            ("v2.0.0-beta.3-89a5b46", Some("2.0.0-beta.3")),
            ("v2.0.0-beta.3", Some("2.0.0-beta.3")),
            ("v0.0.0-dev", None),
            ("2.3.0-abcdef", Some("2.3.0-abcdef")),
            ("", None),
            ("GNU version", None),
        ] {
            assert_eq!(Version::said(said).map(|version| version.to_string()).as_deref(), version, "{said}");
        }
        let order =
            ["1.4.0", "2.0.0-beta.1", "2.0.0", "v2.2.2", "2.10.0"].map(|v| v.parse::<Version>().unwrap());
        assert!(order.is_sorted());
        assert!("2.3".parse::<Version>().is_err());
    }

    #[test]
    fn go_knows_which_module_a_program_was_built_from() {
        let printed = "s5cmd: go1.26.8\n\tpath\tgithub.com/peak/s5cmd/v2\n\
                       \tmod\tgithub.com/peak/s5cmd/v2\tv2.3.0\th1:abc=\n\tdep\tgithub.com/x/y\tv1.0.0\n";
        assert_eq!(of_module(printed), Some(Version::new(2, 3, 0)));
        assert_eq!(of_module("x: go1.26.8\n\tmod\tgithub.com/peak/s5cmd/v2\t(devel)\t\n"), None);
        assert_eq!(of_module(""), None);
    }
}
