//! A configuration for the AWS CLI with settings that it has no flags for, and what the environment tells it.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::NamedTempFile;
use tt_record::{Problem, ProblemKind, redacted};

/// A file for AWS_CONFIG_FILE: a copy of what the AWS CLI would read otherwise, and settings put in by the CLI itself. Goes
/// again with this.
pub struct AwsConfig(NamedTempFile);

impl AwsConfig {
    /// A copy of the user's own, which may be missing.
    pub fn of_user() -> Result<Self, Problem> {
        let set = env::var_os("AWS_CONFIG_FILE").map(Into::into);
        let own = set.or_else(|| Some(env::home_dir()?.join(".aws/config")));
        let mut config = Self::empty()?;
        if let Some(own) = own.filter(|own: &PathBuf| own.exists()) {
            let text = fs::read(own).map_err(|e| impossible(&e))?;
            config.0.write_all(&text).map_err(|e| impossible(&e))?;
        }
        Ok(config)
    }

    /// One with nothing in it. Nobody else can read it.
    pub fn empty() -> Result<Self, Problem> {
        NamedTempFile::new().map(Self).map_err(|e| impossible(&e))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The file by itself.
    pub fn into_file(self) -> NamedTempFile {
        self.0
    }

    /// Sets `name`, such as `s3.max_concurrent_requests`, in a profile, or in that of the environment.
    pub fn set(&self, aws: &Path, profile: Option<&str>, name: &str, value: &str) -> Result<(), Problem> {
        let mut command = Command::new(aws);
        command.args(["configure", "set", name, value]).env("AWS_CONFIG_FILE", self.path());
        if let Some(profile) = profile {
            command.args(["--profile", profile]);
        }
        let failed = |why: String| {
            Problem::new(ProblemKind::Config, format!("aws configure set {name} failed: {why}"))
                .hint("run the same by hand, with AWS_CONFIG_FILE set to a copy of ~/.aws/config")
        };
        let output = command.stdin(Stdio::null()).output().map_err(|e| failed(e.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        Err(failed(redacted(String::from_utf8_lossy(&output.stderr).trim())))
    }
}

/// The endpoint that the environment names to the AWS CLI, for programs that have another name for it.
pub fn aws_endpoint() -> Option<String> {
    let set = |name| env::var(name).ok().filter(|url| !url.is_empty());
    set("AWS_ENDPOINT_URL_S3").or_else(|| set("AWS_ENDPOINT_URL"))
}

fn impossible(error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Io, format!("a configuration for the AWS CLI can't be made: {error}"))
        .hint("check TMPDIR, and the permissions of ~/.aws/config")
}
