//! Our own tools: what uploads, proves and removes.

use std::path::{Path, PathBuf};

use tt_cli::Interrupt;
use tt_programs::{Run, own};
use tt_record::Problem;

use super::{Job, LIMIT, Stage};

/// Where tt-push is, and its version. tt-plan and tt-verify lie beside it.
pub(super) fn find(interrupt: &Interrupt) -> Result<(PathBuf, String), Problem> {
    let version = |tool| Run::new(&own(tool), &["--version"], LIMIT).stdout(interrupt);
    version("tt-plan")?;
    version("tt-verify")?;
    let said = version("tt-push")?;
    Ok((own("tt-push"), said.split_whitespace().next_back().unwrap_or_default().to_owned()))
}

pub(super) fn upload(settings: &[(String, String)], job: Job<'_>) -> Vec<Stage> {
    let flags = settings.iter().flat_map(|(name, value)| [format!("--{name}"), value.clone()]);
    vec![measured("tt-plan", job).args([job.source]).args([job.dest]), measured("tt-push", job).args(flags)]
}

/// One of ours, which says how long its requests took if that is wanted.
fn measured(tool: &'static str, job: Job<'_>) -> Stage {
    let stage = Stage::new(&own(tool)).args(["--quiet"]);
    match job.latencies {
        Some(directory) => stage.args(["--latencies".into(), directory.join(tool).into_os_string()]),
        None => stage,
    }
}

pub(super) fn proof(job: Job<'_>) -> Vec<Stage> {
    let verify = Stage::new(&own("tt-verify")).args(["--quiet", "--json", "--extra"]);
    vec![verify.args([job.source]).args([job.dest])]
}

pub(super) fn removal(nothing: &Path, dest: &str) -> [Vec<Stage>; 2] {
    let plan = Stage::new(&own("tt-plan")).args(["--quiet", "--delete", "--allow-empty-source"]);
    let plan = plan.args(["--max-delete", "100%"]).args([nothing]).args([dest]);
    let push = Stage::new(&own("tt-push")).args(["--quiet"]);
    let abort = Stage::new(&own("tt-push")).args(["--quiet", "--abort-uploads", "--yes", dest]);
    [vec![plan, push], vec![abort]]
}
