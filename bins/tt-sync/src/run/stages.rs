//! The pipeline as command lines: what is run, and what is printed for whoever wants to run it by hand.

use std::{path::Path, time::Duration};

use crate::config::{Settings, Tuning};

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) tool: &'static str,
    pub(crate) args: Vec<String>,
}

/// The programs of a pipeline, in order, and the variables that they need.
#[derive(Clone, Debug)]
pub(crate) struct Stages {
    pub(crate) environment: Vec<(&'static str, String)>,
    pub(crate) stages: Vec<Stage>,
}

/// What is only known when it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion<'a> {
    /// In seconds since 1970.
    pub(crate) time: i64,
    pub(crate) dry_run: bool,
    /// What of the source takes part.
    pub(crate) extent: Extent<'a>,
    /// Where checksums for sha256sum go.
    pub(crate) sums: Option<&'a Path>,
}

/// What of the source takes part.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent<'a> {
    /// All of it.
    Whole,
    /// What was not changed for so long.
    Settled(Duration),
    /// What a file lists, by the names in the source, each followed by a NUL.
    Listed(&'a Path),
}

impl Stages {
    /// What uploads and proves, as the settings want it.
    pub(crate) fn of(settings: &Settings, occasion: Occasion<'_>) -> Self {
        let mut stages = vec![plan(settings, occasion.extent), push(settings, occasion)];
        if settings.checksums.proves() && !occasion.dry_run {
            stages.push(verify(occasion.sums));
        }
        Self { environment: identity(settings), stages }
    }

    /// What only plans.
    pub(crate) fn planning(settings: &Settings, occasion: Occasion<'_>) -> Self {
        Self { environment: identity(settings), stages: vec![plan(settings, occasion.extent)] }
    }

    /// What only proves what a plan says.
    pub(crate) fn proving(settings: &Settings, occasion: Occasion<'_>, plan: &Path) -> Self {
        let stage = verify(occasion.sums).arg(plan.to_string_lossy());
        Self { environment: identity(settings), stages: vec![stage] }
    }

    /// The same for processes that read it.
    pub(crate) fn for_machines(mut self) -> Self {
        for stage in &mut self.stages {
            stage.args.extend(["--progress", "json"].map(str::to_owned));
            if stage.tool == VERIFY {
                stage.args.push("--json".to_owned());
            }
        }
        self
    }

    /// As one types it.
    pub(crate) fn shown(&self) -> String {
        let variables = self
            .environment
            .iter()
            .map(|(name, value)| format!("export {name}={}\n", shell_words::quote(value)));
        let stages: Vec<_> = self.stages.iter().map(Stage::shown).collect();
        variables.collect::<String>() + &stages.join(" |\n")
    }
}

/// The variables that say who asks, and where.
pub(super) fn identity(settings: &Settings) -> Vec<(&'static str, String)> {
    let identity = [("AWS_PROFILE", &settings.profile), ("AWS_REGION", &settings.region)];
    identity.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
}

impl Stage {
    pub(super) fn new(tool: &'static str) -> Self {
        Self { tool, args: Vec::new() }
    }

    pub(super) fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// A flag and its value, where there is one.
    pub(super) fn flag(self, flag: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.arg(flag).arg(value.to_string()),
            None => self,
        }
    }

    /// As one types it.
    pub(super) fn shown(&self) -> String {
        shell_words::join([self.tool].into_iter().chain(self.args.iter().map(String::as_str)))
    }
}

const VERIFY: &str = "tt-verify";

fn plan(settings: &Settings, extent: Extent<'_>) -> Stage {
    let Settings { source, dest, include, exclude, .. } = settings;
    let mut stage = Stage::new("tt-plan").arg(source.to_string_lossy()).arg(dest.to_string());
    if !include.is_empty() {
        stage = stage.flag("--exclude", Some("*"));
    }
    stage = match extent {
        Extent::Whole => stage,
        Extent::Settled(age) => stage.flag("--older-than", Some(format!("{}ms", age.as_millis()))),
        Extent::Listed(list) => stage.flag("--files-from", Some(list.display())).arg("--null"),
    };
    let including = include.iter().map(|glob| ("--include", glob));
    let excluding = exclude.iter().map(|glob| ("--exclude", glob));
    including.chain(excluding).fold(stage, |stage, (flag, glob)| stage.flag(flag, Some(glob)))
}

fn push(settings: &Settings, occasion: Occasion<'_>) -> Stage {
    let Settings { source, links_outside, storage_class, checksums, tuning, .. } = settings;
    let Tuning { concurrency, part_size, retries, bandwidth, .. } = tuning;
    let stage = Stage::new("tt-push")
        .flag("--storage-class", Some(storage_class))
        .flag("--metadata", Some("synced-by=tt-sync"))
        .flag("--metadata", Some(format!("timestamp={}", occasion.time)))
        .flag("--checksum", Some(&checksums.algorithm))
        .flag("--concurrency", *concurrency)
        .flag("--part-size", *part_size)
        .flag("--bandwidth", bandwidth.map(|rate| format!("{rate}B/s")))
        .flag("--retries", *retries)
        .flag("--root", (!links_outside).then(|| source.to_string_lossy()));
    if occasion.dry_run { stage.arg("--dry-run") } else { stage }
}

fn verify(sums: Option<&Path>) -> Stage {
    Stage::new(VERIFY).flag("--write-sums", sums.map(Path::display))
}
