//! What a run leaves for those who watch: last-sync.json, a copy for each run, and the time of the last success.

use std::path::Path;

use jiff::ZonedDateTime;
use serde::Serialize;
use tt_cli::Outfile;
use tt_record::Problem;

use super::progress::Point;

/// The form of times: ISO 8601 with an offset.
pub(crate) const TIME: &str = "%Y-%m-%dT%H:%M:%S%:z";

/// One run. The names are those that readers have relied on so far.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct LastSync {
    pub(crate) timestamp: String,
    pub(crate) duration_seconds: u64,
    pub(crate) files_synced: u64,
    pub(crate) bytes_transferred: u64,
    /// For people, such as 150GB; null where the source could not be looked through.
    pub(crate) source_size: Option<String>,
    /// Objects below the destination; null where that is not known.
    pub(crate) s3_objects: Option<u64>,
    /// `success` or `failed`.
    pub(crate) status: &'static str,
    pub(crate) tool: &'static str,
    pub(crate) tool_version: String,
    /// In megabytes a second.
    pub(crate) throughput_mbps: f64,
    pub(crate) source: String,
    pub(crate) destination: String,
    pub(crate) dry_run: bool,
    pub(crate) progress_history: Vec<Point>,
    pub(crate) configuration: Configuration,
    pub(crate) checksum_verification: Verification,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// How the work was done; null is what the tool found out by itself.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Configuration {
    pub(crate) concurrency: Option<u16>,
    pub(crate) part_size: Option<String>,
    pub(crate) num_workers: Option<u16>,
    pub(crate) retry_count: Option<u16>,
    pub(crate) storage_class: String,
}

/// How it was proved.
#[allow(clippy::struct_excessive_bools, reason = "what readers rely on")]
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Verification {
    pub(crate) enabled: bool,
    pub(crate) algorithm: String,
    /// Whether a checksum travelled with each object.
    pub(crate) aws_additional_checksums: bool,
    /// Whether S3 checked what it received.
    pub(crate) server_side_validation: bool,
    pub(crate) verify_after_upload: bool,
    /// Only where every object of this run was compared, and is what it should be.
    pub(crate) verified: bool,
    pub(crate) checksum_file: Option<String>,
    pub(crate) errors: u64,
}

impl LastSync {
    /// Writes it where readers look for it, each file in one step.
    pub(crate) fn write(&self, logs_dir: &Path, now: &ZonedDateTime) -> Result<(), Problem> {
        let json = logs_dir.join("json");
        let run = json.join(now.strftime("sync-%Y%m%d-%H%M%S.json").to_string());
        // Where this can't be made, the first of the files says so.
        let _ = std::fs::create_dir_all(&json);
        for path in [logs_dir.join("last-sync.json"), json.join("latest.json"), run] {
            let mut file = Outfile::create(&path, "status")?;
            file.write(|out| {
                serde_json::to_writer_pretty(&mut *out, self)?;
                out.write_all(b"\n")
            });
            file.finish()?;
        }
        Ok(())
    }
}

/// Writes the time of a success.
pub(crate) fn write_health(path: &Path, now: &ZonedDateTime) -> Result<(), Problem> {
    let mut file = Outfile::create(path, "health file")?;
    file.write(|out| writeln!(out, "{}", now.strftime(TIME)));
    file.finish()
}
