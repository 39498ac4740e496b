//! What can go wrong, and how to ask for it.
//!
//! A fault is written `KIND[:NAME=VALUE,...]`:
//!
//! | kind | what happens |
//! |---|---|
//! | `slow-down` | 503 SlowDown; `retry-after=SECONDS` adds the header |
//! | `internal-error` | 500 InternalError |
//! | `unavailable` | 503 ServiceUnavailable |
//! | `expired-token` | 400 ExpiredToken |
//! | `access-denied` | 403 AccessDenied |
//! | `reset` | the connection is reset midway in the request's body |
//! | `stall` | the start of the body is read, then nothing more |
//! | `silence` | the request is taken, and never answered |
//! | `error-in-200` | status 200 with an error in the body, of CompleteMultipartUpload and CopyObject |
//! | `late` | the work is done, and its answer held back for a second, or `by=DURATION`: others overtake it |
//! | `drop-answer` | the work is done, and the connection closed without an answer |
//! | `disorder` | the first two keys of a page are swapped, of ListObjectsV2 |
//! | `ignore-start-after` | the listing begins at its start, wherever it was to begin, of ListObjectsV2 |
//! | `no-checksums` | the answer leaves out the checksum, of HeadObject |
//! | `no-parts` | no part is known: HeadObject describes all of the object, GetObjectAttributes is not implemented |
//! | `neither` | the last two together |
//!
//! | condition | which requests are struck |
//! |---|---|
//! | `rate=0.2` | that share of them, at random; all by default |
//! | `op=UploadPart+PutObject` | only those operations |
//! | `key=TEXT` | only keys that contain the text |
//! | `after=N` | not the first N that match the conditions above |
//! | `count=N` | at most N |
//! | `for=10s` | only in the first ten seconds of the endpoint |
//!
//! ```
//! let fault: tt_lab::Fault = "slow-down:rate=0.2,op=UploadPart+PutObject".parse()?;
//! assert_eq!(fault.kind, tt_lab::FaultKind::SlowDown { retry_after: None });
//! assert!("slow-down:rate=2".parse::<tt_lab::Fault>().is_err());
//! # Ok::<(), String>(())
//! ```

use std::{collections::BTreeSet, str::FromStr, time::Duration};

use jiff::SignedDuration;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// 503 SlowDown.
    SlowDown {
        /// The seconds that the client is asked to wait.
        retry_after: Option<u32>,
    },
    /// 500 InternalError.
    InternalError,
    /// 503 ServiceUnavailable.
    Unavailable,
    /// 400 ExpiredToken.
    ExpiredToken,
    /// 403 AccessDenied.
    AccessDenied,
    /// The connection is reset midway in the request's body.
    Reset,
    /// The start of the body is read, then nothing more.
    Stall,
    /// The request is taken, and never answered.
    Silence,
    /// Status 200 with an error in the body, of CompleteMultipartUpload and CopyObject.
    ErrorIn200,
    /// The work is done, and its answer held back: others overtake it.
    Late {
        /// For how long.
        by: Duration,
    },
    /// The work is done, and the connection closed without an answer.
    DropAnswer,
    /// The first two keys of a page are swapped, of ListObjectsV2.
    Disorder,
    /// The listing begins at its start, wherever it was to begin, of ListObjectsV2.
    IgnoreStartAfter,
    /// The answer leaves out the checksum, of HeadObject.
    NoChecksums,
    /// No part is known: HeadObject describes all of the object, GetObjectAttributes is not implemented.
    NoParts,
    /// Neither checksums nor parts are known.
    Neither,
}

impl FaultKind {
    /// Every kind, as it is written.
    const ALL: [Self; 16] = [
        Self::SlowDown { retry_after: None },
        Self::InternalError,
        Self::Unavailable,
        Self::ExpiredToken,
        Self::AccessDenied,
        Self::Reset,
        Self::Stall,
        Self::Silence,
        Self::ErrorIn200,
        Self::Late { by: Duration::from_secs(1) },
        Self::DropAnswer,
        Self::Disorder,
        Self::IgnoreStartAfter,
        Self::NoChecksums,
        Self::NoParts,
        Self::Neither,
    ];

