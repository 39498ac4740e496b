//! The embedded endpoint, in a process of its own: what it costs is told apart from what the tools cost.

use std::{
    env, fs, io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use tempfile::TempDir;
use tt_record::{Problem, ProblemKind};

use super::seen::{Log, Seen};
use crate::tools::Stage;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(10);

/// How soon its start is noticed.
const TICK: Duration = Duration::from_millis(5);

const BUCKET: &str = "bench";
const ACCESS_KEY: &str = "bench";
const SECRET_KEY: &str = "benchsecret";

/// How far away it pretends to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Distance {
    /// Whether it speaks HTTPS.
    pub(crate) tls: bool,
    /// Bytes a second, of all connections together.
    pub(crate) link: Option<u64>,
    /// Bytes a second, of each connection.
    pub(crate) per_connection: Option<u64>,
    /// How long each answer is held back.
    pub(crate) rtt: Duration,
}

/// An endpoint that is running. Dropping it ends it.
pub(crate) struct Endpoint {
    child: Child,
    dest: String,
    url: String,
    /// The certificate to trust, where it speaks HTTPS.
    ca: Option<PathBuf>,
    log: Log,
    system: System,
    /// What its process had used when it was last asked.
    used: Duration,
    _files: TempDir,
}

impl Endpoint {
    /// Starts one that checks bodies and drops them.
    pub(super) fn start(distance: &Distance, scratch: &Path) -> Result<Self, Problem> {
        let failed = |why: String| {
            Problem::new(ProblemKind::Io, format!("the endpoint to measure with can't be started: {why}"))
                .hint("see whether `tt-bench serve --listen 127.0.0.1:0` starts")
        };
        let files = tempfile::Builder::new().prefix("endpoint-").tempdir_in(scratch);
        let files = files.map_err(|e| failed(e.to_string()))?;
        let [port, log, ca] = ["port", "log", "ca.pem"].map(|name| files.path().join(name));
        let program = env::current_exe().map_err(|e| failed(e.to_string()))?;
        let mut command = Command::new(program);
        command.args([
            "serve",
            "--quiet",
            "--discard",
            "--until-eof",
            "--listen",
            "127.0.0.1:0",
            "--bucket",
            BUCKET,
        ]);
        command.arg("--port-file").arg(&port).arg("--log").arg(&log);
        command.args(["--access-key", ACCESS_KEY]).env("TT_BENCH_SECRET_KEY", SECRET_KEY);
        pretend(&mut command, distance);
        if distance.tls {
            command.arg("--tls").arg("--ca-out").arg(&ca);
        }
        // A signal from the terminal reaches this process alone, which ends what it started.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().map_err(|e| failed(e.to_string()))?;
        let address = match listening(&mut child, &port) {
            Ok(address) => address,
            Err(why) => {
                end(&mut child);
                return Err(failed(why));
            }
        };
        let scheme = if distance.tls { "https" } else { "http" };
        Ok(Self {
            child,
            dest: format!("s3://{BUCKET}/run/"),
            url: format!("{scheme}://{address}"),
            ca: distance.tls.then_some(ca),
            log: Log::new(log),
            system: System::new(),
            used: Duration::ZERO,
            _files: files,
        })
    }

    pub(super) fn dest(&self) -> &str {
        &self.dest
    }

    /// Sets all that the tools take from the environment, and takes away what leads elsewhere.
    pub(super) fn equip(&self, mut stage: Stage) -> Stage {
        stage.without = misleading();
        let url = self.url.as_str();
        for (name, value) in [
            ("AWS_ENDPOINT_URL", url),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_PAGER", ""),
            ("S3_ENDPOINT_URL", url),
            ("RCLONE_S3_ENDPOINT", url),
            ("RCLONE_S3_PROVIDER", "Other"),
            ("RCLONE_S3_ENV_AUTH", "true"),
            ("RCLONE_S3_REGION", "us-east-1"),
        ] {
            stage = stage.env(name, value);
        }
        for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            if !stage.env.iter().any(|(set, _)| *set == name) {
                stage = stage.env(name, "/dev/null");
            }
        }
        match &self.ca {
            // Programs in Go know the third only, and rclone the fourth, too.
            Some(ca) => ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "RCLONE_CA_CERT"]
                .into_iter()
                .fold(stage, |stage, name| stage.env(name, ca)),
            None => stage,
        }
    }

    /// What came there, and what that cost, since the last call.
    pub(super) fn seen(&mut self) -> Result<Seen, Problem> {
        let used = self.cpu();
        let cpu = used.saturating_sub(self.used);
        self.used = used;
        Ok(Seen { endpoint_cpu_seconds: cpu.as_secs_f64(), ..self.log.read()? })
    }

    /// CPU time of its process.
    fn cpu(&mut self) -> Duration {
        let pid = Pid::from_u32(self.child.id());
        let what = ProcessRefreshKind::nothing().with_cpu();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
        let process = self.system.process(pid);
        process.map_or(self.used, |process| Duration::from_millis(process.accumulated_cpu_time()))
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn pretend(command: &mut Command, distance: &Distance) {
    let Distance { link, per_connection, rtt, .. } = distance;
    for (flag, rate) in [("--link", link), ("--per-connection", per_connection)] {
        if let Some(rate) = rate {
            command.args([flag, &format!("{rate}B/s")]);
        }
    }
    command.args(["--rtt", &format!("{}ms", rtt.as_millis())]);
}

/// Waits for its address.
fn listening(child: &mut Child, port: &Path) -> Result<String, String> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        match fs::read_to_string(port) {
            Ok(address) => return Ok(address.trim().to_owned()),
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e.to_string()),
            Err(_) => {}
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!("it ended with {status}"));
        }
        sleep(TICK);
    }
    Err("it does not listen".to_owned())
}

/// Nothing of it is worth an orderly end. One that has ended already needs no end.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// The variables that would lead tools away from here.
fn misleading() -> Vec<String> {
    let leads = |name: &String| {
        let upper = name.to_ascii_uppercase();
        let begins = ["AWS_", "S3_", "RCLONE_", "SSL_CERT_"].iter().any(|prefix| upper.starts_with(prefix));
        begins || upper.ends_with("_PROXY")
    };
    env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(leads).collect()
}
