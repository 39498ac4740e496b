//! A bucket of the user's. What is put there lies below a prefix of this run's own, and is removed again.

use std::{env, path::PathBuf};

use tt_programs::aws_endpoint;
use tt_record::{Problem, ProblemKind, S3Url};

use crate::{
    measure::Runner,
    tools::{Stage, removal},
};

/// A prefix that nobody else uses.
#[derive(Debug)]
pub(crate) struct Remote {
    prefix: S3Url,
    /// A directory without files: what a prefix is to equal when it is cleared.
    nothing: PathBuf,
}

impl Remote {
    /// A new prefix below `dest`.
    pub(crate) fn below_dest(dest: S3Url, run: &str, nothing: PathBuf) -> Self {
        let mut prefix = dest.into_prefix();
        prefix.key = format!("{}tt-bench-{run}/", prefix.key);
        Self { prefix, nothing }
    }

    /// Where all of it lies.
    pub(crate) fn prefix(&self) -> &S3Url {
        &self.prefix
    }

    /// Where one upload goes.
    pub(super) fn below(&self, label: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        format!("{}{}/", self.prefix, label.chars().map(plain).collect::<String>())
    }

    /// The environment leads there; rclone and s5cmd have names of their own for what others call `AWS_ENDPOINT_URL`.
    pub(super) fn equip(mut stage: Stage) -> Stage {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = aws_endpoint();
        let provider = if endpoint.is_some() { "Other" } else { "AWS" };
        let region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"));
        for (name, value) in [
            ("S3_ENDPOINT_URL", endpoint.clone()),
            ("RCLONE_S3_ENDPOINT", endpoint),
            ("RCLONE_S3_PROVIDER", Some(provider.to_owned())),
            ("RCLONE_S3_ENV_AUTH", Some("true".to_owned())),
            ("RCLONE_S3_REGION", region),
            ("RCLONE_CA_CERT", set("AWS_CA_BUNDLE")),
        ] {
            if let (Some(value), None) = (value, set(name)) {
                stage = stage.env(name, value);
            }
        }
        stage
    }

    /// Removes what is below one of its prefixes, unfinished uploads included. A signal does not stop that.
    pub(super) fn remove(&self, dest: &str, runner: &Runner<'_>) -> Result<(), Problem> {
        for stages in removal(&self.nothing, dest) {
            let stages = stages.into_iter().map(Self::equip).collect::<Vec<_>>();
            let done = runner.to_the_end(&stages)?;
            if let Some(why) = done.failed() {
                return Err(Problem::new(ProblemKind::Other, format!("{dest} can't be cleared: {why}"))
                    .hint("remove what is below it by hand, for it costs as long as it is there"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lies_below_a_prefix_of_the_runs_own() {
        let remote =
            Remote::below_dest("s3://bucket/some/where".parse().unwrap(), "7", PathBuf::from("/nothing"));
        assert_eq!(remote.prefix().to_string(), "s3://bucket/some/where/tt-bench-7/");
        assert_eq!(
            remote.below("plan tt part-size=8MiB 3"),
            "s3://bucket/some/where/tt-bench-7/plan-tt-part-size-8MiB-3/"
        );
    }
}