    /// The name in specifications and in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SlowDown { .. } => "slow-down",
            Self::InternalError => "internal-error",
            Self::Unavailable => "unavailable",
            Self::ExpiredToken => "expired-token",
            Self::AccessDenied => "access-denied",
            Self::Reset => "reset",
            Self::Stall => "stall",
            Self::Silence => "silence",
            Self::ErrorIn200 => "error-in-200",
            Self::Late { .. } => "late",
            Self::DropAnswer => "drop-answer",
            Self::Disorder => "disorder",
            Self::IgnoreStartAfter => "ignore-start-after",
            Self::NoChecksums => "no-checksums",
            Self::NoParts => "no-parts",
            Self::Neither => "neither",
        }
    }

    /// Whether S3 could do this to the operation.
    pub(crate) fn befits(self, operation: &str) -> bool {
        match self {
            Self::ErrorIn200 => matches!(operation, "CompleteMultipartUpload" | "CopyObject"),
            Self::Disorder | Self::IgnoreStartAfter => operation == "ListObjectsV2",
            Self::NoChecksums => operation == "HeadObject",
            Self::NoParts | Self::Neither => matches!(operation, "HeadObject" | "GetObjectAttributes"),
            _ => true,
        }
    }
}

/// What goes wrong, and with which requests. All conditions must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// With which share of the requests, 0 to 1.
    pub rate: f64,
    /// With which operations, by S3's names.
    pub operations: Option<BTreeSet<String>>,
    /// With keys that contain this.
    pub key: Option<String>,
    /// How many requests that match are spared first.
    pub after: u64,
    /// How many are struck at most.
    pub count: Option<u64>,
    /// For how long from the endpoint's start.
    pub for_: Option<Duration>,
}

impl Fault {
    /// A fault that strikes every request.
    pub const fn new(kind: FaultKind) -> Self {
        Self { kind, rate: 1.0, operations: None, key: None, after: 0, count: None, for_: None }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let wrong = || format!("{value:?} is no value for {name}");
        match name {
            "rate" => {
                let rate = value.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
                self.rate = rate.ok_or_else(|| format!("{value:?} is no rate from 0 to 1"))?;
            }
            "op" => self.operations = Some(value.split('+').map(str::to_owned).collect()),
            "key" => self.key = Some(value.to_owned()),
            "after" => self.after = value.parse().map_err(|_| wrong())?,
            "count" => self.count = Some(value.parse().map_err(|_| wrong())?),
            "for" => self.for_ = Some(duration(value).ok_or_else(wrong)?),
            "by" => match &mut self.kind {
                FaultKind::Late { by } => *by = duration(value).ok_or_else(wrong)?,
                kind => return Err(format!("{} takes no by", kind.name())),
            },
            "retry-after" => match &mut self.kind {
                FaultKind::SlowDown { retry_after } => {
                    *retry_after = Some(value.parse().map_err(|_| wrong())?);
                }
                kind => return Err(format!("{} takes no retry-after", kind.name())),
            },
            _ => {
                return Err(format!("{name:?} is none of rate, op, key, after, count, for, by, retry-after"));
            }
        }
        Ok(())
    }
}

fn duration(text: &str) -> Option<Duration> {
    text.parse::<SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok())
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, conditions) = text.split_once(':').unwrap_or((text, ""));
        let kind = FaultKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let known: Vec<_> = FaultKind::ALL.into_iter().map(FaultKind::name).collect();
            format!("{name:?} is none of {}", known.join(", "))
        })?;
        let mut fault = Self::new(kind);
        for condition in conditions.split(',').filter(|condition| !condition.is_empty()) {
            let (name, value) = condition
                .split_once('=')
                .ok_or_else(|| format!("{condition:?} is not of the form name=value"))?;
            fault.set(name, value)?;
        }
        Ok(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_condition() {
        let fault: Fault =
            "slow-down:rate=0.5,op=UploadPart+PutObject,key=big,after=2,count=3,for=10s,retry-after=1"
                .parse()
                .unwrap();
        assert_eq!(fault.kind, FaultKind::SlowDown { retry_after: Some(1) });
        assert!((fault.rate - 0.5).abs() < f64::EPSILON);
        assert_eq!(fault.operations.unwrap().into_iter().collect::<Vec<_>>(), ["PutObject", "UploadPart"]);
        assert_eq!((fault.key.as_deref(), fault.after, fault.count), (Some("big"), 2, Some(3)));
        assert_eq!(fault.for_, Some(Duration::from_secs(10)));
        let late: Fault = "late:by=300ms".parse().unwrap();
        assert_eq!(late.kind, FaultKind::Late { by: Duration::from_millis(300) });
    }

    #[test]
    fn every_kind_reads_back() {
        for kind in FaultKind::ALL {
            assert_eq!(kind.name().parse(), Ok(Fault::new(kind)));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "fire",
            "stall:rate",
            "stall:rate=2",
            "stall:count=-1",
            "reset:retry-after=1",
            "stall:x=1",
            "reset:by=1s",
            "late:by=x",
        ] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }
}
