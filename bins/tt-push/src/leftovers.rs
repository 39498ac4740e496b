//! `--abort-uploads`: the unfinished multipart uploads below a prefix, by whomever they were begun. They cost as long as
//! they are there.

use std::{sync::Arc, time::Duration};

use clap::Args;
use jiff::Timestamp;
use tokio::{runtime, select, task::JoinSet, time::sleep};
use tt_cli::{Console, Exit, Interrupt, Output, Verbosity, new_run};
use tt_flow::{Fortune, LatencyFile};
use tt_record::{Begin, Fail, Problem, ProblemKind, Record, S3Url, Stage, Unfinished};
use tt_store::{S3Options, Store, Tuning};

use crate::{TOOL, present::Leftovers};

/// Uploads that are being aborted at the same time.
const AT_ONCE: usize = 16;

/// How soon a signal is noticed.
const WATCH: Duration = Duration::from_millis(50);

/// The flags about unfinished uploads.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Leftovers")]
pub(crate) struct Cleanup {
    /// Instead of uploading, list the multipart uploads below s3://bucket/prefix/ that were begun, by anyone, and neither
    /// completed nor aborted: they cost as long as they are there [default: upload].
    #[arg(long)]
    abort_uploads: bool,
    /// Only those that were begun so long ago, such as 1d or 12h [default: all].
    #[arg(long, value_name = "AGE", value_parser = tt_cli::duration, requires = "abort_uploads")]
    older_than: Option<Duration>,
    /// Abort them: what S3 holds of them is gone then [default: only list them].
    #[arg(long, requires = "abort_uploads")]
    yes: bool,
}

impl Cleanup {
    /// Whether that is what the tool is asked for.
    pub(crate) fn is_wanted(self) -> bool {
        self.abort_uploads
    }

    /// Whether an upload that was begun at one time is meant, when it is another; both by the service's clock. What began in
    /// the future, or nobody knows when, is not old.
    fn concerns(self, initiated: Timestamp, now: Timestamp) -> bool {
        let Some(least) = self.older_than else { return true };
        let known = initiated > Timestamp::UNIX_EPOCH;
        known && Duration::try_from(initiated.duration_until(now)).unwrap_or_default() >= least
    }
}

/// The unfinished uploads that are to be listed, or aborted.
#[derive(Debug)]
pub(crate) struct Cleaning {
    pub(crate) prefix: S3Url,
    pub(crate) cleanup: Cleanup,
    pub(crate) json: bool,
    pub(crate) verbosity: Verbosity,
    pub(crate) s3: S3Options,
}

/// Lists the unfinished uploads, and aborts them if that is confirmed.
pub(crate) fn clean(cleaning: &Cleaning, console: &Console) -> Result<Exit, Problem> {
    let interrupt = Interrupt::install()?;
    let mut output = Output::open(TOOL, cleaning.json, Box::new(Leftovers))?
        .observed(LatencyFile::observer(&cleaning.s3)?);
    let dest = Some(cleaning.prefix.to_string());
    output.begin(Begin { dest, ..Begin::new(TOOL, new_run()) }, None)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Problem::new(ProblemKind::Io, format!("can't start the runtime: {e}")))?;
    let cleaned = runtime.block_on(async {
        select! {
            cleaned = sweep(cleaning, console, &mut output) => cleaned,
            problem = interruption(&interrupt) => Err(problem),
        }
    });
    let failed = output.counts().contains_key("fail");
    let exit = if failed { Exit::ITEMS } else { Exit::OK };
    match cleaned {
        Ok(()) => {
            let found = output.counts().contains_key("unfinished");
            if found && !cleaning.cleanup.yes {
                console.note("nothing was removed: add --yes for that");
            }
            output.end(exit, false, 0)
        }
        Err(problem) => output.abort(console, Stage::Push, problem, exit, 0),
    }
}

/// Waits for a signal.
async fn interruption(interrupt: &Interrupt) -> Problem {
    while !interrupt.raised() {
        sleep(WATCH).await;
    }
    Problem::new(ProblemKind::Interrupted, "interrupted").hint("run the same command again")
}

async fn sweep(cleaning: &Cleaning, console: &Console, output: &mut Output) -> Result<(), Problem> {
    let store = Store::connect(
        &cleaning.s3,
        &Tuning::new(Arc::new(console.retry_note())).warned(console.warn_once()),
    )
    .await?;
    let mut uploads = store.uploads(&cleaning.prefix);
    let cleanup = cleaning.cleanup;
    let (mut aborting, fortune) = (JoinSet::new(), Fortune::default());
    while let Some(page) = uploads.next_page().await? {
        let now = uploads.now();
        for upload in page.into_iter().filter(|upload| cleanup.concerns(upload.initiated, now)) {
            let found = described(upload);
            if !cleanup.yes {
                output.write(&Record::Unfinished(found))?;
                continue;
            }
            aborting.spawn(abort(store.clone(), found));
            if aborting.len() >= AT_ONCE
                && let Some(done) = aborting.join_next().await
            {
                report(done, &fortune, output)?;
            }
        }
        output.flush()?;
    }
    while let Some(done) = aborting.join_next().await {
        report(done, &fortune, output)?;
    }
    fortune.conclude().map_or(Ok(()), Err)
}

fn described(upload: tt_store::Unfinished) -> Unfinished {
    let tt_store::Unfinished { dst, id, initiated, initiator } = upload;
    Unfinished { dst, upload: id, initiated, initiator }
}

async fn abort(store: Store, found: Unfinished) -> Record {
    match store.abort_upload(&found.dst, &found.upload).await {
        Ok(()) => Record::Aborted(found),
        Err(error) => Record::Fail(Fail { stage: Stage::Push, source: None, dst: Some(found.dst), error }),
    }
}

fn report(
    done: Result<Record, tokio::task::JoinError>,
    fortune: &Fortune,
    output: &mut Output,
) -> Result<(), Problem> {
    let record =
        done.map_err(|e| Problem::new(ProblemKind::Bug, format!("aborting stopped by a bug: {e}")))?;
    match fortune.note(&record) {
        Some(problem) => Err(problem),
        None => output.write(&record),
    }
}

/// What `--abort-uploads` is given: one prefix, and no files.
pub(crate) fn prefix(arguments: &[std::path::PathBuf]) -> Result<S3Url, Problem> {
    let usage = |why: String| {
        Problem::new(ProblemKind::Usage, why)
            .hint("tt-push --abort-uploads s3://bucket/prefix/ is how it goes")
    };
    let [argument] = arguments else { return Err(usage("--abort-uploads takes one destination".to_owned())) };
    let text = argument.to_string_lossy();
    text.parse().map_err(|e| usage(format!("{text:?}: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_began_in_the_future_or_at_no_known_time_is_not_old() {
        let older = |age: Option<u64>| Cleanup {
            abort_uploads: true,
            older_than: age.map(Duration::from_secs),
            yes: true,
        };
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(older(Some(10)).concerns(at(90), at(100)) && !older(Some(10)).concerns(at(91), at(100)));
        assert!(!older(Some(10)).concerns(at(200), at(100)) && !older(Some(10)).concerns(at(0), at(100)));
        assert!(older(None).concerns(at(200), at(100)) && older(None).concerns(at(0), at(100)));
    }
}
