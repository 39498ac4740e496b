//! How long requests take, by operation, for those who measure.
//!
//! A request's time begins when it is given to a connection, and ends with its answer, or when it is given up: what it
//! waited for its turn before that does not count. As many requests are under way as may be, each followed by the next:
//! one that takes long keeps others from being made, so that such times are too rare here by what they delayed. Whoever
//! wants to know what a client with a schedule would have seen corrects for that ("coordinated omission").

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use hdrhistogram::{
    Histogram,
    serialization::{
        V2DeflateSerializeError, V2DeflateSerializer,
        interval_log::{IntervalLogWriterBuilder, IntervalLogWriterError, Tag},
    },
};
use http::{Method, Uri};
use tokio::time::Instant;

/// Decimal digits that are kept of each time.
const DIGITS: u8 = 3;

/// Histograms of times in microseconds, by operation, and the file where they are to go. Cheap to clone: all clones count
/// together.
#[derive(Clone)]
pub struct Latencies(Arc<Inner>);

struct Inner {
    path: PathBuf,
    started: SystemTime,
    histograms: Mutex<BTreeMap<&'static str, Histogram<u64>>>,
}

impl fmt::Debug for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Latencies").field(&self.0.path).finish()
    }
}

/// As flags, they are the file that they name.
impl PartialEq for Latencies {
    fn eq(&self, other: &Self) -> bool {
        self.0.path == other.0.path
    }
}

impl Eq for Latencies {}

impl Latencies {
    /// None so far, for a file of that name.
    #[allow(clippy::unnecessary_wraps, reason = "as the command line's parsers are")]
    pub fn parse(path: &str) -> Result<Self, String> {
        Ok(Self(Arc::new(Inner {
            path: path.into(),
            started: SystemTime::now(),
            histograms: Mutex::default(),
        })))
    }

    /// Where they are to go.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Writes them in the interval log format of HdrHistogram: one interval, with a histogram for each operation, whose tag
    /// is S3's name of it. Maxima are in milliseconds.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut serializer = V2DeflateSerializer::new();
        let mut out = out;
        let failed = |e: IntervalLogWriterError<V2DeflateSerializeError>| match e {
            IntervalLogWriterError::IoError(e) => e,
            IntervalLogWriterError::SerializeError(e) => io::Error::other(e.to_string()),
        };
        let mut log = IntervalLogWriterBuilder::new()
            .add_comment("times of requests in microseconds, by operation")
            .with_start_time(self.0.started)
            .with_base_time(self.0.started)
            .with_max_value_divisor(1_000.0)
            .begin_log_with(&mut out, &mut serializer)?;
        let length = self.0.started.elapsed().unwrap_or_default();
        for (operation, histogram) in &*self.0.histograms.lock().unwrap_or_else(PoisonError::into_inner) {
            log.write_histogram(histogram, Duration::ZERO, length, Tag::new(operation)).map_err(failed)?;
        }
        Ok(())
    }

    fn add(&self, operation: &'static str, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
        let mut histograms = self.0.histograms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(histogram) = histograms.get_mut(operation) {
            // Such a one grows as it must.
            let _ = histogram.record(micros);
            return;
        }
        // That many digits are always possible.
        if let Ok(mut histogram) = Histogram::new(DIGITS) {
            let _ = histogram.record(micros);
            histograms.insert(operation, histogram);
        }
    }
}

/// The time of one request, which ends when this is dropped.
pub(crate) struct Stopwatch {
    latencies: Latencies,
    operation: &'static str,
    started: Instant,
}

impl Stopwatch {
    /// Starts, where anybody wants to know.
    pub(crate) fn start(latencies: Option<&Latencies>, method: &Method, uri: &Uri) -> Option<Self> {
        latencies.map(|latencies| Self {
            latencies: latencies.clone(),
            operation: operation(method, uri),
            started: Instant::now(),
        })
    }
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        self.latencies.add(self.operation, self.started.elapsed());
    }
}

/// S3's name of what a request asks for, as far as that shows in its URL.
fn operation(method: &Method, uri: &Uri) -> &'static str {
    let query = uri.query().unwrap_or_default();
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    match method.as_str() {
        "PUT" if has("partNumber") => "UploadPart",
        "PUT" if has("tagging") => "PutObjectTagging",
        "PUT" => "PutObject",
        "HEAD" => "HeadObject",
        "GET" if has("list-type") => "ListObjectsV2",
        "GET" if has("uploads") => "ListMultipartUploads",
        "GET" if has("uploadId") => "ListParts",
        "GET" if has("attributes") => "GetObjectAttributes",
        "GET" if has("tagging") => "GetObjectTagging",
        "GET" => "GetObject",
        "POST" if has("uploads") => "CreateMultipartUpload",
        "POST" if has("uploadId") => "CompleteMultipartUpload",
        "POST" if has("delete") => "DeleteObjects",
        "DELETE" if has("uploadId") => "AbortMultipartUpload",
        "DELETE" => "DeleteObject",
        _ => "Other",
    }
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::{
        Deserializer,
        interval_log::{IntervalLogIterator, LogEntry},
    };

    use super::*;

    fn named(method: &Method, uri: &str) -> &'static str {
        operation(method, &uri.parse().unwrap())
    }

    #[test]
    fn requests_have_the_names_of_s3() {
        assert_eq!(named(&Method::PUT, "http://h/b/k"), "PutObject");
        assert_eq!(named(&Method::PUT, "http://h/b/k?partNumber=3&uploadId=u"), "UploadPart");
        assert_eq!(named(&Method::POST, "http://h/b/k?uploads"), "CreateMultipartUpload");
        assert_eq!(named(&Method::POST, "http://h/b/k?uploadId=u&x-id=Complete"), "CompleteMultipartUpload");
        assert_eq!(named(&Method::GET, "http://h/b/?list-type=2&prefix=uploads"), "ListObjectsV2");
        assert_eq!(named(&Method::GET, "http://h/b/k?attributes"), "GetObjectAttributes");
        assert_eq!(named(&Method::PATCH, "http://h/"), "Other");
    }

    #[test]
    fn a_log_holds_what_was_counted() {
        let latencies = Latencies::parse("file").unwrap();
        for millis in 1..=100 {
            latencies.add("PutObject", Duration::from_millis(millis));
        }
        latencies.add("HeadObject", Duration::from_micros(3));
        let mut log = Vec::new();
        latencies.write(&mut log).unwrap();
        let histograms: BTreeMap<_, Histogram<u64>> = IntervalLogIterator::new(&log)
            .filter_map(|entry| match entry.unwrap() {
                LogEntry::Interval(interval) => {
                    use base64::Engine as _;
                    let text = interval.encoded_histogram();
                    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
                    let histogram = Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
                    Some((interval.tag()?.as_str().to_owned(), histogram))
                }
                _ => None,
            })
            .collect();
        assert_eq!(histograms["HeadObject"].max(), 3);
        let puts = &histograms["PutObject"];
        assert_eq!(puts.len(), 100);
        assert!((50_000..=50_100).contains(&puts.value_at_quantile(0.5)), "{}", puts.value_at_quantile(0.5));
    }
}
