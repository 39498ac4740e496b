//! What is looked at: the last run, its age, how fast and how long it was, the health file, and the room on the disk.

use std::{fs, path::Path, time::Duration};

use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use rustix::fs::statvfs;
use serde::{Deserialize, Serialize};
use tt_cli::{human_bytes, human_duration};

use crate::config::{Limits, Settings};

/// How it stands, as monitors number it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Ok,
    Warning,
    Critical,
    /// Nothing is known.
    Unknown,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    #[serde(rename = "check")]
    pub(crate) name: &'static str,
    pub(crate) state: State,
    pub(crate) what: String,
}

/// last-sync.json, as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LastRun {
    timestamp: Timestamp,
    pub(crate) status: String,
    #[serde(default)]
    error: Option<String>,
    duration_seconds: u64,
    files_synced: u64,
    bytes_transferred: u64,
    throughput_mbps: f64,
    #[serde(default)]
    checksum_verification: Verification,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Verification {
    enabled: bool,
    verified: bool,
}

impl State {
    /// The exit code that monitors such as Nagios expect.
    pub(crate) fn exit(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    /// As monitors write it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The state of all: what is critical counts most, then what is not known.
    pub(crate) fn of(checks: &[Check]) -> Self {
        let weight = |state: &Self| match state {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Unknown => 2,
            Self::Critical => 3,
        };
        checks.iter().map(|check| check.state).max_by_key(weight).unwrap_or(Self::Unknown)
    }
}

/// Looks at everything.
pub(crate) fn look(settings: &Settings, now: &ZonedDateTime) -> Vec<Check> {
    let limits = &settings.alerts.limits;
    let now = now.timestamp();
    let mut checks = match LastRun::read(&settings.logs_dir) {
        Ok(last) => of_run(&last, limits, now),
        // Without any run there was no success either.
        Err(why) => {
            return vec![Check::new("last run", State::Unknown, why), of_disk(&settings.logs_dir, limits)];
        }
    };
    checks.extend(settings.health_file.as_ref().map(|path| of_health(path, limits, now)));
    checks.push(of_disk(&settings.logs_dir, limits));
    checks
}

impl LastRun {
    /// Reads it, or says why that can't be.
    pub(crate) fn read(logs_dir: &Path) -> Result<Self, String> {
        let path = logs_dir.join("last-sync.json");
        let text = fs::read(&path).map_err(|e| format!("no run is known: {}: {e}", path.display()))?;
        serde_json::from_slice(&text).map_err(|e| format!("{} can't be read: {e}", path.display()))
    }
}

impl Check {
    fn new(name: &'static str, state: State, what: impl Into<String>) -> Self {
        Self { name, state, what: what.into() }
    }

    /// In order, or not so, as `bad` says.
    fn unless(bad: bool, state: State, check: &'static str, what: String) -> Self {
        Self::new(check, if bad { state } else { State::Ok }, what)
    }
}

fn of_run(last: &LastRun, limits: &Limits, now: Timestamp) -> Vec<Check> {
    let LastRun { files_synced, bytes_transferred, throughput_mbps, duration_seconds, .. } = *last;
    let age = age(last.timestamp, now);
    let amount = format!("{files_synced} files, {}", human_bytes(bytes_transferred));
    let run = match (&last.error, last.status.as_str()) {
        (_, "success") => Check::new("last run", State::Ok, format!("success, {amount}")),
        (error, status) => {
            let why = error.as_deref().unwrap_or("no reason is given");
            Check::new("last run", State::Critical, format!("{status}: {why}"))
        }
    };
    let unproved = last.status == "success"
        && last.checksum_verification.enabled
        && !last.checksum_verification.verified;
    let proof = if last.checksum_verification.verified {
        "every object was compared"
    } else {
        "nothing was compared"
    };
    let slow = bytes_transferred > 0 && throughput_mbps < limits.throughput;
    vec![
        run,
        Check::unless(age > limits.age, State::Critical, "age", format!("{} ago", human_duration(age))),
        Check::unless(unproved, State::Critical, "proof", proof.to_owned()),
        Check::unless(slow, State::Warning, "throughput", format!("{throughput_mbps} MB/s")),
        Check::unless(
            Duration::from_secs(duration_seconds) > limits.duration,
            State::Warning,
            "duration",
            format!("{duration_seconds} seconds"),
        ),
    ]
}

fn of_health(path: &Path, limits: &Limits, now: Timestamp) -> Check {
    let read = fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<Timestamp>().ok());
    let Some(success) = read else {
        let what = format!("{} holds no time of a success", path.display());
        return Check::new("health file", State::Critical, what);
    };
    let age = age(success, now);
    let what = format!("last success {} ago", human_duration(age));
    Check::unless(age > limits.age, State::Critical, "health file", what)
}

fn of_disk(dir: &Path, limits: &Limits) -> Check {
    // It is made by the first run.
    let dir = dir.ancestors().find(|dir| dir.exists()).unwrap_or(dir);
    let Ok(system) = statvfs(dir) else {
        return Check::new("disk", State::Unknown, format!("{} can't be looked at", dir.display()));
    };
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let what = format!("{} free at {}", human_bytes(free), dir.display());
    Check::unless(free < limits.disk, State::Warning, "disk", what)
}

fn age(then: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(then).max(SignedDuration::ZERO).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            throughput: 500.0,
            duration: Duration::from_mins(10),
            disk: 10_000_000_000,
            age: Duration::from_hours(24),
        }
    }

    fn states(json: &str) -> Vec<State> {
        let now = "2026-11-25T14:00:00Z".parse().unwrap();
        of_run(&serde_json::from_str(json).unwrap(), &limits(), now).iter().map(|check| check.state).collect()
    }

    #[test]
    fn each_limit_has_its_state() {
        use State::{Critical, Ok, Warning};
        let run = |time: &str, status: &str, seconds: u64, rate: f64, verified: bool| {
            format!(
                "{{\"timestamp\":\"{time}\",\"status\":\"{status}\",\"duration_seconds\":{seconds},\"files_synced\":1,\
                 \"bytes_transferred\":7,\"throughput_mbps\":{rate},\"checksum_verification\":{{\"enabled\":true,\
                 \"verified\":{verified}}}}}"
            )
        };
        let recent = "2026-11-25T14:30:00+02:00";
        assert_eq!(states(&run(recent, "success", 60, 600.0, true)), [Ok; 5]);
        assert_eq!(states(&run(recent, "failed", 60, 600.0, false)), [Critical, Ok, Ok, Ok, Ok]);
        assert_eq!(
            states(&run("2026-11-24T13:59:59Z", "success", 60, 600.0, true)),
            [Ok, Critical, Ok, Ok, Ok]
        );
        assert_eq!(states(&run(recent, "success", 601, 499.9, false)), [Ok, Ok, Critical, Warning, Warning]);
    }

    #[test]
    fn what_is_critical_counts_more_than_what_is_not_known() {
        let checks =
            |states: &[State]| states.iter().map(|state| Check::new("c", *state, "")).collect::<Vec<_>>();
        assert_eq!(State::of(&checks(&[State::Unknown, State::Critical, State::Ok])), State::Critical);
        assert_eq!(State::of(&checks(&[State::Unknown, State::Warning])), State::Unknown);
        assert_eq!(State::of(&checks(&[State::Ok])).exit(), 0);
    }
}
