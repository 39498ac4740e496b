//! The programs: s5cmd, our own, and the AWS CLI.

use std::{env, path::Path, time::Duration};

use tt_cli::Interrupt;
use tt_programs::{Run, find};
use tt_record::{Problem, ProblemKind};

use super::finding::{Area, Finding};
use crate::s5cmd::{self, Version};

const AREA: Area = Area::Installation;

/// The oldest s5cmd that will do.
const OLDEST: Version = Version::new(2, 0, 0);

/// Our own, besides this one.
const TOOLS: [&str; 5] = ["tt-plan", "tt-push", "tt-verify", "tt-sync", "tt-bench"];

/// How long a program may take to say its version.
const LIMIT: Duration = Duration::from_secs(10);

/// Looks at s5cmd.
pub(super) fn s5cmd(interrupt: &Interrupt) -> Result<Finding, Problem> {
    const CHECK: &str = "s5cmd";
    let Some(path) = find("s5cmd") else {
        return Ok(AREA.fail(
            CHECK,
            "it is not in PATH",
            "install it with tt-install, or leave it out of this: --without-s5cmd",
        ));
    };
    let shown = path.display();
    Ok(match s5cmd::version(&path, interrupt) {
        Ok(Some(version)) if version < OLDEST => AREA.fail(
            CHECK,
            format!("{version} is too old: {shown}"),
            format!("tt-install brings one from {OLDEST} on"),
        ),
        Ok(Some(version)) => AREA.pass(CHECK, format!("{version}, {shown}")),
        Ok(None) => AREA.warn(
            CHECK,
            format!("it was built from source and does not say its version: {shown}"),
            format!("see that it is {OLDEST} at least, or take a release: tt-install"),
        ),
        Err(problem) => {
            AREA.failed(CHECK, uninterrupted(problem)?.hint("install one that works: tt-install --force"))
        }
    })
}

/// Looks at each of our own tools.
pub(super) fn tools(interrupt: &Interrupt) -> Result<Vec<Finding>, Problem> {
    TOOLS.into_iter().map(|tool| own(tool, interrupt)).collect()
}

fn own(tool: &'static str, interrupt: &Interrupt) -> Result<Finding, Problem> {
    let Some(path) = find(tool) else {
        let beside = env::current_exe().ok().and_then(|own| Some(own.parent()?.to_owned()));
        let hint = match beside.filter(|dir| dir.join(tool).exists()) {
            Some(dir) => format!("it is in {}: put that into PATH", dir.display()),
            None => "install all tools together: make install".to_owned(),
        };
        return Ok(AREA.fail(tool, "it is not in PATH", hint));
    };
    let expected = format!("{tool} {}", env!("CARGO_PKG_VERSION"));
    Ok(match Run::new(&path, &["--version"], LIMIT).stdout(interrupt) {
        Ok(said) if said.trim() == expected => AREA.pass(tool, with_path(env!("CARGO_PKG_VERSION"), &path)),
        Ok(said) => AREA.fail(
            tool,
            format!(
                "another version than that of tt-install, {}: {}",
                env!("CARGO_PKG_VERSION"),
                with_path(said.trim(), &path)
            ),
            "install all tools together, and see which of them PATH finds first",
        ),
        Err(problem) => {
            AREA.failed(tool, uninterrupted(problem)?.hint("install all tools together: make install"))
        }
    })
}

/// Looks at the AWS CLI, which nobody needs.
pub(super) fn aws(interrupt: &Interrupt) -> Result<Finding, Problem> {
    const CHECK: &str = "aws";
    let Some(path) = find("aws") else { return Ok(AREA.pass(CHECK, "not there, and not needed")) };
    Ok(match Run::new(&path, &["--version"], LIMIT).stdout(interrupt) {
        // aws-cli/2.15.0 Python/3.11.6 …
        Ok(said) => AREA.pass(CHECK, with_path(said.split_whitespace().next().unwrap_or_default(), &path)),
        Err(problem) => AREA.warn(CHECK, uninterrupted(problem)?.message, "the tools here don't need it"),
    })
}

fn with_path(version: &str, path: &Path) -> String {
    format!("{version}, {}", path.display())
}

/// A problem that is a finding. That the user wants to stop is none.
fn uninterrupted(problem: Problem) -> Result<Problem, Problem> {
    if problem.kind == ProblemKind::Interrupted { Err(problem) } else { Ok(problem) }
}
