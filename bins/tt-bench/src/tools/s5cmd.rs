//! s5cmd.

use std::path::PathBuf;

use tt_cli::Interrupt;
use tt_record::Problem;

use super::{Job, Stage, Tool, ToolName};

pub(super) fn find(interrupt: &Interrupt) -> Result<(PathBuf, String), Problem> {
    // v2.3.0-991c9fb
    super::found("s5cmd", "version", interrupt, |said| said.trim().split('-').next())
}

pub(super) fn upload(tool: &Tool, job: Job<'_>) -> Stage {
    let stage = Stage::new(&tool.program);
    let stage = if tool.name == ToolName::S5cmdTuned {
        // Of s5cmd's sizes a unit is a MiB.
        stage.args(["--numworkers", "32", "sync", "--concurrency", "64", "--part-size", "64"])
    } else {
        stage.args(["sync"])
    };
    // With the slash, the directory's own name is no part of the keys.
    stage.args([job.source.join("").into_os_string()]).args([job.dest])
}
