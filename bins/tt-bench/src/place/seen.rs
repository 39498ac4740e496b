//! What the endpoint saw: its log, read piece by piece.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead as _, BufReader, Seek as _, SeekFrom},
    path::PathBuf,
};

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tt_record::{Problem, ProblemKind};

/// What came to the endpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Seen {
    /// Bytes of request bodies, as they came over the wire.
    pub(crate) bytes: u64,
    /// Requests by S3's name of the operation.
    pub(crate) requests: BTreeMap<String, u64>,
    /// Requests that were answered with an error.
    pub(crate) errors: u64,
    /// CPU time of the endpoint's process, user and system.
    pub(crate) endpoint_cpu_seconds: f64,
    /// When the first request with a file's bytes came.
    #[serde(skip)]
    pub(crate) first_body: Option<Timestamp>,
}

impl Seen {
    /// How many requests there were.
    pub(crate) fn total(&self) -> u64 {
        self.requests.values().sum()
    }

    /// How many of them brought bytes of a file.
    pub(crate) fn bodies(&self) -> u64 {
        BODIES.iter().filter_map(|operation| self.requests.get(*operation)).sum()
    }
}

/// The operations that bring bytes of files.
const BODIES: [&str; 2] = ["PutObject", "UploadPart"];

/// A line of the log, as far as it matters.
#[derive(Deserialize)]
struct Line<'a> {
    time: Timestamp,
    #[serde(borrow)]
    op: std::borrow::Cow<'a, str>,
    status: Option<u16>,
    bytes_in: u64,
    seconds: f64,
}

/// A log that grows.
pub(super) struct Log {
    path: PathBuf,
    read: u64,
}

impl Log {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, read: 0 }
    }

    /// What came since the last call.
    pub(super) fn read(&mut self) -> Result<Seen, Problem> {
        self.lines().map_err(|e| {
            Problem::new(ProblemKind::Io, format!("the endpoint's log can't be read: {e}"))
                .hint("check TMPDIR, and the space there")
        })
    }

    fn lines(&mut self) -> io::Result<Seen> {
        let mut file = BufReader::new(File::open(&self.path)?);
        file.seek(SeekFrom::Start(self.read))?;
        let (mut seen, mut text) = (Seen::default(), String::new());
        while file.read_line(&mut text)? > 0 {
            self.read += text.len() as u64;
            seen.add(&serde_json::from_str(&text)?);
            text.clear();
        }
        Ok(seen)
    }
}

impl Seen {
    fn add(&mut self, line: &Line<'_>) {
        self.bytes += line.bytes_in;
        *self.requests.entry(line.op.clone().into_owned()).or_default() += 1;
        self.errors += u64::from(line.status.is_none_or(|status| status >= 400));
        if BODIES.contains(&&*line.op) {
            let took = SignedDuration::try_from_secs_f64(line.seconds).unwrap_or_default();
            let began = line.time.saturating_sub(took).unwrap_or(line.time);
            self.first_body = Some(self.first_body.map_or(began, |first| first.min(began)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use super::*;

    #[test]
    fn a_log_is_read_as_it_grows() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let put = r#"{"time":"2026-01-01T00:00:02Z","op":"PutObject","key":"a","status":200,"bytes_in":7,"seconds":1.5}"#;
        let list =
            r#"{"time":"2026-01-01T00:00:03Z","op":"ListObjectsV2","status":403,"bytes_in":0,"seconds":0.1}"#;
        fs::write(&path, format!("{put}\n{put}\n")).unwrap();
        let mut log = Log::new(path.clone());
        let seen = log.read().unwrap();
        assert_eq!((seen.bytes, seen.total(), seen.bodies(), seen.errors), (14, 2, 2, 0));
        assert_eq!(seen.first_body.unwrap().to_string(), "2026-01-01T00:00:00.5Z");
        writeln!(fs::OpenOptions::new().append(true).open(&path).unwrap(), "{list}").unwrap();
        let seen = log.read().unwrap();
        assert_eq!((seen.bytes, seen.total(), seen.bodies(), seen.errors), (0, 1, 0, 1));
        assert_eq!(log.read().unwrap(), Seen::default());
    }
}
