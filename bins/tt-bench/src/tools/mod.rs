//! The tools that are measured: which of them are there, in which version, and how each is told to upload a directory.

mod aws;
mod ours;
mod rclone;
mod s5cmd;
mod sweep;

use std::{ffi::OsString, path::Path, path::PathBuf, time::Duration};

use clap::ValueEnum;
use tt_cli::Interrupt;
use tt_programs::{AwsConfig, Run};
use tt_record::{Problem, ProblemKind};

pub(crate) use self::sweep::{Sweep, combinations};

/// How long a program may take to say its version.
const LIMIT: Duration = Duration::from_secs(20);

/// A tool, and how it is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum ToolName {
    /// tt-plan and tt-push, joined by a pipe, without any flags.
    Tt,
    /// s5cmd sync, as it is.
    S5cmd,
    /// The same with 32 workers, 64 parts at once, of 64 MiB.
    S5cmdTuned,
    /// aws s3 sync, as it is.
    Aws,
    /// The same with 20 requests at once, and parts of 64 MB.
    AwsTuned,
    /// The same with the transfer client that is written in C, which version 2 has.
    AwsCrt,
    /// rclone sync, as it is.
    Rclone,
    /// The same with 64 files and 8 parts of each at once, of 16 MiB, and comparing by the objects' own times.
    RcloneTuned,
}

/// A tool that is there.
pub(crate) struct Tool {
    /// What it is called in the report: its name, and what a sweep sets.
    pub(crate) label: String,
    pub(crate) name: ToolName,
    pub(crate) version: String,
    /// What a sweep sets: flags of tt-push, and their values.
    pub(crate) settings: Vec<(String, String)>,
    program: PathBuf,
    config: Option<AwsConfig>,
}

/// One that is not measured, and why.
#[derive(Clone, Debug)]
pub(crate) struct Absent {
    pub(crate) name: ToolName,
    pub(crate) why: String,
}

/// What a tool is to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    pub(crate) source: &'a Path,
    /// `s3://bucket/prefix/`
    pub(crate) dest: &'a str,
    /// Where our tools write how long their requests took: what each writes has its name.
    pub(crate) latencies: Option<&'a Path>,
}

/// A program with its arguments, and with what its environment has besides that of all.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    pub(crate) env: Vec<(&'static str, OsString)>,
    /// What it must not have of the environment of all.
    pub(crate) without: Vec<String>,
}

impl Stage {
    pub(crate) fn new(program: &Path) -> Self {
        Self { program: program.to_owned(), args: Vec::new(), env: Vec::new(), without: Vec::new() }
    }

    pub(crate) fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// As one would type it.
    fn shown(&self) -> String {
        let program = self.program.file_name().unwrap_or(self.program.as_os_str());
        let words = std::iter::once(program).chain(self.args.iter().map(OsString::as_os_str));
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }
}

impl ToolName {
    /// As it is typed.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The tool, or why it can't be measured. Whose configuration the AWS CLI has is up to `config`.
    fn find(self, config: &Configure<'_>, interrupt: &Interrupt) -> Result<Result<Tool, String>, Problem> {
        let found = match self {
            Self::Tt => ours::find(interrupt),
            Self::S5cmd | Self::S5cmdTuned => s5cmd::find(interrupt),
            Self::Rclone | Self::RcloneTuned => rclone::find(interrupt),
            Self::Aws | Self::AwsTuned | Self::AwsCrt => aws::find(self, interrupt),
        };
        let (program, version) = match found {
            Ok(found) => found,
            Err(problem) if problem.kind == ProblemKind::Interrupted => return Err(problem),
            Err(problem) => return Ok(Err(problem.message)),
        };
        let config = match self {
            Self::Aws | Self::AwsTuned | Self::AwsCrt => Some(aws::configure(self, &program, config)?),
            _ => None,
        };
        Ok(Ok(Tool { label: self.name(), name: self, version, settings: Vec::new(), program, config }))
    }
}

/// What the configuration of the AWS CLI is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Configure<'a> {
    /// Nothing, for an endpoint of our own; else the user's.
    pub(crate) from_scratch: bool,
    /// As `target_bandwidth` takes it.
    pub(crate) bandwidth: &'a str,
}

