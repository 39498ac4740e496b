//! What a run needs to know, under the names that deployments have used so far.

use std::{
    env,
    path::{self, Path, PathBuf},
    time::Duration,
};

use tt_cli::rate;
use tt_record::{Problem, ProblemKind, S3Url};

use super::{
    layers::Layers,
    reader::{Reader, Shown},
};

/// What a deployment says.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The directory, absolute.
    pub(crate) source: PathBuf,
    /// The bucket and the prefix.
    pub(crate) dest: S3Url,
    pub(crate) profile: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) storage_class: String,
    pub(crate) tuning: Tuning,
    pub(crate) checksums: Checksums,
    /// Globs of what is taken only, and of what is left out.
    pub(crate) include: Vec<String>,
    pub(crate) exclude: Vec<String>,
    /// Whether files elsewhere on the machine are uploaded, too, to which links in the source lead.
    pub(crate) links_outside: bool,
    /// Where log and status go, absolute.
    pub(crate) logs_dir: PathBuf,
    /// Whose data it is.
    pub(crate) client: Option<String>,
    /// When somebody is to be told, and how.
    pub(crate) alerts: Alerts,
    /// Holds the time of the last success.
    pub(crate) health_file: Option<PathBuf>,
    /// How often the source is looked at by whoever watches it.
    pub(crate) poll: Duration,
    /// Whether the log holds what is worth knowing only to whoever looks for a fault.
    pub(crate) debug: bool,
    /// All that was read, and who said it.
    pub(crate) account: Vec<Shown>,
}

/// How the work is done, where that is said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tuning {
    pub(crate) concurrency: Option<u16>,
    /// In bytes.
    pub(crate) part_size: Option<u64>,
    /// From how many bytes on the AWS CLI sends parts.
    pub(crate) threshold: Option<u64>,
    /// Of s5cmd.
    pub(crate) workers: Option<u16>,
    pub(crate) retries: Option<u16>,
    /// In bytes a second.
    pub(crate) bandwidth: Option<u64>,
}

/// How it is proved.
#[derive(Clone, Debug)]
pub(crate) struct Checksums {
    pub(crate) enabled: bool,
    /// As tt-push takes it: an algorithm, or none.
    pub(crate) algorithm: String,
    pub(crate) verify_after_upload: bool,
}

/// When somebody is to be told, and how.
#[derive(Clone, Debug)]
pub(crate) struct Alerts {
    pub(crate) limits: Limits,
    pub(crate) method: Method,
    pub(crate) email: Option<String>,
    pub(crate) webhook: Option<String>,
    /// Whether it is told, too, that all is well.
    pub(crate) on_success: bool,
}

/// What is still in order.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// At least, in megabytes a second.
    pub(crate) throughput: f64,
    /// How long a run may take.
    pub(crate) duration: Duration,
    /// At least, in bytes.
    pub(crate) disk: u64,
    /// How old the last run and the last success may be.
    pub(crate) age: Duration,
}

/// How somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Log,
    Email,
    Webhook,
    All,
}

impl Checksums {
    /// Whether what was uploaded is compared with the files.
    pub(crate) fn proves(&self) -> bool {
        self.enabled || self.verify_after_upload
    }

    /// Whether S3 itself is to check what it receives.
    pub(crate) fn of_s3(&self) -> bool {
        self.algorithm != NONE
    }

    /// Whether a file of checksums for sha256sum is wanted.
    pub(crate) fn are_written(&self) -> bool {
        self.proves() && (self.algorithm == NONE || self.algorithm == "SHA256")
    }
}

/// No checksum travels along.
const NONE: &str = "none";

const ALGORITHMS: [&str; 11] = [
    "CRC64NVME",
    "CRC32C",
    "CRC32",
    "SHA512",
    "SHA256",
    "SHA1",
    "MD5",
    "XXHASH3",
    "XXHASH64",
    "XXHASH128",
    NONE,
];

impl Settings {
    /// Reads all settings. Fails where one that is needed is missing, or one is wrong.
    pub(crate) fn read(layers: &Layers) -> Result<Self, Problem> {
        let reader = Reader::new(layers);
        let source = reader.required(&["SOURCE_DIR"], "the directory to upload")?;
        let dest = dest(&reader)?;
        let settings = Self {
            source: absolute(&source)?,
            dest,
            profile: reader.text(&["AWS_PROFILE"]),
            region: reader.text(&["AWS_REGION"]),
            storage_class: reader.text_or(&["S3_STORAGE_CLASS"], "INTELLIGENT_TIERING"),
            tuning: tuning(&reader)?,
            checksums: checksums(&reader)?,
            include: globs(&reader, "S5CMD_INCLUDE_PATTERNS"),
            exclude: globs(&reader, "S5CMD_EXCLUDE_PATTERNS"),
            links_outside: reader.parsed_or(&["UPLOAD_LINKS_OUTSIDE"], false, truth)?,
            logs_dir: logs_dir(&reader, layers.file())?,
            client: reader.text(&["CLIENT_NAME"]),
            alerts: alerts(&reader)?,
            health_file: reader.text(&["HEALTH_CHECK_FILE"]).map(PathBuf::from),
            poll: reader.parsed(&["MONITOR_CHECK_INTERVAL"], seconds)?.unwrap_or(Duration::from_secs(30)),
            debug: reader.text_or(&["S5CMD_LOG_LEVEL"], "info") == "debug",
            account: Vec::new(),
        };
        Ok(Self { account: reader.account(), ..settings })
    }

