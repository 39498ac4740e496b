//! What was done, for people and for programs.

use std::{
    io::{self, Write as _},
    path::Path,
};

use serde::Serialize;
use tt_cli::{Console, Exit, printable};
use tt_programs::{find, in_path};
use tt_record::{Problem, ProblemKind};

use crate::{cli::From, s5cmd::Version};

/// What was done. In JSON, what is not known is null.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) action: Action,
    /// Where s5cmd is, goes, or was.
    pub(super) path: Option<String>,
    pub(super) version: Option<Version>,
    /// The version that was there before.
    pub(super) replaced: Option<Version>,
    pub(super) from: Option<From>,
    /// The URL, the file, the module or the command.
    pub(super) origin: Option<String>,
    /// That of the archive, in hexadecimal.
    pub(super) sha256: Option<String>,
    /// What there is to do next.
    pub(super) hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Action {
    Installed,
    WouldInstall,
    Unchanged,
    Removed,
    WouldRemove,
    Absent,
}

impl Report {
    /// One that says no more than what was done.
    pub(super) fn of(action: Action) -> Self {
        let (path, version, replaced, from, origin, sha256, hint) = Default::default();
        Self { action, path, version, replaced, from, origin, sha256, hint }
    }

    /// Adds where s5cmd is, or goes, and what there is to do before a shell starts this one.
    pub(super) fn at(self, path: &Path) -> Self {
        let hint = path.parent().and_then(|dir| match find("s5cmd") {
            _ if !in_path(dir) => {
                let dir = dir.display();
                Some(format!(
                    "{dir} is not in PATH: add to your shell's profile  export PATH=\"{dir}:$PATH\""
                ))
            }
            Some(first) if first != path && self.action != Action::WouldInstall => Some(format!(
                "{} comes first in PATH: remove it, or exchange the directories",
                first.display()
            )),
            _ => None,
        });
        Self { path: Some(path.display().to_string()), hint, ..self }
    }

    /// Writes it to stdout, and the hint to stderr, if it is for people.
    pub(super) fn print(&self, json: bool, console: &Console) -> Result<Exit, Problem> {
        let text = if json {
            serde_json::to_string(self)
                .map_err(|e| Problem::new(ProblemKind::Bug, format!("the report can't be written: {e}")))?
        } else {
            printable(&self.sentence()).into_owned()
        };
        writeln!(io::stdout(), "{text}").map_err(|e| {
            Problem::new(ProblemKind::Io, format!("stdout can't be written to: {e}"))
                .hint("what it was to say is done")
        })?;
        if let (Some(hint), false) = (&self.hint, json) {
            console.note(format_args!("hint: {hint}"));
        }
        Ok(Exit::OK)
    }

    fn sentence(&self) -> String {
        let path = self.path.as_deref().unwrap_or("s5cmd");
        let version = self.version.as_ref().map_or("of an unknown version".to_owned(), Version::to_string);
        let s5cmd = format!("s5cmd {version}");
        let from = self.origin.as_ref().map(|origin| format!(", from {origin}")).unwrap_or_default();
        let sum = self.sha256.as_ref().map(|sum| format!(", SHA-256 {sum}")).unwrap_or_default();
        let before = self.replaced.as_ref().map(|old| format!(", in place of {old}")).unwrap_or_default();
        match self.action {
            Action::Installed => format!("{path} is {s5cmd} now{before}{from}{sum}"),
            Action::WouldInstall if self.version.is_none() => {
                format!("{path} would be the latest s5cmd{before}{from}")
            }
            Action::WouldInstall => format!("{path} would be {s5cmd}{before}{from}"),
            Action::Unchanged => format!("{path} is {s5cmd} already"),
            Action::Removed => format!("{path}, {s5cmd}, is removed"),
            Action::WouldRemove => format!("{path}, {s5cmd}, would be removed"),
            Action::Absent => format!("there is no s5cmd to remove: {path} is not there"),
        }
    }
}
