//! What uploads: our own pipeline, s5cmd or the AWS CLI. With those two, our tools plan before and prove after.

use std::{
    env,
    io::{self, BufWriter, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use clap::ValueEnum;
use tempfile::NamedTempFile;
use tt_programs::{AwsConfig, aws_endpoint};
use tt_record::{Problem, ProblemKind};

use super::{
    plan::Plan,
    stages::{Occasion, Stage, Stages, identity},
};
use crate::config::{Settings, Tuning};

/// What uploads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// tt-plan, tt-push and tt-verify: what is fastest here.
    #[default]
    Auto,
    /// The same.
    Tt,
    /// s5cmd, with the tuning that the configuration has for it.
    S5cmd,
    /// aws s3 sync, likewise.
    Aws,
}

/// An engine that is not ours, ready to start.
pub(crate) struct Foreign {
    pub(crate) stages: Stages,
    /// Its commands, or its configuration, which go again with this.
    _file: NamedTempFile,
}

impl Engine {
    /// As readers of last-sync.json know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto | Self::Tt => "tt",
            Self::S5cmd => "s5cmd",
            Self::Aws => "aws-cli",
        }
    }

    /// The program and what asks it for its version, where it is not ours.
    fn program(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Auto | Self::Tt => None,
            Self::S5cmd => Some(("s5cmd", "version")),
            Self::Aws => Some(("aws", "--version")),
        }
    }

    /// Its version. None where it is not there.
    pub(crate) fn version(self) -> Option<String> {
        let Some((program, arg)) = self.program() else { return Some(env!("CARGO_PKG_VERSION").to_owned()) };
        let output = Command::new(program).arg(arg).stdin(Stdio::null()).output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout);
        // aws-cli/2.15.0 Python/3.11.6 …, and v2.3.0-991c9fb
        let word = said.split_whitespace().next()?;
        Some(word.rsplit('/').next().unwrap_or(word).trim_start_matches('v').to_owned())
    }

    /// Whether it sends a checksum with each object, and S3 checks that.
    pub(crate) fn sends_checksums(self, settings: &Settings) -> bool {
        self != Self::S5cmd && settings.checksums.of_s3()
    }

    /// What is set, and it can't do.
    pub(crate) fn lacks(self, settings: &Settings) -> Vec<&'static str> {
        let lacks = [
            (settings.tuning.bandwidth.is_some(), "it knows no limit of the bandwidth, so there is none"),
            (settings.checksums.of_s3(), "it sends no checksums, so S3 checks none"),
        ];
        let of_s5cmd = lacks.into_iter().filter(|(is_set, _)| *is_set && self == Self::S5cmd);
        of_s5cmd.map(|(_, lack)| lack).collect()
    }

    /// Whether it is not ours.
    pub(crate) fn is_foreign(self) -> bool {
        self.program().is_some()
    }

    /// What it means that it is not there.
    pub(crate) fn missing(self) -> Problem {
        let message = format!("there is no {} in PATH that works", self.name());
        Problem::new(ProblemKind::Config, message).hint("tt-install brings s5cmd; else --engine tt")
    }

    /// Makes one that is not ours ready to carry out a plan.
    pub(crate) fn foreign(
        self,
        settings: &Settings,
        occasion: Occasion<'_>,
        plan: &Plan,
    ) -> Result<Foreign, Problem> {
        let mut environment = identity(settings);
        let (stage, file) = if self == Self::S5cmd {
            environment.extend(aws_endpoint().map(|endpoint| ("S3_ENDPOINT_URL", endpoint)));
            let commands = s5cmd_commands(settings, occasion, plan)?;
            (s5cmd(settings, commands.path()), commands)
        } else {
            let config = aws_config(settings)?;
            environment.push(("AWS_CONFIG_FILE", config.path().display().to_string()));
            (aws(settings, occasion), config.into_file())
        };
        Ok(Foreign { stages: Stages { environment, stages: vec![stage] }, _file: file })
    }
}

/// The object that a line of an engine that is not ours tells to be uploaded: `cp FILE s3://…`, `upload: FILE to s3://…`.
pub(crate) fn uploaded(line: &str) -> Option<&str> {
    let is_one = line.starts_with("cp ") || line.trim_start().starts_with("upload: ");
    line.rfind(" s3://").filter(|_| is_one).map(|at| &line[at + 1..])
}

