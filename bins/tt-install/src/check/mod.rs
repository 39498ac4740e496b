//! Looks at all that uploads need: [`programs`], the [`machine`], [`credentials`], and [`access`] to a bucket. What is found are
//! [`finding`]s; a check that can't be made says so.

mod access;
mod credentials;
mod finding;
mod machine;
mod programs;

use std::{io, sync::Arc};

use jiff::Timestamp;
use tokio::runtime;
use tt_cli::{Console, Exit, Interrupt};
use tt_flow::LatencyFile;
use tt_record::{Problem, ProblemKind, S3Url};
use tt_store::{Store, Tuning};

use self::finding::{Area, Finding, Report};
use crate::{TOOL, cli::Check};

/// What the exit codes of `tt-install check` mean, which are its own: those of the installation tests that it stands in for.
pub(crate) const EXITS: [(u8, &str); 6] = [
    (0, "All is ready; there may be warnings."),
    (1, "Something is wrong with the installation: programs, open files, room for temporary files."),
    (2, "Something is wrong with the credentials, the profile or the region."),
    (3, "Something is wrong with the access to the bucket, or with the clock."),
    (64, "Wrong usage."),
    (130, "Interrupted by a signal."),
];

/// Looks, and says what it found.
pub(crate) fn check(flags: &Check) -> Result<Exit, Problem> {
    let (console, interrupt) = (Console::new(TOOL, flags.verbosity), Interrupt::install()?);
    let latencies = LatencyFile::of(&flags.s3)?;
    let mut findings = installation(flags, &interrupt)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Problem::new(ProblemKind::Io, format!("can't start the runtime: {e}")))?;
    findings.extend(runtime.block_on(service(flags, &console)));
    if interrupt.raised() {
        return Err(Problem::new(ProblemKind::Interrupted, "interrupted").hint("run the same command again"));
    }
    latencies.map_or(Ok(()), LatencyFile::finish)?;
    let report = Report::new(findings);
    print(&report, flags.json).map_err(|e| {
        Problem::new(ProblemKind::Io, format!("stdout can't be written to: {e}"))
            .hint("see where the output goes")
    })?;
    Ok(report.exit())
}

fn installation(flags: &Check, interrupt: &Interrupt) -> Result<Vec<Finding>, Problem> {
    let s5cmd = if flags.without_s5cmd {
        Area::Installation.skip("s5cmd", "it is not wanted")
    } else {
        programs::s5cmd(interrupt)?
    };
    let mut findings = vec![s5cmd];
    findings.extend(programs::tools(interrupt)?);
    findings.extend([programs::aws(interrupt)?, machine::descriptors(), machine::disk()]);
    Ok(findings)
}

/// Credentials and access.
async fn service(flags: &Check, console: &Console) -> Vec<Finding> {
    let tuning = Tuning::new(Arc::new(console.retry_note())).warned(console.warn_once());
    flags.s3.warnings().for_each(|warning| console.warn(warning));
    let mut findings = match flags.s3.setup(&tuning).await {
        Ok(setup) => credentials::look(&setup, Timestamp::now()),
        Err(problem) => vec![credentials::unusable(problem)],
    };
    let usable = !findings.iter().any(Finding::failed);
    findings.extend(match &flags.bucket {
        None => vec![access::skipped("no request was made: name one with --bucket s3://BUCKET/PREFIX/")],
        Some(_) if !usable => vec![access::skipped("the credentials come first")],
        Some(bucket) => bucket_of(flags, bucket, &tuning).await,
    });
    findings
}

async fn bucket_of(flags: &Check, bucket: &S3Url, tuning: &Tuning) -> Vec<Finding> {
    match Store::connect(&flags.s3, tuning).await {
        Ok(store) => access::look(&store, &bucket.clone().into_prefix(), flags.write).await,
        Err(problem) => vec![credentials::unusable(problem)],
    }
}

fn print(report: &Report, json: bool) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, report)?;
        return io::Write::write_all(&mut out, b"\n");
    }
    report.show(&mut out)
}
