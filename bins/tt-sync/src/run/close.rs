//! The end of a run: what is said, and what is left for those who watch.

use std::time::Duration;

use jiff::ZonedDateTime;
use tt_cli::{Exit, human_bytes};
use tt_record::Problem;

use super::{
    Run,
    engine::Engine,
    metrics::Metrics,
    objects,
    progress::short,
    stages::Extent,
    status::{Configuration, LastSync, TIME, Verification, write_health},
    work::Ended,
};
use crate::{config::Settings, log::Level};

/// The status of a run that came to nothing.
pub(super) fn failed(started: &ZonedDateTime) -> LastSync {
    LastSync {
        timestamp: started.strftime(TIME).to_string(),
        status: "failed",
        tool: Engine::Tt.name(),
        tool_version: Engine::Tt.version().unwrap_or_default(),
        ..LastSync::default()
    }
}

impl Run<'_> {
    /// Says how it went, and leaves it for those who watch.
    pub(super) fn close(&mut self, ended: Result<Ended, Problem>) -> Exit {
        let Ended { code, whole } = ended.unwrap_or_else(|problem| {
            self.log.error(&problem);
            // What stopped it counts more than what had gone wrong before.
            self.tally.first = Some(problem.message.clone());
            Ended { code: Exit::of(&problem).code().into(), whole: false }
        });
        let success = code == 0 && whole;
        let took = self.clock.elapsed();
        let status = self.status(code, success, took);
        self.tell(&status, took);
        let mut left = Ok(());
        if !self.manner.dry_run {
            left = status.write(&self.settings.logs_dir, &self.started);
            if let (true, Some(health)) = (success, &self.settings.health_file) {
                left = left.and(write_health(health, &ZonedDateTime::now()));
            }
            if let Some(path) = &self.manner.metrics_file {
                left = left.and(self.metrics(&status, success, took).write(path));
            }
        }
        left = left.and(self.log.finish());
        if let Err(problem) = &left {
            self.log.error(problem);
        }
        match (success, left, self.manner.fine_exit_codes) {
            (true, Ok(()), _) => Exit::OK,
            (_, _, false) => Exit::ITEMS,
            (true, Err(problem), true) => Exit::of(&problem),
            (false, _, true) => {
                Exit::from_code(u8::try_from(code).ok().filter(|code| *code != 0).unwrap_or(1))
            }
        }
    }

    fn tell(&mut self, status: &LastSync, took: Duration) {
        let LastSync { files_synced, bytes_transferred, throughput_mbps, .. } = *status;
        let amount =
            format!("{files_synced} files, {}, {throughput_mbps} MB/s", human_bytes(bytes_transferred));
        match (&status.error, self.manner.dry_run, status.checksum_verification.verified) {
            (Some(error), ..) => self.log.error(format_args!("Sync FAILED: {error} ({amount} before)")),
            (None, true, _) => {
                let (files, bytes) = self.tally.planned;
                self.log.info(format_args!(
                    "Dry run completed: {files} files ({}) would be uploaded",
                    short(bytes)
                ));
            }
            (None, false, _) if files_synced == 0 => self.log.info("Sync completed: all was up to date"),
            (None, false, true) => {
                self.log.info(format_args!("Sync completed: {amount}, every one of them verified"));
            }
            (None, false, false) => self.log.info(format_args!("Sync completed: {amount}, NOT verified")),
        }
        self.log.info(format_args!("Duration: {} seconds", took.as_secs()));
    }

    fn status(&mut self, code: i32, success: bool, took: Duration) -> LastSync {
        let Settings { source, dest, tuning, checksums, storage_class, .. } = self.settings;
        let error = (!success).then(|| {
            self.tally
                .first
                .clone()
                .unwrap_or_else(|| format!("what uploads or proves ended with exit code {code}"))
        });
        // A few files are no reason to list all objects.
        let few = matches!(self.extent, Extent::Listed(_));
        let objects = if self.manner.dry_run || few { None } else { self.count_objects() };
        let seconds = took.as_secs_f64().max(1e-3);
        #[allow(clippy::cast_precision_loss, reason = "a rate for people and thresholds")]
        let throughput = (self.tally.bytes as f64 / seconds / 1e4).round() / 1e2;
        LastSync {
            duration_seconds: took.as_secs(),
            files_synced: self.tally.synced,
            bytes_transferred: self.tally.bytes,
            source_size: self.source.as_ref().map(|report| short(report.bytes_total)),
            s3_objects: objects,
            status: if success { "success" } else { "failed" },
            throughput_mbps: throughput,
            source: source.display().to_string(),
            destination: dest.to_string(),
            dry_run: self.manner.dry_run,
            progress_history: self.progress.history().to_vec(),
            configuration: Configuration {
                concurrency: tuning.concurrency,
                part_size: tuning.part_size.map(|size| format!("{}MB", size >> 20)),
                num_workers: tuning.workers,
                retry_count: tuning.retries,
                storage_class: storage_class.clone(),
            },
            checksum_verification: Verification {
                enabled: checksums.enabled,
                algorithm: checksums.algorithm.to_ascii_uppercase(),
                aws_additional_checksums: self.manner.engine.sends_checksums(self.settings),
                server_side_validation: self.manner.engine.sends_checksums(self.settings),
                verify_after_upload: checksums.verify_after_upload,
                verified: success && checksums.proves() && !self.manner.dry_run,
                checksum_file: self
                    .sums
                    .as_ref()
                    .filter(|sums| sums.exists())
                    .map(|sums| sums.display().to_string()),
                errors: self.tally.errors,
            },
            error,
            tool: self.manner.engine.name(),
            tool_version: self.version.clone().unwrap_or_default(),
            ..failed(&self.started)
        }
    }

    fn metrics<'m>(&self, status: &'m LastSync, success: bool, took: Duration) -> Metrics<'m> {
        Metrics {
            destination: &status.destination,
            success,
            verified: status.checksum_verification.verified,
            time: self.started.timestamp().as_second(),
            seconds: took.as_secs_f64(),
            files: status.files_synced,
            bytes: status.bytes_transferred,
            errors: self.tally.errors,
        }
    }

    fn count_objects(&mut self) -> Option<u64> {
        let counted = objects::count(self.settings);
        if let Err(problem) = &counted {
            self.log.line(Level::Debug, format_args!("the objects can't be counted: {problem}"));
        }
        counted.ok()
    }
}
