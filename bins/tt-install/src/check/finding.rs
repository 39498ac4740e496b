//! What a check found, and how it is told.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use tt_cli::{Exit, counted, printable};
use tt_record::Problem;

/// What a check is about. The first area in which something fails is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Area {
    Installation,
    Credentials,
    Access,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Pass,
    Warn,
    Fail,
    Skip,
}

/// What a check found.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    area: Area,
    pub(super) outcome: Outcome,
    what: String,
    hint: Option<String>,
}

/// All findings, in the order of the checks, and what they come to.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    ok: bool,
    exit: u8,
    findings: Vec<Finding>,
}

impl Area {
    /// All is well.
    pub(super) fn pass(self, check: &'static str, what: impl Into<String>) -> Finding {
        Finding { check, area: self, outcome: Outcome::Pass, what: what.into(), hint: None }
    }

    /// It will do, but.
    pub(super) fn warn(
        self,
        check: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Finding {
        Finding { outcome: Outcome::Warn, hint: Some(hint.into()), ..self.pass(check, what) }
    }

    /// It won't do.
    pub(super) fn fail(
        self,
        check: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Finding {
        Finding { outcome: Outcome::Fail, ..self.warn(check, what, hint) }
    }

    /// It won't do, because of a problem.
    pub(super) fn failed(self, check: &'static str, problem: Problem) -> Finding {
        Finding { outcome: Outcome::Fail, hint: problem.hint, ..self.pass(check, problem.message) }
    }

    /// Nobody looked.
    pub(super) fn skip(self, check: &'static str, why: impl Into<String>) -> Finding {
        Finding { outcome: Outcome::Skip, ..self.pass(check, why) }
    }

    /// The exit code, as the original installation tests had them.
    fn exit(self) -> u8 {
        match self {
            Self::Installation => 1,
            Self::Credentials => 2,
            Self::Access => 3,
        }
    }
}

impl Finding {
    /// Whether it is well.
    pub(super) fn passed(&self) -> bool {
        self.outcome == Outcome::Pass
    }

    /// Whether it won't do.
    pub(super) fn failed(&self) -> bool {
        self.outcome == Outcome::Fail
    }
}

impl Report {
    /// What they come to.
    pub(super) fn new(findings: Vec<Finding>) -> Self {
        let failed = findings.iter().filter(|finding| finding.failed());
        let exit = failed.map(|finding| finding.area).min().map_or(0, Area::exit);
        Self { ok: exit == 0, exit, findings }
    }

    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        Exit::from_code(self.exit)
    }

    /// A line for each, with a hint below it where there is one, and what they come to.
    pub(super) fn show(&self, out: &mut dyn Write) -> io::Result<()> {
        let width = self.findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
        for Finding { check, outcome, what, hint, .. } in &self.findings {
            let (word, style) = outcome.shown();
            writeln!(out, "{style}{word}{style:#}  {check:width$}  {}", printable(what))?;
            if let Some(hint) = hint {
                writeln!(out, "      {:width$}  hint: {}", "", printable(hint))?;
            }
        }
        let number =
            |outcome| self.findings.iter().filter(|finding| finding.outcome == outcome).count() as u64;
        let (failures, warnings) = (number(Outcome::Fail), number(Outcome::Warn));
        match (failures, warnings) {
            (0, 0) => writeln!(out, "All is ready."),
            (0, _) => writeln!(out, "All is ready, with {}.", counted(warnings, "warning")),
            _ => writeln!(
                out,
                "NOT ready: {}, {}.",
                counted(failures, "failure"),
                counted(warnings, "warning")
            ),
        }
    }
}

impl Outcome {
    fn shown(self) -> (&'static str, Style) {
        match self {
            Self::Pass => ("pass", AnsiColor::Green.on_default()),
            Self::Warn => ("warn", AnsiColor::Yellow.on_default()),
            Self::Fail => ("fail", AnsiColor::Red.on_default().bold()),
            Self::Skip => ("skip", AnsiColor::BrightBlack.on_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_area_that_fails_is_the_exit_code() {
        let exit = |findings| Report::new(findings).exit;
        let (access, credentials) = (Area::Access, Area::Credentials);
        assert_eq!(exit(vec![access.fail("a", "x", "y"), credentials.fail("b", "x", "y")]), 2);
        assert_eq!(exit(vec![Area::Installation.fail("a", "x", "y"), access.fail("b", "x", "y")]), 1);
        assert_eq!(exit(vec![access.fail("a", "x", "y"), credentials.warn("b", "x", "y")]), 3);
        assert_eq!(exit(vec![access.skip("a", "x"), credentials.warn("b", "x", "y")]), 0);
    }

    #[test]
    fn findings_are_lines() {
        let findings =
            vec![Area::Access.pass("bucket", "there"), Area::Access.warn("ab", "a\nb", "do\tthis")];
        let mut out = Vec::new();
        Report::new(findings).show(&mut out).unwrap();
        let plain = anstream::adapter::strip_bytes(&out).into_vec();
        assert_eq!(
            String::from_utf8(plain).unwrap(),
            "pass  bucket  there\nwarn  ab      a\\nb\n              hint: do\\tthis\nAll is ready, with 1 warning.\n"
        );
    }
}