    /// The same, if the source is there.
    pub(crate) fn checked(self) -> Result<Self, Problem> {
        if self.source.is_dir() {
            return Ok(self);
        }
        let origin = self
            .account
            .iter()
            .find(|shown| shown.name == "SOURCE_DIR")
            .map(|shown| shown.origin.to_string());
        let origin = origin.unwrap_or_default();
        let message = format!("SOURCE_DIR ({origin}) is {}, and that is no directory", self.source.display());
        Err(Problem::new(ProblemKind::Config, message)
            .hint("correct it, or see whether its file system is mounted"))
    }
}

/// Where log and status go, as far as that can be told although the settings are wrong otherwise.
pub(crate) fn logs_dir_of(layers: &Layers) -> Option<PathBuf> {
    logs_dir(&Reader::new(layers), layers.file()).ok()
}

fn logs_dir(reader: &Reader<'_>, file: Option<&Path>) -> Result<PathBuf, Problem> {
    let home = reader.text(&["DATASYNC_HOME"]).map(PathBuf::from);
    let beside = file.and_then(Path::parent).map(Path::to_owned);
    let usual = home.or(beside).unwrap_or_default().join("logs");
    absolute(&reader.text_or(&["LOGS_DIR", "LOG_DIR"], &usual.to_string_lossy()))
}

fn dest(reader: &Reader<'_>) -> Result<S3Url, Problem> {
    let whole = |text: &str| text.parse::<S3Url>().map(S3Url::into_prefix).map_err(|e| e.to_string());
    if let Some(dest) = reader.parsed(&[DEST], whole)? {
        return Ok(dest);
    }
    reader.agreed(["BUCKET_NAME", "S3_BUCKET"])?;
    let bucket =
        reader.required(&["BUCKET_NAME", "S3_BUCKET", "S3_BUCKET_ARN"], "the bucket to upload to")?;
    let bucket =
        ["s3://", "arn:aws:s3:::"].iter().find_map(|start| bucket.strip_prefix(start)).unwrap_or(&bucket);
    let bucket = bucket.trim_end_matches('/').to_owned();
    let below = reader.text(&["S3_SUBDIRECTORY"]).unwrap_or_default();
    Ok(S3Url { bucket, key: below.trim_matches('/').to_owned() }.into_prefix())
}

/// The name under which --dest is kept. No deployment has it.
pub(crate) const DEST: &str = "TT_DEST";

fn tuning(reader: &Reader<'_>) -> Result<Tuning, Problem> {
    let concurrency =
        ["AWS_CLI_S3_MAX_CONCURRENT_REQUESTS", "S3_MAX_CONCURRENT_REQUESTS", "S5CMD_CONCURRENCY"];
    let bandwidth = reader.parsed(&["AWS_CLI_S3_MAX_BANDWIDTH"], rate)?;
    let in_megabytes = |text: &str| text.parse::<u64>().map(|megabytes| megabytes.saturating_mul(1_000_000));
    Ok(Tuning {
        concurrency: reader.parsed(&concurrency, count)?,
        part_size: reader.parsed(&["AWS_CLI_S3_MULTIPART_CHUNKSIZE", "S5CMD_PART_SIZE"], binary_size)?,
        threshold: reader.parsed(&["AWS_CLI_S3_MULTIPART_THRESHOLD"], binary_size)?,
        workers: reader.parsed(&["S5CMD_NUM_WORKERS"], count)?,
        retries: reader.parsed(&["S5CMD_RETRY_COUNT"], str::parse::<u16>)?,
        bandwidth: match bandwidth {
            None => reader.parsed(&["S5CMD_BANDWIDTH_LIMIT"], in_megabytes)?.filter(|limit| *limit > 0),
            limit => limit,
        },
    })
}

