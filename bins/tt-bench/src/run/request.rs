//! From flags to what is to be done.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf, absolute},
    time::Duration,
};

use tt_cli::Verbosity;
use tt_record::{Problem, ProblemKind, S3Url};

use super::cli::Run;
use crate::{
    data::SetName,
    place::Distance,
    report::Requirement,
    tools::{Sweep, ToolName},
};

/// What is to be measured, and where.
pub(super) struct Request {
    pub(super) tools: Vec<ToolName>,
    pub(super) data: DataSource,
    pub(super) cache: PathBuf,
    pub(super) sweep: Vec<Sweep>,
    pub(super) runs: u32,
    pub(super) warmup: u32,
    pub(super) limit: Duration,
    pub(super) destination: Destination,
    pub(super) out: PathBuf,
    pub(super) requirements: Vec<Requirement>,
    pub(super) verbosity: Verbosity,
    /// As it was typed.
    pub(super) command: String,
}

/// What is uploaded.
pub(super) enum DataSource {
    Sets { names: Vec<SetName>, seed: u64, scale: f64 },
    Directory(PathBuf),
}

/// Where to.
pub(super) enum Destination {
    Local(Distance),
    Bucket { dest: S3Url, agreed: bool },
}

impl Request {
    /// What the link can carry, if that is limited.
    pub(super) fn link(&self) -> Option<u64> {
        match &self.destination {
            Destination::Local(distance) => distance.link,
            Destination::Bucket { .. } => None,
        }
    }
}

impl Run {
    /// What the flags come to.
    pub(super) fn resolve(self) -> Result<Request, Problem> {
        let Self { subject, destination, outcome, verbosity } = self;
        let destination = match destination.dest {
            Some(dest) => Destination::Bucket { dest, agreed: destination.yes },
            None => Destination::Local(Distance {
                tls: destination.tls,
                link: destination.link,
                per_connection: destination.per_connection,
                rtt: destination.rtt.unwrap_or_default(),
            }),
        };
        let data = match subject.data_dir {
            // The tools run as they are, from wherever.
            Some(directory) => DataSource::Directory(whole(&directory)?),
            None => {
                DataSource::Sets { names: once_each(subject.data), seed: subject.seed, scale: subject.scale }
            }
        };
        let usual = outcome.check.then(Requirement::usual);
        let request = Request {
            tools: once_each(subject.tools),
            data,
            cache: whole(&subject.cache.map_or_else(usual_cache, Ok)?)?,
            sweep: subject.sweep,
            runs: subject.runs,
            warmup: subject.warmup,
            limit: subject.limit,
            destination,
            out: outcome.out,
            requirements: outcome.require.into_iter().chain(usual).collect(),
            verbosity,
            command: command_line(),
        };
        request.check()?;
        Ok(request)
    }
}

impl Request {
    /// Refuses what can't be.
    fn check(&self) -> Result<(), Problem> {
        let refuse = |message: String, hint: &str| Err(Problem::new(ProblemKind::Usage, message).hint(hint));
        if !self.sweep.is_empty() && !self.tools.contains(&ToolName::Tt) {
            return refuse("--sweep is about tt, which is not measured".to_owned(), "put tt into --tools");
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = self.sweep.iter().find(|sweep| !names.insert(&sweep.name)) {
            return refuse(format!("--sweep {} is there twice", twice.name), "give all its values at once");
        }
        let measured = |name: &str| {
            let tool =
                |tool: &ToolName| tool.name() == name && (*tool != ToolName::Tt || self.sweep.is_empty());
            name.contains(' ') || self.tools.iter().any(tool)
        };
        let unmeasured =
            self.requirements.iter().find(|required| !required.tools().into_iter().all(measured));
        if let Some(required) = unmeasured {
            let message = format!("{required} is about a tool that is not measured");
            return refuse(message, "put both into --tools; with --sweep, tt has its settings in its name");
        }
        Ok(())
    }
}

/// Each of several, in their order.
fn once_each<T: PartialEq>(values: Vec<T>) -> Vec<T> {
    values.into_iter().fold(Vec::new(), |mut all, value| {
        if !all.contains(&value) {
            all.push(value);
        }
        all
    })
}

fn usual_cache() -> Result<PathBuf, Problem> {
    let set = env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set.or_else(|| Some(env::home_dir()?.join(".cache")));
    cache.map(|cache| cache.join("datasync-turbo")).ok_or_else(|| {
        Problem::new(ProblemKind::Config, "there is no home directory to keep the data in")
            .hint("give --cache")
    })
}

fn whole(path: &Path) -> Result<PathBuf, Problem> {
    absolute(path).map_err(|e| Problem::new(ProblemKind::Io, format!("can't use {}: {e}", path.display())))
}

fn command_line() -> String {
    let mut words = env::args_os().map(|word| word.to_string_lossy().into_owned());
    let program = words.next().unwrap_or_default();
    let program = Path::new(&program).file_name().unwrap_or_default().to_string_lossy().into_owned();
    shell_words::join(std::iter::once(program).chain(words))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Action, Flags};

    fn request(line: &str) -> Result<Request, String> {
        let flags = Flags::try_parse_from(format!("tt-bench run {line}").split_whitespace());
        let Action::Run(run) = flags.map_err(|e| e.to_string())?.action else { unreachable!() };
        run.resolve().map_err(|e| e.to_string())
    }

    #[test]
    fn the_flags_come_to_a_request() {
        let plain = request("--local").unwrap();
        assert_eq!((plain.tools.len(), plain.runs, plain.warmup), (8, 5, 1));
        assert!(matches!(&plain.data, DataSource::Sets { names, .. } if names == &[SetName::Plan]));
        assert!(plain.requirements.is_empty() && plain.link().is_none());
        let far = "--local --tls --link 3Gbit --per-connection 80MB/s --rtt 30ms --tools tt,aws,tt --check
                   --data small,one-huge --scale 0.5 --require tt:aws>=1.5";
        let far = request(far).unwrap();
        assert_eq!(far.tools, [ToolName::Tt, ToolName::Aws]);
        assert_eq!((far.link(), far.requirements.len()), (Some(375_000_000), 2));
        let bucket = request("--dest s3://b/p --yes --data-dir /data").unwrap();
        assert!(matches!(bucket.destination, Destination::Bucket { agreed: true, .. }));
    }

    #[test]
    fn contradictions_are_refused() {
        for line in [
            "",
            "--local --dest s3://b/",
            "--dest /here",
            "--dest s3://b/ --link 3Gbit",
            "--local --yes",
            "--local --data-dir d --scale 0.5",
            "--local --scale 0",
            "--local --scale 2",
            "--local --runs 0",
            "--local --tools scp",
            "--local --data films",
            "--local --tools aws --sweep concurrency=8,16",
            "--local --sweep concurrency=8 --sweep concurrency=16",
            "--local --sweep speed=1",
            "--local --require tt:aws",
            "--local --tools tt --check",
        ] {
            assert!(request(line).is_err(), "{line}");
        }
    }
}
