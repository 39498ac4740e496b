//! Metrics of a run, in the text format of Prometheus, for node_exporter's textfile collector.

use std::{path::Path, sync::atomic::AtomicU64};

use prometheus_client::{encoding::text::encode, metrics::gauge::Gauge, registry::Registry};
use tt_cli::Outfile;
use tt_record::Problem;

/// What is told.
pub(super) struct Metrics<'a> {
    pub(super) destination: &'a str,
    pub(super) success: bool,
    pub(super) verified: bool,
    /// In seconds since 1970.
    pub(super) time: i64,
    pub(super) seconds: f64,
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) errors: u64,
}

impl Metrics<'_> {
    /// Writes them in one step, for a collector may look at any moment.
    pub(super) fn write(&self, path: &Path) -> Result<(), Problem> {
        let text = self.text();
        let mut file = Outfile::create(path, "metrics")?;
        file.write(|out| out.write_all(text.as_bytes()));
        file.finish()
    }

    fn text(&self) -> String {
        let labels = [("destination".into(), self.destination.to_owned().into())];
        let mut registry = Registry::with_prefix_and_labels("datasync", labels.into_iter());
        #[allow(clippy::cast_precision_loss, reason = "metrics are floating point")]
        for (name, help, value) in [
            ("last_run_timestamp_seconds", "When the last run began", self.time as f64),
            ("last_run_success", "Whether it went well", f64::from(u8::from(self.success))),
            ("last_run_verified", "Whether every object was compared", f64::from(u8::from(self.verified))),
            ("last_run_duration_seconds", "How long it took", self.seconds),
            ("last_run_files", "Files that it uploaded", self.files as f64),
            ("last_run_bytes", "Bytes that it uploaded", self.bytes as f64),
            ("last_run_errors", "What failed, was skipped or is not proved", self.errors as f64),
        ] {
            let gauge = Gauge::<f64, AtomicU64>::default();
            gauge.set(value);
            registry.register(name, help, gauge);
        }
        let mut text = String::new();
        // A String takes everything.
        let _ = encode(&mut text, &registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_in_the_text_format() {
        let metrics = Metrics {
            destination: "s3://b/\"p\"/",
            success: true,
            verified: false,
            time: 1_795_625_559,
            seconds: 1.5,
            files: 3,
            bytes: 7,
            errors: 0,
        };
        let text = metrics.text();
        for line in [
            "# TYPE datasync_last_run_success gauge",
            "datasync_last_run_success{destination=\"s3://b/\\\"p\\\"/\"} 1.0",
            "datasync_last_run_duration_seconds{destination=\"s3://b/\\\"p\\\"/\"} 1.5",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
