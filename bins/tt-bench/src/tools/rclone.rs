//! rclone, with a remote that is made up on the command line. Where it is, the environment says.

use std::path::PathBuf;

use tt_cli::Interrupt;
use tt_record::Problem;

use super::{Job, Stage, Tool, ToolName};

const TUNED: [&str; 11] = [
    "--fast-list",
    "--update",
    "--use-server-modtime",
    "--transfers",
    "64",
    "--checkers",
    "64",
    "--s3-upload-concurrency",
    "8",
    "--s3-chunk-size",
    "16M",
];

pub(super) fn find(interrupt: &Interrupt) -> Result<(PathBuf, String), Problem> {
    // rclone v1.75.2
    super::found("rclone", "version", interrupt, |said| said.split_whitespace().nth(1))
}

pub(super) fn upload(tool: &Tool, job: Job<'_>) -> Stage {
    let stage = Stage::new(&tool.program).args(["sync"]).env("RCLONE_CONFIG", "/dev/null");
    let stage = if tool.name == ToolName::RcloneTuned { stage.args(TUNED) } else { stage };
    let remote = job.dest.strip_prefix("s3://").map_or(job.dest.to_owned(), |place| format!(":s3:{place}"));
    // It may be allowed to write, and not to make buckets.
    stage.env("RCLONE_S3_NO_CHECK_BUCKET", "true").args([job.source]).args([remote])
}