/// Whether a line of theirs says that something went wrong.
pub(crate) fn is_error(line: &str) -> bool {
    let starts = ["ERROR ", "upload failed: ", "fatal error: ", "warning: "];
    starts.iter().any(|start| line.trim_start().starts_with(start))
}

fn s5cmd(settings: &Settings, commands: &Path) -> Stage {
    let Tuning { workers, retries, .. } = &settings.tuning;
    Stage::new("s5cmd")
        .flag("--numworkers", *workers)
        .flag("--retry-count", *retries)
        .arg("run")
        .arg(commands.to_string_lossy())
}

/// A command for each file of the plan. `s5cmd sync` would list the bucket once more, and makes one of two pieces of metadata.
fn s5cmd_commands(
    settings: &Settings,
    occasion: Occasion<'_>,
    plan: &Plan,
) -> Result<NamedTempFile, Problem> {
    let Settings { storage_class, tuning, .. } = settings;
    let command = Stage::new("cp")
        .arg("--raw")
        .flag("--concurrency", tuning.concurrency)
        .flag("--part-size", tuning.part_size.map(|size| (size >> 20).max(5)))
        .flag("--storage-class", Some(storage_class))
        .flag("--metadata", Some("synced-by=tt-sync"))
        .flag("--metadata", Some(format!("timestamp={}", occasion.time)));
    let failed = |e: io::Error| {
        Problem::new(ProblemKind::Io, format!("the commands for s5cmd can't be written: {e}"))
            .hint("check TMPDIR")
    };
    let mut file = BufWriter::new(NamedTempFile::new().map_err(failed)?);
    for (source, object) in plan.files() {
        // Behind a line feed another command would begin.
        if [source, object].iter().any(|name| name.contains('\n')) {
            let message = format!("s5cmd can't take the name {source:?}");
            return Err(Problem::new(ProblemKind::Name, message).hint("exclude it, or use --engine tt"));
        }
        let line = command.clone().arg(source).arg(object).shown();
        writeln!(file, "{line}").map_err(failed)?;
    }
    file.into_inner().map_err(|e| failed(e.into_error()))
}

fn aws(settings: &Settings, occasion: Occasion<'_>) -> Stage {
    let Settings { source, dest, storage_class, checksums, include, exclude, .. } = settings;
    // The others need a library that the AWS CLI often comes without; then it takes what it can do.
    let algorithm =
        Some(&checksums.algorithm).filter(|name| ["CRC32", "SHA1", "SHA256"].contains(&name.as_str()));
    let mut stage = Stage::new("aws")
        .arg("s3")
        .arg("sync")
        .arg(source.display().to_string())
        .arg(dest.to_string())
        .arg("--no-progress")
        .flag("--storage-class", Some(storage_class))
        .flag("--metadata", Some(format!("synced-by=tt-sync,timestamp={}", occasion.time)))
        .flag("--checksum-algorithm", algorithm);
    if !include.is_empty() {
        stage = stage.flag("--exclude", Some("*"));
    }
    let globs =
        include.iter().map(|glob| ("--include", glob)).chain(exclude.iter().map(|glob| ("--exclude", glob)));
    globs.fold(stage, |stage, (flag, glob)| stage.flag(flag, Some(glob)))
}

/// A configuration of the AWS CLI with the tuning in it: the user's own, and what it sets there by itself.
fn aws_config(settings: &Settings) -> Result<AwsConfig, Problem> {
    let config = AwsConfig::of_user()?;
    let Tuning { concurrency, part_size, threshold, bandwidth, .. } = &settings.tuning;
    for (name, value) in [
        ("max_concurrent_requests", concurrency.map(u64::from)),
        ("multipart_chunksize", *part_size),
        ("multipart_threshold", *threshold),
        ("max_bandwidth", *bandwidth),
    ] {
        let Some(value) = value else { continue };
        let unit = if name == "max_bandwidth" { "B/s" } else { "" };
        let (profile, name) = (settings.profile.as_deref(), format!("s3.{name}"));
        config.set(Path::new("aws"), profile, &name, &format!("{value}{unit}"))?;
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_others_tell_what_was_uploaded() {
        for (line, object) in [
            ("cp /a b/c s3://b/p/c d", Some("s3://b/p/c d")),
            ("upload: ../x/c to s3://b/c", Some("s3://b/c")),
            ("upload failed: ../x/c to s3://b/c An error", None),
            ("ERROR \"cp /a s3://b/c\": no", None),
            ("", None),
        ] {
            assert_eq!(uploaded(line), object, "{line}");
        }
    }
}