fn checksums(reader: &Reader<'_>) -> Result<Checksums, Problem> {
    let names = ["CHECKSUM_ALGORITHM", "S5CMD_CHECKSUM_ALGORITHM", "S5CMD_CHECKSUM"];
    Ok(Checksums {
        enabled: reader.parsed_or(&["ENABLE_CHECKSUM_VERIFICATION"], true, truth)?,
        algorithm: reader.parsed_or(&names, ALGORITHMS[0].to_owned(), algorithm)?,
        verify_after_upload: reader.parsed_or(&["VERIFY_AFTER_UPLOAD"], false, truth)?,
    })
}

fn alerts(reader: &Reader<'_>) -> Result<Alerts, Problem> {
    let hours = |text: &str| text.parse::<u32>().map(|hours| Duration::from_hours(hours.into()));
    let gigabytes = |text: &str| text.parse::<u32>().map(|number| u64::from(number) * 1_000_000_000);
    let limits = Limits {
        throughput: reader.parsed_or(&["MIN_THROUGHPUT_MBPS"], 500.0, str::parse::<f64>)?,
        duration: reader.parsed(&["MAX_SYNC_TIME"], seconds)?.unwrap_or(Duration::from_mins(10)),
        disk: reader.parsed(&["MIN_FREE_DISK_SPACE_GB"], gigabytes)?.unwrap_or(10_000_000_000),
        age: reader.parsed(&["MAX_SYNC_AGE_HOURS"], hours)?.unwrap_or(Duration::from_hours(24)),
    };
    Ok(Alerts {
        limits,
        method: reader.parsed(&["NOTIFICATION_METHOD"], method)?.unwrap_or(Method::Log),
        email: reader.text(&["ALERT_EMAIL"]),
        webhook: reader.secret(&["ALERT_WEBHOOK_URL"]),
        on_success: reader.parsed_or(&["NOTIFY_ON_SUCCESS"], false, truth)?,
    })
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u32>().ok().filter(|seconds| *seconds > 0);
    seconds
        .map(|seconds| Duration::from_secs(seconds.into()))
        .ok_or_else(|| format!("{text:?} is no number of seconds"))
}

fn method(text: &str) -> Result<Method, String> {
    match text.to_ascii_lowercase().as_str() {
        "log" => Ok(Method::Log),
        "email" => Ok(Method::Email),
        "webhook" => Ok(Method::Webhook),
        "all" => Ok(Method::All),
        _ => Err(format!("{text:?} is none of log, email, webhook and all")),
    }
}

fn globs(reader: &Reader<'_>, name: &str) -> Vec<String> {
    reader.text(&[name]).map(|text| text.split_whitespace().map(str::to_owned).collect()).unwrap_or_default()
}

fn absolute(text: &str) -> Result<PathBuf, Problem> {
    let expanded = match (text.strip_prefix("~/"), env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    };
    path::absolute(&expanded)
        .map_err(|e| Problem::new(ProblemKind::Config, format!("{text:?} can't be used as a directory: {e}")))
}

fn count(text: &str) -> Result<u16, String> {
    let number = text.parse::<u16>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("{text:?} is not a number from 1 to 65535"))
}

fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" | "on" => Ok(true),
        "false" | "no" | "0" | "off" => Ok(false),
        _ => Err(format!("{text:?} is neither true nor false")),
    }
}

fn algorithm(text: &str) -> Result<String, String> {
    let known = ALGORITHMS.into_iter().find(|known| known.eq_ignore_ascii_case(text));
    known.map(str::to_owned).ok_or_else(|| format!("{text:?} is none of {}", ALGORITHMS.join(", ")))
}

/// A size in bytes. To the AWS CLI and to s5cmd, MB are 1,048,576 bytes.
fn binary_size(text: &str) -> Result<u64, String> {
    let upper = text.to_ascii_uppercase();
    let binary = match upper.strip_suffix('B').filter(|rest| rest.ends_with(['K', 'M', 'G'])) {
        Some(rest) => format!("{rest}IB"),
        None if upper.bytes().all(|byte| byte.is_ascii_digit()) && upper.len() < 5 => format!("{upper}MIB"),
        None => upper,
    };
    tt_cli::size(&binary).map_err(|_| format!("{text:?} is not a size such as 64MB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_aws_cli() {
        for (text, bytes) in
            [("64MB", 64 << 20), ("8MiB", 8 << 20), ("1GB", 1 << 30), ("64", 64 << 20), ("8388608", 8 << 20)]
        {
            assert_eq!(binary_size(text), Ok(bytes), "{text}");
        }
        assert!(binary_size("much").is_err());
    }

    #[test]
    fn words_for_true_and_false_are_known() {
        assert_eq!((truth("True"), truth("0")), (Ok(true), Ok(false)));
        assert!(truth("maybe").is_err());
        assert_eq!(algorithm("crc64nvme").as_deref(), Ok("CRC64NVME"));
        assert_eq!(algorithm("NONE").as_deref(), Ok("none"));
        assert!(algorithm("MD4").is_err());
    }
}
