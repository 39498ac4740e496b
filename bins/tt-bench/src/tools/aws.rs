//! The AWS CLI, which is tuned by its configuration.

use std::path::{Path, PathBuf};

use tt_cli::Interrupt;
use tt_programs::AwsConfig;
use tt_record::{Problem, ProblemKind};

use super::{Configure, Job, Stage, Tool, ToolName};

const TUNED: &[(&str, &str)] = &[
    ("s3.max_concurrent_requests", "20"),
    ("s3.multipart_threshold", "64MB"),
    ("s3.multipart_chunksize", "64MB"),
];

const CRT: &[(&str, &str)] = &[("s3.preferred_transfer_client", "crt")];

/// What is set for it, besides what the user has set.
pub(super) fn settings(name: ToolName) -> &'static [(&'static str, &'static str)] {
    match name {
        ToolName::AwsTuned => TUNED,
        ToolName::AwsCrt => CRT,
        _ => &[],
    }
}

pub(super) fn find(name: ToolName, interrupt: &Interrupt) -> Result<(PathBuf, String), Problem> {
    // aws-cli/2.15.0 Python/3.11.6 …
    let (program, version) = super::found("aws", "--version", interrupt, |said| {
        said.split_whitespace().next()?.split('/').nth(1)
    })?;
    if name == ToolName::AwsCrt && version.starts_with("1.") {
        let message = format!("AWS CLI {version} has no transfer client in C: version 2 has");
        return Err(Problem::new(ProblemKind::Config, message));
    }
    Ok((program, version))
}

/// A configuration for it.
pub(super) fn configure(
    name: ToolName,
    program: &Path,
    configure: &Configure<'_>,
) -> Result<AwsConfig, Problem> {
    let config = if configure.from_scratch { AwsConfig::empty() } else { AwsConfig::of_user() }?;
    // The profile that will count: with an endpoint of our own, the environment names none.
    let profile = configure.from_scratch.then_some("default");
    for (setting, value) in settings(name) {
        config.set(program, profile, setting, value)?;
    }
    if name == ToolName::AwsCrt {
        config.set(program, profile, "s3.target_bandwidth", configure.bandwidth)?;
    }
    Ok(config)
}

pub(super) fn upload(tool: &Tool, job: Job<'_>) -> Stage {
    let stage = Stage::new(&tool.program).args(["s3", "sync", "--only-show-errors"]);
    let stage = stage.args([job.source]).args([job.dest]);
    match &tool.config {
        Some(config) => stage.env("AWS_CONFIG_FILE", config.path()),
        None => stage,
    }
}