/// Finds the tools of these names. Of our own there is one for each of the settings, if any are given.
pub(crate) fn find(
    names: &[ToolName],
    settings: &[Vec<(String, String)>],
    config: &Configure<'_>,
    interrupt: &Interrupt,
) -> Result<(Vec<Tool>, Vec<Absent>), Problem> {
    let (mut tools, mut absent) = (Vec::new(), Vec::new());
    for name in names {
        match name.find(config, interrupt)? {
            Err(why) => absent.push(Absent { name: *name, why }),
            Ok(tool) if *name == ToolName::Tt && !settings.is_empty() => {
                tools.extend(settings.iter().map(|settings| tool.set(settings)));
            }
            Ok(tool) => tools.push(tool),
        }
    }
    Ok((tools, absent))
}

impl Tool {
    /// Our own with other settings.
    fn set(&self, settings: &[(String, String)]) -> Self {
        let words = settings.iter().map(|(name, value)| format!("{name}={value}"));
        Self {
            label: std::iter::once(self.label.clone()).chain(words).collect::<Vec<_>>().join(" "),
            name: self.name,
            version: self.version.clone(),
            settings: settings.to_vec(),
            program: self.program.clone(),
            config: None,
        }
    }

    /// What uploads.
    pub(crate) fn upload(&self, job: Job<'_>) -> Vec<Stage> {
        match self.name {
            ToolName::Tt => ours::upload(&self.settings, job),
            ToolName::S5cmd | ToolName::S5cmdTuned => vec![s5cmd::upload(self, job)],
            ToolName::Rclone | ToolName::RcloneTuned => vec![rclone::upload(self, job)],
            ToolName::Aws | ToolName::AwsTuned | ToolName::AwsCrt => vec![aws::upload(self, job)],
        }
    }

    /// The same as one would type it, for SRC and DEST.
    pub(crate) fn shown(&self) -> String {
        let job = Job { source: Path::new("SRC"), dest: "DEST", latencies: None };
        let stages = self.upload(job).iter().map(Stage::shown).collect::<Vec<_>>().join(" | ");
        match aws::settings(self.name) {
            [] => stages,
            settings => {
                let settings: Vec<_> =
                    settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                format!("{stages}, with {}", settings.join(", "))
            }
        }
    }
}

/// What proves that what a tool uploaded is what there was.
pub(crate) fn proof(job: Job<'_>) -> Vec<Stage> {
    ours::proof(job)
}

/// What removes everything below a prefix of our own. `nothing` is a directory without files.
pub(crate) fn removal(nothing: &Path, dest: &str) -> [Vec<Stage>; 2] {
    ours::removal(nothing, dest)
}

/// Where a program of others is, and its version, as `word` takes it from what it says.
fn found(
    program: &str,
    arg: &str,
    interrupt: &Interrupt,
    word: impl Fn(&str) -> Option<&str>,
) -> Result<(PathBuf, String), Problem> {
    let missing = || Problem::new(ProblemKind::Config, format!("{program} is not in PATH"));
    let path = tt_programs::find(program).ok_or_else(missing)?;
    let said = Run::new(&path, &[arg], LIMIT).stdout(interrupt)?;
    let version = word(&said).unwrap_or_default().trim_start_matches('v').to_owned();
    Ok((path, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: ToolName) -> Tool {
        let program = PathBuf::from("/usr/bin/it");
        Tool { label: name.name(), name, version: String::new(), settings: Vec::new(), program, config: None }
    }

    #[test]
    fn tools_show_what_one_would_type() {
        assert!(tool(ToolName::Tt).shown().contains("tt-plan --quiet SRC DEST | "));
        assert_eq!(tool(ToolName::S5cmd).shown(), "it sync SRC/ DEST");
        assert!(tool(ToolName::AwsTuned).shown().contains(", with s3.max_concurrent_requests = 20, "));
        for name in ToolName::value_variants() {
            assert!(tool(*name).shown().contains("SRC"), "{name:?}");
        }
    }

    #[test]
    fn a_sweep_sets_flags_of_ours() {
        let settings = [("part-size".to_owned(), "64MiB".to_owned())];
        let swept = tool(ToolName::Tt).set(&settings);
        assert_eq!(swept.label, "tt part-size=64MiB");
        assert!(swept.shown().ends_with("tt-push --quiet --part-size 64MiB"), "{}", swept.shown());
    }
}
